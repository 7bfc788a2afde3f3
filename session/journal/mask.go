package journal

import (
	"strings"

	"huike/dialog"
	"huike/member"
)

// keyPause is how long, in call time, a caller may think between two keys of
// one number.
const keyPause Milliseconds = 8000

// hiddenKey stands for a digit that a journal does not tell; "*" is a key of its own.
const hiddenKey = "x"

// maxHeld bounds the events that wait for the end of a keyed number.
const maxHeld = 512

// Masked returns e with the phone numbers in its words masked. What e points to
// is copied where it is changed; e itself stays as it is. A single key or a few
// digits say nothing by themselves: a [Masker] remembers those that were said, and a
// [Writer] masks keys by the number that they spell.
func (e Event) Masked() Event {
	if e.Type == TypeCaption && !e.Final {
		e.Text = member.MaskPartial(e.Text)
	}
	e.Text = mask(e.Text)
	e.Heard = mask(e.Heard)
	e.Error = mask(e.Error)
	if e.Member != nil {
		m := *e.Member
		m.Phone = member.Mask(m.Phone)
		e.Member = &m
	}
	if len(e.Slots) > 0 {
		slots := make([]dialog.Slot, len(e.Slots))
		for i, s := range e.Slots {
			slots[i] = dialog.Slot{Name: s.Name, Value: member.Mask(s.Value), Heard: member.Mask(s.Heard)}
		}
		e.Slots = slots
	}
	if e.Act != nil {
		a := *e.Act
		a.Text, a.Args = member.Mask(a.Text), maskValues(a.Args)
		e.Act = &a
	}
	if e.Operation != nil {
		o := *e.Operation
		o.Args = maskValues(o.Args)
		o.Rows = maskRows(o.Rows)
		e.Operation = &o
	}
	if e.Model != nil {
		m := *e.Model
		m.Words = maskAll(m.Words)
		e.Model = &m
	}
	if e.Recognised != nil {
		r := *e.Recognised
		if r.Partial {
			r.Text = member.MaskPartial(r.Text)
		}
		r.Text, r.Error = member.Mask(r.Text), member.Mask(r.Error)
		r.Alternatives = maskAll(r.Alternatives)
		e.Recognised = &r
	}
	return e
}

// mask is [member.Mask], at no cost for what most events do not have.
func mask(text string) string {
	if text == "" {
		return text
	}
	return member.Mask(text)
}

func maskValues(in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = member.Mask(v)
	}
	return out
}

func maskRows(in []map[string]string) []map[string]string {
	if in == nil {
		return nil
	}
	out := make([]map[string]string, len(in))
	for i, row := range in {
		out[i] = maskValues(row)
	}
	return out
}

func maskAll(in []string) []string {
	if in == nil {
		return nil
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = member.Mask(s)
	}
	return out
}

// keyRun holds events back from the first key of a number until the number is
// over, because only then it shows whether the keys spell a phone number.
type keyRun struct {
	held []Event
	last Milliseconds // of the last key held
}

// push returns the events that can be written now, in order.
func (k *keyRun) push(e Event) []Event {
	digits := e.Type == TypeKey && isDigits(e.Key)
	if len(k.held) == 0 && !digits {
		return []Event{e}
	}
	over := len(k.held) >= maxHeld || e.At-k.last > keyPause || e.Type == TypeEnded ||
		(e.Type == TypeKey && !digits)
	if !over {
		k.held = append(k.held, e)
		if digits {
			k.last = e.At
		}
		return nil
	}
	ready := k.flush()
	if !digits {
		return append(ready, e)
	}
	k.held, k.last = []Event{e}, e.At
	return ready
}

// flush gives up what is held, masked.
func (k *keyRun) flush() []Event {
	held := k.held
	k.held = nil
	var digits strings.Builder
	for i := range held {
		digits.WriteString(held[i].Key)
	}
	masked := member.Mask(digits.String())
	if masked == digits.String() {
		return held
	}
	if len(masked) != digits.Len() { // where the digits are is not known: none is told
		masked = strings.Repeat("*", digits.Len())
	}
	masked = strings.ReplaceAll(masked, "*", hiddenKey)
	for i := range held {
		n := len(held[i].Key)
		held[i].Key, masked = masked[:n], masked[n:]
	}
	return held
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
