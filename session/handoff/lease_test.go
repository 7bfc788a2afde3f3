package handoff_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"huike/session/handoff"
	"huike/session/journal"
)

func TestAnAgentWhoVanishesLosesTheCallToTheQueue(t *testing.T) {
	for _, c := range []struct {
		name string
		// vanish takes the agent away from a call that they have, and returns
		// when the lease begins to run.
		vanish func(t *testing.T, desk *handoff.Desk, p *handoff.Pending)
	}{
		{"the page is closed", func(t *testing.T, desk *handoff.Desk, p *handoff.Pending) {
			t.Helper()
			leave := desk.Arrive("Li")
			is(t, next(t, p), handoff.Taken)
			time.Sleep(time.Minute)
			leave()
			leave()
		}},
		{"the page never was there", func(t *testing.T, _ *handoff.Desk, p *handoff.Pending) {
			t.Helper()
			is(t, next(t, p), handoff.Taken)
		}},
		{"the sound ends and the page stays", func(t *testing.T, desk *handoff.Desk, p *handoff.Pending) {
			t.Helper()
			t.Cleanup(desk.Arrive("Li"))
			leg := newVoice()
			go func() { _ = desk.Attach(t.Context(), "c_1", "Li", leg) }()
			is(t, next(t, p), handoff.Taken)
			is(t, next(t, p), handoff.Taken)
			time.Sleep(time.Minute)
			p.LegLost(leg)
		}},
		{"the sound and the page end with the connection", func(t *testing.T, desk *handoff.Desk, p *handoff.Pending) {
			t.Helper()
			leave := desk.Arrive("Li")
			ctx, gone := context.WithCancel(t.Context())
			go func() { _ = desk.Attach(ctx, "c_1", "Li", newVoice()) }()
			is(t, next(t, p), handoff.Taken)
			is(t, next(t, p), handoff.Taken)
			time.Sleep(time.Minute)
			leave()
			gone()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				desk := handoff.New(handoff.Config{Patience: 30 * time.Second, Lease: 10 * time.Second})
				p := desk.Request(t.Context(), ticket("c_1"))
				if _, err := desk.Take("c_1", "Li"); err != nil {
					t.Fatal(err)
				}
				c.vanish(t, desk, p)
				began := time.Now()
				back := next(t, p)
				if back.State != handoff.Waiting || !back.Vanish {
					t.Fatalf("then %+v", back)
				}
				if took := time.Since(began); took != 10*time.Second {
					t.Errorf("after %v", took)
				}
				if _, err := desk.Take("c_1", "Wang"); err != nil {
					t.Fatal(err)
				}
				if got := next(t, p); got.Agent != "Wang" {
					t.Errorf("then taken by %s", got.Agent)
				}
			})
		})
	}
}

func TestAReloadedPageKeepsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{Lease: 10 * time.Second})
		p := desk.Request(t.Context(), ticket("c_1"))
		leave := desk.Arrive("Li")
		if _, err := desk.Take("c_1", "Li"); err != nil {
			t.Fatal(err)
		}
		first, attached := newVoice(), make(chan error, 1)
		go func() { attached <- desk.Attach(t.Context(), "c_1", "Li", first) }()
		is(t, next(t, p), handoff.Taken)
		is(t, next(t, p), handoff.Taken)

		leave()
		p.LegLost(first)
		time.Sleep(9 * time.Second)
		defer desk.Arrive("Li")()
		second := newVoice()
		go func() { _ = desk.Attach(t.Context(), "c_1", "Li", second) }()
		if got := next(t, p); got.State != handoff.Taken || got.Leg != handoff.Leg(second) {
			t.Fatalf("then %+v", got)
		}
		if err := <-attached; err != nil {
			t.Errorf("the first leg: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if got, err := p.Wait(ctx); err == nil {
			t.Errorf("an hour later %+v", got)
		}

		third := newVoice() // before the second one is known to be gone
		go func() { _ = desk.Attach(t.Context(), "c_1", "Li", third) }()
		got := next(t, p)
		synctest.Wait()
		if got.Leg != handoff.Leg(third) || !second.ended() {
			t.Errorf("then %+v, the one before closed: %v", got, second.ended())
		}
	})
}

func TestNobodyIsLeftAfterAnAgentVanished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{Patience: 30 * time.Second, Lease: 10 * time.Second})
		p := desk.Request(t.Context(), ticket("c_1"))
		if _, err := desk.Take("c_1", "Li"); err != nil {
			t.Fatal(err)
		}
		is(t, next(t, p), handoff.Taken)
		is(t, next(t, p), handoff.Waiting)
		is(t, next(t, p), handoff.Nobody)
	})
}

func TestASlowWatcherIsToldWhatItLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		slow, cancel := desk.Watch("c_1")
		other, cancelOther := desk.Watch("c_2")
		const n = 1000
		for i := range n {
			desk.Publish("c_1", journal.Event{Type: journal.TypeSpeech, At: journal.Milliseconds(i)})
			desk.Publish("c_1", journal.Event{Type: journal.TypeKey, Key: "1", At: journal.Milliseconds(i)})
		}
		got := 0
		for range len(slow) {
			<-slow
			got++
		}
		desk.Publish("c_1", journal.Event{Type: journal.TypeEnded, At: n})
		notice := <-slow
		if want := "872 events were not shown: this page does not keep up"; notice.Text != want || got != 128 {
			t.Errorf("%d events and then %q", got, notice.Text)
		}
		if last := <-slow; last.Type != journal.TypeEnded {
			t.Errorf("last %s", last.Type)
		}
		cancel()
		cancel()
		if _, open := <-slow; open {
			t.Error("the channel is open")
		}
		cancelOther()
		if event, open := <-other; open {
			t.Errorf("another call's watcher was told %s", event.Type)
		}
		desk.Publish("c_1", journal.Event{Type: journal.TypeEnded})
	})
}
