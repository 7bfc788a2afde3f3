package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog"
	"huike/dialog/turn"
)

func TestGapInPacketsLosesNoTurn(t *testing.T) {
	for _, gap := range []time.Duration{200 * time.Millisecond, time.Second, 10 * time.Second} {
		for _, keep := range []bool{false, true} {
			how := "are lost"
			if keep {
				how = "come in a burst"
			}
			t.Run(fmt.Sprintf("whose packets %s after %v", how, gap), func(t *testing.T) {
				play(t, func(s *stage) { s.config.Turn = turn.Config{NoInput: time.Minute} }, func(s *stage) {
					s.greeted()
					for i, ask := range []struct{ words, want string }{
						{"where is my order", "10023"}, {"how many points do I have", "1280"}, {"where is my order", "10023"},
					} {
						s.stall(gap, keep)
						s.later(300 * time.Millisecond)
						if got := s.asks(ask.words); !strings.Contains(got, ask.want) {
							t.Fatalf("question %d is answered %q, want %s", i, got, ask.want)
						}
					}
				})
			})
		}
	}
}

func TestQuestionInAStallIsAnsweredWhenItComes(t *testing.T) {
	for _, gap := range []time.Duration{1500 * time.Millisecond, 5 * time.Second, 10 * time.Second} {
		t.Run(fmt.Sprint(gap), func(t *testing.T) {
			play(t, func(s *stage) { s.config.Turn = turn.Config{NoInput: time.Minute} }, func(s *stage) {
				s.greeted()
				s.say(house.question, "where is my order")
				s.stall(gap, true)
				end := s.now()
				if took := s.answers(end, "where is my order"); took > time.Second {
					t.Errorf("answered %v after the stall", took)
				}
				if got, want := len(s.recognizer.speech), len(house.question)*85/100; got < want {
					t.Errorf("the recogniser was given %v of %v", audio.Duration(got, audio.Rate), audio.Duration(len(house.question), audio.Rate))
				}
				s.quiet()
				if got := s.read(dialog.Agent, end); !strings.Contains(got, "10023") {
					t.Errorf("answered %q", got)
				}
			})
		})
	}
}

func TestStallInMidSentenceIsNoEndOfTurn(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for _, gap := range []time.Duration{400 * time.Millisecond, time.Second} {
			t.Run(fmt.Sprint(gap, keep), func(t *testing.T) {
				play(t, nil, func(s *stage) {
					s.greeted()
					end := s.say(long(3*time.Second), "where is my order")
					s.later(time.Second)
					s.stall(gap, keep)
					s.answers(end, "where is my order")
					s.quiet()
					if got := s.read(dialog.Caller, 0); got != "where is my order" {
						t.Errorf("heard %q, want one turn", got)
					}
				})
			})
		}
	}
}

// TestLossLosesNoTime plays ten seconds of speech over a network that loses
// packets, and wants its time at the recogniser: 99 % of it at 10 % loss.
func TestLossLosesNoTime(t *testing.T) {
	for percent, share := range map[int]float64{0: .99, 5: .99, 10: .99, 20: .98} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%d%%, seed %d", percent, seed), func(t *testing.T) {
				play(t, nil, func(s *stage) {
					s.greeted()
					r := rand.New(rand.NewPCG(seed, 1))
					s.behave(func(c *caller) { c.lose = func(uint16) bool { return r.IntN(100) < percent } })
					const spoken = 10 * time.Second
					end := s.say(long(spoken), "where is my order")
					s.answers(end, "where is my order")
					s.quiet()
					heard := audio.Duration(len(s.recognizer.speech), audio.Rate)
					t.Logf("%v of %v", heard-leadIn-leadOut, spoken)
					if float64(heard-leadIn-leadOut) < share*float64(spoken) {
						t.Errorf("the recogniser was given %v of %v, its margins of %v included", heard, spoken, leadIn+leadOut)
					}
					if heard > spoken+leadIn+leadOut+200*time.Millisecond {
						t.Errorf("the recogniser was given %v of %v: time was made up", heard, spoken)
					}
					if n := strings.Count(s.read(dialog.Caller, 0), "order"); n != 1 {
						t.Errorf("heard as %d turns", n)
					}
				})
			})
		}
	}
}

func TestCallerWhoSendsNothingInSilence(t *testing.T) {
	play(t, func(s *stage) { s.silent = true }, func(s *stage) {
		s.greeted()
		if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
			t.Errorf("answered %q", got)
		}
		s.later(3 * time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
	})
}
