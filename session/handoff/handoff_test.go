package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huike/dialog"
	"huike/member"
	"huike/session/handoff"
	"huike/session/journal"
)

func TestACallIsTakenAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		defer desk.Arrive("Li")()
		p := desk.Request(t.Context(), ticket("c_1"))
		time.Sleep(3 * time.Second)
		got, err := desk.Take("c_1", "Li")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Transcript); n != 2 || got.Transcript[1].Text != "A person, please." {
			t.Errorf("the ticket does not hold the sentence that caused it: %+v", got.Transcript)
		}
		taken := next(t, p)
		is(t, taken, handoff.Taken)
		if taken.Agent != "Li" || taken.Waited != 3*time.Second || taken.Leg != nil {
			t.Errorf("taken %+v", taken)
		}

		leg, attached := newVoice(), make(chan error)
		go func() { attached <- desk.Attach(t.Context(), "c_1", "Li", leg) }()
		if with := next(t, p); with.State != handoff.Taken || with.Leg != handoff.Leg(leg) {
			t.Fatalf("with sound %+v", with)
		}
		time.Sleep(time.Hour)
		if err := desk.Return("c_1", "Li"); err != nil {
			t.Fatal(err)
		}
		is(t, next(t, p), handoff.Returned)
		is(t, next(t, p), handoff.Returned) // and it stays so
		if err := <-attached; err != nil || !leg.ended() {
			t.Errorf("the agent's leg: %v, closed %v", err, leg.ended())
		}
		if _, err := desk.Get("c_1"); !errors.Is(err, handoff.ErrUnknown) {
			t.Errorf("the call is still at the desk: %v", err)
		}
	})
}

func TestTheWaitIsTheTimeInTheQueue(t *testing.T) {
	for name, finish := range map[string]func(*handoff.Desk) error{
		"returned": func(d *handoff.Desk) error { return d.Return("c_1", "Wang") },
		"ended":    func(d *handoff.Desk) error { return d.End("c_1", "Wang") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				desk := handoff.New(handoff.Config{Lease: 10 * time.Second})
				defer desk.Arrive("Wang")()
				p := desk.Request(t.Context(), ticket("c_1"))
				time.Sleep(3 * time.Second)
				if _, err := desk.Take("c_1", "Li"); err != nil { // and has no page
					t.Fatal(err)
				}
				is(t, next(t, p), handoff.Taken)
				again := next(t, p)
				is(t, again, handoff.Waiting)
				time.Sleep(2 * time.Second)
				if _, err := desk.Take("c_1", "Wang"); err != nil {
					t.Fatal(err)
				}
				taken := next(t, p)
				is(t, taken, handoff.Taken)
				time.Sleep(5 * time.Minute)
				if err := finish(desk); err != nil {
					t.Fatal(err)
				}
				over := next(t, p)
				for _, c := range []struct {
					got  handoff.Outcome
					want time.Duration
				}{{again, 3 * time.Second}, {taken, 5 * time.Second}, {over, 5 * time.Second}} {
					if c.got.Waited != c.want {
						t.Errorf("%s: waited %v, want %v", c.got.State, c.got.Waited, c.want)
					}
				}
			})
		})
	}
}

func TestNobodyTakesTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{Patience: 20 * time.Second})
		began := time.Now()
		p := desk.Request(t.Context(), ticket("c_1"))
		is(t, next(t, p), handoff.Nobody)
		if waited := time.Since(began); waited != 20*time.Second {
			t.Errorf("waited %v", waited)
		}
		if _, err := desk.Take("c_1", "Li"); !errors.Is(err, handoff.ErrUnknown) {
			t.Errorf("taken too late: %v", err)
		}
	})
}

func TestADuplicateTriggerIsTheSameTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		first := desk.Request(t.Context(), ticket("c_1"))
		time.Sleep(5 * time.Second)
		again := ticket("c_1")
		again.Said, again.Priority = "Are you there?", 2
		second := desk.Request(t.Context(), again)
		queue, _ := desk.Queue()
		if len(queue) != 1 || time.Since(queue[0].Since) != 5*time.Second || queue[0].Priority != 2 {
			t.Fatalf("queue %+v", queue)
		}
		got, err := desk.Take("c_1", "Li")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Transcript); n != 3 || got.Transcript[2].Text != "Are you there?" {
			t.Errorf("transcript %+v", got.Transcript)
		}
		is(t, next(t, first), handoff.Taken)
		is(t, next(t, second), handoff.Taken)
	})
}

func TestTheCallerHangsUpWhileItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		call, hangUp := context.WithCancel(t.Context())
		p := desk.Request(call, ticket("c_1"))
		_, last := desk.ClosedAfter(-1)
		_, changed := desk.Queue()
		hangUp()
		<-changed // every page is told
		queue, _ := desk.Queue()
		closed, _ := desk.ClosedAfter(last)
		if len(queue) != 0 || len(closed) != 1 || closed[0].State != handoff.Cancelled {
			t.Errorf("queue %v, closed %v", queue, closed)
		}
		is(t, next(t, p), handoff.Cancelled)
		if _, err := desk.Take("c_1", "Li"); !errors.Is(err, handoff.ErrUnknown) {
			t.Errorf("taken: %v", err)
		}
	})
}

func TestTheCallerHangsUpOnAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		call, hangUp := context.WithCancel(t.Context())
		p := desk.Request(call, ticket("c_1"))
		if _, err := desk.Take("c_1", "Li"); err != nil {
			t.Fatal(err)
		}
		leg, attached := newVoice(), make(chan error)
		go func() { attached <- desk.Attach(t.Context(), "c_1", "Li", leg) }()
		is(t, next(t, p), handoff.Taken)
		is(t, next(t, p), handoff.Taken)
		hangUp()
		if err := <-attached; err != nil || !leg.ended() {
			t.Errorf("the agent's leg: %v, closed %v", err, leg.ended())
		}
		is(t, next(t, p), handoff.Cancelled)
	})
}

func TestOfManyAgentsExactlyOneGetsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		p := desk.Request(t.Context(), ticket("c_1"))
		const agents = 20
		won := make(chan string, agents)
		told := make(chan string, agents)
		var all sync.WaitGroup
		for i := range agents {
			all.Go(func() {
				name := fmt.Sprintf("agent %d", i)
				var taken *handoff.TakenError
				switch _, err := desk.Take("c_1", name); {
				case err == nil:
					won <- name
				case errors.As(err, &taken):
					told <- taken.By
				}
			})
		}
		all.Wait()
		if len(won) != 1 || len(told) != agents-1 {
			t.Fatalf("%d got it, %d were told", len(won), len(told))
		}
		winner := <-won
		for range agents - 1 {
			if by := <-told; by != winner {
				t.Errorf("told of %s, taken by %s", by, winner)
			}
		}
		if got := next(t, p); got.Agent != winner {
			t.Errorf("the session was told of %s", got.Agent)
		}
	})
}

func TestOnlyTheAgentWhoHasTheCallActsOnIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		desk.Request(t.Context(), ticket("c_1"))
		if err := desk.Return("c_1", "Li"); !errors.Is(err, handoff.ErrNotTaken) {
			t.Errorf("returned before it was taken: %v", err)
		}
		if _, err := desk.Take("c_1", ""); !errors.Is(err, handoff.ErrNoAgent) {
			t.Errorf("taken by nobody: %v", err)
		}
		if _, err := desk.Take("c_1", "Li"); err != nil {
			t.Fatal(err)
		}
		if _, err := desk.Take("c_1", "Li"); err != nil {
			t.Errorf("taken again: %v", err)
		}
		if err := desk.End("c_1", "Wang"); !errors.Is(err, handoff.ErrNotYours) {
			t.Errorf("ended by another: %v", err)
		}
		leg := newVoice()
		if err := desk.Attach(t.Context(), "c_1", "Wang", leg); !errors.Is(err, handoff.ErrNotYours) || !leg.ended() {
			t.Errorf("another's sound: %v", err)
		}
		if err := desk.End("c_1", "Li"); err != nil {
			t.Error(err)
		}
		desk.Request(t.Context(), ticket("c_2"))
		if _, err := desk.Take("c_2", handoff.Unnamed); err != nil {
			t.Fatal(err)
		}
		var taken *handoff.TakenError
		if _, err := desk.Take("c_2", handoff.Unnamed); !errors.As(err, &taken) {
			t.Errorf("a second page without a name: %v", err)
		}
	})
}

func TestTheQueueServesTheUrgentAndThenTheLongestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		for i, priority := range []int{0, 0, 5} {
			one := ticket(fmt.Sprintf("c_%d", i))
			one.Priority = priority
			desk.Request(t.Context(), one)
			time.Sleep(time.Second)
		}
		queue, _ := desk.Queue()
		got := ""
		for _, q := range queue {
			got += q.Call + " "
			if q.Transcript != nil {
				t.Error("the queue carries transcripts")
			}
		}
		if got != "c_2 c_0 c_1 " {
			t.Errorf("order %s", got)
		}
	})
}

func TestTheTicketFollowsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk := handoff.New(handoff.Config{})
		tier, name := "gold", member.Name{Family: "张", FamilyEN: "Zhang"}
		gender := member.Female
		one := ticket("c_1")
		one.Member = &member.View{ID: "m1", Name: &name, Gender: &gender, Tier: &tier, Phone: "138****1234"}
		desk.Request(t.Context(), one)
		say := journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 4, Final: true, Text: "A person, please."}
		desk.Publish("c_1", say) // the event of the sentence that is in the ticket already
		say.Turn, say.Text = 6, "My number is 13800001234."
		desk.Publish("c_1", say)
		got, err := desk.Get("c_1")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Transcript); n != 3 || got.Transcript[2].Text != "My number is 138****1234." {
			t.Errorf("transcript %+v", got.Transcript)
		}
		if got.Card == nil || got.Card.Name != "Ms Zhang" || got.Card.Tier != "gold" {
			t.Errorf("card %+v", got.Card)
		}
	})
}

func TestTheTicketTellsNoNumberSaidInPieces(t *testing.T) {
	desk := handoff.New(handoff.Config{})
	asked := ticket("c_1")
	asked.Said = "0000"
	for i, text := range []string{"138", "0000"} {
		asked.Transcript = append(asked.Transcript, journal.Line{Party: dialog.Caller, Turn: uint32(i), Text: text},
			journal.Line{Party: dialog.Agent, Turn: uint32(i), Text: "Go on."})
	}
	desk.Request(t.Context(), asked)
	got, err := desk.Get("c_1")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, l := range got.Transcript {
		if l.Party == dialog.Caller {
			said = append(said, l.Text)
		}
	}
	if strings.Join(said, " ") != "138 ****" || got.Said != "****" {
		t.Errorf("said %q, transcript %q", got.Said, said)
	}
}

func TestTheTicketTellsNoPhoneNumber(t *testing.T) {
	desk := handoff.New(handoff.Config{})
	const number = "13800001234"
	one := ticket("c_1")
	one.Said, one.Summary = "Call "+number, "wants "+number
	one.Slots = []dialog.Slot{{Name: "phone", Value: number, Heard: number}}
	one.Transcript = []journal.Line{{Party: dialog.Caller, Text: "It is " + number}}
	for range 2 { // a second request joins the first one
		desk.Request(t.Context(), one)
		got, err := desk.Get("c_1")
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(got); strings.Contains(text, number) || strings.Count(text, "138****1234") != 6 {
			t.Errorf("the ticket %s", text)
		}
	}
	if one.Slots[0].Value != number || one.Transcript[0].Text != "It is "+number {
		t.Error("the session's own slots or lines were changed")
	}
}

func ExampleDesk() {
	desk := handoff.New(handoff.Config{})
	ctx, hangUp := context.WithCancel(context.Background())
	defer hangUp()

	pending := desk.Request(ctx, handoff.Ticket{Call: "c_1", Reason: dialog.ReasonComplaint, Said: "The shoes fell apart."})
	got, _ := desk.Take("c_1", "Li") // on the agent's page
	fmt.Println(got.Reason, got.Transcript[0].Text)

	outcome, _ := pending.Wait(ctx) // in the session
	fmt.Println(outcome.State, outcome.Agent)
	// Output:
	// complaint The shoes fell apart.
	// taken Li
}
