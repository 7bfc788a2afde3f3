package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"huike/audio/asr"
	"huike/audio/infer"
	"huike/audio/vad"
	"huike/dialog"
	"huike/dialog/nlu"
	"huike/dialog/turn"
	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/member/connect"
	"huike/member/demo"
	"huike/member/event"
	"huike/member/shop"
	"huike/member/store"
	"huike/member/tag"
	"huike/session"
	"huike/session/handoff"
	"huike/session/handoff/deskapi"
	"huike/session/journal"
)

// house is all that the calls of this process share.
type house struct {
	config   *serverConfig
	log      *slog.Logger
	registry *prometheus.Registry
	infer    *infer.Runtime
	detector *vad.Model
	asr      asr.Router
	store    *store.Store
	shop     *shop.Shop
	audit    *audit.Log
	guard    *access.Guard
	members  *member.Directory
	tags     *tag.Keeper
	events   *event.Inbox
	connect  *connect.Book
	calls    *journal.Store
	stream   any // eventstream.Eraser, where events are read from a stream
	desk     *handoff.Desk
	session  session.Config
	figures  any // privacy.Forgetter, the pages of members

	mu      sync.Mutex                    // guards the two below while rooms are opened side by side
	run     []func(context.Context) error // what must run while the house is open
	closers []func() error                // in the order of opening

	stages int // shops made for replays

	said saidCache
}

// openHouse opens every room. What takes longer than a second says so.
func openHouse(ctx context.Context, c *serverConfig, log *slog.Logger) (*house, error) {
	h := &house{config: c, log: log, registry: prometheus.NewRegistry(), desk: handoff.New(handoff.Config{Patience: c.Patience})}
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h.session = session.Config{Desk: h.desk, Metrics: session.NewMetrics(h.registry), Denoise: c.Denoise, RecordAsked: c.RecordAsked, MemberWaits: c.MemberWait, Log: log}
	c.openLLM(&h.session)
	// The models take longest and need nothing of the others.
	models := make(chan error, 1)
	go func() { models <- h.open(ctx, "models", h.openModels) }()
	err := errors.Join(
		h.open(ctx, "shop's flows", h.openFlows),
		h.openRecords(ctx),
		h.open(ctx, "voices", h.openVoices),
		<-models,
	)
	if err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// openRecords opens the members, and with their keys the calls that are kept.
func (h *house) openRecords(ctx context.Context) error {
	if err := h.open(ctx, "members", h.openMembers); err != nil {
		return err
	}
	return h.open(ctx, "kept calls", h.openCalls)
}

// open opens one room. If it takes longer than a second it says so.
func (h *house) open(ctx context.Context, name string, open func(context.Context) error) error {
	slow := time.AfterFunc(time.Second, func() { h.log.Info("still opening", "part", name) })
	defer slow.Stop()
	if err := open(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// closeWith has a part closed with the house.
func (h *house) closeWith(closer func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closers = append(h.closers, closer)
}

// runWith has a part run while the house is open.
func (h *house) runWith(run ...func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.run = append(h.run, run...)
}

// close closes the rooms in the opposite order of opening.
func (h *house) close() {
	for _, closer := range slices.Backward(h.closers) {
		if err := closer(); err != nil {
			h.log.Warn("not closed", "err", err)
		}
	}
}

// completeEndpoint is the silence that ends a turn whose words are whole.
const completeEndpoint = 400 * time.Millisecond

func (h *house) openModels(context.Context) error {
	runtime, err := infer.Open(infer.Config{Models: h.config.models(), Workers: h.config.Workers})
	if err != nil {
		return err
	}
	h.infer = runtime
	h.closeWith(runtime.Close)
	h.countInference(runtime)
	detector, err := vad.OpenModel(runtime)
	if err != nil {
		return err
	}
	h.closeWith(detector.Close)
	h.runWith(detector.Run)
	h.countDetector(detector)
	h.detector, h.session.Detector = detector, detector
	h.session.Metronome = session.NewMetronome(0)
	h.runWith(h.session.Metronome.Run)
	h.session.Turn = turn.Config{Endpoint: h.config.Endpoint, Complete: min(h.config.Endpoint, completeEndpoint)}
	h.asr = asr.Router{}
	if h.config.Stub {
		h.session.Turn = turn.Config{Endpoint: stubEndpoint, Complete: stubEndpoint, Incomplete: stubEndpoint, Listing: stubEndpoint}
		h.session.Recognizer = stubRecognizer{}
		return nil
	}
	h.session.Recognizer = h.asr
	if h.config.Taped {
		return nil
	}
	english, err := asr.OpenMoonshine(runtime)
	if err != nil {
		return err
	}
	h.closeWith(english.Close)
	h.asr["en"] = english
	if err := h.openKnowing(); err != nil {
		return err
	}
	return errors.Join(h.openRecognizers(runtime), h.openLanguages())
}

// countInference registers what the pool of computations has done and holds.
func (h *house) countInference(runtime *infer.Runtime) {
	gauge := func(name, help string, value func(infer.Stats) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(runtime.Stats()) })
	}
	counter := func(name, help string, value func(infer.Stats) float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return value(runtime.Stats()) })
	}
	h.registry.MustRegister(
		gauge("huike_inference_running", "Computations of models that run now.", func(s infer.Stats) float64 { return float64(s.Running) }),
		gauge("huike_inference_waiting", "Computations of models that wait for a worker.", func(s infer.Stats) float64 { return float64(s.Waiting) }),
		gauge("huike_inference_oldest_wait_seconds", "How long the longest waiting one has waited.", func(s infer.Stats) float64 { return s.Oldest.Seconds() }),
		counter("huike_inference_done_total", "Computations of models that have ended.", func(s infer.Stats) float64 { return float64(s.Done) }),
		counter("huike_inference_gave_up_total", "Computations that nobody wanted any more when a worker was free.", func(s infer.Stats) float64 { return float64(s.GaveUp) }),
		counter("huike_inference_wait_seconds_total", "Sum of the waits for a worker.", func(s infer.Stats) float64 { return s.Waited.Seconds() }),
		counter("huike_inference_run_seconds_total", "Sum of the run times.", func(s infer.Stats) float64 { return s.Ran.Seconds() }),
	)
}

// countDetector registers what the voice detector has judged.
func (h *house) countDetector(model *vad.Model) {
	counter := func(name, help string, value func(vad.Stats) uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(model.Stats())) })
	}
	h.registry.MustRegister(
		counter("huike_detector_windows_total", "Windows of 32 ms that the voice detector has judged.", func(s vad.Stats) uint64 { return s.Windows }),
		counter("huike_detector_runs_total", "Runs of its network that judged them.", func(s vad.Stats) uint64 { return s.Runs }),
		counter("huike_detector_failed_total", "Windows that it could not judge, so that energy alone decided.", func(s vad.Stats) uint64 { return s.Failed }),
	)
}

// recognises tells for each language whether callers can speak it.
func (h *house) recognises() map[dialog.Lang]bool {
	can := map[dialog.Lang]bool{}
	for _, lang := range []dialog.Lang{dialog.English, dialog.Chinese} {
		_, err := h.asr.For(string(lang))
		can[lang] = err == nil || h.config.Stub
	}
	return can
}

// busy says why recognition takes no new calls.
func (h *house) busy() error {
	if wait := h.infer.Stats().Oldest; wait > h.config.MaxQueue {
		return fmt.Errorf("recognition is %v behind; call again in a minute", wait.Round(10*time.Millisecond))
	}
	return nil
}

func (h *house) openFlows(context.Context) error {
	definition, words, err := loadShop(h.config.Shop)
	if err != nil {
		return err
	}
	if definition, err = openKnowledge(definition, h.config.Data); err != nil {
		return err
	}
	h.session.Flow, h.session.Wording = definition, words
	return nil
}

func (h *house) openMembers(ctx context.Context) error {
	if err := os.MkdirAll(h.config.Data, 0o700); err != nil {
		return err
	}
	key, err := store.ReadKey(h.config.Data)
	if err != nil {
		return err
	}
	master, _, err := h.config.master(h.config.Data, h.log)
	if err != nil {
		return err
	}
	config := store.Config{Key: key, KMS: master, Progress: sealing(h.log)}
	if err := h.openStore(ctx, storeAddress(h.config.Store, h.config.Data), time.Now(), config); err != nil {
		return err
	}
	countReads(h.registry, h.members, h.store)
	return nil
}

// storeAddress is where the members are: as told, or a file in the data folder.
func storeAddress(told, data string) string {
	return cmp.Or(told, filepath.Join(data, "huike.db"))
}

// openStore opens the members and the shop's books, with the demonstration shop of
// that day if the store is new.
func (h *house) openStore(ctx context.Context, path string, day time.Time, config store.Config) error {
	opened, err := store.Open(ctx, path, config)
	if err != nil {
		return err
	}
	h.store = opened
	h.closeWith(opened.Close)
	if h.config.Demo {
		if _, err := demo.Load(ctx, opened, day); err != nil {
			return err
		}
	}
	client, closeRedis, err := member.OpenRedis(h.config.Redis)
	if err != nil {
		return err
	}
	h.closeWith(closeRedis)
	if !h.config.Stub { // a load test's calls are each their own
		h.session.Unfinished = unfinished{client, opened.Vault()}
	}
	h.audit = audit.New(opened, h.log)
	h.guard = &access.Guard{Tokens: opened, Trail: h.audit, Fixed: map[string]access.Fixed{
		"desk": {Key: h.config.DeskToken, Role: member.RoleSupervisor},
	}}
	directory := member.NewDirectory(opened, client, member.Config{Trail: h.audit, Vault: opened.Vault(), Log: h.log})
	h.runWith(h.audit.Run, directory.Run)
	if err := h.openTags(directory); err != nil {
		return err
	}
	rules, err := h.policy()
	if err != nil {
		return err
	}
	h.shop = shop.New(opened, shop.Config{Members: directory, Trail: h.audit, Policy: rules})
	h.members, h.session.Members, h.session.Trail = directory, directory, h.audit
	h.session.Voiceprints = directory
	if err := h.openEvents(); err != nil {
		return err
	}
	h.openPeople()
	if h.session.Shop, err = h.backend(ctx); err != nil {
		return err
	}
	if h.config.Demo {
		return nil // names.yaml has the demonstration's names, with more ways to say them
	}
	return h.nameRecords(ctx)
}

// nameRecords lets callers name what is in the shop's own records.
func (h *house) nameRecords(ctx context.Context) error {
	names := map[string][]nlu.Name{}
	for slot, list := range map[string]func(context.Context) ([]shop.Name, error){"product": h.shop.Products, "store": h.shop.Stores} {
		records, err := list(ctx)
		if err != nil {
			return err
		}
		for _, record := range records {
			names[slot] = append(names[slot], nlu.Name(record))
		}
	}
	definition, err := h.session.Flow.WithNames(names)
	if err != nil {
		return err
	}
	h.session.Flow = definition
	return nil
}

// ping reports whether the store answers.
func (h *house) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return h.store.Ping(ctx)
}

func (h *house) openCalls(context.Context) error {
	calls, err := journal.OpenSealed(h.config.Data, h.store.Vault())
	if err != nil {
		return err
	}
	rules, err := loadRules(h.config.Shop)
	if err != nil {
		return err
	}
	calls.ScoreWith(rules.Score)
	h.calls = calls
	h.closeWith(calls.Close)
	h.runWith(calls.Run)
	if h.config.Keep {
		h.session.Store = calls
	}
	h.runWith(h.watchErasures, h.retain, h.sealCalls)
	return nil
}

// sealCalls seals the calls that an earlier huike has kept plain.
func (h *house) sealCalls(ctx context.Context) error {
	n, err := h.calls.Seal(ctx, nil)
	if n > 0 {
		h.log.Info("kept calls sealed", "calls", n)
	}
	if err != nil && ctx.Err() == nil {
		h.log.Warn("some kept calls are not sealed; tried again at the next start", "err", err)
	}
	return nil
}

// callbacks are the people whom the shop has promised to call.
func (h *house) callbacks(ctx context.Context) ([]deskapi.Callback, error) {
	waiting, err := h.shop.Callbacks(ctx, false)
	if err != nil {
		return nil, err
	}
	list := make([]deskapi.Callback, len(waiting))
	for i, w := range waiting {
		list[i] = deskapi.Callback{Ticket: w.Ticket, Phone: w.Phone, When: w.When, Reason: w.Reason, Written: w.Created}
	}
	return list, nil
}

// auditDesk leaves a row for what an agent read or did.
func (h *house) auditDesk(_ context.Context, did deskapi.Access) {
	row := audit.Row{
		At: time.Now(), Member: string(did.Member), Reader: did.Agent, Role: string(member.RoleAgent),
		Purpose: string(member.PurposeService), Call: did.Call, Action: did.Action, Fields: did.Fields, Outcome: audit.OK,
	}
	if err := h.audit.Append(row); err != nil {
		h.log.Error("audit row not kept", "call", did.Call, "err", err)
	}
}
