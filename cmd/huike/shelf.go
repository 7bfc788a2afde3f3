package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"huike/audio/tts"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/wording"
	"huike/session"
)

// shelf is the shop's flows and words as they are for new calls. A call keeps what
// it began with. What cannot be loaded is refused, and the old stays.
type shelf struct {
	house *house
	log   *slog.Logger
	now   atomic.Pointer[stock]

	company atomic.Pointer[flow.Company] // which wishes come together, by the kept calls

	learning sync.Mutex // one new version of what the shop knows at a time; taken before mu

	mu     sync.Mutex       // one change at a time; guards what follows
	file   *flow.Definition // as the files are, without changed thresholds
	change []thresholdChange
	known  int    // the version of what the shop knows that is in file
	failed string // why the last load was refused; empty when it was taken
}

// stock is one version of a shop.
type stock struct {
	flow    *flow.Definition
	words   *wording.Wording
	voice   tts.Delivery
	version int
	loaded  time.Time
	known   int // the version of what the shop knows; 0: what came with its flows
}

// thresholdChange is one change of the routing table's thresholds: who, when, what.
type thresholdChange struct {
	Version int            `json:"version"`
	At      time.Time      `json:"at"`
	By      string         `json:"by"`
	Set     map[string]any `json:"set"`
	Table   string         `json:"table"` // the routing table's version from then on
}

// newShelf takes what the house has opened, with the thresholds as they were last
// changed.
func newShelf(h *house) (*shelf, error) {
	s := &shelf{house: h, log: h.log, file: h.session.Flow, known: latestKnowledge(h.config.Data)}
	data, err := os.ReadFile(s.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if err := json.Unmarshal(data, &s.change); err != nil {
			return nil, fmt.Errorf("%s: %w; correct it, or move it away for the thresholds of routing.yaml", s.path(), err)
		}
	}
	definition, err := s.changed(s.file, s.change)
	if err != nil {
		h.log.Warn("changed thresholds not used", "file", s.path(), "err", err)
		definition = s.file
	}
	delivered, _ := h.session.Speaker.(tts.Delivered)
	s.put(definition, h.session.Wording, delivered.Delivery)
	return s, nil
}

func (s *shelf) path() string { return filepath.Join(s.house.config.Data, "thresholds.json") }

func (s *shelf) put(definition *flow.Definition, words *wording.Wording, voice tts.Delivery) {
	version := 1
	if old := s.now.Load(); old != nil {
		version = old.version + 1
	}
	s.now.Store(&stock{definition, words, voice, version, time.Now(), s.known})
}

// config is what a call that begins now works with.
func (s *shelf) config() *session.Config {
	config, now := s.house.session, s.now.Load()
	config.Flow, config.Wording = now.flow, now.words
	if company := s.company.Load(); company != nil {
		config.Flow = now.flow.WithCompany(*company)
	}
	if delivered, ok := config.Speaker.(tts.Delivered); ok {
		delivered.Delivery = now.voice
		config.Speaker = delivered
	}
	return &config
}

// changed applies all changes of thresholds, the later over the earlier.
func (s *shelf) changed(definition *flow.Definition, changes []thresholdChange) (*flow.Definition, error) {
	all := map[string]any{}
	for _, c := range changes {
		maps.Copy(all, c.Set)
	}
	if len(all) == 0 {
		return definition, nil
	}
	return definition.WithThresholds(all)
}

// reload reads the shop's folder again for the calls from now on.
func (s *shelf) reload(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.load(ctx)
	if err != nil {
		s.failed = err.Error()
		s.log.Error("shop not reloaded; the one before goes on", "version", s.now.Load().version, "err", err)
		return err
	}
	s.failed = ""
	now := s.now.Load()
	s.log.Info("shop reloaded", "version", now.version, "routing", now.flow.RoutingVersion())
	return nil
}

func (s *shelf) load(ctx context.Context) error {
	definition, words, err := loadShop(s.house.config.Shop)
	if err != nil {
		return err
	}
	voice, err := loadDelivery(s.house.config.Shop)
	if err != nil {
		return err
	}
	if definition, err = openKnowledge(definition, s.house.config.Data); err != nil {
		return err
	}
	if !s.house.config.Demo {
		if definition, err = s.house.withRecords(ctx, definition); err != nil {
			return err
		}
	}
	rules, err := loadRules(s.house.config.Shop)
	if err != nil {
		return err
	}
	changed, err := s.changed(definition, s.change)
	if err != nil {
		return fmt.Errorf("thresholds changed while running do not fit: %w", err)
	}
	s.file, s.known = definition, latestKnowledge(s.house.config.Data)
	s.put(changed, words, voice)
	if s.house.calls != nil { // tests of the shelf keep none
		s.house.calls.ScoreWith(rules.Score)
	}
	return nil
}

// set changes thresholds for the calls from now on, and keeps who did.
func (s *shelf) set(by string, values map[string]any) (thresholdChange, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change := thresholdChange{Version: len(s.change) + 1, At: time.Now().UTC(), By: by, Set: values}
	definition, err := s.changed(s.file, append(slices.Clip(s.change), change))
	if err != nil {
		return change, err
	}
	change.Table = definition.RoutingVersion()
	all := append(slices.Clip(s.change), change)
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return change, err
	}
	temporary := s.path() + ".new"
	if err := errors.Join(os.WriteFile(temporary, data, 0o600), os.Rename(temporary, s.path())); err != nil {
		return change, err
	}
	s.change = all
	s.put(definition, s.now.Load().words, s.now.Load().voice)
	return change, nil
}

const (
	looks    = time.Second      // how often the shop's folder is looked at
	recounts = 10 * time.Minute // and the kept calls, for which wishes come together
)

// count counts which wishes came together in the calls that are kept.
func (s *shelf) count() {
	if s.house.calls == nil {
		return
	}
	var calls [][]dialog.Intent
	for _, sum := range s.house.calls.List(0) {
		if len(sum.Intents) > 0 && !sum.Live {
			calls = append(calls, sum.Intents)
		}
	}
	company := flow.Together(calls)
	s.company.Store(&company)
}

// run reloads the shop when its files have changed and stayed so for a look, and on
// SIGHUP, until ctx ends.
func (s *shelf) run(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(looks)
	defer tick.Stop()
	again := time.NewTicker(recounts)
	defer again.Stop()
	s.count()
	loaded := s.stamp()
	before := loaded
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
			s.count()
		case <-hangup:
			_ = s.reload(ctx) // logged
			loaded = s.stamp()
		case <-tick.C:
			stamp := s.stamp()
			if stamp != loaded && stamp == before {
				_ = s.reload(ctx) // logged
				loaded = stamp
			}
			before = stamp
		}
	}
}

// stamp changes when a file of the shop's folder does, or its knowledge has a new version.
func (s *shelf) stamp() string {
	patterns := []string{filepath.Join(s.house.config.Data, "knowledge", "[0-9]*.json")}
	if shop := s.house.config.Shop; shop != "" {
		patterns = append(patterns, filepath.Join(shop, "*.yaml"), filepath.Join(shop, "knowledge.json"), filepath.Join(shop, flow.Trained))
	}
	var files []string
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return ""
		}
		files = append(files, names...)
	}
	var text strings.Builder
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&text, name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return text.String()
}
