package session

import (
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/session/journal"
)

// begins waits until the agent's answer to what ended at time end sounds, and a
// while longer.
func (s *stage) begins(end, longer time.Duration) {
	s.Helper()
	s.answers(end, s.words)
	s.later(longer)
}

func TestWordsOverTheAgentStopItAndAreAnswered(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.begins(s.say(house.question, "where is my order"), 2*time.Second)
		from := s.now()
		end := s.say(house.question, "how many points do I have")
		s.waits(3*time.Second, "an interruption", func() bool { return len(s.events(journal.TypeInterrupted)) > 0 })
		stopped := s.sounds(from)
		last := stopped[len(stopped)-1].at
		if took := last - from; took > 250*time.Millisecond {
			t.Errorf("the agent fell silent %v after the caller began", took)
		}
		heard := s.events(journal.TypeInterrupted)[0].Heard
		if !strings.HasPrefix("Your order 10023 is on its way with SF Express.", heard) || len(heard) < 20 {
			t.Errorf("the dialog was told that %q was heard", heard)
		}
		s.answers(end, "points")
		s.quiet()
		if got := s.read(dialog.Agent, end); !strings.Contains(got, "1280") || strings.Contains(got, "January") {
			t.Errorf("answered %q, want the points alone", got)
		}
	})
}

func TestSoundStopsAsSoonAfterALongReply(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.speaker.set(func(v *speaker) { v.length = 50 * time.Second })
		s.begins(s.say(house.question, "where is my order"), 21*time.Second)
		from := s.now()
		s.speaker.set(func(v *speaker) { v.takes = 5 * time.Second })
		s.say(house.question, "stop")
		s.later(2 * time.Second)
		stopped := s.sounds(from)
		if took := stopped[len(stopped)-1].at - from; took > 250*time.Millisecond {
			t.Errorf("the agent fell silent %v after the caller began", took)
		}
	})
}

func TestWhatTakesNoFloor(t *testing.T) {
	for _, tt := range []struct {
		name  string
		clip  []int16
		words string
	}{
		{"a cough over the agent", cough(), ""},
		{"a noise like speech without words", house.question[:audio.Samples(600*time.Millisecond, audio.Rate)], ""},
		{"a backchannel that sounds like words", house.question[:audio.Samples(500*time.Millisecond, audio.Rate)], "Mm-hm."},
	} {
		t.Run(tt.name+" costs not one sample of the agent's sentence", func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				end := s.say(house.question, "where is my order")
				s.begins(end, 2*time.Second)
				s.say(tt.clip, tt.words)
				s.quiet()
				sounds := s.sounds(end)
				contiguous(t, sounds)
				if n := len(s.events(journal.TypeInterrupted)); n != 0 {
					t.Errorf("%d interruptions", n)
				}
				if got := s.read(dialog.Agent, end); !strings.Contains(got, "anything else") {
					t.Errorf("the agent said %q, want all of it", got)
				}
				if pause := widest(sounds); pause > 900*time.Millisecond {
					t.Errorf("the agent was silent for %v", pause)
				}
			})
		})
	}
}

// widest returns the longest pause between two packets with sound.
func widest(sounds []sounded) (pause time.Duration) {
	for i := 1; i < len(sounds); i++ {
		pause = max(pause, sounds[i].at-sounds[i-1].at)
	}
	return pause
}

func TestInterruptionOfTheGreetingIsAnswered(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.waits(5*time.Second, "a greeting", func() bool { return len(s.sounds(0)) > 20 })
		if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
			t.Errorf("answered %q, want the order", got)
		}
	})
}

func TestInterruptionWhileTheShopIsAsked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		clip  []int16
		words string
		want  string
	}{
		{"words are answered", house.question, "how many points do I have", "1280"},
		{"a cough leaves the answer as it was", cough(), "", "10023"},
		{"a noise that is taken for words leaves the answer as it was", house.question, "", "10023"},
		{"a noise as long as a sentence leaves nothing stuck", long(2500 * time.Millisecond), "", "10023"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				s.books.set(func(b *books) { b.takes = 1500 * time.Millisecond })
				end := s.say(house.question, "where is my order")
				s.until(end + 800*time.Millisecond)
				from := s.now()
				s.say(tt.clip, tt.words)
				s.waits(10*time.Second, "an answer with "+tt.want, func() bool {
					return strings.Contains(s.read(dialog.Agent, from), tt.want)
				})
				s.quiet()
				s.books.set(func(b *books) { b.takes = 0 })
				if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
					t.Errorf("the next question is answered %q, want the points", got)
				}
			})
		})
	}
}

// readBack brings a call to the read-back of a call-back, which is a write.
func readBack(s *stage) (end time.Duration) {
	s.Helper()
	s.greeted()
	end = s.say(house.question, "please call me back tomorrow")
	s.answers(end, "a call-back")
	return end
}

func TestReadBack(t *testing.T) {
	t.Run("a yes to a read-back that was heard whole writes once", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			readBack(s)
			s.quiet()
			s.asks("yes")
			s.asks("yes")
			if n := s.books.writes(); n != 1 {
				t.Errorf("written %d times; the page was told:\n%s", n, s.story())
			}
		})
	})
	t.Run("a yes into the middle of a read-back writes nothing", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			readBack(s)
			s.later(400 * time.Millisecond)
			s.asks("yes")
			if n := s.books.writes(); n != 0 {
				t.Errorf("written %d times before it was heard", n)
			}
			s.asks("yes")
			if n := s.books.writes(); n != 1 {
				t.Errorf("written %d times after it was heard; the page was told:\n%s", n, s.story())
			}
		})
	})
	t.Run("a yes into its last syllable is a yes", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			end := readBack(s)
			var over time.Duration
			for _, text := range s.spokenSince(1) {
				over += max(300*time.Millisecond, time.Duration(len(text))*50*time.Millisecond)
			}
			began := s.sounds(end)[0].at
			s.until(began + over - 300*time.Millisecond)
			s.asks("yes")
			if n := s.books.writes(); n != 1 {
				t.Errorf("written %d times; the page was told:\n%s", n, s.story())
			}
		})
	})
	t.Run("what interrupts the write is answered, and it is written once", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			readBack(s)
			s.quiet()
			s.books.set(func(b *books) { b.takes = 2 * time.Second })
			end := s.say(house.question, "yes")
			s.until(end + time.Second)
			s.asks("hello, are you there")
			s.asks("yes")
			if n := s.books.writes(); n != 1 {
				t.Errorf("written %d times", n)
			}
			if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
				t.Errorf("the next question is answered %q, want the points; the page was told:\n%s", got, s.story())
			}
		})
	})
}

// spokenSince returns the clauses that the voice was given, but for those of the
// first replies.
func (s *stage) spokenSince(replies int) []string {
	s.speaker.mu.Lock()
	defer s.speaker.mu.Unlock()
	clauses := s.speaker.spoken
	if replies > 0 {
		clauses = clauses[3:] // the greeting's
	}
	return clauses
}
