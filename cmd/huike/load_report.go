package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"huike/cmd/huike/robot"
	"huike/session/journal"
)

// loadReport is what a load test measured. Latencies are in milliseconds, at the
// packet: from the last speech packet sent to the first of the answer received.
type loadReport struct {
	Calls      int                `json:"calls"`
	Shed       int                `json:"shed"` // calls that the server did not take
	Reasons    map[string]int     `json:"shed_reasons,omitempty"`
	Turns      int                `json:"turns"`
	Lost       int                `json:"lost"`
	CutOff     int                `json:"cut_off"`
	Turn       map[string]float64 `json:"turn_ms"`
	Stop       map[string]float64 `json:"stop_ms"`
	Stops      int                `json:"stops"`
	LateTicks  float64            `json:"late_ticks_pct"`
	CPU        float64            `json:"cpu_pct_per_call"`
	RSS        float64            `json:"rss_mb_per_call"`
	Goroutines float64            `json:"goroutines_per_call"`
	Canary     float64            `json:"canary_pct"` // of the speed that a spinning loop had before the calls
	LostLater  int                `json:"lost_in_last_third"`

	// Parts is where the server says that the time of its turns went.
	Parts map[string]map[string]float64 `json:"parts_ms"`

	Split *split `json:"cpu_split_pct,omitempty"`

	overTime []second
	all      []robot.Turn
	began    time.Time
}

// second is what one second of the load was like.
type second struct {
	cpu float64 // percent of a core
}

// sample reads the server's usage every second until the calls end.
func (c *crowd) sample(ctx context.Context, to streams, until time.Time, canary *canary, base usage, report *loadReport) error {
	report.began = time.Now()
	first, err := c.server.usage(ctx)
	if err != nil {
		return err
	}
	last, at := first, report.began
	var peaks []float64
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for time.Now().Before(until) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		u, err := c.server.usage(ctx)
		if err != nil {
			return err
		}
		cpu := 100 * (u.cpu - last.cpu) / time.Since(at).Seconds()
		report.overTime = append(report.overTime, second{cpu: cpu})
		last, at = u, time.Now()
		peaks = append(peaks, canary.speed())
		if !c.command.JSON {
			fmt.Fprintf(to.notes, "\r%3.0f s left, server at %3.0f %% of a core ", max(time.Until(until).Seconds(), 0), cpu)
		}
	}
	if !c.command.JSON {
		fmt.Fprintln(to.notes)
	}
	n := float64(report.Calls)
	report.CPU = 100 * (last.cpu - first.cpu) / time.Since(report.began).Seconds() / n
	c.windows.perSecond = (last.windows - first.windows) / time.Since(report.began).Seconds() / n
	c.windows.batch = (last.windows - first.windows) / max(last.runs-first.runs, 1)
	report.RSS = (last.rss - base.rss) / n
	report.Goroutines = (last.goroutines - base.goroutines) / n
	if len(peaks) > 0 {
		report.Canary = 100 * stat.Mean(peaks, nil)
	}
	return nil
}

// turns fills in what the callers measured.
func (r *loadReport) turns(all []robot.Turn) {
	r.all = all
	var answers, stops []float64
	ends := r.began
	for _, t := range all {
		if t.At.After(ends) {
			ends = t.At
		}
	}
	lastThird := r.began.Add(ends.Sub(r.began) * 2 / 3)
	for _, t := range all {
		r.Turns++
		switch {
		case t.Lost:
			r.Lost++
			if t.At.After(lastThird) {
				r.LostLater++
			}
		case t.CutOff:
			r.CutOff++
		default:
			answers = append(answers, float64(t.Answer.Microseconds())/1000)
		}
		if t.Barge {
			stops = append(stops, float64(t.Stop.Microseconds())/1000)
		}
	}
	r.Stops = len(stops)
	r.Turn = quantiles(answers, "p50", .5, "p95", .95, "p99", .99)
	r.Stop = quantiles(stops, "p50", .5, "p95", .95)
}

// split fills in where the server says that the time went.
func (r *loadReport) split(all []journal.Latency) {
	parts := map[string][]float64{}
	for _, l := range all {
		for name, ms := range map[string]journal.Milliseconds{
			"endpointing": l.Endpointing, "recognition": l.Recognition, "dialog": l.Dialog, "synthesis": l.Synthesis, "playout": l.Playout,
		} {
			parts[name] = append(parts[name], float64(ms))
		}
	}
	r.Parts = map[string]map[string]float64{}
	for name, values := range parts {
		r.Parts[name] = quantiles(values, "p50", .5, "p95", .95)
	}
}

// quantiles returns the named quantiles of values: name, share, name, share, ...
func quantiles(values []float64, named ...any) map[string]float64 {
	slices.Sort(values)
	out := map[string]float64{}
	for i := 0; i+1 < len(named); i += 2 {
		name, _ := named[i].(string)
		share, _ := named[i+1].(float64)
		out[name] = 0
		if len(values) > 0 {
			out[name] = stat.Quantile(share, stat.Empirical, values, nil)
		}
	}
	return out
}

// slow is an answer that print names.
const slow = time.Second

// print shows the report to a person: a table, and a picture over time.
func (r *loadReport) print(w io.Writer) {
	fmt.Fprintf(w, "calls               %8d\n", r.Calls)
	if r.Shed > 0 {
		fmt.Fprintf(w, "shed                %8d\n", r.Shed)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(w, "  %5d             %s\n", r.Reasons[reason], reason)
	}
	fmt.Fprintf(w, "turns               %8d   lost %d, cut off %d\n", r.Turns, r.Lost, r.CutOff)
	for _, t := range r.all {
		switch {
		case t.Lost:
			fmt.Fprintf(w, "  lost              %s\n", t.Utterance)
		case t.CutOff:
			fmt.Fprintf(w, "  cut off           %s\n", t.Utterance)
		case t.Answer > slow:
			fmt.Fprintf(w, "  %5d ms          %s\n", t.Answer.Milliseconds(), t.Utterance)
		}
	}
	fmt.Fprintf(w, "turn latency        %8.0f   ms p50, %.0f p95, %.0f p99\n", r.Turn["p50"], r.Turn["p95"], r.Turn["p99"])
	for _, name := range []string{"endpointing", "recognition", "dialog", "synthesis", "playout"} {
		if part := r.Parts[name]; part["p95"] > 0 { // by SIP nobody is told
			fmt.Fprintf(w, "  %-17s %8.0f   ms p50, %.0f p95, as the server says\n", name, part["p50"], part["p95"])
		}
	}
	fmt.Fprintf(w, "stop after barge-in %8.0f   ms p50, %.0f p95, of %d\n", r.Stop["p50"], r.Stop["p95"], r.Stops)
	fmt.Fprintf(w, "late media ticks    %8.2f   %%\n", r.LateTicks)
	fmt.Fprintf(w, "CPU a call          %8.2f   %% of a core\n", r.CPU)
	if r.Split != nil {
		r.Split.print(w)
	}
	fmt.Fprintf(w, "memory a call       %8.2f   MB\n", r.RSS)
	fmt.Fprintf(w, "goroutines a call   %8.1f\n", r.Goroutines)
	fmt.Fprintf(w, "canary              %8.0f   %% of a core's speed before the calls\n", r.Canary)
	cpu := make([]float64, len(r.overTime))
	latency := make([]float64, len(r.overTime))
	for i, s := range r.overTime {
		cpu[i] = s.cpu
		for _, t := range r.all {
			if at := int(t.At.Sub(r.began).Seconds()); at == i && !t.Lost && !t.CutOff {
				latency[i] = max(latency[i], float64(t.Answer.Milliseconds()))
			}
		}
	}
	fmt.Fprintf(w, "\nover time, a column a second\n")
	fmt.Fprintf(w, "CPU, to %4.0f %%      %s\n", slices.Max(append(cpu, 0)), bars(cpu))
	fmt.Fprintf(w, "slowest, to %4.0f ms %s\n", slices.Max(append(latency, 0)), bars(latency))
}

// bars draws values as a row of blocks, from none to the highest.
func bars(values []float64) string {
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	most := slices.Max(append(values, 1))
	var b strings.Builder
	for _, v := range values {
		b.WriteRune(blocks[int(v/most*float64(len(blocks)-1)+.5)])
	}
	return b.String()
}

// canary measures how fast a spinning loop goes, beside the load and before it.
type canary struct{ alone float64 }

func newCanary() *canary {
	c := &canary{}
	for range 5 {
		c.alone = max(c.alone, spin())
	}
	return c
}

// speed is how fast the loop goes now, as a share of what it did alone.
func (c *canary) speed() float64 { return spin() / c.alone }

// spin counts for 5 ms and returns the rounds a second.
func spin() float64 {
	began := time.Now()
	x, rounds := uint64(1), 0
	for time.Since(began) < 5*time.Millisecond {
		for range 1000 {
			x = x*6364136223846793005 + 1442695040888963407
		}
		rounds += 1000
	}
	if x == 0 { // never, but the loop must not be dropped
		rounds++
	}
	return float64(rounds) / time.Since(began).Seconds()
}
