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

// goesOn has the caller say first, pause until the agent has begun to answer, and go on.
// A recogniser hears then both.
func (s *stage) goesOn(first, both string) {
	s.Helper()
	from := s.now()
	paused := s.say(house.question[:audio.Samples(700*time.Millisecond, audio.Rate)], first)
	s.later(paused - from + 600*time.Millisecond)
	s.answers(s.say(house.question, both), both)
	s.quiet()
}

// said are the caller's lines of the transcript since from.
func (s *stage) said(from time.Duration) (said []string) {
	for _, l := range journal.TranscriptOf(s.events()).Lines {
		if l.Party == dialog.Caller && l.At.Duration() > from {
			said = append(said, l.Text)
		}
	}
	return said
}

// hasty ends a turn at each pause.
var hasty = turn.Config{
	Complete: 200 * time.Millisecond, Endpoint: 200 * time.Millisecond, Listing: 200 * time.Millisecond, Incomplete: 200 * time.Millisecond,
}

func TestWhoGoesOnAfterAnAnswerHasBegunMeantOneWish(t *testing.T) {
	play(t, func(s *stage) { s.config.Turn = hasty }, func(s *stage) {
		s.greeted()
		from := s.now()
		const whole = "Where is my number of points"
		s.goesOn("Where is my", whole)
		if got := s.said(from); !slices.Equal(got, []string{whole}) {
			t.Errorf("the transcript has %q", got)
		}
		understood := s.events(journal.TypeUnderstood)
		if last := understood[len(understood)-1]; last.Intent != "points" && last.Intent != "points.balance" {
			t.Errorf("understood %q at last", last.Intent)
		}
		if got := s.asks("what was that"); !strings.Contains(got, "1280") && !strings.Contains(got, "1,280") {
			t.Errorf("asked what was said last, the agent says %q", got)
		}
	})
}

func TestWhatCannotBeTakenBackIsNot(t *testing.T) {
	t.Run("a person who has been asked for", func(t *testing.T) {
		play(t, func(s *stage) { s.config.Turn = hasty }, func(s *stage) {
			s.greeted()
			s.goesOn("I want to talk to a person", "where is my order")
			if got := s.handoffs(); got != "waiting" {
				t.Errorf("the handoff went through %q", got)
			}
		})
	})
	t.Run("a write that the caller has said yes to", func(t *testing.T) {
		play(t, func(s *stage) { s.config.Turn = hasty }, func(s *stage) {
			s.greeted()
			s.asks("call me back on Friday at ten o'clock, please")
			s.goesOn("yes", "yes")
			if n := s.books.writes(); n != 1 {
				t.Errorf("%d writes, want the one that was agreed to", n)
			}
		})
	})
	t.Run("what an earlier turn has begun, and the shop takes long for", func(t *testing.T) {
		play(t, func(s *stage) { s.config.Turn, s.books.takes = hasty, 6*time.Second }, func(s *stage) {
			s.greeted()
			end := s.say(house.question, "where is my order")
			s.answers(end, "where is my order")
			s.goesOn("hello", "hello are you there")
			s.waits(15*time.Second, "the answer", func() bool { return strings.Contains(s.read(dialog.Agent, end), "10023") })
		})
	})
}
