package session

import (
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/session/journal"
)

func TestAnAnswerThatIsNotDueLeavesNoTrace(t *testing.T) {
	for _, tt := range []struct {
		name, first string
		trace       string // in the answer to the first words
	}{
		{"a sentence that would have been said", "what can you do for me", "look up"},
		{"an operation that would have been done", "call me back on Friday at ten o'clock, please", ""},
		{"a person who would have been asked for", "I want to talk to a person", "person"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				heard := len(s.events(journal.TypeUnderstood))
				from := s.now()
				s.say(house.question[:audio.Samples(700*time.Millisecond, audio.Rate)], tt.first)
				s.later(380 * time.Millisecond) // long enough to be recognised, too short to be an end
				end := s.say(house.question, "how many points do I have")
				s.answers(end, "points")
				s.quiet()
				if got := s.events(journal.TypeUnderstood)[heard:]; len(got) != 1 {
					t.Errorf("understood %d turns, want the whole one alone: %v", len(got), got)
				}
				if got := s.read(dialog.Agent, from); tt.trace != "" && strings.Contains(got, tt.trace) {
					t.Errorf("the caller was told %q", got)
				}
				if n := s.books.writes(); n != 0 {
					t.Errorf("the shop was asked for %d call-backs", n)
				}
				if n := len(s.events(journal.TypeHandoff)); n != 0 {
					t.Errorf("%d persons were asked for", n)
				}
			})
		})
	}
}
