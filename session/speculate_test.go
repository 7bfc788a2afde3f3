package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/dialog/turn"
	"huike/session/journal"
)

// readied is whether the voice was given words with that in them.
func (v *speaker) readied(part string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.spoken, func(text string) bool { return strings.Contains(text, part) })
}

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
			patient := turn.Config{Complete: time.Second, Endpoint: time.Second, Listing: time.Second}
			play(t, func(s *stage) { s.config.Turn = patient }, func(s *stage) {
				s.greeted()
				heard := len(s.events(journal.TypeUnderstood))
				from := s.now()
				paused := s.say(house.question[:audio.Samples(700*time.Millisecond, audio.Rate)], tt.first)
				s.later(paused - from + 350*time.Millisecond) // long enough to be recognised, too short to be an end
				end := s.say(house.question, "how many points do I have")
				s.answers(end, "points")
				s.quiet()
				if tt.trace != "" && !s.speaker.readied(tt.trace) {
					t.Error("nothing was readied in the pause")
				}
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
