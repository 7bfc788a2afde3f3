package main

import (
	"context"
	"fmt"
	"time"

	"huike/member/event"
	"huike/member/event/sample"
)

// memberGenerate fills a store with invented members and measures how fast events come in.
type memberGenerate struct {
	Members int    `help:"How many members." default:"10000"`
	Events  int    `help:"How many events, spread over the last two years." default:"100000"`
	Seed    uint64 `help:"The same seed invents the same; with another one, members and events are added." default:"1"`
	Writers int    `help:"Batches of at most 500 events in hand at a time." default:"2"`
	Rate    int    `help:"Events that arrive each second, whether those before them are done or not; 0: as fast as they are taken." default:"0"`
	NoTags  bool   `help:"Leave tags alone; 'huike member tags sweep' brings them up to date."`
	Measure bool   `help:"Then read profiles, from the store and from Redis, find a segment of all members, and print how long each took."`
	Redis   string `help:"Redis for that; default: embedded." env:"HUIKE_REDIS" placeholder:"URL"`
	tagKeeper
}

// Run generates.
func (c *memberGenerate) Run(ctx context.Context, to streams) error {
	if c.Members < 1 || c.Events < 0 || c.Writers < 1 || c.Rate < 0 {
		return fmt.Errorf("--members %d --events %d --writers %d --rate %d: want at least 1, 0, 1 and 0", c.Members, c.Events, c.Writers, c.Rate)
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
