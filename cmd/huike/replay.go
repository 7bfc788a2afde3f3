package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"huike/member/store"
	"huike/session"
	"huike/session/journal"
	"huike/session/journal/expect"
)

// replayCommand replays recorded calls.
type replayCommand struct {
	Calls   []string `arg:"" help:"Folders of recorded calls, such as testdata/calls/NAME, or of kept calls." type:"existingdir"`
	Anew    bool     `help:"Hear the sound anew, even where the recogniser's output is recorded."`
	Record  bool     `help:"Hear the sound anew and record the recogniser's output beside it."`
	Against string   `help:"Journal to compare the (last) replay with, such as a kept call's journal.jsonl: print what differs." type:"existingfile" placeholder:"FILE"`
	Journal string   `help:"Write the journal of the (last) replay to this file." type:"path" placeholder:"FILE"`
	Out     string   `help:"Write the agent's sound of the (last) replay to this WAV file." type:"path" placeholder:"FILE"`
	Models  string   `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
	JSON    bool     `help:"Print one JSON object."`
	callKeys
}

// replayed is what came of one call.
type replayed struct {
	Call        string              `json:"call"`
	OK          bool                `json:"ok"`
	Differences []expect.Difference `json:"differences"`
	Error       string              `json:"error,omitempty"`
	Figures     journal.Figures     `json:"figures"`
	CallSeconds float64             `json:"call_seconds"`
	Seconds     float64             `json:"seconds"` // that the replay took
	Speed       float64             `json:"speed"`   // times as fast as real time

	events []journal.Event
	sound  []int16
}

// Run replays every call, and fails if one did not go as it must.
func (c *replayCommand) Run(ctx context.Context, to streams) error {
	folder, err := os.MkdirTemp("", "huike-replay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	config := &serverConfig{Data: folder, Demo: true, Models: c.Models, Endpoint: defaultEndpoint, Patience: time.Minute, Taped: c.taped()}
	h, err := openStage(ctx, config)
	if err != nil {
		return err
	}
	defer h.close()
	defer c.close() //nolint:errcheck // only read
	var all []replayed
	failed := 0
	for _, dir := range c.Calls {
		r := c.replay(ctx, h, dir)
		if all = append(all, r); !r.OK {
			failed++
		}
		if !c.JSON {
			r.print(to)
		}
	}
	if err := c.write(all[len(all)-1]); err != nil {
		return err
	}
	report := map[string]any{"calls": all, "failed": failed}
	if c.Against != "" {
		kept, err := readJournal(ctx, &c.callKeys, c.Against)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Against, err)
		}
		differs := journal.Diff(kept, all[len(all)-1].events)
		report["differs"] = differs
		if !c.JSON {
			fmt.Fprint(to.out, differs)
		}
	}
	if c.JSON {
		if err := json.NewEncoder(to.out).Encode(report); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errFailed
	}
	return nil
}

// taped says whether every call has its words on tape.
func (c *replayCommand) taped() bool {
	for _, dir := range c.Calls {
		if _, err := os.Stat(filepath.Join(dir, tapeFile)); err != nil {
			return false
		}
	}
	return !c.Anew && !c.Record
}

// replay replays one call and compares.
func (c *replayCommand) replay(ctx context.Context, h *house, dir string) (r replayed) {
	r.Call = filepath.Base(filepath.Clean(dir))
	fail := func(err error) replayed {
		r.Error = err.Error()
		return r
	}
	rec, recognizer, err := c.load(ctx, dir, h, &r)
	if err != nil {
		return fail(err)
	}
	if err := h.restock(ctx, rec.Caller.Day); err != nil {
		return fail(err)
	}
	began := time.Now()
	config := h.session
	config.Unfinished = nil // a replay begins as its call did
	config.Recognizer = recognizer
	r.events, r.sound, err = session.Replay(ctx, &config, rec)
	if err != nil {
		return fail(err)
	}
	r.Seconds = time.Since(began).Seconds()
	r.Speed = r.CallSeconds / r.Seconds
	r.Figures = journal.Summarise(r.events).Figures
	if c.Record {
		if err := writeJournal(filepath.Join(dir, tapeFile), recognitions(r.events)); err != nil {
			return fail(err)
		}
	}
	file, err := os.Open(filepath.Join(dir, expectFile))
	if errors.Is(err, fs.ErrNotExist) {
		r.OK = true
		return r
	}
	if err != nil {
		return fail(err)
	}
	defer file.Close() //nolint:errcheck // only read
	must, err := expect.Parse(file)
	if err != nil {
		return fail(fmt.Errorf("%s: %w", filepath.Join(dir, expectFile), err))
	}
	r.Differences = must.Check(r.events)
	r.OK = len(r.Differences) == 0
	return r
}

// load reads a call's folder. The recogniser is the house's, or what stands for
// it in a language that has none.
func (c *replayCommand) load(ctx context.Context, dir string, h *house, r *replayed) (rec session.Recording, recognizer session.Recognizer, err error) {
	call, err := readCall(dir)
	if err != nil {
		return rec, nil, err
	}
	if rec, err = call.recording(ctx, &c.callKeys, dir, r.Call); err != nil {
		return rec, nil, err
	}
	r.CallSeconds = rec.Length.Seconds()
	if c.Anew || c.Record {
		if len(call.Words) > 0 {
			return rec, &script{words: call.Words}, nil
		}
		return rec, h.session.Recognizer, nil
	}
	kept, err := readJournal(ctx, &c.callKeys, filepath.Join(dir, diaryFile))
	if err == nil {
		rec.Model = journal.NewModelTape(kept)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return rec, nil, fmt.Errorf("%s: %w", filepath.Join(dir, diaryFile), err)
	}
	events, err := readJournal(ctx, &c.callKeys, filepath.Join(dir, tapeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return rec, h.session.Recognizer, nil
	}
	if err != nil {
		return rec, nil, fmt.Errorf("%s: %w", filepath.Join(dir, tapeFile), err)
	}
	rec.Tape = journal.NewTape(events)
	return rec, h.session.Recognizer, nil
}

func recognitions(events []journal.Event) []journal.Event {
	var heard []journal.Event
	for _, ev := range events {
		if ev.Type == journal.TypeRecognised {
			heard = append(heard, ev)
		}
	}
	return heard
}

func readJournal(ctx context.Context, keys *callKeys, path string) ([]journal.Event, error) {
	file, err := keys.file(ctx, path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	return journal.Parse(file)
}

func writeJournal(path string, events []journal.Event) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := journal.NewWriter(file)
	for _, ev := range events {
		if err := w.Write(ev); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return errors.Join(w.Close(), file.Close())
}

// write leaves the journal and the sound of a replay where they were asked for.
func (c *replayCommand) write(r replayed) error {
	if c.Journal != "" {
		if err := writeJournal(c.Journal, r.events); err != nil {
			return err
		}
	}
	if c.Out != "" {
		return writeWAV(c.Out, r.sound)
	}
	return nil
}

// print tells a person how the replay went.
func (r *replayed) print(to streams) {
	mark := "ok  "
	if !r.OK {
		mark = "FAIL"
	}
	fmt.Fprintf(to.out, "%s %-32s %5.1f s in %4.0f ms (%.0fx)  turns %d  latency p50 %d ms, max %d ms\n", mark, r.Call,
		r.CallSeconds, 1000*r.Seconds, r.Speed, r.Figures.Turns, r.Figures.LatencyP50, r.Figures.LatencyMax)
	if r.Error != "" {
		fmt.Fprintf(to.out, "     %s\n", r.Error)
	}
	for _, d := range r.Differences {
		fmt.Fprintf(to.out, "     %s\n", d)
	}
	if !r.OK {
		t := journal.TranscriptOf(r.events)
		for _, line := range t.Lines {
			fmt.Fprintf(to.out, "     | %s\n", line)
		}
	}
}

// openStage opens a house for replays: nothing runs beside them, and the detector
// judges in line.
func openStage(ctx context.Context, config *serverConfig) (*house, error) {
	h, err := openHouse(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	h.session.Detector = h.detector.Inline()
	return h, nil
}

// restock gives the stage a shop of its own that is as new on the given day, so
// that no replay sees what another has written.
func (h *house) restock(ctx context.Context, day time.Time) error {
	h.stages++
	path := filepath.Join(h.config.Data, fmt.Sprintf("stage%d.db", h.stages))
	return h.openStore(ctx, path, day.Add(10*time.Hour), store.Config{Location: time.UTC})
}
