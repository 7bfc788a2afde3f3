package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/asr/score"
	"huike/audio/wav"
)

// evalASRCommand holds a recogniser to transcripts.
type evalASRCommand struct {
	List      string   `arg:"" help:"Transcripts: lines of file, tab, text; files are relative to the list's folder." type:"existingfile"`
	Folder    string   `help:"Folder that the files are relative to instead." type:"existingdir" placeholder:"DIR"`
	Telephone bool     `help:"Pass the sound through a telephone's 8 kHz band (G.711)."`
	Loss      float64  `help:"Share of packets that are lost on the way, 0 to 1; what is missing is concealed as in a call." placeholder:"P"`
	SNR       float64  `name:"snr" help:"Add noise this many dB below the speech; 0: none." placeholder:"DB"`
	Noise     string   `help:"WAV file of the noise; default: pink noise." type:"existingfile" placeholder:"FILE"`
	Expect    string   `help:"Answer that the dialog would expect, which recognition takes as a grammar: ${enum}." enum:"open,digits,yesno,choice,date" default:"open"`
	Digits    int      `help:"How many digits the answer has, with --expect digits; 0: unknown."`
	Words     []string `help:"Names that may be said, which recognition leans to; with --expect choice the only ones."`
	Lang      string   `help:"Language, zh or en; default: that of each text."`
	Seed      uint64   `help:"Seed of losses and noise." default:"1"`
	Partials  bool     `help:"Recognise while the caller speaks too, every 300 ms, for the delays." default:"true" negatable:""`
	Show      bool     `help:"Print every text that was heard otherwise."`
	JSON      bool     `help:"Print a JSON object."`

	engineFlags
}

// partialEvery is how often a caller's words are wanted while they come.
const partialEvery = 300 * time.Millisecond

// asrFigures is what evalASRCommand prints. Delays are medians, in milliseconds.
type asrFigures struct {
	N            int     `json:"n"`
	WER          float64 `json:"wer"`
	CER          float64 `json:"cer"`
	RTF          float64 `json:"rtf"`
	FirstPartial float64 `json:"first_partial_ms"`
	Final        float64 `json:"final_ms"`
}

// Run recognises every file and prints what became of the words.
func (c *evalASRCommand) Run(ctx context.Context, to streams) error {
	lines, err := c.read()
	if err != nil {
		return err
	}
	line, err := newPhoneLine(c)
	if err != nil {
		return err
	}
	e, err := c.open()
	if err != nil {
		return err
	}
	defer e.close()
	m := &asrMeter{command: c, engine: e}
	shown := time.Now()
	for i, l := range lines {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pcm, err := line.carry(l.path, i)
		if err != nil {
			return err
		}
		heard, err := m.measure(ctx, l, pcm)
		if err != nil {
			return fmt.Errorf("%s: %w", l.path, err)
		}
		if c.Show && !slices.Equal(score.Tokens(l.text), score.Tokens(heard)) {
			fmt.Fprintf(to.notes, "%s\n  said  %s\n  heard %s\n", l.path, l.text, heard)
		}
		if time.Since(shown) > 2*time.Second {
			shown = time.Now()
			fmt.Fprintf(to.notes, "%d of %d, WER so far %.1f %%\n", i+1, len(lines), 100*m.counts.WER())
		}
	}
	return m.print(to)
}

// transcript is one line of the list.
type transcript struct{ path, text string }

func (c *evalASRCommand) read() ([]transcript, error) {
	if c.Loss < 0 || c.Loss >= 1 {
		return nil, fmt.Errorf("--loss %v: want a share from 0 to below 1, such as 0.05", c.Loss)
	}
	file, err := os.Open(c.List)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	folder := c.Folder
	if folder == "" {
		folder = filepath.Dir(c.List)
	}
	var lines []transcript
	scanner := bufio.NewScanner(file)
	for n := 1; scanner.Scan(); n++ {
		name, text, ok := strings.Cut(scanner.Text(), "\t")
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		if !ok {
			return nil, fmt.Errorf("%s, line %d: want a file, a tab and its text", c.List, n)
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		lines = append(lines, transcript{name, text})
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: no transcripts: want lines of file, tab, text", c.List)
	}
	return lines, scanner.Err()
}

// asrMeter adds up what a recogniser did.
type asrMeter struct {
	command      *evalASRCommand
	engine       *engine
	n, whole     int // texts, and those without an error
	counts       score.Counts
	spent, sound time.Duration
	first, final []time.Duration
}

// measure recognises one text: whole, for its words and what they cost, and again
// as it would grow in a call, for the delays.
func (m *asrMeter) measure(ctx context.Context, l transcript, pcm []int16) (heard string, err error) {
	hint := asr.Hint{Lang: m.command.lang(l.text), Expect: m.command.Expect, Digits: m.command.Digits, Words: m.command.Words}
	if hint.Expect == "open" {
		hint.Expect = ""
	}
	got, took, err := m.engine.recognize(ctx, pcm, hint)
	if err != nil {
		return "", err
	}
	m.n++
	m.spent += took
	m.sound += audio.Duration(len(pcm), audio.Rate)
	before := m.counts.WordErrors
	m.counts.Add(l.text, got.Text)
	if m.counts.WordErrors == before {
		m.whole++
	}
	if m.command.Partials {
		err = m.grow(ctx, pcm, hint)
	}
	return got.Text, err
}

// grow recognises the sound as it grows, on a clock on which a recognition takes
// as long as it does on a core of its own. A partial that is still running
// delays the next, and is given up for the final. Between the first words and the
// end nothing is to be learned but what the last partial has done for the final.
func (m *asrMeter) grow(ctx context.Context, pcm []int16, hint asr.Hint) error {
	end := audio.Duration(len(pcm), audio.Rate)
	hint.Turn = fmt.Sprintf("eval/%d", m.n)
	hint.Partial = true
	began := speechBegins(pcm)
	free := time.Duration(0)
	said := false
	for at := partialEvery; at < end; at += partialEvery {
		if at < free || at < began || (said && at+partialEvery < end) {
			continue
		}
		got, took, err := m.engine.recognize(ctx, pcm[:audio.Samples(at, audio.Rate)], hint)
		if err != nil {
			return err
		}
		free = at + took
		if !said && got.Text != "" {
			said = true
			m.first = append(m.first, free-began)
		}
	}
	hint.Partial = false
	_, took, err := m.engine.recognize(ctx, pcm, hint)
	m.final = append(m.final, took)
	return err
}

// speechBegins is when the first 20 ms come that are at most 25 dB below the loudest.
func speechBegins(pcm []int16) time.Duration {
	energy := func(n int) float64 {
		sum := 0.0
		for _, v := range pcm[n:min(n+audio.FrameSamples, len(pcm))] {
			sum += float64(v) * float64(v)
		}
		return sum
	}
	most := 0.0
	for n := 0; n < len(pcm); n += audio.FrameSamples {
		most = max(most, energy(n))
	}
	for n := 0; n < len(pcm); n += audio.FrameSamples {
		if energy(n) >= most*math.Pow(10, -2.5) {
			return audio.Duration(n, audio.Rate)
		}
	}
	return 0
}

// lang is the language asked for, or that of a text.
func (c *evalASRCommand) lang(text string) string {
	switch {
	case c.Lang != "":
		return c.Lang
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
		return "zh"
	}
	return "en"
}

func (m *asrMeter) print(to streams) error {
	out := asrFigures{
		N: m.n, WER: m.counts.WER(), CER: m.counts.CER(), RTF: m.spent.Seconds() / max(m.sound.Seconds(), 1e-9),
		FirstPartial: median(m.first), Final: median(m.final),
	}
	if m.command.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%s: %d texts, %d without an error, %v of sound\n", m.engine.name, m.n, m.whole, m.sound.Round(time.Second))
	fmt.Fprintf(to.out, "  WER %.2f %% (%d of %d words), CER %.2f %%\n", 100*out.WER, m.counts.WordErrors, m.counts.Words, 100*out.CER)
	fmt.Fprintf(to.out, "  real-time factor %.3f (%s)\n", out.RTF, m.engine.clock)
	if m.command.Partials {
		fmt.Fprintf(to.out, "  first partial %.0f ms after the first sound, final %.0f ms after the last (medians; 90th percentile of the final %.0f ms)\n",
			out.FirstPartial, out.Final, part(m.final, 0.9))
	}
	return nil
}

func median(d []time.Duration) float64 { return part(d, 0.5) }

func part(d []time.Duration, share float64) float64 {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return float64(sorted[int(share*float64(len(sorted)-1))]) / float64(time.Millisecond)
}

// readSpeech reads a file's first channel at [audio.Rate].
func readSpeech(path string) ([]int16, error) {
	channels, err := wav.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return channels[0], nil
}
