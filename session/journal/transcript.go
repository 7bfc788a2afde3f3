package journal

import (
	"fmt"
	"slices"
	"strings"

	"huike/dialog"
)

// Line is what one party said in one turn.
type Line struct {
	At    Milliseconds `json:"at"`
	Party dialog.Party `json:"party"`
	Turn  uint32       `json:"turn,omitempty"`
	Text  string       `json:"text"`
	// Cut is set when the caller interrupted: Text is then only what was heard.
	Cut bool `json:"cut,omitempty"`
}

// String returns the line as a person reads it: "00:03.2 caller: …".
func (l Line) String() string {
	dash := ""
	if l.Cut {
		dash = " —"
	}
	return fmt.Sprintf("%s %s: %s%s", clock(l.At), l.Party, l.Text, dash)
}

// Transcript is what was said so far. The zero value is an empty one. It is
// not safe for use by two goroutines at once.
type Transcript struct {
	Lines []Line
}

// Add takes e into the transcript: the caller's and the person's final words,
// the agent's clauses joined to one line a turn, and what of them was heard.
// Events of other kinds change nothing.
func (t *Transcript) Add(e Event) {
	switch e.Type {
	case TypeCaption:
		t.caption(e)
	case TypeInterrupted:
		if i := t.last(dialog.Agent, e.Turn); i >= 0 {
			t.Lines[i].Cut = true
			t.Lines[i].Text = e.Heard
			if e.Heard == "" {
				t.Lines = append(t.Lines[:i], t.Lines[i+1:]...)
			}
		}
	case TypeText:
		t.Lines = append(t.Lines, Line{At: e.At, Party: dialog.Caller, Turn: e.Turn, Text: e.Text})
	default:
	}
}

func (t *Transcript) caption(e Event) {
	switch {
	case e.Party == dialog.Agent:
		if i := t.last(dialog.Agent, e.Turn); i >= 0 && e.Clause > 0 {
			t.Lines[i].Text = join(t.Lines[i].Text, e.Text)
			return
		}
	case !e.Final || e.Text == "":
		return
	default:
		if i := t.last(e.Party, e.Joins); e.Joins != 0 && i >= 0 { // they are in these
			t.Lines = slices.Delete(t.Lines, i, i+1)
		}
		// Words that a page typed come again as the caption of the same turn.
		if i := len(t.Lines) - 1; i >= 0 && t.Lines[i].Party == e.Party && t.Lines[i].Text == e.Text &&
			(t.Lines[i].Turn == e.Turn || t.Lines[i].Turn == 0) {
			t.Lines[i].Turn = e.Turn
			return
		}
	}
	t.Lines = append(t.Lines, Line{At: e.At, Party: e.Party, Turn: e.Turn, Text: e.Text})
}

// last returns the index of the party's line of that turn, or -1.
func (t *Transcript) last(party dialog.Party, turn uint32) int {
	for i, l := range slices.Backward(t.Lines) {
		if l.Party == party && l.Turn == turn {
			return i
		}
	}
	return -1
}

// String returns the transcript as text, one line a turn.
func (t *Transcript) String() string {
	var out strings.Builder
	for _, l := range t.Lines {
		out.WriteString(l.String())
		out.WriteByte('\n')
	}
	return out.String()
}

// TranscriptOf returns the transcript of a journal.
func TranscriptOf(events []Event) Transcript {
	var t Transcript
	for i := range events {
		t.Add(events[i])
	}
	return t
}

// join puts clauses together as their language does: Latin words are parted by
// a space, Chinese ones are not.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	r := []rune(b)[0]
	last := []rune(a)[len([]rune(a))-1]
	if r < 0x2E80 && last < 0x2E80 && last != ' ' && r != ' ' {
		return a + " " + b
	}
	return a + b
}

func clock(at Milliseconds) string {
	return fmt.Sprintf("%02d:%02d.%03d", at/60000, at/1000%60, at%1000)
}
