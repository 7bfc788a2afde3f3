package demo_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"huike/member"
	"huike/member/demo"
	"huike/member/store"
)

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huike.db")
	s, err := store.Open(t.Context(), path, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if loaded, err := demo.Load(t.Context(), s, time.Now()); !loaded || err != nil {
		t.Fatal(loaded, err)
	}
	if loaded, err := demo.Load(t.Context(), s, time.Now()); loaded || err != nil {
		t.Error("loaded twice:", err)
	}
	callers, err := demo.Callers("zh")
	if err != nil || len(callers) < 8 {
		t.Fatal(callers, err)
	}
	for _, c := range callers {
		h, err := member.Phone(c.As)
		if err != nil {
			t.Error(c.As, err)
		}
		id, err := s.Lookup(t.Context(), h)
		if shared := c.As == "13300006677"; shared != errors.Is(err, member.ErrShared) || shared != (id == "") {
			t.Error(c.As, id, err)
		}
	}
}

func TestAStoreWithAMemberIsLeftAlone(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "huike.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	if loaded, err := demo.Load(t.Context(), s, time.Now()); loaded || err != nil {
		t.Error(loaded, err)
	}
}

func ExampleCallers() {
	callers, err := demo.Callers("en")
	fmt.Println(callers[0].As, callers[0].Label, err)
	// Output: 13800001234 Ms Zhang · gold <nil>
}
