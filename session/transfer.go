package session

import (
	"context"
	"errors"
	"time"

	"huike/dialog"
	"huike/session/handoff"
	"huike/session/journal"
)

// transferPatience is how long the other address may take to answer a transfer.
const transferPatience = 60 * time.Second

// transferrer is a leg that can be passed on to another address.
type transferrer interface {
	// Transfer has the peer call target in place of this leg. It returns when
	// target has taken the call, or why it has not.
	Transfer(ctx context.Context, target string) error
}

// presser is a leg on which keys can be pressed.
type presser interface {
	SendKeys(keys string) error
}

// transferred says what came of passing the caller's leg on.
type transferred struct{ err error }

var errNobodyThere = errors.New("nobody has answered there within a minute")

var errNoTransfer = errors.New("this line cannot be passed on; give the call back, or call the other number")

// wished does what the person who has the call wants of the caller's leg.
func (c *conversation) wished(o handoff.Outcome) {
	if o.Keys != "" {
		c.press(o.Keys)
		return
	}
	c.emit(journal.Event{Type: journal.TypeTransfer, State: "asked"})
	leg, ok := c.leg.(transferrer)
	if !ok {
		c.transferred(transferred{errNoTransfer})
		return
	}
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, transferPatience)
		defer cancel()
		err := leg.Transfer(ctx, o.To)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errNobodyThere
		}
		post(transferred{err})
	})
}

// press presses keys on the caller's leg, which may have to ask its peer.
func (c *conversation) press(keys string) {
	leg, ok := c.leg.(presser)
	if !ok {
		c.pressed(pressed{errNoKeys})
		return
	}
	c.worker.Go(func(_ context.Context, post func(event)) { post(pressed{leg.SendKeys(keys)}) })
}

// pressed says what came of pressing keys on the caller's leg.
type pressed struct{ err error }

var errNoKeys = errors.New("this line takes no keys")

func (c *conversation) pressed(ev pressed) {
	if ev.err != nil {
		c.emit(journal.Event{Type: journal.TypeError, Error: ev.err.Error()})
	}
}

// transferred ends a call that goes on elsewhere, and goes on with one that does not.
func (c *conversation) transferred(ev transferred) {
	if ev.err != nil {
		c.emit(journal.Event{Type: journal.TypeTransfer, State: "refused", Error: ev.err.Error()})
		return
	}
	c.emit(journal.Event{Type: journal.TypeTransfer, State: "done"})
	c.end(dialog.HandedOff, dialog.Human)
}
