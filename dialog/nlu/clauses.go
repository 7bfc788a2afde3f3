package nlu

import (
	"slices"
	"strings"

	"huike/dialog"
	"huike/dialog/pattern"
)

// Where one wish may end and another begin. A comma or a point between digits
// is part of a number.
var (
	stops     = pattern.MustCompile(`[,，、;；!！?？。]+(?:\s+|$|[^0-9\s])|[,;!?.]+(?:\s|$)`)
	joinersEN = pattern.MustCompile(`(?i)\b(?:and|also|then|plus|but|oh and|as well as)\b`)
	joinersZH = pattern.MustCompile(`还有|另外|顺便|然后|而是|并且|以及|同时|但是|不过|再帮|再查|再看`)
	wishes    = pattern.MustCompile(`(?i)\bi(?:'d|’d)? (?:want|need|would like|like|just want)\b|我要|我想|帮我`)
)

// instead is where callers think again in the middle of a sentence.
var instead = pattern.MustCompile(`(?i)\b(?:no|oh|actually|but) wait,?(?: first| no)*\b|\bwait,? first\b|\bbefore (?:that|you do that)\b|(?:等一下|等等|别急|先别)[,，]?先`)

// leftOver is 还有 that asks what is left and joins nothing. A list that was announced
// ("three things") may be cut where its parts begin, though nobody wrote a comma.
var (
	leftOver  = pattern.MustCompile(`^还有(?:没|多|几|货|吗|哪|什么|谁|剩|库存|效|用)`)
	announced = pattern.MustCompile(`(?i)\b(?:two|three|four|few|couple of|several|some) (?:quick )?(?:things|questions|requests|points to)\b|(?:两|三|四|几)(?:件|个|点)(?:事|问题|需求|要求)|第一.*第二|首先.*(?:其次|然后|再)`)
	listed    = pattern.MustCompile(`(?i)\b(?:my|your|the|a|can|where|when|what|how|check|one|two|three|first|second|third)\b|第[一二三四]|首先|其次|再|最后|(?:查|看|问)一?(?:下|看|问)`)
)

// mostPieces is how many clauses may be a list of wishes; more are a story.
const mostPieces = 8

// clauses cuts an utterance where a new wish may begin. What a new wish begins
// with ("I want", 帮我) stays with it.
func clauses(text string) []string {
	if at := instead.FindStringIndex(text); at != nil { // "cancel, no wait, first tell me …"
		if later := strings.TrimSpace(text[at[1]:]); len(later) > shortestWish {
			text = later
		}
	}
	cuts := []int{0}
	for _, at := range stops.FindAllStringIndex(text, -1) {
		cuts = append(cuts, at[0])
	}
	for _, at := range joinersEN.FindAllStringIndex(text, -1) {
		cuts = append(cuts, at[0])
	}
	for _, at := range joinersZH.FindAllStringIndex(text, -1) {
		if !leftOver.MatchString(text[at[0]:]) {
			cuts = append(cuts, at[0])
		}
	}
	if announced.MatchString(text) {
		for _, at := range listed.FindAllStringIndex(text, -1) {
			cuts = append(cuts, at[0])
		}
	}
	for _, at := range wishes.FindAllStringIndex(text, -1) { // "not the points I want my order": behind a refusal alone
		if refusal(text[:at[0]]) {
			cuts = append(cuts, at[0])
		}
	}
	slices.Sort(cuts)
	cuts = append(slices.Compact(cuts), len(text))
	var out []string
	for i := 1; i < len(cuts); i++ {
		if part := strings.Trim(text[cuts[i-1]:cuts[i]], " ,，、;；!！?？.。"); len(part) > shortestWish {
			out = append(out, part)
		}
	}
	if len(out) > mostPieces || len(out) == 0 {
		return []string{text}
	}
	return out
}

// shortestWish is how many bytes "and" has, or one Han character.
const shortestWish = 4

// refusal says whether text may refuse something.
func refusal(text string) bool {
	if strings.ContainsAny(text, "'’") {
		text = strings.NewReplacer("n't", " not", "n’t", " not", "N'T", " not").Replace(text)
	}
	return refusalEN.MatchString(strings.ToLower(text)) || refusalZH.MatchString(text)
}

// part is what one clause was taken to be.
type part struct {
	dialog.Understanding
	sure bool // a wish of the shop, or the refusal of one
}

// clause understands one clause by itself. Only what is beyond doubt counts as a
// wish: the other clauses are read with it anyway.
func (u *Understander) clause(lang dialog.Lang, text string) part {
	r := u.read(text, Expect{})
	p := part{Understanding: dialog.Understanding{Slots: r.slots}}
	if intent := u.refuses(lang, r); intent != "" {
		p.Intent, p.Score, p.Negated, p.sure = intent, sure, true, true
	} else if intent, score := u.intent(lang, r, Expect{Slot: "any"}); u.shop[intent] && !r.label() {
		p.Intent, p.Score, p.sure = intent, score, true
	}
	if p.sure {
		p.Need = u.need(p.Intent, r)
	}
	return p
}

// label says whether a clause only says which thing the next one is about:
// "order 10023", "那双登山靴".
func (r reading) label() bool {
	const small = 2
	plain, masked := 0, false
	for _, w := range r.masked {
		if w[0] == '<' {
			masked = true
		} else {
			plain++
		}
	}
	return masked && plain <= small && !doing.MatchString(r.mask)
}

// doing is what makes even a short clause a wish.
var doing = pattern.MustCompile(`\b(?:where|check|track|find|cancel|return|exchange|refund|book|when|status)\b|查|退|换|取消|改|在哪|到哪|有货|有吗`)

// divide takes an utterance with several wishes apart. It leaves it whole where
// it has only one, or one that no clause has by itself.
func (u *Understander) divide(lang dialog.Lang, text string, whole *dialog.Understanding) {
	if !u.divisible(whole.Intent) {
		return
	}
	parts := clauses(text)
	again := instead.MatchString(text)
	if len(parts) == 1 && !again && !refusal(text) { // understood already
		return
	}
	list, loose, found := u.list(lang, parts, whole.Intent)
	if len(list) == 0 {
		return
	}
	if one := len(list) == 1 || !found && u.shop[whole.Intent]; one && !again && !list[0].Negated {
		return
	}
	first := list[0]
	whole.Intent, whole.Score, whole.Negated, whole.Need = first.Intent, first.Score, first.Negated, first.Need
	whole.Others = list[1:]
	if len(whole.Others) > 0 || again {
		whole.Slots = parted(whole.Slots, first.Slots, loose)
	}
}

// divisible says whether an utterance of this intent may hold wishes: with a person or a
// complaint, what else was said can wait.
func (u *Understander) divisible(intent dialog.Intent) bool {
	return intent == "" || u.shop[intent] || intent == No || intent == Correct
}

// parted are the slots of the first of several wishes: its own, those named before it,
// and the answer in the whole utterance.
func parted(whole, own, loose []dialog.Slot) []dialog.Slot {
	out := slices.Clone(own)
	for _, s := range loose {
		out = keep(out, s, false)
	}
	if answer := slices.IndexFunc(whole, func(s dialog.Slot) bool { return s.Name == SlotAnswer }); answer >= 0 {
		out = keep(out, whole[answer], false)
	}
	return out
}

// list returns the wishes of clauses, each once, with what the clauses
// behind it name; what is named before the first; and whether whole is one of
// the wishes.
func (u *Understander) list(lang dialog.Lang, parts []string, whole dialog.Intent) (out []dialog.Understanding, loose []dialog.Slot, found bool) {
	for _, text := range parts {
		p := u.clause(lang, text)
		known := slices.IndexFunc(out, func(w dialog.Understanding) bool { return w.Intent == p.Intent })
		found = found || p.sure && p.Intent == whole
		switch {
		case p.sure && known < 0:
			out = append(out, p.Understanding)
			continue
		case len(out) == 0:
			loose = append(loose, p.Slots...)
			continue
		case known < 0:
			known = len(out) - 1
		}
		for _, s := range p.Slots {
			out[known].Slots = keep(out[known].Slots, s, false)
		}
	}
	return out, loose, found
}

// What a refusal begins with. What follows is what is not wanted, unless it is
// something that people say they do not know or have.
var (
	refusalEN = pattern.MustCompile(`(?:^|\b)(?:please )?(?:do not|never|no need to|did not (?:want|ask|mean|say)|will not|not to|rather not|am not (?:trying|asking|calling) to|not (?:about|the|my|a|an|for))\b (?:(?:want|need|wish|like|intend|ask|asking) (?:you )?(?:to )?)?(?:you )?(.+)$`)
	refusalZH = pattern.MustCompile(`(?:不要|不用|不想要?|别|不需要|不是要?|没(?:有)?(?:说|想|打算)要?|先不要?|不打算|无需|不必|甭)(?:再)?(?:给我|帮我|把)?(.+)$`)
	notARefEN = pattern.MustCompile(`^(?:i |you |we |they |know|see|understand|have|get|got|receive|received|think|remember|recall|hear|mind|work|find|believe|care|look|seem|even|yet|forget)\b|^(?:you|i)\b`)
	notARefZH = pattern.MustCompile(`要不要|是不是|用不用|能不能|可不可以|想不想|别的|特别|别人|级别|区别|分别|性别|不要紧|不想等|不是很|别忘|别急`)
	askingEN  = pattern.MustCompile(`\b(?:why|why not|how come|if you|if i)\b|^(?:do|did|will) not you\b`)
)

// changing is what is done to something that a caller has.
var changing = pattern.MustCompile(`^(?:cancel|return|exchange|refund|change|book|order|send|do)(?: (?:it|that|this|them|anything|any of (?:it|that)))?(?: yet| now| anymore| any more| please)*$|^(?:取消|退|换|改|订|预约|办|动)(?:掉|货|款)?(?:它|这个|那个)?(?:了|啊|啦)*$`)

// refuses returns the shop's intent that a reading says is not wanted, [No] where it
// is what was to be done, whatever that is, or "".
func (u *Understander) refuses(lang dialog.Lang, r reading) dialog.Intent {
	for _, re := range []*pattern.Pattern{refusalEN, refusalZH} {
		at := re.FindStringSubmatchIndex(r.mask)
		if at == nil {
			continue
		}
		rest, before := r.mask[at[2]:at[3]], r.mask[:at[0]]
		if re == refusalEN && (notARefEN.MatchString(rest) || askingEN.MatchString(before)) || re == refusalZH && notARefZH.MatchString(r.mask) {
			continue
		}
		words := split(rest)
		intent, _ := u.intent(lang, reading{words: words, masked: words, mask: join(words)}, Expect{Slot: "any"})
		switch {
		case u.shop[intent]:
			return intent
		case intent == Cancel || changing.MatchString(join(words)): // "I said don't cancel"
			return No
		}
	}
	return ""
}
