package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/member/audit"
	"huike/member/event"
	"huike/member/event/sample"
	"huike/member/store"
)

// memberGenerate fills a store with invented members and measures how fast events come in.
type memberGenerate struct {
	Members int    `help:"How many members." default:"10000"`
	Events  int    `help:"How many events, spread over the last two years." default:"100000"`
	Seed    uint64 `help:"The same seed invents the same; with another one, members and events are added." default:"1"`
	Writers int    `help:"Batches of 500 events written at a time." default:"2"`
	NoTags  bool   `help:"Leave tags alone; 'huike member tags sweep' brings them up to date."`
	Measure bool   `help:"Then read profiles, from the store and from Redis, find a segment of all members, and print how long each took."`
	Redis   string `help:"Redis for that; default: embedded." env:"HUIKE_REDIS" placeholder:"URL"`
	tagKeeper
}

// Run generates.
func (c *memberGenerate) Run(ctx context.Context, to streams) error {
	if c.Members < 1 || c.Events < 0 || c.Writers < 1 {
		return fmt.Errorf("--members %d --events %d --writers %d: want at least 1, 0 and 1", c.Members, c.Events, c.Writers)
	}
	s, k, err := c.keeper(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	crowd := &sample.Crowd{Members: c.Members, Events: c.Events, Seed: c.Seed, Now: time.Now().Truncate(24 * time.Hour)}
	began := time.Now()
	filling := newBar(to.notes, "members")
	err = crowd.Fill(ctx, s, func(n int) { filling.at(int64(n), int64(c.Members), n, "") })
	filling.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(to.out, "%d members in %v\n", c.Members, time.Since(began).Round(time.Millisecond))
	config := event.Config{}
	if !c.NoTags {
		config.Tags = k
	}
	if err := c.events(ctx, to, s, crowd, config); err != nil || !c.Measure {
		return err
	}
	return c.measure(ctx, to, s, crowd)
}

// events writes the events as a server does: with their audit rows, in several batches at
// a time.
func (c *memberGenerate) events(ctx context.Context, to streams, s *store.Store, crowd *sample.Crowd, config event.Config) error {
	trail := audit.New(s, nil)
	config.Trail = trail
	trailing, end := context.WithCancel(ctx)
	trails := errgroup.Group{}
	trails.Go(func() error { return trail.Run(trailing) })
	in := event.New(s, config)
	batches := make(chan int, c.Writers)
	counts := make(chan event.Outcome, event.BatchEvents)
	group, groupContext := errgroup.WithContext(ctx)
	began := time.Now()
	var current delays // from the batch's arrival to its tags' being current
	for range c.Writers {
		group.Go(func() error {
			for from := range batches {
				var bodies [][]byte
				for i := from; i < min(from+event.BatchEvents, c.Events); i++ {
					bodies = append(bodies, crowd.Event(i))
				}
				handed := time.Now()
				out, err := in.Take(groupContext, bodies)
				current.add(time.Since(handed))
				if err != nil {
					return err
				}
				for _, o := range out {
					counts <- o
				}
			}
			return nil
		})
	}
	var report event.Report
	counted := errgroup.Group{}
	counted.Go(func() error {
		c.count(to, counts, &report, began)
		return nil
	})
	group.Go(func() error {
		defer close(batches)
		for from := 0; from < c.Events; from += event.BatchEvents {
			select {
			case batches <- from:
			case <-groupContext.Done():
				return groupContext.Err()
			}
		}
		return nil
	})
	err := group.Wait()
	close(counts)
	took := time.Since(began)
	end()
	err = errors.Join(err, counted.Wait(), trails.Wait())
	fmt.Fprintf(to.out, "%d events in %v: %.0f events/s; %d accepted, %d known before, %d refused\n", report.Rows, took.Round(time.Millisecond),
		float64(report.Rows)/took.Seconds(), report.Accepted, report.Duplicate, report.Refused)
	fmt.Fprintf(to.out, "events with their tags in the store after: %v; %d MB\n", &current, resident())
	return err
}

func (c *memberGenerate) count(to streams, counts <-chan event.Outcome, report *event.Report, began time.Time) {
	progress := newBar(to.notes, "events")
	defer progress.end()
	tenth := 1
	for o := range counts {
		report.Rows++
		switch o.Status {
		case event.Accepted:
			report.Accepted++
		case event.Duplicate:
			report.Duplicate++
		case event.Refused:
			report.Refused++
		}
		progress.at(int64(report.Rows), int64(c.Events), report.Rows, fmt.Sprintf("%d MB", resident()))
		if report.Rows*10 >= tenth*c.Events {
			fmt.Fprintf(to.out, "%d %%: %.0f events/s so far, %d MB\n", tenth*10, float64(report.Rows)/time.Since(began).Seconds(), resident())
			tenth++
		}
	}
}
