package identity_test

import (
	"testing"
	"time"

	"huike/member"
	"huike/member/identity"
	"huike/member/store"
)

// say writes a member's word on a purpose.
func say(t *testing.T, s *store.Store, id member.ID, purpose member.Purpose, given bool) {
	t.Helper()
	p := load(t, s, id)
	p.SetConsent(member.Grant{Purpose: purpose, Given: given, At: time.Now(), Notice: "v1"})
	if _, err := s.Save(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestAWithdrawalOfEitherRecordHoldsAfterAMerge(t *testing.T) {
	for name, order := range map[string][2]member.ID{"withdrawn by the kept one": {keep, gone}, "withdrawn by the other": {gone, keep}} {
		t.Run(name, func(t *testing.T) {
			filled(t, func(t *testing.T, s *store.Store) {
				t.Helper()
				say(t, s, order[0], member.PurposeMarketing, false)
				say(t, s, order[1], member.PurposeMarketing, true) // later, so with the higher id
				say(t, s, order[1], member.PurposeLocation, true)  // on which the first never said a word
				before := state(t, s)
				d := identity.New(s, identity.Config{})
				number, err := d.Merge(t.Context(), identity.Merge{Keep: keep, Gone: gone, Author: "a_7", Force: true})
				if err != nil {
					t.Fatal(err)
				}
				p := load(t, s, keep)
				if p.Allows(member.PurposeMarketing) || !p.Allows(member.PurposeLocation) {
					t.Error("marketing", p.Allows(member.PurposeMarketing), "location", p.Allows(member.PurposeLocation))
				}
				if err := d.Undo(t.Context(), number, "a_7"); err != nil {
					t.Fatal(err)
				}
				if after := state(t, s); after != before {
					t.Errorf("after the undo\n%s\nbefore\n%s", after, before)
				}
				if load(t, s, order[0]).Allows(member.PurposeMarketing) || !load(t, s, order[1]).Allows(member.PurposeMarketing) {
					t.Error("the undo changed what somebody said")
				}
				if _, err = d.Merge(t.Context(), identity.Merge{Keep: keep, Gone: gone, Author: "a_7", Force: true}); err != nil {
					t.Fatal(err)
				}
				say(t, s, keep, member.PurposeMarketing, true)
				if !load(t, s, keep).Allows(member.PurposeMarketing) {
					t.Error("a yes after the merge does not count")
				}
			})
		})
	}
}
