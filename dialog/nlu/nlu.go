// Package nlu finds out what an utterance means: an intent with a score, the
// details (slots) that it names, the mood. It reads what recognisers write,
// with their case, punctuation and mistakes, and what people type, in Chinese,
// English or both at once. It does not decide what to do; that is dialog/flow.
//
// What a shop's callers want stands in data (see [Definition]): patterns that
// decide at once, and examples that an utterance is compared with. Everything
// is built in [New]; an [Understander] is read-only afterwards and serves any
// number of calls at a time.
package nlu

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"huike/dialog"
	"huike/dialog/nlu/classify"
	"huike/dialog/pattern"
)

// The names of the slots that the parsers of this package fill. The shop's own
// lists of names (see [Definition.Names]) add theirs: "product", "store".
const (
	SlotAnswer  = "answer"       // "yes", "no" or "weak" (mm-hm: no explicit yes)
	SlotNumber  = "number"       // digits that fit no better slot
	SlotOrder   = "order_number" // digits of the length of the shop's order numbers
	SlotPhone   = "phone"        // a phone number, digits only, "+" before a country code
	SlotCard    = "card_number"  // 15 to 19 digits whose last one is right (ISO/IEC 7812)
	SlotName    = "name"         // what the caller is called, in the caller's own writing
	SlotEmail   = "email"        // an e-mail address, in lower case, spoken ("james dot smith at …") or written
	SlotAddress = "address"      // a street with a number, in the caller's own writing
	SlotMoney   = "money"        // an amount in the main unit, "25.50"; the currency is in Heard
	SlotDate    = "date"         // see parseDate for the form
	SlotChoice  = "choice"       // "1" for the first of what was offered, "-1" for the last
)

// The intents that every conversation has, whatever the shop sells. Their
// patterns stand in common.yaml beside this file.
const (
	Yes       dialog.Intent = "yes"
	No        dialog.Intent = "no"
	Repeat    dialog.Intent = "repeat"
	Goodbye   dialog.Intent = "goodbye"
	Thanks    dialog.Intent = "thanks"
	Greeting  dialog.Intent = "greeting"
	Person    dialog.Intent = "person"
	Cancel    dialog.Intent = "cancel"
	Correct   dialog.Intent = "correct"
	Wait      dialog.Intent = "wait"
	Why       dialog.Intent = "why"
	Help      dialog.Intent = "help"
	Unsolved  dialog.Intent = "unsolved"
	Unknown   dialog.Intent = "dont_know"
	InEnglish dialog.Intent = "speak.en" // wants to go on in English
	InChinese dialog.Intent = "speak.zh"
	Chat      dialog.Intent = "chat"
	Robot     dialog.Intent = "robot" // asks whether a person or a machine is talking
	Complaint dialog.Intent = "complaint"
)

//go:embed common.yaml
var common []byte

// Texts are lines of text by language.
type Texts map[dialog.Lang][]string

// IntentData is one intent as a shop writes it down.
type IntentData struct {
	Intent   dialog.Intent `yaml:"intent"`
	Need     string        `yaml:"need"`     // "explicit" when empty; "latent" where the need is only hinted at
	Patterns Texts         `yaml:"patterns"` // regular expressions over normalised text; any match decides
	Except   Texts         `yaml:"except"`   // regular expressions; where one matches, no pattern of this intent does
	Examples Texts         `yaml:"examples"` // whole sentences to compare with
}

// Name is one product, store or other named thing. The first text of a language
// is how the agent calls it, the others are what callers say for it.
type Name struct {
	ID string   `yaml:"id"`
	ZH []string `yaml:"zh"`
	EN []string `yaml:"en"`
}

// Called returns what the agent calls the thing in lang, and its ID if it has
// no name there.
func (n Name) Called(lang dialog.Lang) string {
	texts := n.EN
	if lang == dialog.Chinese {
		texts = n.ZH
	}
	if len(texts) == 0 {
		return n.ID
	}
	return texts[0]
}

// Definition is everything that a shop tells the understander. The zero value
// understands what is common to all shops.
type Definition struct {
	Intents  []IntentData                      `yaml:"intents"`  // in order: the first pattern that matches decides
	Synonyms map[dialog.Lang]map[string]string `yaml:"synonyms"` // the caller's word: the shop's word
	Moods    map[string]Texts                  `yaml:"moods"`    // words that show a mood, such as "angry"
	Names    map[string][]Name                 `yaml:"names"`    // by slot
	Digits   int                               `yaml:"digits"`   // length of an order number; 5 when 0

	// Trained is what was learned ahead from just these examples and names
	// ([Understander.Save]); nil: [New] learns.
	Trained []byte `yaml:"-"`
}

// Expect is what the agent has just asked for.
type Expect struct {
	dialog.Expect
	Slot string // the slot that was asked for; empty when none was
	// Before is the intent of what was just done or asked, for words that mean
	// nothing without it: "and the other one?"; empty when nothing was.
	Before dialog.Intent
	// Dated says that a day or an hour is spoken of, so that "three thirty" is a time.
	Dated bool
}

// Understander is a [Definition] made ready. It is safe for use by many calls.
type Understander struct {
	orderDigits int
	signs       map[dialog.Lang]*signs
	needs       map[dialog.Intent]string
	latent      dialog.Intent          // the shop's intent for needs that are only hinted at, if it has one
	shop        map[dialog.Intent]bool // the intents that are the shop's own
	model       *classify.Model        // nil where there are too few examples
	sum         string                 // of the examples that it was trained from
	synonyms    map[dialog.Lang]phrases
	moods       phrases
	names       []gazetteer
	ear         ear
}

// signs are a language's patterns, in order.
type signs struct {
	set  pattern.Set
	list []sign
}

type sign struct {
	intent  dialog.Intent
	pattern *pattern.Pattern // of the set
	except  []*pattern.Pattern
}

// of returns the intent of the first pattern that text matches, "" for none.
func (s *signs) of(text string) dialog.Intent {
	scan := s.set.Scan(text)
	for i := range s.list {
		if p := &s.list[i]; scan.Match(p.pattern) && !matched(p.except, text) {
			return p.intent
		}
	}
	return ""
}

func matched(patterns []*pattern.Pattern, text string) bool {
	for _, p := range patterns {
		if p.MatchString(text) {
			return true
		}
	}
	return false
}

// New builds an Understander. An error names the intent and the text at fault.
func New(def Definition) (*Understander, error) {
	var base Definition
	if err := yaml.UnmarshalWithOptions(common, &base, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("nlu: common.yaml: %w", err)
	}
	u := &Understander{
		orderDigits: def.Digits,
		signs:       map[dialog.Lang]*signs{dialog.Chinese: {}, dialog.English: {}},
		needs:       map[dialog.Intent]string{},
		shop:        map[dialog.Intent]bool{},
		synonyms:    map[dialog.Lang]phrases{dialog.Chinese: {}, dialog.English: {}},
		moods:       phrases{},
		ear:         newEar(),
	}
	if u.orderDigits == 0 {
		u.orderDigits = 5
	}
	u.addWords(base)
	u.addWords(def)
	for slot, names := range def.Names {
		u.names = append(u.names, newGazetteer(u.ear, slot, names))
	}
	sortGazetteers(u.names)
	// The shop's intents come between the moves that overrule everything
	// (person, goodbye) and the weak ones (chat): see common.yaml.
	cut := len(base.Intents)
	for i, in := range base.Intents {
		if in.Intent == Unknown {
			cut = i
		}
	}
	all := append(append(append([]IntentData{}, base.Intents[:cut]...), def.Intents...), base.Intents[cut:]...)
	for _, in := range def.Intents {
		u.shop[in.Intent] = true
		if in.Need == "latent" && u.latent == "" {
			u.latent = in.Intent
		}
	}
	var examples []classify.Example
	for _, in := range all {
		list, err := u.addIntent(in)
		if err != nil {
			return nil, err
		}
		examples = append(examples, list...)
	}
	if err := u.learn(examples, def.Trained); err != nil {
		return nil, err
	}
	return u, nil
}

func (u *Understander) addWords(def Definition) {
	for lang, words := range def.Synonyms {
		for from, to := range words {
			if u.synonyms[lang] != nil {
				u.synonyms[lang].add(split(from), split(to))
			}
		}
	}
	for mood, texts := range def.Moods {
		for _, lines := range texts {
			for _, line := range lines {
				u.moods.add(split(line), []string{mood})
			}
		}
	}
}

// addIntent takes an intent's patterns, and returns its examples.
func (u *Understander) addIntent(in IntentData) (examples []classify.Example, err error) {
	if in.Intent == "" {
		return nil, errors.New("nlu: an intent without a name")
	}
	if in.Need != "" {
		u.needs[in.Intent] = in.Need
	}
	for lang, lines := range in.Patterns {
		s := u.signs[lang]
		if s == nil {
			return nil, fmt.Errorf("nlu: intent %s: patterns in %q: want zh or en", in.Intent, lang)
		}
		patterns, err := compile(in.Intent, lines, s.set.Compile)
		if err != nil {
			return nil, err
		}
		except, err := compile(in.Intent, in.Except[lang], pattern.Compile)
		if err != nil {
			return nil, err
		}
		for _, p := range patterns {
			s.list = append(s.list, sign{in.Intent, p, except})
		}
	}
	for _, lang := range []dialog.Lang{dialog.Chinese, dialog.English} { // in order: training is to be repeatable
		for _, line := range in.Examples[lang] {
			r := u.read(line, Expect{})
			examples = append(examples, classify.Example{Text: strings.Join(r.masked, " "), Label: string(in.Intent)})
		}
	}
	for lang := range in.Examples {
		if lang != dialog.Chinese && lang != dialog.English {
			return nil, fmt.Errorf("nlu: intent %s: language %q: want zh or en", in.Intent, lang)
		}
	}
	return examples, nil
}

// refused is the share of idle talk that examples must not be taken for: few of
// a shop's examples are lost for it, and patterns stand before them.
const refused = 0.8

// learn trains the classifier. What callers chat about is out of scope.
func (u *Understander) learn(examples []classify.Example, trained []byte) error {
	cfg := classify.Config{Out: string(Chat), Refuse: refused, Quick: true, Seed: 1}
	u.sum = classify.Sum(examples, cfg)
	if trained != nil {
		model, err := classify.Decode(trained, u.sum)
		if err != nil {
			return fmt.Errorf("nlu: what was trained ahead: %w; train it again from these examples and names, or take it away", err)
		}
		u.model = model
		return nil
	}
	model, err := classify.Train(examples, cfg)
	if errors.Is(err, classify.ErrFew) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("nlu: %w", err)
	}
	u.model = model
	return nil
}

// Save returns what was learned from the examples, for [Definition.Trained]. It is no
// more than a few megabytes for a shop's hundreds of sentences.
func (u *Understander) Save() ([]byte, error) {
	if u.model == nil {
		return nil, fmt.Errorf("nlu: %w", classify.ErrFew)
	}
	return u.model.Encode(u.sum)
}

func compile(intent dialog.Intent, lines []string, with func(string) (*pattern.Pattern, error)) ([]*pattern.Pattern, error) {
	out := make([]*pattern.Pattern, len(lines))
	for i, line := range lines {
		p, err := with(line)
		if err != nil {
			return nil, fmt.Errorf("nlu: intent %s: pattern %q: %w", intent, line, err)
		}
		out[i] = p
	}
	return out, nil
}
