package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/session/journal"
)

func TestCallIsGreetedAskedAndAnswered(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		if got := s.read(dialog.Agent, 0); !strings.HasPrefix(got, "Hello Ms Zhang") {
			t.Errorf("greeted with %q", got)
		}
		end := s.say(house.question, "where is my order")
		if took := s.answers(end, "where is my order"); took > 900*time.Millisecond { // the clip breaks off as a voice that goes on does
			t.Errorf("answered after %v", took)
		}
		s.quiet()
		if got := s.read(dialog.Agent, end); !strings.Contains(got, "10023") {
			t.Errorf("answered %q, want the order's number", got)
		}
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
		if got := s.read(dialog.Caller, 0); got != "where is my order how many points do I have" {
			t.Errorf("heard %q", got)
		}
	})
}

func TestLatencyHasPartsThatSumUp(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.speaker.set(func(v *speaker) { v.takes = 33333 * time.Microsecond })
		s.recognizer.set(func(r *recognizer) { r.takes = 61111 * time.Microsecond })
		s.greeted()
		for _, words := range []string{"where is my order", "how many points do I have", "are you open"} {
			s.asks(words)
		}
		latencies := s.events(journal.TypeLatency)
		if len(latencies) != 3 {
			t.Fatalf("%d latencies, want 3", len(latencies))
		}
		for _, ev := range latencies {
			l := ev.Latency
			if sum := l.Endpointing + l.Recognition + l.Dialog + l.Synthesis + l.Playout; sum != l.MS {
				t.Errorf("parts sum to %d of %+v", sum, *l)
			}
			for _, part := range []journal.Milliseconds{l.Endpointing, l.Recognition, l.Dialog, l.Synthesis, l.Playout} {
				if part < 0 {
					t.Errorf("a part is negative in %+v", *l)
				}
			}
		}
	})
}

func TestCaptionComesWhenItsClauseSounds(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		for _, ev := range s.events(journal.TypeCaption) {
			if ev.Party != dialog.Agent {
				continue
			}
			at := ev.At.Duration()
			sounds := s.sounds(at - audio.PTime)
			if len(sounds) == 0 || sounds[0].at > at+audio.PTime {
				t.Errorf("clause %d is shown at %v, when nothing sounds", ev.Clause, at)
			}
		}
		var clauses []int
		for _, ev := range s.events(journal.TypeCaption) {
			clauses = append(clauses, ev.Clause)
		}
		if !slices.Equal(clauses, []int{0, 1, 2}) {
			t.Errorf("clauses %v", clauses)
		}
	})
}

// TestSoundGoesOutInStep wants no packet of a reply late against its first.
func TestSoundGoesOutInStep(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.speaker.set(func(v *speaker) { v.takes = 47 * time.Millisecond })
		s.greeted()
		s.asks("where is my order")
		sounds := s.sounds(0)
		first := sounds[0]
		for i, p := range sounds {
			if i > 0 && p.at-sounds[i-1].at > 500*time.Millisecond {
				first = p
			}
			due := first.at + audio.Duration(int(p.stamp-first.stamp), audio.Rate)
			if off := p.at - due; off.Abs() > audio.PTime/4 {
				t.Fatalf("packet %d at %v is %v off its time", i, p.at, off)
			}
		}
	})
}

func TestLateSynthesisOfAnOldTurnIsDropped(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.speaker.set(func(v *speaker) { v.takes = 3 * time.Second })
		s.until(s.say(house.question, "where is my order") + 600*time.Millisecond)
		s.speaker.set(func(v *speaker) { v.takes = 40 * time.Millisecond })
		end := s.say(house.question, "how many points do I have")
		s.answers(end, "points")
		s.later(10 * time.Second)
		if got := s.read(dialog.Agent, end); strings.Contains(got, "10023") || !strings.Contains(got, "1280") {
			t.Errorf("after the second question one reads %q", got)
		}
	})
}

func TestReplyOfManyMinutesIsHeardWhole(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.speaker.set(func(v *speaker) { v.length = 31 * time.Second })
		end := s.say(house.question, "where is my order")
		s.answers(end, "order")
		s.quiet()
		sounds := s.sounds(end)
		if got := time.Duration(len(sounds)) * audio.PTime; got != 93*time.Second {
			t.Errorf("heard %v of 93 s", got)
		}
		contiguous(t, sounds)
		s.speaker.set(func(v *speaker) { v.length = 0 })
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
	})
}

// contiguous wants every PTime of the voice's sound once and in order.
func contiguous(t *testing.T, sounds []sounded) {
	t.Helper()
	for i := 1; i < len(sounds); i++ {
		if got, want := sounds[i].samples[0], sounds[i-1].samples[0]%30000+1; got != want {
			t.Errorf("at %v PTime %d of the voice is heard, want %d", sounds[i].at, got, want)
		}
	}
}

func TestCallerWhoWaitsForTheAnswerAndSpeaksOnIsNotTalkedOver(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.speaker.set(func(v *speaker) { v.takes = 800 * time.Millisecond })
		first := s.say(house.question, "where is my order")
		s.until(first + 550*time.Millisecond) // the turn is over, its answer is being made
		end := s.say(long(3*time.Second), "how many points do I have")
		s.answers(end, "points")
		s.quiet()
		if over := s.sounds(first); len(over) > 0 && over[0].at < end {
			t.Errorf("the agent begins at %v, while the caller speaks until %v", over[0].at, end)
		}
		if got := s.read(dialog.Agent, end); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
	})
}

func TestCallerWhoGoesOnWhileTheShopIsAskedIsNotTalkedOver(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.books.set(func(b *books) { b.takes = 900 * time.Millisecond })
		first := s.say(house.question, "where is my order")
		s.until(first + 550*time.Millisecond) // the shop is being asked
		end := s.say(long(3*time.Second), "how many points do I have")
		s.answers(end, "points")
		s.quiet()
		if over := s.sounds(first); len(over) > 0 && over[0].at < end {
			t.Errorf("the agent begins at %v, while the caller speaks until %v", over[0].at, end)
		}
		if got := s.read(dialog.Agent, end); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
	})
}

func TestCallerWhoSpeaksOverMinutesIsNotTalkedOver(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		from := s.now()
		end := s.say(long(40*time.Second), "where is my order")
		s.until(end)
		s.answers(end, "order")
		s.quiet()
		if over := s.sounds(from); over[0].at < end {
			t.Errorf("the agent begins at %v, while the caller speaks until %v", over[0].at, end)
		}
		if heard := audio.Duration(len(s.recognizer.speech), audio.Rate); heard < 14*time.Second {
			t.Errorf("the recogniser was given the last %v of 15 s that the first turn left", heard)
		}
	})
}
