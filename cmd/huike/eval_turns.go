package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/rttm"
	"huike/audio/wav"
	"huike/dialog"
	"huike/session"
	"huike/session/floor"
	"huike/session/journal"
)

// evalTurnsCommand measures who holds the floor.
type evalTurnsCommand struct {
	Dir       string        `arg:"" help:"Folder of recordings of callers: NAME.wav with its labels in NAME.txt beside it (testdata/turns/README.md has the layout), or in RTTM." type:"path"`
	Compose   bool          `help:"Fill the folder with labelled recordings made of the ones in --speech, of Debian's asterisk-core-sounds-en-wav and of flite's voices."`
	Speech    string        `help:"Folder of recordings of people for --compose, with digits and noise in it." type:"path" default:"../shared/data/speech" placeholder:"DIR"`
	Seed      uint64        `help:"Seed of --compose." default:"1"`
	Calls     int           `help:"Recordings of --compose." default:"40"`
	Part      string        `help:"Which voices and sentences --compose takes: those to ${enum}. They have none in common." enum:"develop,hold-out" default:"develop"`
	Sounds    bool          `help:"With --compose: short sounds instead, as an agent hears them that is spoken over, and sounds.tsv with the class of each, for huike eval fit-short."`
	Sentences []string      `help:"Sentences that callers say too with --compose, some with a pause at any word: text, or text and label separated by a tab, a line each." type:"existingfile" placeholder:"FILE"`
	Fit       []string      `help:"Fit the model that tells whole turns by their words to these files of whole sentences (text, or text and label separated by a tab, a line each) and write it to ending.tsv in the folder; a fifth of the sentences is kept back to measure it." type:"existingfile" placeholder:"FILE"`
	Pauses    string        `help:"Fit the model that tells by words and voice whether a turn is over to the recordings in the folder, and write it to this file." type:"path" placeholder:"FILE"`
	Seen      string        `help:"With --pauses: write each pause, its length and what was known of it to this file, a JSON object a line." type:"path" placeholder:"FILE"`
	Heard     string        `help:"Keep what was recognised in this file, and recognise nothing anew that is in it." type:"path" placeholder:"FILE"`
	Voice     time.Duration `help:"What the voice takes for its first sound, added to each delay: the replay counts none. flite was measured at 25 to 31 ms." default:"30ms"`
	Models    string        `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
	Verbose   bool          `help:"Print what went wrong in each call, and what was said." short:"v"`
	JSON      bool          `help:"Print a JSON object: L_R, L_Y, R_R, R_Y, I_A, S_BC, S_VT, S_ND, cut_off_pct and more."`
}

// Run plays every recording to a session of its own, in fake time.
func (c *evalTurnsCommand) Run(ctx context.Context, to streams) error {
	if len(c.Fit) > 0 {
		return c.fit(to)
	}
	if c.Compose {
		return c.compose(ctx, to)
	}
	files, _ := filepath.Glob(filepath.Join(c.Dir, "*.wav"))
	if len(files) == 0 {
		return fmt.Errorf("%s holds no WAV file; huike eval turns --compose %s makes some", c.Dir, c.Dir)
	}
	rttms, err := readRTTM(c.Dir)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "huike-turns-")
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
	if c.Heard != "" {
		heard, err := openHeard(h.session.Recognizer, c.Heard)
		if err != nil {
			return err
		}
		h.session.Recognizer = heard
		defer heard.keep() //nolint:errcheck // it is made anew
	}
	if c.Pauses != "" {
		return c.fitPauses(ctx, to, h, files, rttms)
	}
	tally, err := c.playAll(ctx, to, h, files, rttms)
	if err != nil {
		return err
	}
	return c.print(to, tally.Measures())
}

// playAll plays each recording that has labels, and tells how it goes.
func (c *evalTurnsCommand) playAll(ctx context.Context, to streams, h *house, files []string, rttms map[string][]rttm.Segment) (*floor.Tally, error) {
	var tally floor.Tally
	for i, file := range files {
		labels, err := labelsOf(file, rttms)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(to.notes, "%s: no labels beside it; passed over\n", file)
			continue
		}
		if err != nil {
			return nil, err
		}
		events, agent, err := c.play(ctx, h, file, labels)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		found := tally.Add(labels, agent, endOf(events), c.Voice)
		if c.Verbose {
			c.tell(to, file, labels, found, events)
		} else if i%10 == 9 {
			fmt.Fprintf(to.notes, "%d of %d recordings\n", i+1, len(files))
		}
	}
	return &tally, nil
}

// endOf returns when the agent ended a call, or never if it did not.
func endOf(events []journal.Event) time.Duration {
	for _, ev := range events {
		if ev.Type == journal.TypeEnded && ev.Disposition != dialog.HungUp {
			return ev.At.Duration()
		}
	}
	return longestCall
}

// labelsOf reads the labels beside a recording, or those that an RTTM has for it.
func labelsOf(path string, rttms map[string][]rttm.Segment) (floor.Labels, error) {
	base := strings.TrimSuffix(path, ".wav")
	file, err := os.Open(base + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		if segments, ok := rttms[filepath.Base(base)]; ok {
			return floor.FromRTTM(segments), nil
		}
	}
	if err != nil {
		return floor.Labels{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	labels, err := floor.Parse(file)
	if err != nil {
		return labels, fmt.Errorf("%s.txt: %w", base, err)
	}
	return labels, nil
}

// play carries one recording through a session.
func (c *evalTurnsCommand) play(ctx context.Context, h *house, path string, labels floor.Labels) ([]journal.Event, []floor.Agent, error) {
	channels, err := wav.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	if err := h.restock(ctx, day); err != nil {
		return nil, nil, err
	}
	pcm := channels[0]
	var agent []floor.Agent
	rec := session.Recording{
		Caller:  session.Caller{Call: "turns", Lang: dialog.Lang(cmp.Or(labels.Lang, "en")), Day: day},
		Packets: session.Paced(pcm), Length: audio.Duration(len(pcm), audio.Rate),
		Sent: func(at time.Duration, turn uint32) {
			if turn == 0 {
				return
			}
			if n := len(agent); n > 0 && agent[n-1].To == at {
				agent[n-1].To = at + audio.PTime
				return
			}
			agent = append(agent, floor.Agent{Span: rttm.Span{From: at, To: at + audio.PTime}})
		},
	}
	config := h.session
	events, _, err := session.Replay(ctx, &config, rec)
	for _, ev := range events {
		if ev.Type != journal.TypeSpeech || ev.Party != dialog.Agent || ev.On {
			continue
		}
		for i := range agent {
			if apart := agent[i].To - ev.At.Duration(); apart.Abs() <= 3*audio.PTime {
				agent[i].Ended = true
			}
		}
	}
	return events, agent, err
}

// tell prints what went wrong in a call.
func (c *evalTurnsCommand) tell(to streams, file string, labels floor.Labels, found []floor.Finding, events []journal.Event) {
	if len(found) == 0 {
		return
	}
	fmt.Fprintf(to.out, "%s\n", filepath.Base(file))
	for _, f := range found {
		fmt.Fprintf(to.out, "  ! %s\n", f)
	}
	for _, l := range labels.Labels {
		fmt.Fprintf(to.out, "  . %8.3f-%.3f %s %q\n", l.From.Seconds(), l.To.Seconds(), l.Kind, l.Words)
	}
	for _, line := range journal.TranscriptOf(events).Lines {
		fmt.Fprintf(to.out, "    | %s\n", line)
	}
	for _, ev := range events {
		if r := ev.Recognised; r != nil {
			fmt.Fprintf(to.out, "    > %8.3f partial %-5v %6.3f-%.3f %q", ev.At.Duration().Seconds(), r.Partial,
				r.From.Duration().Seconds(), r.To.Duration().Seconds(), r.Text)
			if n := r.Nature; n != nil {
				fmt.Fprintf(to.out, " listener %.2f noise %.2f words %.2f", n.Listener, n.Noise, n.Words)
			}
			fmt.Fprintln(to.out)
		}
	}
}

func (c *evalTurnsCommand) print(to streams, m floor.Measures) error {
	if c.JSON {
		return json.NewEncoder(to.out).Encode(m)
	}
	fmt.Fprintf(to.out, "%d calls, %d turns, %d interruptions of a speaking agent\n", m.Calls, m.Turns, m.Interruptions)
	fmt.Fprintf(to.out, "response    p50 %.0f ms, p95 %.0f ms, mean %.2f s (L_R); answered R_R %.3f; missed %.1f %%\n",
		m.ResponseP50, m.ResponseP95, m.LR, m.RR, m.Missed)
	fmt.Fprintf(to.out, "cut off     %.1f %% of turns; I_A %.3f\n", m.CutOff, m.IA)
	fmt.Fprintf(to.out, "barge-in    stops after p50 %.0f ms, p95 %.0f ms, mean %.2f s (L_Y); yields R_Y %.3f\n", m.StopP50, m.StopP95, m.LY, m.RY)
	fmt.Fprintf(to.out, "ignored     S_BC %.3f of %d, S_VT %.3f of %d, S_ND %.3f of %d\n", m.SBC, m.Backchannels, m.SVT, m.Tics, m.SND, m.Asides)
	fmt.Fprintf(to.out, "over agent  %d: silent for 200 ms at %.1f %%, paused at all %.1f %%, goes on after p95 %.0f ms\n",
		m.Over, m.FalseBarge, m.FalseStop, m.ResumeP95)
	return nil
}
