package segment_test

import (
	"errors"
	"testing"
	"time"

	"huike/member"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestASegmentIsKeptUnderItsName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		day := now
		shelf := &segment.Shelf{Store: s, Now: func() time.Time { return day }}
		all, err := segment.Parse("true")
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []member.ID{"m_1", "m_2"} {
			if err := s.Create(t.Context(), &member.Profile{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		one, err := shelf.Save(t.Context(), "大家", all, "li")
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]error{"大家": segment.ErrTaken, "": segment.ErrName, " x": segment.ErrName, "13812341234": segment.ErrName} {
			if _, err := shelf.Save(t.Context(), name, all, "li"); !errors.Is(err, want) {
				t.Errorf("%q: %v", name, err)
			}
		}
		count := func() {
			t.Helper()
			book, err := segment.Load(t.Context(), s, day, nil)
			if err != nil {
				t.Fatal(err)
			}
			saved, err := shelf.All(t.Context())
			if err == nil {
				err = shelf.Count(t.Context(), book, segment.Stale(saved, day, time.Hour))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		count()
		day = day.AddDate(0, 0, 1)
		count()
		count() // twice a day is one
		got, err := shelf.Get(t.Context(), "大家")
		if err != nil || len(got.Days) != 2 || got.Days[0].Members != 2 || got.Days[0].Of != 2 || got.Days[0].Day <= got.Days[1].Day {
			t.Errorf("%+v %v", got, err)
		}
		segmentIsChanged(t, shelf, one.ID, all)
	})
}

// segmentIsChanged has two people change and delete a segment that is at version 1.
func segmentIsChanged(t *testing.T, shelf *segment.Shelf, id string, all *segment.Segment) {
	t.Helper()
	none, _ := segment.Parse("false")
	if _, err := shelf.Change(t.Context(), id, 1, "everybody", all, "wang"); err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Change(t.Context(), id, 1, "all", none, "li"); !errors.Is(err, segment.ErrChanged) {
		t.Errorf("who has not seen the new name may change it: %v", err)
	}
	got, err := shelf.Change(t.Context(), id, 2, "nobody", none, "li")
	if err != nil || got.Version != 3 || got.Name != "nobody" || got.Author != "li" || len(got.Days) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	if err := shelf.Delete(t.Context(), id, 2); !errors.Is(err, segment.ErrChanged) {
		t.Error(err)
	}
	if err := shelf.Delete(t.Context(), id, 3); err != nil {
		t.Error(err)
	}
	if _, err := shelf.Get(t.Context(), id); !errors.Is(err, segment.ErrNone) {
		t.Error(err)
	}
}
