package journal

import (
	"huike/dialog"
	"huike/member"
)

// wordPause is how long, in call time, a party may think between two pieces of a
// number.
const wordPause Milliseconds = 30_000

// Masker masks the events of one call in the order in which they happen. Other than
// [Event.Masked] it remembers: a number that a party says over several turns is masked
// from its fourth digit on. The zero value has heard nothing. It is for one goroutine.
type Masker struct {
	told map[source]*telling
}

// source is one way on which the pieces of a number may come. What was said comes on
// several of them.
type source struct {
	kind  Type
	party dialog.Party
}

// telling is a number that is perhaps being told.
type telling struct {
	number member.Number
	before member.Number // as it was before the last words
	turn   uint32        // of the last words; others of the same turn stand in their place
	last   Milliseconds  // of the last words
}

// Mask returns e masked. What e points to is copied where it is changed.
func (m *Masker) Mask(e Event) Event {
	masked := e.Masked()
	switch e.Type {
	case TypeCaption:
		if e.Party != dialog.Agent {
			masked.Text = m.at(e).next(e.Text, !e.Final)
		}
	case TypeText:
		masked.Text = m.at(e).next(e.Text, false)
	case TypeRecognised:
		if e.Recognised != nil && e.Recognised.Text != "" {
			t := m.at(e)
			masked.Recognised.Text = t.next(e.Recognised.Text, e.Recognised.Partial)
			for i, text := range e.Recognised.Alternatives {
				masked.Recognised.Alternatives[i] = t.again(text)
			}
		}
	case TypeUnderstood: // of the caller's last words
		if t := m.told[source{TypeCaption, dialog.Caller}]; t != nil {
			for i, s := range e.Slots {
				masked.Slots[i].Value, masked.Slots[i].Heard = t.again(s.Value), t.again(s.Heard)
			}
		}
	default:
	}
	return masked
}

// at returns what the event's party has told of a number so far.
func (m *Masker) at(e Event) *telling {
	from := source{e.Type, e.Party}
	if m.told == nil {
		m.told = map[source]*telling{}
	}
	t := m.told[from]
	if t == nil || e.At-t.last > wordPause {
		t = &telling{}
		m.told[from] = t
	}
	if e.Turn == 0 || e.Turn != t.turn {
		t.before = t.number
	}
	t.last, t.turn = e.At, e.Turn
	return t
}

func (t *telling) next(text string, partial bool) string {
	t.number = t.before
	return t.number.Next(text, partial)
}

// again masks another form of the last words.
func (t *telling) again(text string) string {
	number := t.before
	return number.Next(text, false)
}
