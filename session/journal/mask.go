package journal

import (
	"huike/dialog"
)

// keyPause is how long, in call time, a caller may think between two keys of
// one number.
const keyPause Milliseconds = 8000

// hiddenKey stands for a digit that a journal does not tell; "*" is a key of its own.
const hiddenKey = "x"

// maxHeld bounds the events that wait for the end of a keyed number.
const maxHeld = 512

// Masked returns e with the phone numbers in its words masked. What e points to
// is copied where it is changed; e itself stays as it is. A single key says
// nothing by itself: a [Writer] masks keys by the number that they spell.
func (e Event) Masked() Event {
	e.Text = maskWords(e.Text)
	e.Heard = maskWords(e.Heard)
	e.Error = maskWords(e.Error)
	if e.Member != nil {
		m := *e.Member
		m.Phone = maskWords(m.Phone)
		e.Member = &m
	}
	if len(e.Slots) > 0 {
		slots := make([]dialog.Slot, len(e.Slots))
		for i, s := range e.Slots {
			slots[i] = dialog.Slot{Name: s.Name, Value: maskWords(s.Value), Heard: maskWords(s.Heard)}
		}
		e.Slots = slots
	}
	if e.Act != nil {
		a := *e.Act
		a.Text, a.Args = maskWords(a.Text), maskValues(a.Args)
		e.Act = &a
	}
	if e.Operation != nil {
		o := *e.Operation
		o.Args = maskValues(o.Args)
		o.Rows = maskRows(o.Rows)
		e.Operation = &o
	}
	if e.Recognised != nil {
		r := *e.Recognised
		r.Text, r.Error = maskWords(r.Text), maskWords(r.Error)
		r.Alternatives = maskAll(r.Alternatives)
		e.Recognised = &r
	}
	return e
}

func maskValues(in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = maskWords(v)
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
		out[i] = maskWords(s)
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
	digit := e.Type == TypeKey && len(e.Key) == 1 && e.Key[0] >= '0' && e.Key[0] <= '9'
	if len(k.held) == 0 && !digit {
		return []Event{e}
	}
	over := len(k.held) >= maxHeld || e.At-k.last > keyPause || e.Type == TypeEnded ||
		(e.Type == TypeKey && !digit)
	if !over {
		k.held = append(k.held, e)
		if digit {
			k.last = e.At
		}
		return nil
	}
	ready := k.flush()
	if !digit {
		return append(ready, e)
	}
	k.held, k.last = []Event{e}, e.At
	return ready
}

// flush gives up what is held, masked.
func (k *keyRun) flush() []Event {
	held := k.held
	k.held = nil
	var digits []byte
	for i := range held {
		if held[i].Type == TypeKey {
			digits = append(digits, held[i].Key...)
		}
	}
	masked := maskWords(string(digits))
	if masked == string(digits) {
		return held
	}
	n := 0
	for i := range held {
		if held[i].Type != TypeKey {
			continue
		}
		if len(masked) != len(digits) || masked[n] == '*' {
			held[i].Key = hiddenKey
		}
		n++
	}
	return held
}
