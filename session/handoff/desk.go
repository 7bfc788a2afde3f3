package handoff

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"huike/dialog"
	"huike/session/journal"
)

// closedKept is how many handoffs that are over a desk remembers, for pages that
// have not been told yet.
const closedKept = 64

// Desk is the people's side of all calls: who waits, who has whom, who listens.
// Its methods may be called by any goroutine and do not block.
type Desk struct {
	config Config
	live   watchers

	mu      sync.Mutex
	entries map[string]*entry // by call; handoffs that are not over
	pages   map[string]*page  // by agent
	closed  []Closed          // the last ones, oldest first
	changed chan struct{}     // closed at the next change of the queue, and made anew
}

// entry is one handoff that is not over. The desk's mutex guards it.
type entry struct {
	ticket     Ticket
	transcript journal.Transcript
	leg        Leg
	legWhy     string        // why the leg before was dropped
	log        []Outcome     // every step so far
	step       chan struct{} // closed at the next step, and made anew
	expires    time.Time     // when patience or a lease runs out; zero for never
	legGone    bool          // the agent had sound and lost it
	queued     time.Time     // in the queue since; zero where an agent has it
	before     time.Duration // in the queue before that
}

// page is how one agent is there.
type page struct {
	open int // connections of the agent's pages
}

// Closed is a handoff that is over, as pages are told.
type Closed struct {
	Number int    `json:"number"` // counts from 1
	Call   string `json:"call"`
	State  State  `json:"state"`
	Agent  string `json:"agent,omitempty"`
}

// New returns a desk without calls.
func New(config Config) *Desk {
	config.Patience = cmp.Or(config.Patience, defaultPatience)
	config.Lease = cmp.Or(config.Lease, defaultLease)
	return &Desk{
		config:  config,
		live:    newWatchers(),
		entries: map[string]*entry{},
		pages:   map[string]*page{},
		changed: make(chan struct{}),
	}
}

// Queue returns the calls that wait or are taken, those first that are to be
// served first, without their transcripts. The channel is closed at the next
// change.
func (d *Desk) Queue() ([]Ticket, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]Ticket, 0, len(d.entries))
	for _, e := range d.entries {
		t := e.ticket
		t.Transcript = nil
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Ticket) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.Since.Compare(b.Since), cmp.Compare(a.Call, b.Call))
	})
	return out, d.changed
}

// ClosedAfter returns the handoffs that ended after the given number, oldest
// first, and the number of the last one. Start with -1 to learn the number alone.
func (d *Desk) ClosedAfter(number int) (closed []Closed, last int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.closed); n > 0 {
		last = d.closed[n-1].Number
	}
	if number < 0 {
		return nil, last
	}
	for _, c := range d.closed {
		if c.Number > number {
			closed = append(closed, c)
		}
	}
	return closed, last
}

// Get returns a call's ticket with everything that was said until now.
func (d *Desk) Get(call string) (Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[call]
	if e == nil {
		return Ticket{}, ErrUnknown
	}
	return e.full(), nil
}

// Publish tells everyone who watches the call what happened in it, and keeps
// the ticket's transcript up to date. It never blocks.
func (d *Desk) Publish(call string, event journal.Event) {
	masked := event.Masked()
	if masked.Type == journal.TypeKey {
		return // keys may spell a phone number
	}
	d.mu.Lock()
	if e := d.entries[call]; e != nil {
		e.hear(masked)
	}
	d.mu.Unlock()
	d.live.publish(call, masked)
}

// Watch returns a call's events from now on. A watcher that does not keep up
// loses events and is told how many by a notice. The channel is closed by
// cancel, which may be called more than once.
func (d *Desk) Watch(call string) (events <-chan journal.Event, cancel func()) {
	return d.live.watch(call)
}

// full returns the ticket with its own copy of the transcript.
func (e *entry) full() Ticket {
	t := e.ticket
	t.Transcript = slices.Clone(e.transcript.Lines)
	return t
}

// hear takes an event into the transcript. A sentence that the transcript was
// opened with may come again as an event.
func (e *entry) hear(event journal.Event) {
	if event.Type == journal.TypeCaption && event.Final && event.Party == dialog.Caller {
		for _, l := range slices.Backward(e.transcript.Lines) {
			if l.Party == dialog.Caller {
				if l.Text == event.Text && (l.Turn == event.Turn || l.Turn == 0) {
					return
				}
				break
			}
		}
	}
	e.transcript.Add(event)
}

// record adds a step and wakes who waits for it. The desk's mutex is held.
func (d *Desk) record(e *entry, o Outcome) {
	e.log = append(e.log, o)
	e.ticket.State, e.ticket.Agent = o.State, o.Agent
	close(e.step)
	e.step = make(chan struct{})
	if o.State.Final() {
		delete(d.entries, e.ticket.Call)
		number := 1
		if n := len(d.closed); n > 0 {
			number = d.closed[n-1].Number + 1
		}
		d.closed = append(d.closed, Closed{Number: number, Call: e.ticket.Call, State: o.State, Agent: o.Agent})
		if len(d.closed) > closedKept {
			d.closed = slices.Delete(d.closed, 0, len(d.closed)-closedKept)
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// waited returns how long the call has been in the queue so far: all of its times
// there, and none of those that it was an agent's.
func (e *entry) waited(now time.Time) time.Duration {
	if e.queued.IsZero() {
		return e.before
	}
	return e.before + now.Sub(e.queued)
}

// leaveQueue stops the time of the wait. The desk's mutex is held.
func (e *entry) leaveQueue(now time.Time) {
	e.before, e.queued = e.waited(now), time.Time{}
}
