package privacy_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"huike/member"
	"huike/member/privacy"
	"huike/member/store"
)

func TestWhatIsOlderThanItsTermIsSweptAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		before, err := s.Load(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		told := map[member.ID]int64{}
		kept := new(shelf)
		d := privacy.New(s, privacy.Config{
			Calls: kept, Now: func() time.Time { return now },
			Changed: func(_ context.Context, id member.ID, version int64) { told[id] = version },
		})
		calls := []privacy.KeptCall{{"c_old", now.AddDate(0, 0, -31)}, {"c_new", now.AddDate(0, 0, -29)}}
		terms := privacy.Terms{Interactions: 30, Events: 10, Letters: 1, Calls: 30}
		counted, err := d.Retain(t.Context(), terms, calls, true)
		if err != nil || len(kept.calls) != 0 || counted.Interactions == 0 || counted.Events == 0 || counted.Calls != 1 {
			t.Fatalf("%+v, %v", counted, err)
		}
		swept, err := d.Retain(t.Context(), terms, calls, false)
		if err != nil || swept != counted || !slices.Equal(kept.calls, []string{"c_old"}) {
			t.Errorf("%+v after %+v, %v, calls %v", swept, counted, err, kept.calls)
		}
		finds(t, d, terms, privacy.Swept{})
		after, err := s.Load(t.Context(), other)
		if err != nil || len(after.Interactions) >= len(before.Interactions) || after.Consumption.Orders != before.Consumption.Orders ||
			told[other] != after.Version {
			t.Errorf("%d contacts of %d, told %d of %d, %v", len(after.Interactions), len(before.Interactions), told[other], after.Version, err)
		}
	})
}

// finds sweeps, and compares what there was to be swept.
func finds(t *testing.T, d *privacy.Desk, terms privacy.Terms, want privacy.Swept) {
	t.Helper()
	if swept, err := d.Retain(t.Context(), terms, nil, false); err != nil || swept != want {
		t.Errorf("swept %+v, want %+v, %v", swept, want, err)
	}
}

func TestATermBelowNothingIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		if _, err := privacy.New(s, privacy.Config{}).Retain(t.Context(), privacy.Terms{Calls: -1}, nil, true); err == nil {
			t.Error("it was swept")
		}
	})
}
