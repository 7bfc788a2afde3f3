package identity_test

import (
	"testing"
	"time"

	"huike/member"
	"huike/member/identity"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestWhoComesWithAHandleThatIsKnownIsLookedAt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		d := identity.New(s, identity.Config{})
		handle := func(kind, value string) member.Handle {
			h, err := member.NewHandle(kind, value)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		phone, card, device := handle("phone", "13300006677"), handle("card", "V1"), handle("device", "tablet")
		li := &member.Name{Family: "李", Given: "雷"}
		create := func(p *member.Profile) {
			if err := s.Create(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		create(&member.Profile{ID: "m_1", Handles: []member.Handle{phone, card, device}, Basic: member.Basic{Name: li}})
		create(&member.Profile{ID: "m_2", Handles: []member.Handle{phone}, Basic: member.Basic{Name: li}})
		before := time.Now().Add(time.Minute)
		if found, err := d.Sweep(t.Context(), before); found != 0 || err != nil {
			t.Errorf("what was there before is looked at: %d, %v", found, err)
		}
		create(&member.Profile{ID: "m_3", Handles: []member.Handle{card}})
		for range 2 { // looking again finds nobody twice
			if _, err := d.Sweep(t.Context(), before.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if waiting, err := d.Waiting(t.Context()); err != nil || len(waiting) != 1 || waiting[0].One != "m_1" || waiting[0].Other != "m_2" {
			t.Errorf("a shared phone and name do not wait for a person: %+v, %v", waiting, err)
		}
		for id, handles := range map[member.ID]int{"m_1": 3, "m_2": 1, "m_3": 0} { // the card is nobody else's: who had it first goes on
			if got := len(load(t, s, id).Handles); got != handles {
				t.Errorf("%s has %d handles, want %d", id, got, handles)
			}
		}
	})
}

func TestWhatAPersonHasTakenBackIsNotMergedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		d := identity.New(s, identity.Config{})
		mail, err := member.NewHandle("email", "house@example.com")
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []member.ID{"m_1", "m_2"} {
			if err := s.Create(t.Context(), &member.Profile{ID: id, Handles: []member.Handle{mail}}); err != nil {
				t.Fatal(err)
			}
		}
		number, err := d.Merge(t.Context(), identity.Merge{Keep: "m_1", Gone: "m_2", Author: "rule"})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Undo(t.Context(), number, "a_7"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Sweep(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if got := len(load(t, s, "m_2").Handles); got != 1 {
			t.Errorf("m_2 has %d handles: it was merged again", got)
		}
	})
}

func TestTwoEnglishNamesAreTwoPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		var handles []member.Handle
		for kind, value := range map[string]string{"email": "house@example.com", "phone": "13300006677", "device": "tablet"} {
			h, err := member.NewHandle(kind, value)
			if err != nil {
				t.Fatal(err)
			}
			handles = append(handles, h)
		}
		for id, name := range map[member.ID]*member.Name{"m_1": {FamilyEN: "Smith", GivenEN: "James"}, "m_2": {FamilyEN: "Smith", GivenEN: "Mary"}} {
			if err := s.Create(t.Context(), &member.Profile{ID: id, Handles: handles, Basic: member.Basic{Name: name}}); err != nil {
				t.Fatal(err)
			}
		}
		d := identity.New(s, identity.Config{})
		if _, err := d.Sweep(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if waiting, err := d.Waiting(t.Context()); err != nil || len(waiting) != 1 {
			t.Errorf("%+v, %v: want one match that waits for a person", waiting, err)
		}
	})
}
