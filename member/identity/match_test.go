package identity_test

import (
	"testing"

	"huike/member"
	"huike/member/identity"
	"huike/member/store"
	"huike/member/store/storetest"
)

// handle returns a handle as it is kept.
func handle(t *testing.T, kind, value string) member.Handle {
	t.Helper()
	h, err := member.NewHandle(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// alike creates six who have something in common with m_1.
func alike(t *testing.T, s *store.Store) {
	t.Helper()
	year := 1980
	phone, card, device := handle(t, "phone", "13300006677"), handle(t, "card", "V1"), handle(t, "device", "tablet")
	li, other := &member.Name{Family: "李", Given: "雷"}, &member.Name{Family: "李", Given: "梅"}
	for _, p := range []*member.Profile{
		{ID: "m_1", Handles: []member.Handle{phone, card, device}, Basic: member.Basic{Name: li, BirthYear: &year}},
		{ID: "m_2", Handles: []member.Handle{phone}, Basic: member.Basic{Name: li, BirthYear: &year}},          // the same phone, name and year
		{ID: "m_3", Handles: []member.Handle{phone}, Basic: member.Basic{Name: other}},                         // shares the phone alone
		{ID: "m_4", Handles: []member.Handle{device}},                                                          // shares the device alone
		{ID: "m_5", Handles: []member.Handle{card}},                                                            // a prospect known by the card
		{ID: "m_6", Handles: []member.Handle{card, phone}, Basic: member.Basic{Name: other, BirthYear: &year}}, // a card that two use
	} {
		if err := s.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoMayBeOnePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		d := identity.New(s, identity.Config{})
		alike(t, s)
		for range 2 { // asking again asks nobody twice
			if _, err := d.Check(t.Context(), "m_1"); err != nil {
				t.Fatal(err)
			}
		}
		waiting, err := d.Waiting(t.Context())
		if err != nil || len(waiting) != 2 || waiting[0].Other != "m_6" || waiting[1].Other != "m_2" || waiting[1].Score != 85 {
			t.Fatalf("%+v, %v", waiting, err)
		}
		for id, handles := range map[member.ID]int{"m_1": 3, "m_2": 1, "m_3": 1, "m_4": 1, "m_5": 0, "m_6": 2} {
			if got := len(load(t, s, id).Handles); got != handles {
				t.Errorf("%s has %d handles, want %d", id, got, handles)
			}
		}
		decided(t, d)
	})
}

// decided says of m_6 that it is another person than m_1, and of m_2 that it is the same.
func decided(t *testing.T, d *identity.Desk) {
	t.Helper()
	if number, err := d.Decide(t.Context(), "m_1", "m_6", false, "a_7"); number != 0 || err != nil {
		t.Error(number, err)
	}
	if found, err := d.Check(t.Context(), "m_6"); err != nil || len(found) != 1 || found[0].One != "m_3" { // and not m_1
		t.Errorf("what was decided is asked again: %+v, %v", found, err)
	}
	if number, err := d.Decide(t.Context(), "m_2", "m_1", true, "a_7"); number == 0 || err != nil {
		t.Error(number, err)
	}
	if waiting, err := d.Waiting(t.Context()); err != nil || len(waiting) != 1 || waiting[0].One != "m_3" {
		t.Error(waiting, err)
	}
}
