package sample_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"huike/member/event"
	"huike/member/event/sample"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var now = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func TestEveryInventedEventIsTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		c := &sample.Crowd{Members: 50, Events: 400, Seed: 7, Now: now}
		for range 2 { // again adds nothing
			if err := c.Fill(t.Context(), s, nil); err != nil {
				t.Fatal(err)
			}
		}
		in := event.New(s, event.Config{Now: func() time.Time { return now }})
		var bodies [][]byte
		for i := range c.Events {
			bodies = append(bodies, c.Event(i))
		}
		out, err := in.Take(t.Context(), bodies)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			if o.Status != event.Accepted {
				t.Fatal(o)
			}
		}
		p, err := s.Load(t.Context(), c.ID(0))
		if err != nil || p.Consumption.Orders == 0 || len(p.Consent) != 3 {
			t.Error(p, err)
		}
	})
}

func TestTheSameSeedGivesTheSame(t *testing.T) {
	a, b := &sample.Crowd{Members: 9, Events: 99, Seed: 1, Now: now}, &sample.Crowd{Members: 9, Events: 99, Seed: 2, Now: now}
	if !bytes.Equal(a.Event(5), a.Event(5)) || bytes.Equal(a.Event(5), a.Event(6)) || bytes.Equal(a.Event(5), b.Event(5)) {
		t.Error("an event does not follow from its seed and number")
	}
}

func Example() {
	c := sample.Crowd{Members: 1000, Events: 10, Seed: 1, Now: now}
	fmt.Println(c.ID(42), len(c.Event(3)) > 0)
	// Output: m_s1_00000042 true
}
