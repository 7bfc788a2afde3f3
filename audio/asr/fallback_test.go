package asr

import (
	"context"
	"errors"
	"testing"
	"time"
)

// moody fails while it is down, and counts how often it is asked.
type moody struct {
	down  bool
	asked int
}

func (m *moody) Recognize(context.Context, []int16, Hint) (Result, error) {
	if m.asked++; m.down {
		return Result{}, ErrUnavailable
	}
	return Result{Text: "first", Final: true}, nil
}

func TestAServerThatIsDownIsLeftAlone(t *testing.T) {
	now := time.Unix(0, 0)
	first := &moody{down: true}
	f := &Fallback{First: first, Second: said("second"), Failures: 2, Rest: time.Minute, Now: func() time.Time { return now }}
	hear := func(want string, asked int) {
		t.Helper()
		got, err := f.Recognize(t.Context(), nil, Hint{})
		if err != nil || got.Text != want || first.asked != asked {
			t.Errorf("heard %q, %v after asking the first %d times: want %q and %d", got.Text, err, first.asked, want, asked)
		}
	}
	hear("second", 1)
	hear("second", 2)
	hear("second", 2) // it rests
	if !f.Open() {
		t.Error("the breaker is not open")
	}
	now = now.Add(2 * time.Minute)
	hear("second", 3) // tried again, still down
	hear("second", 3)
	first.down = false
	now = now.Add(2 * time.Minute)
	hear("first", 4)
	hear("first", 5)
}

func TestAFallbackThatFailsTooTellsBoth(t *testing.T) {
	f := &Fallback{First: &moody{down: true}, Second: Router{}}
	_, err := f.Recognize(t.Context(), nil, Hint{Lang: "zh"})
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrNoRecognizer) {
		t.Errorf("%v: want both reasons", err)
	}
	if _, err := f.Recognize(t.Context(), nil, Hint{Partial: true}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a partial: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Recognize(ctx, nil, Hint{}); err == nil {
		t.Error("a call that has ended is recognised")
	}
}
