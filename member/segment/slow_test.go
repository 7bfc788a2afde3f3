package segment_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"huike/member/segment"
)

func TestASegmentThatTakesLongIsGivenUp(t *testing.T) {
	book := segment.Invented(8000, now) // fewer than one worker's piece
	s, err := segment.Parse(`all(1..9000, # > 0 and # > 0)`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := book.FindWithin(t.Context(), s, time.Millisecond); !errors.Is(err, segment.ErrSlow) {
		t.Errorf("%d found, %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := book.Find(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("gone on after its end: %v", err)
	}
	many, _ := segment.Parse(`len(1..1000000) > orders`)
	if _, _, err := book.Find(t.Context(), many); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("a million for each member: %v", err)
	}
}

func TestPredicatesInPredicatesAreRefused(t *testing.T) {
	for _, text := range []string{
		`let a = 1..1000; all(a, all(a, all(a, true)))`,
		`any(["a", "b"], any(["c"], has(#)))`,
		`len(map(filter(1..9, # > 1), all(1..9, # > 1))) > 0`,
	} {
		if _, err := segment.Parse(text); err == nil || !strings.Contains(err.Error(), "predicate stands in another") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := segment.Parse(`any(["a", "b"], has(#)) and all(["c"], not has(#))`); err != nil {
		t.Error(err)
	}
}
