package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huike/member"
	"huike/member/store"
)

// BatchEvents is how many events are best taken at a time: one transaction holds them.
const BatchEvents = 500

// Members is told of what changed behind a profile; [member.Directory] is one.
type Members interface {
	Changed(ctx context.Context, id member.ID, version int64)
}

// Tags brings the labels of members up to date in the transaction that changed what they
// did; a tag.Keeper is one.
type Tags interface {
	Derive(ctx context.Context, tx *sql.Tx, ids []member.ID, now time.Time) (changed []member.ID, err error)
	// Looks returns what reports whether, by the rules that the transaction sees, a label
	// can hang on a list (orders, items, contacts, stage), or, of the list events, on those
	// of a kind.
	Looks(ctx context.Context, tx *sql.Tx) (func(list, kind string) bool, error)
}

// Config shapes an [Inbox]. Zero values work.
type Config struct {
	Own     Kinds            // kinds beside the standard ones
	Members Members          // told after each batch, so that a call in progress knows by its next turn; nil tells nobody
	Tags    Tags             // asked with each batch; nil labels nobody
	Trail   member.Trail     // takes the audit rows; nil keeps none, which is for tests
	Now     func() time.Time // nil is the machine's clock
}

// Inbox is where events come in. It is safe from any goroutine.
type Inbox struct {
	store *store.Store
	kinds Kinds
	forms map[string]form
	cfg   Config
	lane  chan struct{} // capacity 1: full while a batch is written
}

// New returns an inbox of the store.
func New(s *store.Store, cfg Config) *Inbox {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	kinds := Standard(cfg.Own)
	return &Inbox{store: s, kinds: kinds, forms: kinds.forms(), cfg: cfg, lane: make(chan struct{}, 1)}
}

// Status is what became of an event.
type Status string

// The statuses.
const (
	Accepted  Status = "accepted"
	Duplicate Status = "duplicate" // taken before; nothing was done
	Refused   Status = "refused"   // it is in the dead letters
)

// Outcome is what became of one event.
type Outcome struct {
	ID     string `json:"id,omitempty"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Take takes events in the JSON format of CloudEvents, each a body of its own, and
// returns what became of each. What cannot be used is in the dead letters when it
// returns. An error is the store's own failure: nothing was taken, or only the first
// of them were, and all may be sent again.
func (in *Inbox) Take(ctx context.Context, bodies [][]byte) ([]Outcome, error) {
	out := make([]Outcome, len(bodies))
	for from := 0; from < len(bodies); from += BatchEvents {
		to := min(from+BatchEvents, len(bodies))
		b := &batch{in: in, now: in.cfg.Now(), out: out[from:to]}
		for _, body := range bodies[from:to] {
			e, err := parse(in.kinds, in.forms, body, b.now)
			b.add(e, err)
		}
		if err := in.inTurn(ctx, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inTurn commits one batch after the other: two at a time would meet at the members of
// whom there is much to tell, and one of them would be done again.
func (in *Inbox) inTurn(ctx context.Context, b *batch) error {
	select {
	case in.lane <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("take events: %w", ctx.Err())
	}
	defer func() { <-in.lane }()
	return in.commit(ctx, b)
}

// commit writes the batch. Where the database refuses what stands in it, its halves
// are written each by itself, down to the one event that is at fault.
func (in *Inbox) commit(ctx context.Context, b *batch) error {
	err := in.store.Change(ctx, func(tx *sql.Tx) error { return b.write(ctx, tx) })
	var refusal *Refusal
	switch {
	case err == nil:
		for id, version := range b.versions {
			if in.cfg.Members != nil {
				in.cfg.Members.Changed(ctx, id, version)
			}
		}
		return nil
	case !b.asked && (errors.Is(err, errStranger) || in.store.Unusable(err)):
		b.asked = true
		return in.commit(ctx, b)
	case !errors.As(err, &refusal) && !in.store.Unusable(err):
		return fmt.Errorf("take events: %w", err)
	case len(b.items) == 1:
		b.items[0].err = refuse("the store cannot hold what the event says")
		return in.commit(ctx, b)
	}
	half := len(b.items) / 2
	for _, part := range [][]item{b.items[:half], b.items[half:]} {
		one := &batch{in: in, now: b.now, items: part, out: b.out, asked: true}
		if err := in.commit(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// item is one event of a batch and where its outcome goes.
type item struct {
	at    int // in batch.out
	event *Event
	err   error // why it cannot be used, known before the store is asked
}

// errStranger says that an event names a member's id that nobody has.
var errStranger = errors.New("an event is of nobody")

// batch is what one transaction writes. Everything below items is made anew by write,
// which may be called again.
type batch struct {
	in    *Inbox
	now   time.Time
	out   []Outcome
	items []item
	asked bool // the store is asked whether ids are members': some are not

	owners   map[member.Handle][]member.ID
	there    map[member.ID]bool // if asked
	fresh    []*stored
	versions map[member.ID]int64
	label    map[member.ID]bool // whose labels may change
	rules    func(list, kind string) bool
	looks    map[string]bool // what rules says, by kind
}

// stored is an event on its way into the store.
type stored struct {
	*Event
	at        int
	key, mark string
	owner     member.ID
	facts     facts
	entity    string
}

func (b *batch) add(e *Event, err error) {
	b.items = append(b.items, item{at: len(b.items), event: e, err: err})
}

func (b *batch) write(ctx context.Context, tx *sql.Tx) error {
	b.fresh, b.versions, b.label, b.rules, b.looks = nil, nil, map[member.ID]bool{}, nil, map[string]bool{}
	if err := b.people(ctx, tx); err != nil {
		return err
	}
	good, doubles, dead, err := b.sort(ctx, tx)
	if err != nil {
		return err
	}
	things, err := b.before(ctx, tx, good)
	if err != nil {
		return err
	}
	more, err := b.insert(ctx, tx, good, doubles)
	if err != nil {
		return err
	}
	for _, e := range more {
		dead = append(dead, b.bury(e.Event, b.out[e.at].Reason))
	}
	if err := writeLetters(ctx, tx, b.in.store, dead); err != nil {
		return err
	}
	touched, err := b.project(ctx, tx, things)
	if err != nil {
		return err
	}
	if err := b.rule(ctx, tx); err != nil {
		return err
	}
	return b.touch(ctx, tx, touched)
}

// sort tells apart what can be used, what uses a name again, and what cannot be used.
func (b *batch) sort(ctx context.Context, tx *sql.Tx) (good, doubles []*stored, dead []letter, err error) {
	first := make(map[string]bool, len(b.items))
	for _, it := range b.items {
		e := &stored{Event: it.event, at: it.at}
		err := it.err
		if err == nil {
			err = b.settle(ctx, tx, e)
		}
		var refusal *Refusal
		switch {
		case err == nil && first[e.key]:
			doubles = append(doubles, e)
		case err == nil:
			first[e.key] = true
			good = append(good, e)
		case errors.As(err, &refusal):
			b.out[it.at] = Outcome{ID: it.event.ID, Status: Refused, Reason: refusal.Reason}
			dead = append(dead, b.bury(it.event, refusal.Reason))
		default:
			return nil, nil, nil, err
		}
	}
	return good, doubles, dead, nil
}

// settle finds whose the event is, and what it tells of.
func (b *batch) settle(ctx context.Context, tx *sql.Tx, e *stored) error {
	e.key, e.mark = e.Event.key(), e.Event.mark()
	if _, own := b.in.cfg.Own[e.Kind]; !own {
		e.facts.fill(e.told)
	}
	if e.Kind == Stage {
		if err := lawful(&e.facts); err != nil {
			return err
		}
	}
	if err := b.own(ctx, tx, e); err != nil {
		return err
	}
	e.entity = entity(e.Kind, &e.facts, e.key, e.owner)
	return nil
}

// own finds whose the event is; who is unknown gets a record.
func (b *batch) own(ctx context.Context, tx *sql.Tx, e *stored) error {
	if e.Member != "" {
		if b.asked && !b.there[e.Member] {
			return refuse("subject is a member's id that nobody has")
		}
		e.owner = e.Member
		return nil
	}
	switch owners := b.owners[e.Handle]; len(owners) {
	case 1:
		e.owner = owners[0]
	case 0:
		id, err := b.prospect(ctx, tx, e)
		if err != nil {
			return err
		}
		e.owner = id
		b.owners[e.Handle] = []member.ID{id}
		b.label[id] = true // no sweep knows of them yet
	default:
		return refuse("several members share the %s: a person must say whose event it is", e.Handle.Kind)
	}
	return nil
}
