package tag_test

import (
	"fmt"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// shop is a store with an inbox and a keeper, and a clock that the test turns.
type shop struct {
	*testing.T
	*store.Store
	*tag.Keeper
	in    *event.Inbox
	now   time.Time
	count int
}

func open(t *testing.T, s *store.Store, rules string) *shop {
	t.Helper()
	sh := &shop{T: t, Store: s, now: noon}
	r, err := tag.Parse("rules.yaml", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return sh.now }
	if sh.Keeper, err = tag.New(s, tag.Config{Rules: r, Now: clock}); err != nil {
		t.Fatal(err)
	}
	sh.in = event.New(s, event.Config{Tags: sh.Keeper, Now: clock})
	if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	return sh
}

func (s *shop) take(kind string, ago time.Duration, data string) {
	s.Helper()
	s.count++
	body := fmt.Sprintf(`{"specversion":"1.0","id":"%d","source":"/t","type":%q,"subject":"m_1","time":%q,"data":%s}`,
		s.count, kind, s.now.Add(-ago).Format(time.RFC3339), data)
	out, err := s.in.Take(s.Context(), [][]byte{[]byte(body)})
	if err != nil || out[0].Status != event.Accepted {
		s.Fatal(out, err)
	}
}

// buy places an order of one item.
func (s *shop) buy(category string, price int, ago time.Duration, more string) {
	s.Helper()
	s.take("order", ago, fmt.Sprintf(`{"order":"A%d","items":[{"product":"p%d","price":%d,"category":%q}]%s}`, s.count, s.count, price, category, more))
}

func (s *shop) sweep(after time.Duration) {
	s.Helper()
	s.now = s.now.Add(after)
	if _, err := s.Sweep(s.Context(), nil); err != nil {
		s.Fatal(err)
	}
}

// labels is the member's tier and tags, in the order of their names.
func (s *shop) labels() string {
	s.Helper()
	p, err := s.Load(s.Context(), "m_1")
	if err != nil {
		s.Fatal(err)
	}
	text := ""
	if p.Basic.Tier != nil {
		text = "(" + *p.Basic.Tier + ")"
	}
	for _, t := range p.Tags {
		text += "[" + t.Name + "]"
	}
	return text
}

func (s *shop) want(what, labels string) {
	s.Helper()
	if got := s.labels(); got != labels {
		s.Errorf("%s: %s, want %s", what, got, labels)
	}
}
