package handoff

import (
	"context"
	"slices"
	"time"

	"huike/dialog"
	"huike/member"
	"huike/session/journal"
)

// Pending is the session's hold on one handoff. Wait is called by one goroutine
// at a time.
type Pending struct {
	desk  *Desk
	entry *entry
	next  int // index in entry.log of the next step to tell
}

// Request puts a call in the queue. While its handoff is not over, a second
// request for the same call joins the first one's ticket: what it adds is taken
// over, the place in the queue stays. When ctx, the call's, is done before that
// the handoff is cancelled.
func (d *Desk) Request(ctx context.Context, t Ticket) *Pending {
	t.mask()
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[t.Call]; e != nil {
		e.join(t)
		close(d.changed)
		d.changed = make(chan struct{})
		return &Pending{desk: d, entry: e}
	}
	now := time.Now()
	if t.Since.IsZero() {
		t.Since = now
	}
	e := &entry{ticket: t, queued: t.Since, step: make(chan struct{}), expires: now.Add(d.config.Patience)}
	e.transcript.Lines = t.Transcript
	e.ticket.Transcript, e.ticket.Card = nil, t.card()
	e.ensureSaid(now.Sub(t.Since))
	d.entries[t.Call] = e
	d.record(e, Outcome{State: Waiting})
	e.log = e.log[:0] // the session knows that it asked
	context.AfterFunc(ctx, func() { d.cancel(e) })
	return &Pending{desk: d, entry: e}
}

// join takes over what a duplicate request adds.
func (e *entry) join(t Ticket) {
	if len(t.Transcript) > len(e.transcript.Lines) {
		e.transcript.Lines = t.Transcript
	}
	if t.Said != "" {
		e.ticket.Said = t.Said
		e.ensureSaid(0)
	}
	if t.Priority > e.ticket.Priority {
		e.ticket.Priority = t.Priority
	}
	if len(t.Slots) > 0 {
		e.ticket.Slots = t.Slots
	}
	if t.Person != "" {
		e.ticket.Person = t.Person
	}
	if t.Member != nil {
		e.ticket.Member, e.ticket.Card = t.Member, t.card()
	}
}

// mask masks the phone numbers in the ticket's words, in its own copies.
func (t *Ticket) mask() {
	said := t.Said
	t.Summary, t.Said = member.Mask(t.Summary), member.Mask(t.Said)
	t.Slots, t.Transcript = slices.Clone(t.Slots), slices.Clone(t.Transcript)
	for i := range t.Slots {
		t.Slots[i].Value, t.Slots[i].Heard = member.Mask(t.Slots[i].Value), member.Mask(t.Slots[i].Heard)
	}
	told := map[dialog.Party]*member.Number{}
	for i, l := range t.Transcript {
		if l.Party == dialog.Agent {
			t.Transcript[i].Text = member.Mask(l.Text)
			continue
		}
		if told[l.Party] == nil {
			told[l.Party] = &member.Number{}
		}
		t.Transcript[i].Text = told[l.Party].Next(l.Text, false)
		if l.Party == dialog.Caller && l.Text == said {
			t.Said = t.Transcript[i].Text // the last of its lines
		}
	}
}

// card returns the member's card.
func (t *Ticket) card() *journal.Member {
	if t.Card != nil || t.Member == nil {
		return t.Card
	}
	v := t.Member
	card := &journal.Member{Name: v.Address(string(t.Lang)), Phone: v.Phone, Points: v.Points}
	if v.Tier != nil {
		card.Tier = *v.Tier
	}
	if v.LastPurchase != nil {
		card.LastPurchase = v.LastPurchase.Named(string(t.Lang))
	}
	return card
}

// ensureSaid makes the sentence that caused the handoff part of the transcript,
// where the session asked before it was written down.
func (e *entry) ensureSaid(at time.Duration) {
	if e.ticket.Said == "" {
		return
	}
	for _, l := range slices.Backward(e.transcript.Lines) {
		if l.Party == dialog.Caller {
			if l.Text == e.ticket.Said {
				return
			}
			break
		}
	}
	line := journal.Line{Party: dialog.Caller, Text: e.ticket.Said, At: journal.MS(at)}
	if n := len(e.transcript.Lines); n > 0 {
		line.At = e.transcript.Lines[n-1].At
	}
	e.transcript.Lines = append(e.transcript.Lines, line)
}

// Wait blocks until the handoff's next step and returns it. With a final
// outcome, and with Vanish, the agent's leg is no longer in use. Wait itself keeps the
// time: a handoff that nobody waits for does not run out.
func (p *Pending) Wait(ctx context.Context) (Outcome, error) {
	for {
		outcome, ok, step, left := p.look()
		if ok {
			return outcome, nil
		}
		if err := pause(ctx, step, left); err != nil {
			return Outcome{}, err
		}
	}
}

// pause returns at the next step, after left where it is above 0, or when ctx is done.
func pause(ctx context.Context, step <-chan struct{}, left time.Duration) error {
	var expired <-chan time.Time
	if left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-step:
	case <-expired:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// look returns the next step where there is one, else what to wait for; left is
// 0 for as long as it takes.
func (p *Pending) look() (outcome Outcome, ok bool, step <-chan struct{}, left time.Duration) {
	d, e := p.desk, p.entry
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if !e.over() && !e.expires.IsZero() && !now.Before(e.expires) {
		d.expire(e, now)
	}
	switch {
	case p.next < len(e.log):
		outcome, ok = e.log[p.next], true
		p.next++
	case e.over():
		outcome, ok = e.log[len(e.log)-1], true
	default:
		step = e.step
		if !e.expires.IsZero() {
			left = e.expires.Sub(now)
		}
	}
	return outcome, ok, step, left
}

// over tells whether a final step was taken. The desk's mutex is held.
func (e *entry) over() bool { return e.ticket.State.Final() }

// expire ends what has run out: the queue's patience, or an agent's lease. The
// desk's mutex is held.
func (d *Desk) expire(e *entry, now time.Time) {
	e.expires = time.Time{}
	if e.ticket.State == Waiting {
		d.record(e, Outcome{State: Nobody, Waited: e.waited(now)})
		return
	}
	d.requeue(e, now)
}

// requeue takes the call from an agent who vanished and queues it again, first
// in line. The desk's mutex is held.
func (d *Desk) requeue(e *entry, now time.Time) {
	e.drop("the agent's page is gone")
	e.legGone = false
	e.queued = now
	e.ticket.Priority++
	e.expires = now.Add(d.config.Patience)
	d.record(e, Outcome{State: Waiting, Vanish: true, Waited: e.waited(now)})
}

// LegLost is told by the session when the agent's leg has ended by itself. The
// agent's page has the desk's lease of time to bring another.
func (p *Pending) LegLost(leg Leg) {
	d, e := p.desk, p.entry
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.leg != leg || e.ticket.State != Taken {
		return
	}
	e.drop("the agent's sound has ended")
	e.legGone = true
	d.lease(e, time.Now())
}

// Cancel ends a handoff that is not over: the caller hung up, or wants the robot
// after all. Every page is told.
func (p *Pending) Cancel() { p.desk.cancel(p.entry) }

func (d *Desk) cancel(e *entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.over() {
		return
	}
	e.drop("the caller hung up")
	d.record(e, Outcome{State: Cancelled, Agent: e.ticket.Agent, Waited: e.waited(time.Now())})
}

// drop tells the leg's Attach to close it. The desk's mutex is held.
func (e *entry) drop(why string) { e.leg, e.legWhy = nil, why }
