package session

import (
	"context"
	"strings"
	"sync"
	"testing"

	"huike/dialog"
	"huike/member"
)

// shelf keeps unfinished calls in memory.
type shelf struct {
	mu   sync.Mutex
	data map[member.ID][]byte
}

func (s *shelf) Load(_ context.Context, id member.ID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[id], nil
}

func (s *shelf) Keep(_ context.Context, id member.ID, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data == nil {
		delete(s.data, id)
		return nil
	}
	s.data[id] = data
	return nil
}

func TestACallerWhoCallsAgainGoesOnAtTheSameSlot(t *testing.T) {
	kept := &shelf{data: map[member.ID][]byte{}}
	with := func(s *stage) { s.config.Unfinished = kept }
	play(t, with, func(s *stage) {
		s.greeted()
		if got := s.asks("please book a fitting tomorrow at three pm"); !strings.Contains(got, "Which store") {
			t.Fatalf("answered %q", got)
		}
	})
	if len(kept.data) != 1 {
		t.Fatalf("%d places kept, want the caller's", len(kept.data))
	}
	play(t, with, func(s *stage) {
		s.greeted()
		if got := s.read(dialog.Agent, 0); !strings.Contains(got, "cut off") || !strings.Contains(got, "Which store") {
			t.Errorf("greeted with %q, want the question again", got)
		}
		if got := s.asks("Xujiahui"); !strings.Contains(got, "fitting") {
			t.Errorf("answered %q, want the read-back", got)
		}
		s.asks("no")
		s.asks("never mind")
	})
	if len(kept.data) != 0 {
		t.Error("the place is kept when nothing is unfinished")
	}
}
