package session

import (
	"strings"
	"testing"
	"time"

	"huike/dialog"
	"huike/session/journal"
)

func TestACallOnHoldWaitsAndGoesOn(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		end := s.say(house.question, "where is my order")
		s.begins(end, time.Second)
		s.write(`{"type":"hold","on":true}`)
		s.later(100 * time.Millisecond)
		held, asked := s.now(), s.recognizer.finals()
		s.say(house.question, "music with words")
		s.later(40 * time.Second)
		if n := len(s.sounds(held)); n != 0 {
			t.Errorf("%d packets were sent into the hold", n)
		}
		if n := s.recognizer.finals(); n != asked {
			t.Errorf("the music was recognised %d times", n-asked)
		}
		s.write(`{"type":"hold","on":false}`)
		s.waits(time.Second, "the rest of the sentence", func() bool { return len(s.sounds(held)) > 0 })
		s.quiet()
		contiguous(t, s.sounds(end))
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("after the hold answered %q", got)
		}
	})
}

func TestTheCallersSideStopsTheAgent(t *testing.T) {
	for _, tt := range []struct{ name, message, heard string }{
		{"by the words that were heard", `{"type":"interrupt","heard":"Your order"}`, "Your order"},
		{"by how long it had sounded", `{"type":"interrupt","heard_ms":1}`, ""},
		{"without saying how much was heard", `{"type":"interrupt"}`, "Your order 10023"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(s *stage) {
				s.greeted()
				s.begins(s.say(house.question, "where is my order"), 2*time.Second)
				s.write(tt.message)
				s.waits(time.Second, "an interruption", func() bool { return len(s.events(journal.TypeInterrupted)) > 0 })
				stopped := s.now()
				if heard := s.events(journal.TypeInterrupted)[0].Heard; !strings.HasPrefix(heard, tt.heard) || tt.heard == "" && heard != "" {
					t.Errorf("the dialog was told that %q was heard, want %q", heard, tt.heard)
				}
				s.later(2 * time.Second)
				if n := len(s.sounds(stopped)); n > 1 {
					t.Errorf("%d packets were sent afterwards", n)
				}
				if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
					t.Errorf("then answered %q", got)
				}
			})
		})
	}
}

func TestTurnsThatTheCallersSideEnds(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.write(`{"type":"floor","manual":true}`)
		s.greeted()
		end := s.say(house.question, "how many points do I have")
		s.until(end + 5*time.Second)
		if n := len(s.sounds(end)); n != 0 {
			t.Fatal("the turn was answered before it was committed")
		}
		committed := s.now()
		s.write(`{"type":"commit"}`)
		if took := s.answers(committed, "points"); took > 200*time.Millisecond {
			t.Errorf("answered %v after the commit", took)
		}
		s.quiet()
		if got := s.read(dialog.Agent, end); !strings.Contains(got, "1280") {
			t.Errorf("answered %q", got)
		}
	})
}

func TestTheCallersSideDoesTheShopsBusiness(t *testing.T) {
	trusted := func(s *stage) { s.who.Operates = true }
	play(t, trusted, func(s *stage) {
		s.greeted()
		s.write(`{"type":"operates","operations":["points.balance"]}`)
		s.say(house.question, "how many points do I have")
		s.waits(5*time.Second, "an operation", func() bool { return len(s.events(journal.TypeOperation)) > 0 })
		op := s.events(journal.TypeOperation)[0].Operation
		if op.Name != "points.balance" || op.ID == 0 {
			t.Errorf("asked for %+v", op)
		}
		s.write(`{"type":"result","operation":{"id":1,"name":"points.balance","ok":true,"rows":[{"points":"4711"}]}}`)
		s.waits(5*time.Second, "an answer", func() bool { return strings.Contains(s.read(dialog.Agent, 0), "4711") })
		s.write(`{"type":"result","operation":{"id":1,"ok":true}}`)
		s.waits(time.Second, "a refusal of the second result", func() bool { return len(s.events(journal.TypeError)) == 1 })
	})
}

func TestWhoShowsNoKeyDoesNotTheShopsBusiness(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.write(`{"type":"operates","operations":["points.balance"]}`)
		s.greeted()
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the shop's own figure", got)
		}
		if errs := s.events(journal.TypeError); len(errs) != 1 || !strings.Contains(errs[0].Error, "key") {
			t.Errorf("told %v, want one refusal that names the key", errs)
		}
	})
}

func TestACallInWriting(t *testing.T) {
	play(t, func(s *stage) { s.mute = true }, func(s *stage) {
		replies := func() (text string) {
			for _, ev := range s.events(journal.TypeReply) {
				text += ev.Text + " "
			}
			return text
		}
		s.waits(5*time.Second, "a greeting", func() bool { return strings.Contains(replies(), "help") })
		s.later(10 * time.Second)
		s.write(`{"type":"text","text":"where is my order?"}`)
		s.waits(time.Second, "the whole answer at once", func() bool {
			told := s.events(journal.TypeReply)
			return strings.Contains(replies(), "SF Express") && told[len(told)-1].Final
		})
		s.later(time.Second)
		s.write(`{"type":"interrupt","heard":"Your order"}`)
		s.waits(time.Second, "an interruption", func() bool { return len(s.events(journal.TypeInterrupted)) > 0 })
		s.later(5 * time.Second)
		if n := len(s.sounds(0)); n != 0 {
			t.Errorf("%d packets of sound were sent", n)
		}
		if n := s.speaker.clauses(); n != 0 {
			t.Errorf("%d clauses were synthesised", n)
		}
	})
}

func TestRepliesAreToldBeforeTheySound(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.asks("where is my order")
		seen := map[uint32]string{}
		for _, ev := range s.events(journal.TypeReply, journal.TypeCaption) {
			switch {
			case ev.Type == journal.TypeReply:
				seen[ev.Turn] += ev.Text
			case ev.Party == dialog.Agent && !strings.Contains(seen[ev.Turn], ev.Text):
				t.Errorf("turn %d: caption %q was not told before", ev.Turn, ev.Text)
			}
		}
	})
}

func TestTheCallGoesOnInAnotherLanguage(t *testing.T) {
	play(t, nil, func(s *stage) {
		s.greeted()
		s.write(`{"type":"lang","lang":"zh"}`)
		s.write(`{"type":"text","text":"我有多少积分？"}`)
		s.waits(5*time.Second, "an answer in Chinese", func() bool { return strings.Contains(s.read(dialog.Agent, 0), "积分") })
	})
}

func TestMessagesThatCannotBe(t *testing.T) {
	for message, want := range map[string]string{
		`{"type":"dance"}`:                         "dance",
		`{"type":"key","key":"12"}`:                "12",
		`{"type":"interrupt","heard_ms":-1}`:       "-1",
		`{"type":"lang","lang":"tlh"}`:             "tlh",
		`{"type":"result"}`:                        "id",
		`{"type":"text","text":"   "}`:             "0 bytes",
		`{"type":"interrupt","heard_ms":"plenty"}`: "JSON",
		`[]`: "JSON",
	} {
		if _, err := parseMessage([]byte(message)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that names %q", message, err, want)
		}
	}
}
