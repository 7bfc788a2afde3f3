package handoff

import (
	"context"
	"errors"
	"time"
)

// Take gives a waiting call to an agent. When several take it at once exactly
// one gets it and the others a [TakenError] that names them. Taking one's own
// call again changes nothing.
func (d *Desk) Take(call, agent string) (Ticket, error) {
	if agent == "" {
		return Ticket{}, ErrNoAgent
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[call]
	switch {
	case e == nil:
		return Ticket{}, ErrUnknown
	case e.ticket.State == Taken && e.ticket.Agent == agent && agent != Unnamed:
		return e.full(), nil
	case e.ticket.State == Taken:
		return Ticket{}, &TakenError{By: e.ticket.Agent}
	}
	now := time.Now()
	e.ticket.Agent = agent
	e.expires = time.Time{}
	e.leaveQueue(now)
	d.record(e, Outcome{State: Taken, Agent: agent, Waited: e.waited(now)})
	d.lease(e, now)
	return e.full(), nil
}

// Return gives the agent's call back to the robot.
func (d *Desk) Return(call, agent string) error {
	return d.finish(call, agent, Returned, "the call went back to the robot")
}

// End ends the agent's call.
func (d *Desk) End(call, agent string) error {
	return d.finish(call, agent, Ended, "the call was ended")
}

// Transfer asks the session to pass the agent's call on to another address, such as
// "sip:accounts@pbx.example" or a number. What comes of it is an event of the call.
func (d *Desk) Transfer(call, agent, to string) error {
	return d.wish(call, agent, Outcome{To: to})
}

// Press asks the session to press keys on the caller's leg, as for the menu of a
// system behind it.
func (d *Desk) Press(call, agent, keys string) error {
	return d.wish(call, agent, Outcome{Keys: keys})
}

// wish tells the session something that the agent wants of it.
func (d *Desk) wish(call, agent string, o Outcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.held(call, agent)
	if err != nil {
		return err
	}
	o.State, o.Agent, o.Waited = Taken, agent, e.waited(time.Now())
	d.record(e, o)
	return nil
}

func (d *Desk) finish(call, agent string, state State, reason string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.held(call, agent)
	if err != nil {
		return err
	}
	e.drop(reason)
	d.record(e, Outcome{State: state, Agent: agent, Waited: e.waited(time.Now())})
	return nil
}

// held returns the handoff that the agent has. The desk's mutex is held.
func (d *Desk) held(call, agent string) (*entry, error) {
	e := d.entries[call]
	switch {
	case e == nil:
		return nil, ErrUnknown
	case e.ticket.State != Taken:
		return nil, ErrNotTaken
	case e.ticket.Agent != agent:
		return nil, ErrNotYours
	}
	return e, nil
}

// Attach brings the agent's sound to the call that they have, and blocks until
// the call needs it no more or ctx is done; it has closed the leg then. A leg
// that was there before is dropped.
func (d *Desk) Attach(ctx context.Context, call, agent string, leg Leg) error {
	e, err := d.plug(call, agent, leg)
	if err != nil {
		return errors.Join(err, leg.Close(err.Error()))
	}
	for {
		d.mu.Lock()
		step, mine, why := e.step, e.leg == leg, e.legWhy
		d.mu.Unlock()
		if !mine {
			return leg.Close(why)
		}
		select {
		case <-step:
		case <-ctx.Done():
			(&Pending{desk: d, entry: e}).LegLost(leg)
		}
	}
}

// plug makes the leg the call's.
func (d *Desk) plug(call, agent string, leg Leg) (*entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.held(call, agent)
	if err != nil {
		return nil, err
	}
	e.drop("the agent connected again")
	e.leg, e.legGone = leg, false
	now := time.Now()
	d.record(e, Outcome{State: Taken, Agent: agent, Leg: leg, Waited: e.waited(now)})
	d.lease(e, now)
	return e, nil
}

// Arrive tells that a page of the agent's is open; leave that it is closed, and
// may be called more than once. An agent has a page while one is open. A call
// whose agent has no page is queued again when the lease is over.
func (d *Desk) Arrive(agent string) (leave func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.pages[agent]
	if p == nil {
		p = &page{}
		d.pages[agent] = p
	}
	p.open++
	d.renew(agent)
	left := false
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if left {
			return
		}
		left = true
		if p.open--; p.open == 0 {
			delete(d.pages, agent)
		}
		d.renew(agent)
	}
}

// renew looks at the leases of all calls that the agent has. The desk's mutex
// is held.
func (d *Desk) renew(agent string) {
	now := time.Now()
	for _, e := range d.entries {
		if e.ticket.State == Taken && e.ticket.Agent == agent {
			d.lease(e, now)
		}
	}
}

// lease starts the lease's time where the agent's page or sound is gone, and
// stops it where both are there. The desk's mutex is held.
func (d *Desk) lease(e *entry, now time.Time) {
	there := !e.legGone && (e.leg != nil || d.pages[e.ticket.Agent] != nil)
	switch {
	case there:
		e.expires = time.Time{}
	case e.expires.IsZero():
		e.expires = now.Add(d.config.Lease)
	}
	close(e.step) // whoever waits looks at the time anew
	e.step = make(chan struct{})
}
