package turn

import (
	"strings"
	"time"
	"unicode"

	"huike/dialog"
)

// A caller who speaks again so soon after what looked like the end of a turn goes on
// with it.
const joinWithin = 1100 * time.Millisecond

// longestHalf is how long a turn may be that another is joined to: recognisers take no
// more than 30 s.
const longestHalf = 20 * time.Second

// half is a turn that a pause has ended, with which its caller may go on.
type half struct {
	turn         uint32 // 0: there is none
	began, ended time.Duration
	words        string
	expect       dialog.Expect // the answer that was due
	pauses       int
}

// keepHalf keeps the turn that ends as one that its caller may go on with.
func (e *Engine) keepHalf() {
	e.half = half{}
	if e.cut || e.committed || e.manual || e.failed || e.listening || e.ended > e.began+longestHalf {
		return
	}
	e.half = half{e.turn, e.began, e.ended, e.words, e.due(), e.pauses}
}

// due is the answer that was due when the turn in progress began.
func (e *Engine) due() dialog.Expect {
	if e.first.turn != 0 {
		return e.first.expect
	}
	return e.expect
}

// goOn makes the turn that begins the other half of the one before, if it begins soon
// enough.
func (e *Engine) goOn(at time.Duration) {
	e.first, e.half = e.half, half{}
	if e.first.turn == 0 || at > e.first.ended+joinWithin {
		e.first = half{}
		return
	}
	e.habits.paused(at - e.first.ended)
	e.began, e.pauses = e.first.began, e.first.pauses+1
}

// settle parts the turn in progress from the one before it, of which something came
// that cannot be taken back.
func (e *Engine) settle() []Action {
	e.half = half{}
	if e.first.turn == 0 || e.floor == silent {
		return nil
	}
	e.first = half{}
	e.began, e.glance, e.words, e.known = e.onset, e.revision, "", false
	if e.floor != pausing {
		return nil
	}
	return e.recogniseAll()
}

// Joins returns the number of the turn that the caller's turn in progress goes on with,
// or 0.
func (e *Engine) Joins() uint32 {
	if e.floor == silent {
		return 0
	}
	return e.first.turn
}

// Sound returns the call time from which the sound of the caller's turn in progress is
// needed.
func (e *Engine) Sound() time.Duration { return e.began }

// fresh is what was said in text, which is all of the turn, since the first half of it.
func (e *Engine) fresh(text string) string {
	if e.first.turn == 0 {
		return text
	}
	return After(text, e.first.words)
}

// After returns the words of text behind those of first, with which it begins: or behind
// as many, since a recogniser may take back what it heard first.
func After(text, first string) string {
	whole, before := fold(text), fold(first)
	if rest, ok := strings.CutPrefix(whole, before); ok && (rest == "" || rest[0] == ' ' || hanEnd(before)) {
		return strings.TrimSpace(rest)
	}
	for n := words(before); n > 0 && whole != ""; n-- {
		whole = strings.TrimLeft(whole[wordEnd(whole):], " ")
	}
	return whole
}

// words counts those of folded text; each Chinese character is one.
func words(text string) (n int) {
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text[wordEnd(text):], " ") {
		n++
	}
	return n
}

// wordEnd is where the first word of folded text ends.
func wordEnd(text string) int {
	for i, r := range text {
		switch {
		case unicode.Is(unicode.Han, r) && i == 0:
			return len(string(r))
		case i > 0 && (r == ' ' || unicode.Is(unicode.Han, r)):
			return i
		}
	}
	return len(text)
}
