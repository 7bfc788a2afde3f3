package identity_test

import (
	"fmt"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/identity"
	"huike/member/store"
	"huike/member/store/storetest"
)

// lived is two people whom the shop knows by what they did: one is a fan, one is farther.
func lived(t *testing.T, s *store.Store) (in *event.Inbox, fan, farther member.ID) {
	t.Helper()
	in = event.New(s, event.Config{})
	tell(t, in, "a1", "openid:o_a", `{"stage":"fan"}`, 1)
	tell(t, in, "b1", "openid:o_b", `{"stage":"fan"}`, 2)
	tell(t, in, "b2", "openid:o_b", `{"stage":"intent","from":"fan"}`, 3)
	var ids []member.ID
	for _, openid := range []string{"o_a", "o_b"} {
		id, err := s.Lookup(t.Context(), member.Handle{Kind: member.HandleOpenID, Value: openid})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return in, ids[0], ids[1]
}

func tell(t *testing.T, in *event.Inbox, id, subject, data string, minute int) {
	t.Helper()
	at := time.Date(2026, 11, 20, 10, minute, 0, 0, time.UTC).Format(time.RFC3339)
	out, err := in.Take(t.Context(), [][]byte{fmt.Appendf(nil,
		`{"specversion":"1.0","id":%q,"source":"app","type":"stage","time":%q,"subject":%q,"data":%s}`, id, at, subject, data)})
	if err != nil || out[0].Status != event.Accepted {
		t.Fatal(out, err)
	}
}

func stage(t *testing.T, s *store.Store, id member.ID) string {
	t.Helper()
	if p := load(t, s, id); p.Basic.Stage != nil {
		return *p.Basic.Stage
	}
	return ""
}

func TestTheStageFollowsAMergeAndComesBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		in, fan, farther := lived(t, s)
		d, before := identity.New(s, identity.Config{}), state(t, s)
		was := [2]string{stage(t, s, fan), stage(t, s, farther)}
		if was[0] == was[1] {
			t.Fatalf("both are %q", was)
		}
		number, err := d.Merge(t.Context(), identity.Merge{Keep: fan, Gone: farther, Author: "a_1", Force: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := stage(t, s, fan); got != "intent" {
			t.Errorf("after the merge %q, want the farther of both", got)
		}
		if err := d.Undo(t.Context(), number, "a_1"); err != nil {
			t.Fatal(err)
		}
		if now := [2]string{stage(t, s, fan), stage(t, s, farther)}; now != was || state(t, s) != before {
			t.Errorf("undone to %v, were %v", now, was)
		}
		if number, err = d.Merge(t.Context(), identity.Merge{Keep: fan, Gone: farther, Author: "a_1", Force: true}); err != nil {
			t.Fatal(err)
		}
		tell(t, in, "a2", "openid:o_b", `{"stage":"member","from":"intent"}`, 4) // which goes on from what the other one was
		if got := stage(t, s, fan); got != event.StageMember {
			t.Errorf("told of the next stage %q: the other's events do not count", got)
		}
		if err := d.Undo(t.Context(), number, "a_1"); err != nil {
			t.Fatal(err)
		}
		if one, other := stage(t, s, fan), stage(t, s, farther); one != event.StageMember || other != was[1] {
			t.Errorf("undone to %q and %q: want what has come since with who went on", one, other)
		}
	})
}

func TestWhoIsKnownByEventsAloneMakesNoProspectOfAMember(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		if err := s.Create(t.Context(), &member.Profile{ID: "m_known"}); err != nil {
			t.Fatal(err)
		}
		in := event.New(s, event.Config{})
		out, err := in.Take(t.Context(), [][]byte{[]byte(`{"specversion":"1.0","id":"v","source":"app","type":"browse","time":"2026-11-20T10:00:00Z","subject":"openid:o_c","data":{"product":"milk"}}`)})
		if err != nil || out[0].Status != event.Accepted {
			t.Fatal(out, err)
		}
		id, err := s.Lookup(t.Context(), member.Handle{Kind: member.HandleOpenID, Value: "o_c"})
		if err != nil {
			t.Fatal(err)
		}
		if got := stage(t, s, id); got != event.StageProspect {
			t.Fatalf("known by events alone: %q", got)
		}
		if _, err := identity.New(s, identity.Config{}).Merge(t.Context(), identity.Merge{Keep: "m_known", Gone: id, Author: "a_1", Force: true}); err != nil {
			t.Fatal(err)
		}
		if got := stage(t, s, "m_known"); got != "" {
			t.Errorf("the member is a %q", got)
		}
	})
}
