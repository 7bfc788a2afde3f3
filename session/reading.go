package session

import (
	"context"
	"time"
	"unicode"

	"huike/audio"
	"huike/audio/playout"
)

// written tells whether a leg of that format carries words in place of sound: who
// is at its other end recognises and speaks.
func written(format audio.Format) bool { return format.Name == "text" }

// reading returns config for such a leg. The agent's clauses last as long as
// somebody needs to speak them, so that turns and silences are as in any call.
func reading(config *Config) *Config {
	silent := *config
	silent.Speaker = reader{}
	return &silent
}

// reader is the Speaker of a leg without sound: its items are empty.
type reader struct{}

// What a voice takes for a letter and a Chinese character, and to begin.
const (
	perLetter    = 62 * time.Millisecond // 190 English words a minute
	perCharacter = 220 * time.Millisecond
	perClause    = 200 * time.Millisecond
)

// Play emits as much silence as spoken takes to say.
func (reader) Play(_ context.Context, _, spoken string, _ audio.Format, emit func([]playout.Item) error) error {
	length := perClause
	for _, r := range spoken {
		switch {
		case unicode.Is(unicode.Han, r):
			length += perCharacter
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ':
			length += perLetter
		}
	}
	return emit(make([]playout.Item, length/audio.PTime))
}

// Pause returns none: it is in the clause's length.
func (reader) Pause(audio.Format, string) []playout.Item { return nil }
