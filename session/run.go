package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/audio"
	"huike/audio/playout"
	"huike/dialog"
	"huike/dialog/turn"
	"huike/session/crash"
)

// backlog is how many events may wait for the conversation: many seconds of
// them. Who posts into a full channel waits, but for the media loop, which never
// does: it drops the event and counts it.
const backlog = 256

// errEnded ends the goroutines of a call whose conversation is over.
var errEnded = errors.New("call ended")

// errHungUp ends them when the caller has gone.
var errHungUp = errors.New("caller hung up")

// Run carries the call on leg until it ends, and says how it did. All that it
// started has ended when it returns. Closing drain asks the conversation to end;
// ending ctx ends the call at once. The error is huike's own fault, if any; the
// disposition is always valid.
func Run(ctx context.Context, config *Config, caller Caller, leg Leg, drain <-chan struct{}) (dialog.Disposition, error) {
	if caller.Day.IsZero() {
		caller.Day = time.Now()
	}
	keep, unkept := keep(config.Store, caller.Call)
	s, err := newSession(config, caller, leg, keep, playout.New())
	if err != nil {
		return dialog.Disposition{Code: dialog.Failed, By: dialog.System}, errors.Join(err, unkept, keep.close(ctx))
	}
	config.Metrics.began(s)
	if unkept != nil { // the call goes on without
		s.talk.stepDown("journal", unkept)
	}
	group, groupContext := errgroup.WithContext(ctx)
	r := &live{session: s, group: group, ctx: groupContext, events: make(chan event, backlog), began: onBeat(time.Now())}
	s.media.post = r.Post
	s.talk.worker = r
	if r.polled, _ = leg.(poller); r.polled == nil {
		r.start("receive", r.receive)
	}
	beat := config.Metronome
	if beat == nil {
		beat = NewMetronome(1)
		r.start("metronome", beat.Run)
	}
	r.start("media", func(ctx context.Context) error { return beat.carry(ctx, r) })
	r.start("converse", func(ctx context.Context) error { return r.converse(ctx, drain) })
	err = group.Wait()
	return s.close(context.WithoutCancel(ctx), r.Now(), err)
}

// live drives a session in real time.
type live struct {
	session *session
	group   *errgroup.Group
	ctx     context.Context //nolint:containedctx // the group's: work outlives the step that starts it
	events  chan event
	began   time.Time
	polled  poller       // the leg, if it is one
	packet  audio.Packet // of poll
}

// Now returns the call time.
func (r *live) Now() time.Duration { return time.Since(r.began) }

// start runs f as one of the call's goroutines. A panic in it ends this call
// alone.
func (r *live) start(name string, f func(ctx context.Context) error) {
	r.group.Go(func() error { return guard(name, func() error { return f(r.ctx) }) })
}

// guard makes a panic of f an error.
func guard(name string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = crash.Error(name, p)
		}
	}()
	return f()
}

// Go runs work beside the conversation until it is done, is cancelled or the
// call ends.
func (r *live) Go(work func(ctx context.Context, post func(event))) context.CancelFunc {
	ctx, cancel := context.WithCancel(r.ctx)
	r.start("work", func(context.Context) error {
		defer cancel()
		work(ctx, r.post)
		return nil
	})
	return cancel
}

// post gives an event to the conversation and waits while its backlog is full.
func (r *live) post(ev event) {
	select {
	case r.events <- ev:
	case <-r.ctx.Done():
	}
}

// Context is the call's.
func (r *live) Context() context.Context { return r.ctx }

// Post is post for the media loop, which waits for nobody.
func (r *live) Post(ev event) {
	select {
	case r.events <- ev:
	default: // many seconds behind: late, and perhaps out of order, but not lost
		r.session.config.Metrics.stepDown("events")
		r.start("post", func(context.Context) error { r.post(ev); return nil })
	}
}

// receive reads the caller's packets into the jitter buffer.
func (r *live) receive(ctx context.Context) error {
	var p audio.Packet
	for {
		if err := r.session.leg.ReadPacket(&p); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errHungUp
		}
		r.session.media.listener().Push(&p, r.Now())
	}
}

// tick is the media loop's PTime: it hears and says. begins lets sound that breaks a
// silence begin with it, instead of where the outgoing clock beats.
func (r *live) tick(begins bool) error {
	m, now := r.session.media, r.Now()
	if err := r.poll(now); err != nil {
		return err
	}
	m.hear(now)
	if !begins || !m.sayNow(now) {
		m.say(now)
	}
	return nil
}

// converse steps the conversation with each event and at each deadline.
func (r *live) converse(ctx context.Context, drain <-chan struct{}) (err error) {
	c := r.session.talk
	defer func() { // ends the receive goroutine too
		c.now = max(c.now, r.Now())
		r.session.hangUp(cmp.Or(context.Cause(ctx), err))
	}()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	messages := r.session.leg.Messages()
	c.begin(ctx)
	for c.ended == nil {
		timer.Stop()
		if at := c.deadline(); at != turn.Never {
			timer.Reset(at - r.Now())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ev := <-r.events:
			c.step(r.Now(), ev)
		case text, ok := <-messages:
			if !ok {
				messages = nil
				continue
			}
			c.step(r.Now(), message(text))
		case <-timer.C:
			c.step(r.Now(), nil)
		case <-drain:
			drain = nil
			c.step(r.Now(), draining{})
		}
	}
	return errEnded
}
