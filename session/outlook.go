package session

import (
	"context"

	"huike/member"
)

// Outlook foretells what a member may soon need. It returns nothing of one who has not
// agreed to profiling.
type Outlook interface {
	// Refill returns the product that the member uses up and is about to run out of, by
	// its id; "" where there is none.
	Refill(ctx context.Context, id member.ID) (product string, err error)
}

// foretold is what was found out of a member's near future.
type foretold struct {
	of     member.ID
	refill string
	err    error
}

// foretell looks ahead beside the conversation, which does not wait for it.
func (c *conversation) foretell() {
	outlook, id, patience, access := c.config.Outlook, c.person.id(), c.patience.shop, c.accessFor(member.PurposeProfiling)
	if outlook == nil || !c.person.view.Allows(member.PurposeProfiling) {
		return
	}
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		ev := foretold{of: id}
		var view member.View
		view, ev.err = c.config.Members.Get(ctx, id, access)
		if ev.err == nil && view.Allows(member.PurposeProfiling) {
			ev.refill, ev.err = outlook.Refill(ctx, id)
		}
		post(ev)
	})
}

func (c *conversation) foretold(ev foretold) {
	if ev.err != nil {
		c.stepDown("outlook", ev.err)
	}
	if ev.of == c.person.id() {
		c.person.refill = ev.refill
	}
}
