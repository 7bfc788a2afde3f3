package sample_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/member/audit"
	"huike/member/event"
	"huike/member/event/sample"
	"huike/member/store/storetest"
	"huike/member/tag"
)

// BenchmarkIngest is events on their whole way: checked, stored, folded, with their tags
// and audit rows, two batches at a time.
func BenchmarkIngest(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			s := storetest.Open(b, kind)
			crowd := &sample.Crowd{Members: 5000, Events: 100_000, Seed: 7, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
			if err := crowd.Fill(b.Context(), s, nil); err != nil {
				b.Fatal(err)
			}
			k, err := tag.New(s, tag.Config{})
			if err != nil {
				b.Fatal(err)
			}
			trail := audit.New(s, nil)
			ctx, end := context.WithCancel(context.WithoutCancel(b.Context()))
			rows := errgroup.Group{}
			rows.Go(func() error { return trail.Run(ctx) })
			in := event.New(s, event.Config{Tags: k, Trail: trail})
			n := 0
			for b.Loop() {
				two := errgroup.Group{}
				for range 2 {
					var bodies [][]byte
					for range event.BatchEvents {
						bodies = append(bodies, crowd.Event(n))
						n++
					}
					two.Go(func() error {
						_, err := in.Take(b.Context(), bodies)
						return err
					})
				}
				if err := two.Wait(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
			end()
			if err := rows.Wait(); err != nil {
				b.Error(err)
			}
		})
	}
}
