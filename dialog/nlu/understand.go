package nlu

import (
	"slices"

	"huike/dialog"
)

// Understand returns what text means where expect was due. The alternatives are
// other readings of the same sound, best first: one of them is taken where it
// fits better than text does, and what the others name is kept in Alternatives.
// The Heard of a slot is the caller's own wording.
func (u *Understander) Understand(lang dialog.Lang, text string, alternatives []string, expect Expect) dialog.Understanding {
	best, fit := u.one(lang, text, expect)
	said := text
	others := []dialog.Understanding{best}
	for i, alternative := range alternatives {
		if alternative == text || i >= mostAlternatives {
			continue
		}
		other, otherFit := u.one(lang, alternative, expect)
		others = append(others, other)
		if otherFit-doubt*float64(i+1) > fit {
			best, fit, said = other, otherFit-doubt*float64(i+1), alternative
		}
	}
	best.Alternatives = further(&best, others)
	if expect.Kind != "digits" && (expect.Kind != "choice" || expect.Slot == "") {
		u.divide(lang, said, &best)
	}
	return best
}

const (
	doubt            = 0.1 // how much better a recogniser's next alternative has to fit
	mostAlternatives = 8
)

// further returns the values that the readings have for the slots, other than
// the best one's.
func further(best *dialog.Understanding, readings []dialog.Understanding) map[string][]string {
	var out map[string][]string
	for _, r := range readings {
		for _, s := range r.Slots {
			if s.Name == SlotAnswer || slices.Contains(out[s.Name], s.Value) ||
				slices.ContainsFunc(best.Slots, func(b dialog.Slot) bool { return b.Name == s.Name && b.Value == s.Value }) {
				continue
			}
			if out == nil {
				out = map[string][]string{}
			}
			out[s.Name] = append(out[s.Name], s.Value)
		}
	}
	return out
}

// one understands one reading, and says how well it fits, 0 to 2.
func (u *Understander) one(lang dialog.Lang, text string, expect Expect) (dialog.Understanding, float64) {
	r := u.read(text, expect)
	out := dialog.Understanding{Slots: r.slots}
	for _, s := range said(text) {
		out.Slots = keep(out.Slots, s, false)
	}
	out.Moods, out.Mood = u.mood(text, r)
	if len(r.words) == 0 {
		return out, 0
	}
	out.Intent, out.Score = u.intent(lang, r, expect)
	said := answer(r.plain, expect)
	if said != "" {
		out.Slots = append(out.Slots, dialog.Slot{Name: SlotAnswer, Value: said, Heard: text})
	}
	switch {
	case out.Score >= sure, out.Intent != "" && said == "":
	case r.corrected && len(r.slots) > 0:
		out.Intent, out.Score = Correct, sure
	case said == "no":
		out.Intent, out.Score = No, sure
	case said != "":
		out.Intent, out.Score = Yes, sure
	}
	if out.Score < sure && u.latent != "" && r.hints() {
		out.Intent, out.Score = u.latent, almost
	}
	out.Need = u.need(out.Intent, r)
	u.follow(r, expect, &out)
	return out, out.Score + wanted(out.Slots, expect)
}

// wanted is 1 where slots hold what was asked for.
func wanted(slots []dialog.Slot, expect Expect) float64 {
	for _, s := range slots {
		if s.Name == expect.Slot || s.Name == SlotAnswer && expect.Kind == "yesno" {
			return 1
		}
	}
	return 0
}

// sure is the score of what a pattern has decided.
const sure = 0.95

// intent decides by the patterns, the caller's language first, and else by the
// examples.
func (u *Understander) intent(lang dialog.Lang, r reading, expect Expect) (dialog.Intent, float64) {
	other := dialog.English
	if lang != dialog.Chinese {
		lang, other = dialog.English, dialog.Chinese
	}
	for _, l := range []dialog.Lang{lang, other} {
		if l != lang && !r.has(l) {
			continue
		}
		if intent := u.signs[l].of(r.mask); intent != "" {
			if wish, score := u.within(intent, r, expect); wish != "" {
				return wish, score
			}
			return intent, sure
		}
	}
	return u.example(r, expect)
}

// within looks for a wish in a long utterance of which a pattern knows only a small
// word: "I don't know how to put it, you know, my mother's parcel".
func (u *Understander) within(small dialog.Intent, r reading, expect Expect) (dialog.Intent, float64) {
	const long = 12
	switch small {
	case Unknown, Why, Wait, Help, Thanks, Greeting:
	default:
		return "", 0
	}
	if len(r.words) < long || expect.Slot != "" || expect.Kind == "yesno" {
		return "", 0
	}
	if intent, score := u.example(r, expect); u.shop[intent] {
		return intent, score
	}
	return "", 0
}

// example decides by what was learned from the examples.
func (u *Understander) example(r reading, expect Expect) (dialog.Intent, float64) {
	if u.model == nil || !r.talks() {
		return "", 0
	}
	a := u.model.Words(r.masked)
	score := min(a.Score, almost)
	asked := expect.Slot != "" || expect.Kind == "yesno" || expect.Kind == "choice"
	switch {
	case a.Known && (score >= enough && !asked || score >= enoughAsked):
		return dialog.Intent(a.Label), score
	case a.Out && len(r.slots) == 0 && !asked: // idle talk names nothing of the shop's
		return Chat, almost
	}
	return "", score
}

// What examples say is believed from a score on: a wrong flow costs the caller
// more than a question does. Where an answer is due, it takes more to be a wish.
const (
	enough      = 0.4
	enoughAsked = 0.7
)

// almost is the highest score of what only examples have decided.
const almost = 0.94

// talks says whether there are words beside the details that were found.
func (r reading) talks() bool {
	for _, w := range r.masked {
		if w[0] != '<' {
			return true
		}
	}
	return false
}
