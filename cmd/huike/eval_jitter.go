package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huike/audio/trace"
	"huike/audio/wav"
)

// evalJitterCommand plays packet-arrival traces.
type evalJitterCommand struct {
	Traces   []string      `arg:"" optional:"" help:"Traces: lines of sequence, timestamp (48 kHz), send ms, and arrival ms or lost." type:"existingfile"`
	Sound    string        `help:"WAV file that the packets carry, without its long pauses; default: a voice of its own making." type:"existingfile" placeholder:"FILE"`
	Warmup   time.Duration `help:"What of each trace's beginning is not counted." default:"0s"`
	CatchUp  bool          `help:"Listen as the recogniser does, which takes what has gathered at once, not as a person."`
	Generate string        `help:"Write the traces of testdata/packets into this folder instead." type:"path" placeholder:"DIR"`
	Seed     uint64        `help:"Seed of --generate." default:"1"`
	Length   time.Duration `help:"Length of the traces of --generate." default:"45s"`
	JSON     bool          `help:"Print a JSON list."`
}

// Run plays every trace and prints what a listener got.
func (c *evalJitterCommand) Run(ctx context.Context, to streams) error {
	if c.Generate != "" {
		return c.generate(to)
	}
	if len(c.Traces) == 0 {
		return errors.New("name a trace, such as testdata/packets/wifi.txt, or --generate some")
	}
	var pcm []int16
	if c.Sound != "" {
		channels, err := wav.ReadFile(c.Sound)
		if err != nil {
			return err
		}
		pcm = trace.Dense(channels[0])
	}
	if !c.JSON {
		fmt.Fprintf(to.out, "%-12s %8s %8s %10s %6s %10s %12s\n", "trace", "delay ms", "p95", "concealed", "late", "stretched", "longest gap")
	}
	results := make([]trace.Result, 0, len(c.Traces))
	for _, path := range c.Traces {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r, err := c.play(path, pcm)
		if err != nil {
			return err
		}
		if results = append(results, r); !c.JSON {
			fmt.Fprintf(to.out, "%-12s %8.1f %8.1f %8.2f %% %4.2f %% %8.2f %% %9.0f ms\n",
				r.Trace, r.DelayMean, r.DelayP95, r.Concealed, r.Late, r.Stretched, r.LongestGap)
		}
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(results)
	}
	return nil
}

func (c *evalJitterCommand) play(path string, pcm []int16) (trace.Result, error) {
	file, err := os.Open(path)
	if err != nil {
		return trace.Result{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	t, err := trace.Parse(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), file)
	if err != nil {
		return trace.Result{}, err
	}
	payloads, err := trace.Payloads(&t, pcm)
	if err != nil {
		return trace.Result{}, err
	}
	return trace.Play(&t, payloads, trace.Options{From: c.Warmup, CatchUp: c.CatchUp})
}

func (c *evalJitterCommand) generate(to streams) error {
	if err := os.MkdirAll(c.Generate, 0o755); err != nil { //nolint:gosec // traces are for all to read
		return err
	}
	if c.Length < time.Second || c.Length > time.Hour {
		return fmt.Errorf("--length %v: want 1s to 1h", c.Length)
	}
	for _, t := range trace.Generated(c.Seed, c.Length) {
		path := filepath.Join(c.Generate, t.Name+".txt")
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = t.WriteTo(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		fmt.Fprintln(to.notes, path)
	}
	return nil
}
