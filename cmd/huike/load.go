package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sync/errgroup"

	"huike/audio"
	"huike/audio/tts"
	"huike/audio/wav"
	"huike/cmd/huike/robot"
	"huike/session/journal"
)

// loadCommand measures a server under load.
type loadCommand struct {
	Calls     int           `help:"Calls at a time." default:"30"`
	Seconds   int           `help:"How long they go on once all have been answered." default:"30"`
	Stub      bool          `help:"Recogniser and voice that answer at once, and endpointing at 300 ms: measures everything but the engines."`
	WHIP      bool          `name:"whip" help:"Call by WebRTC (WHIP), as without --ws and --sip." xor:"line"`
	WS        bool          `name:"ws" help:"Call by WebSocket." xor:"line"`
	SIP       bool          `name:"sip" help:"Call by SIP." xor:"line"`
	Codec     string        `help:"Encoding of --sip: pcmu, pcma, g722 or opus." enum:"pcmu,pcma,g722,opus" default:"pcmu"`
	Core      bool          `help:"Give the server one core, and the callers the others."`
	DTX       bool          `name:"dtx" help:"Callers send nothing while they are silent, as browsers that follow usedtx do; without it they send a quiet room's noise."`
	Speech    []string      `help:"What the callers say: WAV files, or folders of recorded calls; what stands between pauses of 1.5 s is said as one turn. Default: sentences by flite." type:"path" placeholder:"FILE"`
	Interrupt int           `help:"Every how many-th answer a caller interrupts; 0 for none." default:"2"`
	Turns     int           `help:"Turns after which a caller hangs up and calls again; 0 for never." default:"0"`
	Loss      float64       `help:"Share of each caller's packets that are lost on the way in, 0 to 1." default:"0"`
	Gap       time.Duration `help:"Lose that much of each caller's packets once, half way." default:"0s"`
	Surge     int           `help:"That many calls more for 15 s, half way; only the others are measured." default:"0"`
	Lines     int           `help:"Calls that the server takes at a time; 0: all. Those above it are refused, and told why." default:"0"`
	Keep      bool          `help:"The server keeps journals and recordings, as it does by default." default:"true" negatable:""`
	Pprof     string        `help:"Address at which the server serves Go's profiles meanwhile." placeholder:"HOST:PORT"`
	Split     bool          `help:"Tell what the server's CPU is spent on, by its profile, beside what decoding and the detector cost alone."`
	Profile   string        `help:"Keep the profile of --split in this file, for go tool pprof." type:"path" placeholder:"FILE"`
	JSON      bool          `help:"Print one JSON object."`
}

// surgeLength is how long the calls of --surge stay.
const surgeLength = 15 * time.Second

func (c *loadCommand) check() error {
	if c.Calls < 1 || c.Seconds < 1 || c.Lines < 0 {
		return errors.New("--calls and --seconds: want 1 or more; --lines: 0 or more")
	}
	if c.Loss < 0 || c.Loss >= 1 {
		return fmt.Errorf("--loss=%v: want a share from 0 to below 1, such as 0.1", c.Loss)
	}
	return nil
}

// Run starts a server, places the calls, and prints what they measured.
func (c *loadCommand) Run(ctx context.Context, to streams) error {
	if err := c.check(); err != nil {
		return err
	}
	lines := c.Lines
	if lines == 0 {
		lines = c.Calls + c.Surge + 10
	}
	flags := []string{fmt.Sprintf("--max-calls=%d", lines)}
	if c.Stub {
		flags = append(flags, "--stub")
	}
	if !c.Keep {
		flags = append(flags, "--no-keep")
	}
	if c.Split && c.Pprof == "" {
		var err error
		if c.Pprof, err = freeTCP(ctx); err != nil {
			return err
		}
	}
	if c.Pprof != "" {
		flags = append(flags, "--pprof="+c.Pprof)
	}
	line, err := c.line(ctx)
	if err != nil {
		return err
	}
	defer line.close() //nolint:errcheck // the calls are over
	var log strings.Builder
	server, err := startChild(ctx, c.Core, &log, append(flags, line.flags...)...)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	report, err := c.measure(ctx, to, server, line)
	if stopped := server.stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(report)
	}
	report.print(to.out)
	return nil
}

// measure places the calls and gathers the report.
func (c *loadCommand) measure(ctx context.Context, to streams, server *child, line *loadLine) (*loadReport, error) {
	speech, err := c.speech(ctx, line.format)
	if err != nil {
		return nil, err
	}
	idle, err := robot.Room(line.format)
	if err != nil {
		return nil, err
	}
	if c.DTX {
		idle = nil
	}
	canary := newCanary()
	crowd := &crowd{command: c, server: server, line: line, speech: speech, idle: idle}
	if err := crowd.warmUp(ctx); err != nil {
		return nil, err
	}
	base, err := server.usage(ctx)
	if err != nil {
		return nil, err
	}
	report := &loadReport{Calls: c.Calls}
	if err := crowd.run(ctx, to, canary, base, report); err != nil {
		return nil, err
	}
	end, err := server.usage(ctx)
	if err != nil {
		return nil, err
	}
	if all := end.all - base.all; all > 0 {
		report.LateTicks = 100 * (end.late - base.late) / all
	}
	report.Shed, report.Reasons = 0, crowd.refused
	for _, n := range crowd.refused {
		report.Shed += n
	}
	report.turns(crowd.turns())
	report.split(crowd.splits)
	if c.Split && crowd.profile != nil {
		if err := keepProfile(c.Profile, crowd.profile); err != nil {
			return nil, err
		}
		report.Split = newSplit(crowd.profile, c.Calls)
		return report, report.Split.alone(ctx, line.format, speech[0].Packets, modelsBeside(), crowd.windows)
	}
	return report, nil
}

// speech is what the callers say, encoded for their legs.
func (c *loadCommand) speech(ctx context.Context, format audio.Format) ([]robot.Utterance, error) {
	var all []robot.Utterance
	add := func(name string, pcm []int16) error {
		u, err := robot.Encode(format, name, pcm)
		all = append(all, u)
		return err
	}
	for _, path := range c.Speech {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, soundFile)
		}
		channels, err := wav.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for i, piece := range robot.Split(wav.Mono(channels)) {
			if err := add(fmt.Sprintf("%s, turn %d", path, i+1), piece); err != nil {
				return nil, err
			}
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	voice, err := tts.OpenFlite(ctx, tts.FliteConfig{Pool: tts.NewPool(1)})
	if err != nil {
		return nil, err
	}
	defer voice.Close() //nolint:errcheck // its processes end with us
	for _, text := range []string{"where is my order", "what are your opening hours", "how many points do I have"} {
		pcm, err := voice.Synthesize(ctx, text)
		if err != nil {
			return nil, err
		}
		if err := add(text, pcm); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// crowd is all the callers of a load test.
type crowd struct {
	command *loadCommand
	server  *child
	line    *loadLine
	speech  []robot.Utterance
	idle    [][]byte

	mu       sync.Mutex
	shoppers []*robot.Shopper
	refused  map[string]int // calls that the server did not take, by what it said
	splits   []journal.Latency
	greeted  sync.WaitGroup
	profile  *profile.Profile // with --split
	windows  windows
}

// run places the calls a few milliseconds apart, lets them go on for the time asked
// for, and samples the server every second meanwhile.
func (c *crowd) run(ctx context.Context, to streams, canary *canary, base usage, report *loadReport) error {
	calls, ctx := errgroup.WithContext(ctx)
	length := time.Duration(c.command.Seconds) * time.Second
	until := time.Now().Add(spread + length)
	c.greeted.Add(c.command.Calls)
	for i := range c.command.Calls {
		calls.Go(func() error { return c.call(ctx, i, until, &c.shoppers) })
	}
	greeted := make(chan struct{})
	go func() { c.greeted.Wait(); close(greeted) }()
	select {
	case <-greeted:
	case <-ctx.Done():
		return calls.Wait()
	}
	surge := time.AfterFunc(length/3, func() { c.surge(ctx, calls) })
	defer surge.Stop()
	if c.command.Split {
		calls.Go(func() (err error) {
			c.profile, err = profileOf(ctx, c.command.Pprof, time.Until(until)-time.Second)
			return err
		})
	}
	if err := c.sample(ctx, to, until, canary, base, report); err != nil {
		return errors.Join(err, calls.Wait())
	}
	return calls.Wait()
}

// warmUp places one call that is not measured, so that what a server has once, and
// not for each call, is there before the load.
func (c *crowd) warmUp(ctx context.Context) error {
	leg, err := c.line.dial(ctx, c.server)
	if err != nil {
		return err
	}
	go func() {
		for range leg.Messages() {
		}
	}()
	r := robot.New(leg, c.idle, nil)
	return r.Run(ctx, func(ctx context.Context) error {
		for _, u := range c.speech[:min(len(c.speech), 3)] {
			r.Silence(ctx, time.Minute)
			_, ended, err := r.Say(ctx, u)
			if err != nil {
				return err
			}
			r.Answer(ctx, ended, time.Minute)
		}
		r.Silence(ctx, time.Minute)
		return nil
	})
}

// spread is the time over which the calls begin: people do not call, ask and
// interrupt in step.
const spread = 8 * time.Second

// call places one call and shops.
func (c *crowd) call(ctx context.Context, i int, until time.Time, into *[]*robot.Shopper) error {
	done := sync.OnceFunc(c.greeted.Done)
	defer done()
	start := time.NewTimer(time.Duration(i) * spread / time.Duration(c.command.Calls))
	defer start.Stop()
	select {
	case <-start.C:
	case <-ctx.Done():
		return nil
	}
	s := &robot.Shopper{
		Speech: c.speech, Interrupt: c.command.Interrupt, Until: until, Each: c.command.Turns,
		Random: rand.New(rand.NewPCG(uint64(i), 2)), //nolint:gosec // a seeded load
	}
	if into != nil {
		c.mu.Lock()
		*into = append(*into, s)
		c.mu.Unlock()
	}
	for again := true; again; again = c.command.Turns > 0 && c.command.Lines == 0 && time.Now().Before(until) && ctx.Err() == nil {
		if err := c.shop(ctx, i, s, into != nil, done); err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
	}
	return nil
}

// shop is one call of a shopper.
func (c *crowd) shop(ctx context.Context, i int, s *robot.Shopper, into bool, done func()) error {
	leg, err := c.line.dial(ctx, c.server)
	if err != nil {
		return c.shed(err)
	}
	random := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // a seeded load
	lossy := &robot.Lossy{Leg: leg, Share: c.command.Loss, Random: random}
	go c.listen(leg, into)
	if c.command.Gap > 0 {
		gap := time.AfterFunc(time.Until(s.Until)/2, func() { lossy.Gap(c.command.Gap) })
		defer gap.Stop()
	}
	r := robot.New(lossy, c.idle, nil)
	err = r.Run(ctx, func(ctx context.Context) error { return s.Shop(ctx, r, done) })
	if errors.Is(err, robot.ErrGone) && c.command.Turns == 0 && time.Now().Before(s.Until) {
		return fmt.Errorf("%w before its time", err) // with --turns a goodbye ends it, and the caller calls again
	}
	return nil
}

// shed counts a call that the server did not take, where it has fewer lines than are
// called.
func (c *crowd) shed(err error) error {
	if c.command.Lines == 0 || errors.Is(err, context.Canceled) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = map[string]int{}
	}
	c.refused[err.Error()]++
	return nil
}

// surge adds calls that are not measured.
func (c *crowd) surge(ctx context.Context, calls *errgroup.Group) {
	until := time.Now().Add(surgeLength)
	c.greeted.Add(c.command.Surge)
	for i := range c.command.Surge {
		calls.Go(func() error {
			_ = c.call(ctx, i, until, nil) // an overloaded server may refuse or lose it
			return nil
		})
	}
}

// listen takes what the server says beside the sound, and keeps where it says that
// the time of each turn went.
func (c *crowd) listen(leg robot.Leg, measured bool) {
	for message := range leg.Messages() {
		var ev journal.Event
		if !measured || json.Unmarshal(message, &ev) != nil || ev.Type != journal.TypeLatency {
			continue
		}
		c.mu.Lock()
		c.splits = append(c.splits, *ev.Latency)
		c.mu.Unlock()
	}
}

// turns returns the turns of the measured callers.
func (c *crowd) turns() (all []robot.Turn) {
	for _, s := range c.shoppers {
		all = append(all, s.Turns()...)
	}
	return all
}
