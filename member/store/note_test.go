package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestNotesOfAConversationAreKeptOnce(t *testing.T) {
	s, id := born(t)
	at := time.Date(2026, 5, 18, 10, 0, 0, 0, time.UTC)
	notes := []member.Note{
		{Key: "c/0", Call: "c", At: at, Fact: &member.Fact{Name: member.FactBirthYear, Kind: member.KindNumber, Value: "1990", Source: "dialogue"}},
		{Key: "c/1", Call: "c", At: at, Refusal: &member.Refusal{Kind: member.RefusedOffer, Name: "reserve"}},
		{Key: "c/2", Call: "c", At: at, Interest: &member.Interest{Product: "tent"}},
	}
	for range 2 { // the second time nothing is new
		if _, err := s.Note(t.Context(), id, notes); err != nil {
			t.Fatal(err)
		}
	}
	p, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	year, known := p.Fact(member.FactBirthYear)
	if !known || year.Source != "dialogue" || !year.At.Equal(at) || p.Basic.BirthYear == nil || *p.Basic.BirthYear != 1990 {
		t.Errorf("year of birth: %v, %v", known, p.Basic.BirthYear)
	}
	if len(p.Refusals) != 1 || p.Refusals[0].Name != "reserve" || len(p.Preference.Browsed) != 1 || p.Preference.Browsed[0] != "tent" {
		t.Errorf("refusals %v, browsed %v", p.Refusals, p.Preference.Browsed)
	}
}

// born returns a store with one member whose birthday and postcode are known.
func born(t *testing.T) (*store.Store, member.ID) {
	t.Helper()
	s := storetest.At(t, filepath.Join(t.TempDir(), "huike.db"))
	_, err := s.Import(t.Context(), strings.NewReader("phone,consent,birthday,postcode\n13800138000,service;profiling,1990-02-28,200040\n"))
	if err != nil {
		t.Fatal(err)
	}
	phone, _ := member.Phone("13800138000")
	id, err := s.Lookup(t.Context(), phone)
	if err != nil {
		t.Fatal(err)
	}
	return s, id
}

func TestPeopleAreLookedForAmongAllOrNotAtAll(t *testing.T) {
	s, id := born(t)
	people, err := s.People(t.Context(), 10)
	if err != nil || len(people) != 1 || people[0].ID != id || people[0].Postcode != "200040" || people[0].Born.Format(time.DateOnly) != "1990-02-28" {
		t.Errorf("%d people to be found, err %v", len(people), err)
	}
	if _, err := s.People(t.Context(), 0); err == nil {
		t.Error("people are looked for among a part of the members")
	}
}
