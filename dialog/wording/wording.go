// Package wording is how the agent says what it means: it turns an act into
// clauses of text in the caller's language, as written for the screen and as
// spoken for the voice. The words themselves are data, in the shop's YAML
// files. It is not where the agent decides what to mean, and it knows nothing
// of sound.
//
// A file of wording maps the name of an act to its variants by language:
//
//	points.balance:
//	  args: [points]                              # optional: what a variant may name
//	  zh: ["您目前有{points}积分。"]
//	  en:
//	    - "You have {points} points."
//	    - "Your balance is {points} points."
//
// A placeholder is the name of one of the act's arguments, and perhaps how to
// read it: {order_number:digits}. The readings are digits, phone, number,
// money, date, time and text. Without one, names that end in number, ticket,
// phone or date are read as what they are, a value that looks like 2006-01-02
// is read as a date, and everything else goes through [Normalise].
//
// A variant is chosen by the number of the turn, so that the same call says
// the same words each time it is replayed.
package wording

import (
	"time"

	"huike/dialog"
)

// Clause is a piece of a reply that is shown, spoken and cut off as one.
type Clause struct {
	Written string // for captions and the journal
	Spoken  string // for the voice: no digits, no signs
}

// Moment is what the words of an act depend on beside the act itself.
type Moment struct {
	Turn  uint32    // chooses among the variants
	Today time.Time // the caller's day, for "tomorrow"; dates are said in full when zero
}

// Wording holds the words for acts. It does not change once opened and may be
// used by many calls at once.
type Wording struct {
	acts map[string]entry
}

// entry is one act of a file.
type entry struct {
	where    string // file:line
	args     []string
	variants map[dialog.Lang][]template
}

// Has says whether there are words for an act in lang.
func (w *Wording) Has(lang dialog.Lang, act string) bool {
	return len(w.acts[act].variants[lang]) > 0
}

// Say puts an act into words: the first clause short, so that the voice can
// begin soon. Words that the act itself brings are taken as they are. A clause
// that names an argument which the act does not have is left out, so that
// nobody hears "your last purchase was"; an act that must be heard whole is then
// left out altogether, since nobody can agree to what was not read to them. No
// clauses come back for an act without words.
func (w *Wording) Say(lang dialog.Lang, act dialog.Act, at Moment) []Clause {
	if act.Text != "" {
		return clauses(lang, []span{{written: act.Text}})
	}
	variants := w.acts[act.Name].variants[lang]
	if len(variants) == 0 {
		return nil
	}
	if full := fullest(variants, act.Args); len(full) > 0 {
		variants = full
	}
	chosen := variants[int(at.Turn)%len(variants)]
	if act.Whole && !chosen.filled(act.Args) {
		return nil
	}
	return clauses(lang, chosen.fill(lang, act.Args, at.Today))
}

// Prompts returns every clause in lang whose words never change, in the order
// of the acts' names: what a voice may speak before the first call.
func (w *Wording) Prompts(lang dialog.Lang) []Clause {
	var prompts []Clause
	for _, name := range w.Acts() {
		for _, variant := range w.acts[name].variants[lang] {
			prompts = append(prompts, variant.constant(lang)...)
		}
	}
	return prompts
}

// fullest are the variants that name the most of args, of those that args fill: one that
// names less is for when there is no more to name.
func fullest(variants []template, args map[string]string) (full []template) {
	most := 0
	for _, v := range variants {
		if !v.filled(args) {
			continue
		}
		n := 0
		for _, p := range v.parts {
			if p.arg != "" {
				n++
			}
		}
		if n > most {
			most, full = n, nil
		}
		if n == most {
			full = append(full, v)
		}
	}
	return full
}
