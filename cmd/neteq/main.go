// Command neteq plays packet-arrival traces into headless Chromium's receiver
// and through huike's, and prints both: the very same packets, with the same
// arrival times. The packets hold continuous speech, since silence is sent
// without copies of what was before and takes any stretching.
//
// # What is compared
//
// Both systems count by the WebRTC statistics API, over the same stretch of
// each trace: from --warmup after its beginning, so that no connection is being
// made any more, to the last arrival. delay_ms_mean is the growth of
// jitterBufferDelay over that of jitterBufferEmittedCount: how long sound waits
// from the arrival of its packet until it goes to the decoder. concealed_pct is
// the growth of concealedSamples over that of totalSamplesReceived: the part of
// what was played that had to be made up; what Opus's in-band FEC brings back is
// not made up. huike plays in real time, a frame each 20 ms, as to a person:
// without taking more at once, as its recogniser may.
//
// How long sound waits depends on where the listener's clock beats between the
// packets: by up to 20 ms, as each holds so much, and Chromium's clock begins
// anywhere. Both are therefore played several times, huike at four places, Chromium
// in --runs connections, and the means are printed.
//
// With --simulator NetEq itself is asked, without a browser and in simulated time, at
// four places too: any number of traces, on any machine, the same figures each time.
// Chromium in real time adds some milliseconds of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"huike/audio/trace"
	"huike/audio/wav"
)

// commands is the command line.
type commands struct {
	Traces    []string      `arg:"" help:"Traces, as huike eval jitter reads them." type:"existingfile"`
	Sound     []string      `help:"WAV files that the packets carry, one after the other and without their long pauses." type:"existingfile" required:""`
	Out       string        `help:"Write the figures to this file as JSON." type:"path"`
	Chromium  string        `help:"The browser." default:"/usr/bin/chromium"`
	Parallel  int           `help:"Traces at a time." default:"4"`
	Simulator string        `help:"Ask this program in place of a browser: bin/neteq, NetEq by itself in simulated time." type:"existingfile" placeholder:"FILE"`
	Runs      int           `help:"How often each trace is played to Chromium; the mean is compared." default:"3"`
	Warmup    time.Duration `help:"What of each trace's beginning is not counted." default:"5s"`
}

// row is one trace's line of the report.
type row struct {
	Trace    string    `json:"trace"`
	Huike    figures   `json:"huike"`
	Chromium figures   `json:"chromium"`
	Runs     []figures `json:"chromium_runs"`
	Pacing   pacing    `json:"pacing"`
	Verdict  []string  `json:"better_in"`
	OK       bool      `json:"ok"`
}

// figures are what is compared.
type figures struct {
	Delay     float64 `json:"delay_ms_mean"`
	Concealed float64 `json:"concealed_pct"`
}

// mean returns what several runs come to.
func mean(runs []figures) (m figures) {
	for _, one := range runs {
		m.Delay += one.Delay / float64(len(runs))
		m.Concealed += one.Concealed / float64(len(runs))
	}
	return m
}

func main() {
	var line commands
	kong.Parse(&line)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := line.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "neteq:", err)
		os.Exit(1)
	}
}

func (c *commands) run(ctx context.Context) error {
	var sound []int16
	for _, path := range c.Sound {
		channels, err := wav.ReadFile(path)
		if err != nil {
			return err
		}
		sound = append(sound, trace.Dense(channels[0])...)
	}
	var other listener = simulator(c.Simulator)
	if c.Simulator == "" {
		browser, err := startBrowser(ctx, c.Chromium, c.Runs)
		if err != nil {
			return err
		}
		defer browser.close()
		other = browser
	}
	rows := make([]row, len(c.Traces))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(c.Parallel)
	var mu sync.Mutex
	for i, path := range c.Traces {
		group.Go(func() error {
			r, err := c.compare(groupContext, other, path, sound)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			mu.Lock()
			defer mu.Unlock()
			rows[i] = r
			r.print()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return c.report(rows)
}

// listener is the other receiver: it plays a trace several times, and says how late
// packets came to it at worst.
type listener interface {
	play(ctx context.Context, t *trace.Trace, payloads [][]byte, warmup time.Duration) ([]figures, pacing, error)
}

// compare plays one trace in both.
func (c *commands) compare(ctx context.Context, other listener, path string, pcm []int16) (row, error) {
	r := row{Trace: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Verdict: []string{}}
	file, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer file.Close() //nolint:errcheck // only read
	t, err := trace.Parse(r.Trace, file)
	if err != nil {
		return r, err
	}
	payloads, err := trace.Payloads(&t, pcm)
	if err != nil {
		return r, err
	}
	if r.Runs, r.Pacing, err = other.play(ctx, &t, payloads, c.Warmup); err != nil {
		return r, err
	}
	r.Chromium = mean(r.Runs)
	ours, err := trace.Play(&t, payloads, trace.Options{From: c.Warmup})
	if err != nil {
		return r, err
	}
	r.Huike = figures{Delay: ours.DelayMean, Concealed: ours.Concealed}
	r.judge()
	return r, nil
}

// judge compares what is printed: delay to 0.1 ms, concealment to 0.01 %.
func (r *row) judge() {
	round := func(v, unit float64) int { return int(v/unit + 0.5) }
	delay := round(r.Chromium.Delay, 0.1) - round(r.Huike.Delay, 0.1)
	concealed := round(r.Chromium.Concealed, 0.01) - round(r.Huike.Concealed, 0.01)
	r.OK = delay >= 0 && concealed >= 0
	if delay > 0 {
		r.Verdict = append(r.Verdict, "delay")
	}
	if concealed > 0 {
		r.Verdict = append(r.Verdict, "concealed")
	}
}

func (r *row) print() {
	mark := "  "
	switch {
	case r.Pacing.late():
		mark = "~ "
	case !r.OK:
		mark = "! "
	}
	fmt.Printf("%s%-10s delay %6.1f ms, NetEq %6.1f   concealed %5.2f %%, NetEq %5.2f", mark, r.Trace,
		r.Huike.Delay, r.Chromium.Delay, r.Huike.Concealed, r.Chromium.Concealed)
	if r.Pacing != (pacing{}) {
		fmt.Printf("   sent %.1f ms late at p99, %.1f at most", r.Pacing.P99, r.Pacing.Max)
	}
	fmt.Println()
}

// report sums up and writes the file.
func (c *commands) report(rows []row) error {
	worse, better, late := 0, 0, 0
	for i := range rows {
		if rows[i].Pacing.late() {
			late++
		} else if !rows[i].OK {
			worse++
		} else if len(rows[i].Verdict) > 0 {
			better++
		}
	}
	fmt.Printf("%d traces: worse than NetEq in something on %d, strictly better in something and worse in nothing on %d\n", len(rows), worse, better)
	if c.Out != "" {
		text, err := json.MarshalIndent(rows, "", "  ")
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(c.Out), 0o755); err != nil { //nolint:gosec // as bin is
			return err
		}
		if err := os.WriteFile(c.Out, append(text, '\n'), 0o644); err != nil { //nolint:gosec // a report is for all to read
			return err
		}
	}
	if late > 0 {
		return fmt.Errorf("the packets of %d traces (~) left over 5 ms late, each time: what these rows say counts for nothing; repeat it on an idle machine", late)
	}
	if worse > 0 {
		return errors.New("not on every trace as good as NetEq")
	}
	return nil
}
