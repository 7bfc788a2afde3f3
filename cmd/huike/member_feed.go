package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"huike/member/audit"
	"huike/member/event"
	"huike/member/event/sample"
	"huike/member/store"
)

// feed hands out invented events as they arrive, and counts what became of them. It is safe
// from any goroutine.
type feed struct {
	crowd *sample.Crowd
	rate  float64 // a second; 0: all are there from the beginning
	began time.Time
	out   streams

	mu     sync.Mutex
	next   int // the first that nobody has taken
	report event.Report
	bar    *bar
	tenth  int // of all events that the next line tells of
}

// arrival is when an event came, by the offered rate.
func (f *feed) arrival(i int) time.Time {
	return f.began.Add(time.Duration(float64(i) / f.rate * float64(time.Second)))
}

// take waits until events are there that nobody has taken, and takes up to a batch of them.
// None means that all are taken, or that ctx has ended.
func (f *feed) take(ctx context.Context) (from, to int) {
	for ctx.Err() == nil {
		f.mu.Lock()
		from, to = f.next, min(f.next+event.BatchEvents, f.crowd.Events)
		if f.rate > 0 {
			to = min(to, int(time.Since(f.began).Seconds()*f.rate))
		}
		f.next = max(from, to)
		f.mu.Unlock()
		if to > from || from == f.crowd.Events {
			return from, to
		}
		timer := time.NewTimer(time.Until(f.arrival(from + 1)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return 0, 0
}

// count adds a batch's outcomes.
func (f *feed) count(out []event.Outcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range out {
		f.report.Rows++
		switch o.Status {
		case event.Accepted:
			f.report.Accepted++
		case event.Duplicate:
			f.report.Duplicate++
		case event.Refused:
			f.report.Refused++
		}
	}
	done, all := f.report.Rows, f.crowd.Events
	f.bar.at(int64(done), int64(all), done, "")
	if tenth := done * 10 / all; tenth >= f.tenth { // a batch may be more than one
		fmt.Fprintf(f.out.out, "%d %%: %.0f events/s so far, %d MB\n", tenth*10, float64(done)/time.Since(f.began).Seconds(), resident())
		f.tenth = tenth + 1
	}
}

// events writes the events as a server does: with their audit rows, in several batches at
// a time.
func (c *memberGenerate) events(ctx context.Context, to streams, s *store.Store, crowd *sample.Crowd, config event.Config) error {
	trail := audit.New(s, nil)
	config.Trail = trail
	trailing, end := context.WithCancel(ctx)
	defer end()
	trails := errgroup.Group{}
	trails.Go(func() error { return trail.Run(trailing) })
	in := event.New(s, config)
	f := &feed{crowd: crowd, rate: float64(c.Rate), began: time.Now(), out: to, bar: newBar(to.notes, "events"), tenth: 1}
	var current delays
	spent := processor()
	group, groupContext := errgroup.WithContext(ctx)
	for range c.Writers {
		group.Go(func() error { return f.write(groupContext, in, &current) })
	}
	err := group.Wait()
	took := time.Since(f.began)
	f.bar.end()
	end()
	err = errors.Join(err, trails.Wait())
	r := &f.report
	fmt.Fprintf(to.out, "%d events in %v: %.0f events/s; %d accepted, %d known before, %d refused; %.0f µs of this process's processor time each\n",
		r.Rows, took.Round(time.Millisecond), float64(r.Rows)/took.Seconds(), r.Accepted, r.Duplicate, r.Refused,
		float64((processor()-spent).Microseconds())/float64(max(1, r.Rows)))
	if c.Rate > 0 {
		fmt.Fprintf(to.out, "from an event's arrival, at %d a second, until it and its tags are in the store: %v; %d MB\n", c.Rate, &current, resident())
		return err
	}
	fmt.Fprintf(to.out, "from a batch's being handed over until its events and tags are in the store: %v; %d MB\n", &current, resident())
	return err
}

// write gives batches to the inbox until there are no more.
func (f *feed) write(ctx context.Context, in *event.Inbox, current *delays) error {
	bodies := make([][]byte, 0, event.BatchEvents)
	for {
		from, to := f.take(ctx)
		if from == to {
			return ctx.Err()
		}
		bodies = bodies[:0]
		for i := from; i < to; i++ {
			bodies = append(bodies, f.crowd.Event(i))
		}
		handed := time.Now()
		out, err := in.Take(ctx, bodies)
		if err != nil {
			return err
		}
		done := time.Now()
		for i := from; i < to; i++ {
			if f.rate > 0 {
				handed = f.arrival(i)
			}
			current.add(done.Sub(handed))
		}
		f.count(out)
	}
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
