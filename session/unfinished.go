package session

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"huike/dialog/flow"
	"huike/member"
)

// Unfinished keeps what a member was in the middle of when a call was lost, for the
// call after it, on whatever channel and node.
type Unfinished interface {
	// Load returns what was kept last, and nil where nothing is.
	Load(ctx context.Context, id member.ID) ([]byte, error)
	// Keep keeps data, which it does not change, in place of what was kept; nil forgets.
	Keep(ctx context.Context, id member.ID, data []byte) error
}

// unfinished is one call's state as it is kept.
type unfinished struct {
	Call string          `json:"call"` // in which it began: the key of its writes
	Flow json.RawMessage `json:"flow"`
}

// place is what keeps the place of a conversation.
type place struct {
	placed  bool // something is kept, or will be
	keeping bool // the store is at work
	moved   bool // meanwhile, the place has changed
}

// placeKept says that the store is done.
type placeKept struct{}

// takeUp goes on where the member's last call was lost. It says whether there was
// such a place.
func (c *conversation) takeUp(ctx context.Context) bool {
	c.origin = c.caller.Call
	if c.config.Unfinished == nil || !c.person.known {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience.profile)
	defer cancel()
	data, err := c.config.Unfinished.Load(ctx, c.person.id())
	if err != nil {
		c.stepDown("unfinished", err)
		return false
	}
	var kept unfinished
	if len(data) == 0 || json.Unmarshal(data, &kept) != nil {
		return false
	}
	talk, err := flow.Resume(c.config.Flow, kept.Flow)
	if err != nil {
		c.stepDown("unfinished", err)
		return false
	}
	talk.Speak(c.caller.Lang)
	c.flow, c.origin = talk, cmp.Or(kept.Call, c.caller.Call)
	return true
}

// keepPlace keeps where the dialog stands while something is unfinished, and
// forgets it when it is done. The store has one at a time, so that no older place
// comes over a newer one.
func (c *conversation) keepPlace() {
	open := c.flow.Unfinished()
	if c.config.Unfinished == nil || !c.person.known || !open && !c.placed {
		return
	}
	if c.keeping {
		c.moved = true
		return
	}
	c.placed = open
	var data []byte
	if open {
		state, err := c.flow.MarshalJSON()
		if err != nil {
			return
		}
		if data, err = json.Marshal(unfinished{Call: c.origin, Flow: state}); err != nil {
			return
		}
	}
	c.keeping = true
	id := c.person.id()
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // the call may have just been lost
		defer cancel()
		_ = c.config.Unfinished.Keep(ctx, id, data) // without it, the caller begins anew
		post(placeKept{})
	})
}

// placeKept keeps the place again where it has changed meanwhile.
func (c *conversation) placeKept() {
	c.keeping = false
	if c.moved {
		c.moved = false
		c.keepPlace()
	}
}
