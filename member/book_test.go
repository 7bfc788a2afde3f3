package member_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huike/member"
)

// book is a store in memory that can be slow, be gone, and count its reads.
type book struct {
	mu      sync.Mutex
	members map[member.ID]*member.Profile
	gate    chan struct{} // reads wait until it is closed; nil: they do not wait
	gone    bool

	loads, lookups atomic.Int32
}

var errGone = errors.New("the store is gone")

func newBook(people ...*member.Profile) *book {
	b := &book{members: map[member.ID]*member.Profile{}}
	for _, p := range people {
		b.members[p.ID] = p.Clone()
	}
	return b
}

// slow makes reads wait until the function it returns is called.
func (b *book) slow() (fast func()) {
	gate := make(chan struct{})
	b.mu.Lock()
	b.gate = gate
	b.mu.Unlock()
	return sync.OnceFunc(func() {
		b.mu.Lock()
		if b.gate == gate {
			b.gate = nil
		}
		b.mu.Unlock()
		close(gate)
	})
}

func (b *book) setGone(gone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = gone
}

func (b *book) answer(ctx context.Context) error {
	b.mu.Lock()
	gate, gone := b.gate, b.gone
	b.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if gone {
		return errGone
	}
	return nil
}

func (b *book) Lookup(ctx context.Context, h member.Handle) (member.ID, error) {
	b.lookups.Add(1)
	if err := b.answer(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []member.ID
	for id, p := range b.members {
		for _, other := range p.Handles {
			if other == h {
				found = append(found, id)
			}
		}
	}
	switch len(found) {
	case 0:
		return "", member.ErrUnknown
	case 1:
		return found[0], nil
	}
	return "", member.ErrShared
}

func (b *book) Load(ctx context.Context, id member.ID) (*member.Profile, error) {
	b.loads.Add(1)
	if err := b.answer(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.members[id]
	if p == nil {
		return nil, member.ErrUnknown
	}
	return p.Clone(), nil
}

func (b *book) Save(ctx context.Context, p *member.Profile) (int64, error) {
	if err := b.answer(ctx); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.members[p.ID].Version != p.Version {
		return 0, member.ErrConflict
	}
	next := p.Clone()
	next.Version++
	b.members[p.ID] = next
	return next.Version, nil
}

func (b *book) Record(ctx context.Context, id member.ID, in member.Interaction) (int64, error) {
	if err := b.answer(ctx); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.members[id].Clone()
	next.Version++
	next.Interactions = append([]member.Interaction{in}, next.Interactions...)
	b.members[id] = next
	return next.Version, nil
}

func robot() member.Access {
	return member.Access{Reader: "huike", Role: member.RoleRobot, Purpose: member.PurposeService, Call: "c_1"}
}

// until waits for something that another goroutine or process does, for at most five
// seconds of real time.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	end := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never happened: %s", what)
		}
	}
}
