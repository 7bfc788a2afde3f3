package member_test

import (
	"errors"
	"testing"

	"huike/member"
)

func TestAnErasedMemberIsInNoCopy(t *testing.T) {
	server := startEmbedded(t)
	book := newBook(person())
	here, there := run(t, book, open(t, server), patient()), run(t, book, open(t, server), patient())
	handle := person().Handles[0]
	for _, d := range []*member.Directory{here, there} {
		if _, err := d.Find(t.Context(), handle, robot()); err != nil {
			t.Fatal(err)
		}
	}
	book.mu.Lock()
	clear(book.members)
	book.mu.Unlock()
	if err := here.Forget(t.Context(), "m_1", []member.Handle{handle}); err != nil {
		t.Fatal(err)
	}
	if key := server.m.HGet("huike:member:m_1", "p"); key != "" {
		t.Error("Redis has the profile")
	}
	for name, d := range map[string]*member.Directory{"here": here, "there": there} {
		until(t, "the other process knows", func() bool {
			_, err := d.Get(t.Context(), "m_1", robot())
			return errors.Is(err, member.ErrUnknown)
		})
		if _, err := d.Find(t.Context(), handle, robot()); !errors.Is(err, member.ErrUnknown) {
			t.Errorf("%s the handle leads to %v", name, err)
		}
	}
	book.setGone(true) // and no old copy stands in
	for _, d := range []*member.Directory{here, there} {
		if _, err := d.Get(t.Context(), "m_1", robot()); err == nil {
			t.Error("an old copy stands in for an erased member")
		}
	}
}
