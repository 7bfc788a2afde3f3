package segment_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestAPortraitSaysWhatItRestsOn(t *testing.T) { //nolint:cyclop // one story, told in order
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		rules, err := tag.Parse("t", []byte(`tags: [{name: baby, when: 'count(filter(items, .category == "baby"), "90d") >= 2'}]`))
		if err != nil {
			t.Fatal(err)
		}
		clock := func() time.Time { return now }
		k, err := tag.New(s, tag.Config{Rules: rules, Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		p := &member.Profile{ID: "m_1"}
		if err := s.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		in := event.New(s, event.Config{Tags: k, Now: clock})
		for i, e := range []struct {
			kind, data string
			ago        int
		}{
			{"order", `{"order":"A","items":[{"product":"p","price":1,"category":"baby","quantity":2}]}`, 50},
			{"order", `{"order":"B","items":[{"product":"p","price":1,"category":"baby"},{"product":"q","price":1,"category":"shoes"}]}`, 40},
			{"order", `{"order":"C","items":[{"product":"q","price":1,"category":"shoes"}]}`, 40},
			{"order", `{"order":"D","items":[{"product":"q","price":1,"category":"garden"}]}`, 10},
			{"order", `{"order":"E","status":"cancelled","items":[{"product":"q","price":1,"category":"garden","quantity":9}]}`, 1},
			{"call", `{"channel":"phone"}`, 60},
			{"call", `{"channel":"phone"}`, 30},
			{"call", `{"channel":"web"}`, 2},
		} {
			body := fmt.Sprintf(`{"specversion":"1.0","id":"%d","source":"/t","type":%q,"subject":"m_1","time":%q,"data":%s}`,
				i, e.kind, now.AddDate(0, 0, -e.ago).Format(time.RFC3339), e.data)
			if out, err := in.Take(t.Context(), [][]byte{[]byte(body)}); err != nil || out[0].Status != event.Accepted {
				t.Fatal(out, err)
			}
		}
		if _, err := segment.Draw(t.Context(), s, k, "m_1", now); !errors.Is(err, segment.ErrNoConsent) {
			t.Error("drawn without consent:", err)
		}
		p, _ = s.Load(t.Context(), "m_1")
		p.SetConsent(member.Grant{Purpose: member.PurposeProfiling, Given: true, At: now})
		if _, err := s.Save(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		got, err := segment.Draw(t.Context(), s, k, "m_1", now)
		if err != nil {
			t.Fatal(err)
		}
		if c := fmt.Sprint(got.Categories, got.Channels); c != "[{baby 3 [B A]} {shoes 2 [C B]} {garden 1 [D]}] [{phone 2 []} {web 1 []}]" {
			t.Error(c)
		}
		if c := got.Cycle; c == nil || c.Median != 20 || c.Gaps != 2 || !c.Next.Equal(now.AddDate(0, 0, 10)) {
			t.Errorf("%+v", c)
		}
		if c := got.Contacts; c.Count != 3 || c.PerMonth != 1.5 {
			t.Errorf("%+v", c)
		}
		if len(got.Tags) != 1 || len(got.Changes) != 1 || got.Changes[0].Evidence.Count != 2 {
			t.Errorf("%+v %+v", got.Tags, got.Changes)
		}
	})
}
