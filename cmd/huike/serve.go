package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// serveCommand answers calls.
type serveCommand struct {
	serverConfig
}

// Run serves until ctx ends and the calls have been drained.
func (c *serveCommand) Run(ctx context.Context, to streams) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.ASRURL != "" && len(c.ASRLangs) == 0 {
		c.ASRLangs = []string{defaultASRLang}
	}
	if c.DeskToken == "" {
		c.DeskToken = strings.ToLower(rand.Text())
	}
	log := slog.New(slog.NewTextHandler(to.notes, nil))
	slog.SetDefault(log)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return serve(ctx, &c.serverConfig, log, func(address string) {
		fmt.Fprintf(to.out, "\nhuike answers at\n  caller  http://%s/\n  desk    http://%s/desk#token=%s\n\n", address, address, c.DeskToken)
	})
}

// gcPercent trades a little CPU for memory: what a call holds is small and lasts,
// what it allocates is little.
const gcPercent = 40

// serve opens the rooms, answers calls until ctx ends, drains them, and closes
// the rooms in the opposite order. ready is told the address once calls can come.
func serve(ctx context.Context, c *serverConfig, log *slog.Logger, ready func(address string)) error {
	h, err := openHouse(ctx, c, log)
	if err != nil {
		return unless(ctx, err)
	}
	defer h.close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return unless(ctx, fmt.Errorf("--listen=%s: %w", c.Listen, err))
	}
	f, err := newFront(h, listener.Addr().String()) //nolint:contextcheck // it outlives ctx, and is closed
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	rooms, closeRooms := context.WithCancel(context.WithoutCancel(ctx))
	defer closeRooms()
	group, roomsContext := errgroup.WithContext(rooms)
	for _, run := range h.run {
		group.Go(func() error { return ended(roomsContext, run(roomsContext)) })
	}
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	if c.Pprof != "" {
		group.Go(func() error { return serveProfiles(roomsContext, c.Pprof) })
	}
	ready(listener.Addr().String())
	select {
	case <-ctx.Done():
	case <-roomsContext.Done():
	}
	f.drain(c.Drain, log)
	closing, cancel := context.WithTimeout(rooms, 2*time.Second)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // pages that keep a stream open
	}
	closeRooms()
	return group.Wait()
}

// unless is err, if not ctx has ended: what was being opened was given up.
func unless(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// ended is err, unless it only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// gate admits calls, and counts those that are carried.
type gate struct {
	calls    atomic.Int64 // carried
	most     int
	draining atomic.Bool
	busy     func() error // why recognition takes no more; nil when it does

	mu    sync.Mutex
	lines int // taken by calls that are in, those that are still connecting included
}

// open says why a call cannot be taken now, or nil.
func (g *gate) open() error {
	g.mu.Lock()
	full := g.lines >= g.most
	g.mu.Unlock()
	switch {
	case g.draining.Load():
		return errors.New("the server is stopping; call again in a minute")
	case full:
		return g.full()
	}
	return g.busy()
}

// admit takes a line for a call, which gives it back with release, or says why
// there is none.
func (g *gate) admit() (release func(), err error) {
	if err := g.open(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lines >= g.most { // others have been as quick
		return nil, g.full()
	}
	g.lines++
	return sync.OnceFunc(g.release), nil
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines--
}

func (g *gate) full() error {
	return fmt.Errorf("all %d lines are busy; call again in a minute", g.most)
}

// goodbye is how long calls that must end have for it: three sentences, and the news of
// the end.
const goodbye = 8 * time.Second

// drain refuses new calls and waits for those in progress, for at most limit; then
// it tells them to end, and ends those that do not.
func (f *front) drain(limit time.Duration, log *slog.Logger) {
	defer f.close()
	f.gate.draining.Store(true)
	if n := f.gate.calls.Load(); n > 0 {
		log.Info("draining", "calls", n, "limit", limit)
	}
	if f.gate.empty(limit) {
		return
	}
	close(f.drained)
	f.gate.empty(goodbye)
}

// empty waits until no call is in, for at most limit, and tells whether none is.
func (g *gate) empty(limit time.Duration) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for g.calls.Load() > 0 {
		select {
		case <-poll.C:
		case <-deadline.C:
			return false
		}
	}
	return true
}

// serveProfiles serves Go's profiles until ctx ends.
func serveProfiles(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("--pprof=%s: %w", address, err)
	}
	return nil
}
