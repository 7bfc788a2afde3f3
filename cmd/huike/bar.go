package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar draws on one line how far a long piece of work has come. Its zero value is not
// usable.
type bar struct {
	to    io.Writer
	unit  string // of what is counted, such as "rows"
	began time.Time
	told  time.Time
}

// newBar begins a bar that says nothing for the first second.
func newBar(to io.Writer, unit string) *bar {
	now := time.Now()
	return &bar{to: to, unit: unit, began: now, told: now}
}

const barWidth = 24 // signs

// at draws the part that is done (of the whole; 0: nobody knows), how much that is, how
// fast it goes and note, once a second.
func (b *bar) at(done, whole int64, count int, note string) {
	if time.Since(b.told) < time.Second {
		return
	}
	b.told = time.Now()
	fmt.Fprint(b.to, "\r", b.line(time.Since(b.began), done, whole, count, note), "   ")
}

func (b *bar) line(took time.Duration, done, whole int64, count int, note string) string {
	text := fmt.Sprintf("%d %s, %.0f/s", count, b.unit, float64(count)/took.Seconds())
	if whole > 0 && done > 0 {
		full := int(barWidth * min(done, whole) / whole)
		left := time.Duration(float64(took) * float64(whole-min(done, whole)) / float64(done))
		text = fmt.Sprintf("[%s%s] %3d %% %s, %v left", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), 100*min(done, whole)/whole, text, left.Round(time.Second))
	}
	if note != "" {
		text += ", " + note
	}
	return text
}

// end ends the line, if there is one.
func (b *bar) end() {
	if b.told.After(b.began) {
		fmt.Fprintln(b.to)
	}
}
