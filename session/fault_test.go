package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huike/dialog"
	"huike/member"
	"huike/session/journal"
)

func TestVoiceThatFailsLeavesCaptions(t *testing.T) {
	play(t, func(s *stage) { s.speaker.err = errBroken }, func(s *stage) {
		s.waits(5*time.Second, "a greeting to read", func() bool { return strings.Contains(s.read(dialog.Agent, 0), "today") })
		end := s.say(house.question, "where is my order")
		s.waits(5*time.Second, "an answer to read", func() bool { return strings.Contains(s.read(dialog.Agent, end), "10023") })
		if n := len(s.sounds(0)); n > 0 {
			t.Errorf("%d packets with sound", n)
		}
		s.speaker.set(func(v *speaker) { v.err = nil })
		s.later(time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
		if n := strings.Count(s.read(dialog.Agent, 0), "10023"); n != 1 {
			t.Errorf("the order's number is shown %d times", n)
		}
	})
}

func TestVoiceThatFailsKeepsTheLadder(t *testing.T) {
	play(t, func(s *stage) { s.speaker.err = errBroken }, func(s *stage) {
		if d := s.ends(time.Minute); d != (dialog.Disposition{Code: dialog.NoInput, By: dialog.Caller}) {
			t.Errorf("ended %v", d)
		}
	})
}

func TestVoiceThatHangsIsGivenUp(t *testing.T) {
	play(t, func(s *stage) { s.speaker.hangs = true }, func(s *stage) {
		s.waits(20*time.Second, "a greeting to read", func() bool { return strings.Contains(s.read(dialog.Agent, 0), "Hello") })
		s.speaker.set(func(v *speaker) { v.hangs = false })
		s.later(30 * time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
	})
}

func TestRecogniserThatFailsClimbsTheLadder(t *testing.T) {
	for name, broken := range map[string]func(r *recognizer){
		"a recogniser that fails":       func(r *recognizer) { r.err = errBroken },
		"a recogniser that never comes": func(r *recognizer) { r.hangs = true },
	} {
		t.Run(name+" has the caller asked again, and a person at the end", func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				s.recognizer.set(broken)
				first, second := s.asks("where is my order"), s.asks("where is my order")
				if first == "" || second == "" || first == second {
					t.Errorf("asked again with %q and %q", first, second)
				}
				s.asks("where is my order")
				s.waits(5*time.Second, "a handoff", func() bool { return s.handoffs() == "waiting" })
			})
		})
	}
	t.Run("it comes back by itself", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			s.greeted()
			s.recognizer.set(func(r *recognizer) { r.hangs = true })
			s.asks("where is my order")
			s.recognizer.set(func(r *recognizer) { r.hangs = false })
			if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
				t.Errorf("answered %q", got)
			}
		})
	})
	t.Run("a slow one makes the answer late and not wrong", func(t *testing.T) {
		play(t, func(s *stage) { s.recognizer.takes = 1500 * time.Millisecond }, func(s *stage) {
			s.greeted()
			if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
				t.Errorf("answered %q", got)
			}
			if l := s.events(journal.TypeLatency); len(l) != 1 || l[0].Recognition < 300 {
				t.Errorf("latency %v does not say that it was the recogniser", l)
			}
		})
	})
	t.Run("one that hears nothing in a voice has the caller told so", func(t *testing.T) {
		play(t, func(s *stage) { s.recognizer.mute = true }, func(s *stage) {
			s.greeted()
			from := s.now()
			s.say(house.question, "")
			s.waits(10*time.Second, "an answer", func() bool { return strings.Contains(s.read(dialog.Agent, from), "didn't get that") })
		})
	})
	t.Run("one that hears nothing in a cough is no turn, and the silence after it counts", func(t *testing.T) {
		play(t, func(s *stage) { s.recognizer.mute = true }, func(s *stage) {
			s.greeted()
			from := s.now()
			s.say(cough(), "")
			s.waits(10*time.Second, "a question", func() bool { return strings.Contains(s.read(dialog.Agent, from), "there") })
		})
	})
}

func TestShopThatFails(t *testing.T) {
	t.Run("the caller is told and passed to a person, or goes on", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			s.greeted()
			s.books.set(func(b *books) { b.err = errBroken })
			if got := s.asks("where is my order"); got == "" || strings.Contains(got, "10023") {
				t.Errorf("answered %q", got)
			}
			s.books.set(func(b *books) { b.err = nil })
			s.asks("never mind")
			if got := s.handoffs(); got != "waiting cancelled" {
				t.Errorf("the handoff went %q", got)
			}
			if waiting, _ := s.desk.Queue(); len(waiting) != 0 {
				t.Errorf("%d calls wait at the desk", len(waiting))
			}
			if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
				t.Errorf("answered %q", got)
			}
		})
	})
	t.Run("one that takes long is bridged", func(t *testing.T) {
		play(t, func(s *stage) { s.books.takes = 5 * time.Second }, func(s *stage) {
			s.greeted()
			end := s.say(house.question, "where is my order")
			if took := s.answers(end, "order"); took > 3*time.Second {
				t.Errorf("the first word comes after %v", took)
			}
			s.waits(15*time.Second, "the answer", func() bool { return strings.Contains(s.read(dialog.Agent, end), "10023") })
			s.quiet()
			contiguous(t, s.sounds(end))
			s.books.set(func(b *books) { b.takes = 0 })
			if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
				t.Errorf("the next question is answered %q", got)
			}
		})
	})
	t.Run("one that never answers is given up", func(t *testing.T) {
		play(t, func(s *stage) { s.books.hangs = true }, func(s *stage) {
			s.greeted()
			end := s.say(house.question, "where is my order")
			s.later(14 * time.Second)
			s.books.set(func(b *books) { b.hangs = false })
			if got := s.read(dialog.Agent, end); !strings.Contains(got, "sorry") {
				t.Errorf("the agent says %q; the page was told:\n%s", got, s.story())
			}
			s.asks("never mind")
			if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
				t.Errorf("the next question is answered %q", got)
			}
		})
	})
}

func TestMembersThatFail(t *testing.T) {
	for name, broken := range map[string]func(p *people){
		"a member store that fails":         func(p *people) { p.err = errBroken },
		"a member store that never answers": func(p *people) { p.hangs = true },
	} {
		t.Run(name+" leaves an anonymous caller", func(t *testing.T) {
			play(t, func(s *stage) { broken(s.people) }, func(s *stage) {
				s.greeted()
				if got := s.read(dialog.Agent, 0); !strings.HasPrefix(got, "Hello, this is") {
					t.Errorf("greeted with %q", got)
				}
				if got := s.asks("what are your opening hours"); !strings.Contains(got, "open") {
					t.Errorf("answered %q", got)
				}
			})
		})
		t.Run(name+" in the middle of a call leaves a caller who is known", func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				s.people.set(broken)
				if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
					t.Errorf("answered %q", got)
				}
				s.hangUp()
				if d := s.ends(10 * time.Second); d.Code != dialog.HungUp {
					t.Errorf("ended %v", d)
				}
			})
		})
	}
}

func TestACallerWhoIsErasedInMidCallIsNobody(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.people.set(func(p *people) { p.err = member.ErrUnknown })
		if got := s.asks("how many points do I have"); strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
	})
}

func TestUnknownCallerIsGreetedAsNobody(t *testing.T) {
	for _, as := range []string{"", nobody, "not a number"} {
		t.Run(fmt.Sprintf("as %q", as), func(t *testing.T) {
			play(t, func(s *stage) { s.who.As = as }, func(s *stage) {
				s.greeted()
				if got := s.read(dialog.Agent, 0); !strings.HasPrefix(got, "Hello, this is") {
					t.Errorf("greeted with %q", got)
				}
			})
		})
	}
}

func TestPanicEndsItsCallAlone(t *testing.T) {
	for name, broken := range map[string]func(s *stage){
		"in the recogniser":   func(s *stage) { s.recognizer.set(func(r *recognizer) { r.panics = true }) },
		"in the voice":        func(s *stage) { s.speaker.set(func(v *speaker) { v.panics = true }) },
		"in the shop":         func(s *stage) { s.books.set(func(b *books) { b.panics = true }) },
		"in the leg's reader": func(s *stage) { s.behave(func(c *caller) { c.panics = true }) },
		"in the leg's writer": func(s *stage) { s.behave(func(c *caller) { c.mutters = true }) },
		"in the members":      func(s *stage) { s.people.set(func(p *people) { p.panics = true }) },
	} {
		t.Run("a panic "+name, func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				broken(s)
				s.say(house.question, "where is my order")
				if d := s.ends(5 * time.Second); d != (dialog.Disposition{Code: dialog.Failed, By: dialog.System}) {
					t.Errorf("ended %v", d)
				}
				if s.err == nil || !strings.Contains(s.err.Error(), "panicked") {
					t.Errorf("error %v", s.err)
				}
				if s.closed != dialog.Failed {
					t.Errorf("the leg was closed for %q", s.closed)
				}
			})
		})
	}
}

func TestLegThatTakesNoSound(t *testing.T) {
	t.Run("one whose writer fails lets the call go on", func(t *testing.T) {
		play(t, func(s *stage) { s.failing = true }, func(s *stage) {
			s.later(10 * time.Second)
			end := s.say(house.question, "where is my order")
			s.waits(5*time.Second, "an answer to read", func() bool { return strings.Contains(s.read(dialog.Agent, end), "10023") })
		})
	})
	t.Run("one whose writer blocks for two seconds loses that sound and no words", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			s.greeted()
			deaf := make(chan struct{})
			s.behave(func(c *caller) { c.deaf = deaf })
			end := s.say(house.question, "where is my order")
			s.later(2 * time.Second)
			s.behave(func(c *caller) { c.deaf = nil })
			close(deaf)
			s.waits(5*time.Second, "an answer", func() bool { return strings.Contains(s.read(dialog.Agent, end), "10023") })
			s.quiet()
			if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
				t.Errorf("answered %q", got)
			}
		})
	})
	t.Run("one whose writer blocks for good ends with its leg", func(t *testing.T) {
		play(t, func(s *stage) { s.deaf = make(chan struct{}) }, func(s *stage) {
			s.later(5 * time.Second)
			s.hangUp()
			if d := s.ends(time.Second); d.Code != dialog.HungUp {
				t.Errorf("ended %v", d)
			}
		})
	})
}

func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		name, message, want string
	}{
		{"what is no JSON", "{", "not a JSON object"},
		{"what is no object", `["key","1"]`, "not a JSON object"},
		{"an unknown type", `{"type":"launch"}`, "launch"},
		{"no type", `{}`, "not one of"},
		{"two keys in one", `{"type":"key","key":"12"}`, "not one of 0-9"},
		{"a key that is none", `{"type":"key","key":"A"}`, "not one of 0-9"},
		{"an empty text", `{"type":"text","text":"  "}`, "between 1 and"},
		{"a text of a megabyte", `{"type":"text","text":"` + strings.Repeat("a", 1<<20) + `"}`, "1048576"},
	} {
		t.Run(tt.name+" is answered with an error and costs nothing", func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				s.write(tt.message)
				s.later(time.Second)
				errs := s.events(journal.TypeError)
				if len(errs) != 1 || !strings.Contains(errs[0].Error, tt.want) || len(errs[0].Error) > 200 {
					t.Errorf("errors %v, want one with %q", errs, tt.want)
				}
				if got := s.asks("where is my order"); !strings.Contains(got, "10023") {
					t.Errorf("answered %q", got)
				}
			})
		})
	}
	t.Run("a text is answered as words are, also into the agent's sentence", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			s.later(time.Second)
			from := s.now()
			s.write(`{"type":"text","text":"where is my order"}`)
			s.quiet()
			if got := s.read(dialog.Agent, from); !strings.HasPrefix(got, "Your order 10023") {
				t.Errorf("answered %q", got)
			}
		})
	})
	t.Run("hanging up by message ends the call", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			s.greeted()
			s.write(`{"type":"hangup"}`)
			if d := s.ends(time.Second); d != (dialog.Disposition{Code: dialog.HungUp, By: dialog.Caller}) {
				t.Errorf("ended %v", d)
			}
		})
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, seed := range []string{
		`{"type":"key","key":"5"}`, `{"type":"text","text":"where is my order"}`, `{"type":"mute","on":true}`, `{"type":"hangup"}`,
		`{"type":"key","key":""}`, `{"type":"text"}`, `{"type":"caption","final":1}`, `{`, ``, `null`, `[]`, `{"type":"text","text":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ev, err := parseMessage(text)
		if err != nil {
			if len(err.Error()) > 300 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		switch ev.Type {
		case journal.TypeKey:
			if len(ev.Key) != 1 {
				t.Errorf("key %q", ev.Key)
			}
		case journal.TypeText:
			if ev.Text == "" || len(ev.Text) > longestText {
				t.Errorf("text of %d bytes", len(ev.Text))
			}
		case journal.TypeMute, journal.TypeHangup:
		default:
			t.Errorf("type %q", ev.Type)
		}
	})
}
