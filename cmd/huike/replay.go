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

	"github.com/goccy/go-yaml"

	"huike/audio"
	"huike/audio/wav"
	"huike/dialog"
	"huike/member/store"
	"huike/session"
	"huike/session/journal"
	"huike/session/journal/expect"
)

// Files of a recorded call's folder.
const (
	callFile   = "call.yaml"        // who calls and what they press; optional
	soundFile  = "caller.wav"       // the caller's sound
	keptFile   = "recording.wav"    // or a kept call's stereo recording, caller left
	expectFile = "expect.yaml"      // what must happen; optional
	tapeFile   = "recognised.jsonl" // the recogniser's recorded output; optional
)

// replayCommand replays recorded calls.
type replayCommand struct {
	Calls   []string `arg:"" help:"Folders of recorded calls, such as testdata/calls/NAME, or of kept calls." type:"existingdir"`
	Anew    bool     `help:"Hear the sound anew, even where the recogniser's output is recorded."`
	Record  bool     `help:"Hear the sound anew and record the recogniser's output beside it."`
	Journal string   `help:"Write the journal of the (last) replay to this file." type:"path" placeholder:"FILE"`
	Out     string   `help:"Write the agent's sound of the (last) replay to this WAV file." type:"path" placeholder:"FILE"`
	Models  string   `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
	JSON    bool     `help:"Print one JSON object."`
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
	config := &serverConfig{Data: folder, Demo: true, Models: c.Models, Endpoint: defaultEndpoint, Patience: time.Minute}
	h, err := openStage(ctx, config)
	if err != nil {
		return err
	}
	defer h.close()
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
	if c.JSON {
		if err := json.NewEncoder(to.out).Encode(map[string]any{"calls": all, "failed": failed}); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errFailed
	}
	return nil
}

// recordedCall is a call.yaml.
type recordedCall struct {
	About string      `yaml:"about"`
	Lang  dialog.Lang `yaml:"lang"`
	As    string      `yaml:"as"`    // a demonstration member's phone number
	Day   string      `yaml:"day"`   // the shop's day, 2006-01-02
	Sound string      `yaml:"sound"` // where the sound is from, and its licence
	Says  []struct {
		At   time.Duration `yaml:"at"`
		Key  string        `yaml:"key"`
		Text string        `yaml:"text"`
	} `yaml:"says"`
}

// replay replays one call and compares.
func (c *replayCommand) replay(ctx context.Context, h *house, dir string) (r replayed) {
	r.Call = filepath.Base(filepath.Clean(dir))
	fail := func(err error) replayed {
		r.Error = err.Error()
		return r
	}
	rec, err := c.load(dir, &r)
	if err != nil {
		return fail(err)
	}
	if err := h.restock(ctx, rec.Caller.Day); err != nil {
		return fail(err)
	}
	began := time.Now()
	r.events, r.sound, err = session.Replay(ctx, &h.session, rec)
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

// load reads a call's folder.
func (c *replayCommand) load(dir string, r *replayed) (session.Recording, error) {
	call := recordedCall{Lang: dialog.English, Day: "2026-03-02"}
	if text, err := os.ReadFile(filepath.Join(dir, callFile)); err == nil {
		if err := yaml.UnmarshalWithOptions(text, &call, yaml.Strict()); err != nil {
			return session.Recording{}, fmt.Errorf("%s: %s", filepath.Join(dir, callFile), yaml.FormatError(err, false, true))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return session.Recording{}, err
	}
	day, err := time.Parse(time.DateOnly, call.Day)
	if err != nil {
		return session.Recording{}, fmt.Errorf("%s: day %q: want a date, such as 2026-03-02", filepath.Join(dir, callFile), call.Day)
	}
	sound := filepath.Join(dir, soundFile)
	if _, err := os.Stat(sound); err != nil {
		sound = filepath.Join(dir, keptFile)
	}
	channels, err := wav.ReadFile(sound)
	if err != nil {
		return session.Recording{}, err
	}
	rec := session.Recording{
		Caller:  session.Caller{Call: r.Call, Lang: call.Lang, As: call.As, Day: day},
		Packets: session.Paced(channels[0]), Length: audio.Duration(len(channels[0]), audio.Rate),
	}
	for _, say := range call.Says {
		message, err := json.Marshal(journal.Event{Type: sayType(say.Key), Key: say.Key, Text: say.Text})
		if err != nil {
			return session.Recording{}, err
		}
		rec.Messages = append(rec.Messages, session.Said{At: say.At, Text: string(message)})
	}
	r.CallSeconds = rec.Length.Seconds()
	if c.Anew || c.Record {
		return rec, nil
	}
	events, err := readJournal(filepath.Join(dir, tapeFile))
	if err == nil {
		rec.Tape = journal.NewTape(events)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return session.Recording{}, err
	}
	return rec, nil
}

func sayType(key string) journal.Type {
	if key != "" {
		return journal.TypeKey
	}
	return journal.TypeText
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

func readJournal(path string) ([]journal.Event, error) {
	file, err := os.Open(path)
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
