package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/session/handoff"
	"huike/session/journal"
)

// exchange is a caller's leg behind a telephone exchange, which can pass it on.
type exchange struct {
	*caller

	mu      sync.Mutex
	refuses error
	to      string
	pressed string
}

func (x *exchange) Transfer(ctx context.Context, to string) error {
	select {
	case <-time.After(3 * time.Second): // it rings
	case <-ctx.Done():
		return ctx.Err()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.to = to
	return x.refuses
}

func (x *exchange) SendKeys(keys string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.pressed += keys
	return nil
}

// handed brings a call to where a person has it, without sound.
func handed(s *stage) (call, agent string) {
	s.Helper()
	waiting(s)
	if _, err := s.desk.Take(s.who.Call, "li"); err != nil {
		s.Fatal(err)
	}
	s.waits(time.Second, "the handoff", func() bool { return strings.HasSuffix(s.handoffs(), "taken") })
	return s.who.Call, "li"
}

// transfers are the states of the transfer that the page was told.
func (s *stage) transfers() (states string) {
	for _, ev := range s.events(journal.TypeTransfer) {
		states += ev.State + " "
	}
	return states
}

func TestAPersonPassesTheCallOn(t *testing.T) {
	var x *exchange
	behind := func(s *stage) { x = &exchange{caller: s.caller}; s.leg = x }
	t.Run("and the call ends here once the other side has taken it", func(t *testing.T) {
		play(t, behind, func(s *stage) {
			call, agent := handed(s)
			if err := s.desk.Transfer(call, agent, "sip:accounts@pbx.example"); err != nil {
				t.Fatal(err)
			}
			if d := s.ends(10 * time.Second); d.Code != dialog.HandedOff || d.By != dialog.Human {
				t.Errorf("ended as %+v", d)
			}
			if x.to != "sip:accounts@pbx.example" || s.transfers() != "asked done " {
				t.Errorf("passed on to %q, told %q", x.to, s.transfers())
			}
		})
	})
	t.Run("and has it still when the other side refuses", func(t *testing.T) {
		play(t, behind, func(s *stage) {
			call, agent := handed(s)
			x.refuses = errors.New("486 busy here")
			if err := s.desk.Transfer(call, agent, "4711"); err != nil {
				t.Fatal(err)
			}
			s.waits(10*time.Second, "a refusal", func() bool { return s.transfers() == "asked refused " })
			if err := s.desk.Return(call, agent); err != nil {
				t.Fatal(err)
			}
			s.waits(5*time.Second, "the robot", func() bool { return strings.HasSuffix(s.handoffs(), "returned") })
		})
	})
	t.Run("on a line that cannot be passed on is told so", func(t *testing.T) {
		play(t, nil, func(s *stage) {
			call, agent := handed(s)
			if err := s.desk.Transfer(call, agent, "4711"); err != nil {
				t.Fatal(err)
			}
			s.waits(time.Second, "a refusal", func() bool { return s.transfers() == "asked refused " })
		})
	})
	t.Run("only who has the call", func(t *testing.T) {
		play(t, behind, func(s *stage) {
			call, _ := handed(s)
			if err := s.desk.Transfer(call, "wang", "4711"); !errors.Is(err, handoff.ErrNotYours) {
				t.Errorf("error %v", err)
			}
		})
	})
	t.Run("or presses keys on its line", func(t *testing.T) {
		play(t, behind, func(s *stage) {
			call, agent := handed(s)
			if err := s.desk.Press(call, agent, "12#"); err != nil {
				t.Fatal(err)
			}
			s.waits(time.Second, "keys", func() bool { x.mu.Lock(); defer x.mu.Unlock(); return x.pressed == "12#" })
		})
	})
}
