package main

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/tts"
	"huike/audio/tts/mos"
	syllables "huike/audio/tts/syllable"
	"huike/audio/wav"
)

//go:embed eval_tts_zh.txt
var sentencesZH string

//go:embed eval_tts_en.txt
var sentencesEN string

// evalTTSCommand scores how the voices sound, and times them.
type evalTTSCommand struct {
	Engine    []string      `help:"Voices to measure: flite, espeak-ng, syllable; default: all that are installed." placeholder:"NAME"`
	Sentences string        `help:"File of sentences, one a line, in words as a voice reads them; default: a hundred of a shop's." type:"existingfile" placeholder:"FILE"`
	Models    string        `help:"Folder of the models." default:"bin/models" type:"path"`
	DNSMOS    string        `name:"dnsmos" help:"The model sig_bak_ovr.onnx of DNSMOS P.835, which is not part of huike." default:"../shared/data/speech/dnsmos/sig_bak_ovr.onnx" type:"path" placeholder:"FILE"`
	Gap       time.Duration `help:"Silence scored behind each sentence: what is shorter than 9 s is repeated, and without a gap speech has no background to judge." default:"500ms"`
	Keep      string        `help:"Folder to write each sentence's sound into." type:"path" placeholder:"DIR"`
	JSON      bool          `help:"Print a JSON list."`
}

// ttsResult is what one voice got.
type ttsResult struct {
	Engine     string  `json:"engine"`
	Lang       string  `json:"lang"`
	N          int     `json:"n"`
	DNSMOS     float64 `json:"dnsmos"` // overall, 1 to 5; 0 without the model
	Signal     float64 `json:"signal"`
	Background float64 `json:"background"`
	FirstP95   float64 `json:"first_sound_p95_ms"`
	RTF        float64 `json:"rtf"`
}

// evalVoice is a voice to measure.
type evalVoice struct {
	name, lang string
	voice      interface {
		tts.Voice
		tts.Streamer
	}
}

// Run speaks every sentence with every voice.
func (c *evalTTSCommand) Run(ctx context.Context, to streams) error {
	voices, closeAll := c.voices(ctx, to)
	defer closeAll()
	if len(voices) == 0 {
		return fmt.Errorf("no voice of %q is installed: apt-get install flite espeak-ng gcin-voice libvorbisfile3", strings.Join(c.Engine, " "))
	}
	model, closeModel, err := c.model(to)
	if err != nil {
		return err
	}
	defer closeModel()
	results := make([]ttsResult, 0, len(voices))
	for _, v := range voices {
		r, err := c.measure(ctx, to, v, model)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		if results = append(results, r); !c.JSON {
			fmt.Fprintf(to.out, "%-10s %s  %3d sentences  DNSMOS %.2f (signal %.2f, background %.2f)  first sound p95 %.0f ms  real-time factor %.3f\n",
				r.Engine, r.Lang, r.N, r.DNSMOS, r.Signal, r.Background, r.FirstP95, r.RTF)
		}
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(results)
	}
	return nil
}

// voices opens those asked for; one that is not installed is said so and left out.
func (c *evalTTSCommand) voices(ctx context.Context, to streams) (voices []evalVoice, closeAll func()) {
	var closers []func() error
	wanted := func(name string) bool { return len(c.Engine) == 0 || slices.Contains(c.Engine, name) }
	var foreign syllables.Foreign
	if flite, err := tts.OpenFlite(ctx, tts.FliteConfig{}); err != nil {
		fmt.Fprintln(to.notes, "flite:", err)
	} else {
		closers, foreign = append(closers, flite.Close), flite
		if wanted("flite") {
			voices = append(voices, evalVoice{"flite", "en", flite})
		}
	}
	if wanted("syllable") {
		if v, err := syllables.Open(syllables.Config{Foreign: foreign}); err != nil {
			fmt.Fprintln(to.notes, "syllable:", err)
		} else {
			voices = append(voices, evalVoice{"syllable", "zh", v})
		}
	}
	if wanted("espeak-ng") {
		if v, err := tts.OpenEspeak(ctx, tts.EspeakConfig{}); err != nil {
			fmt.Fprintln(to.notes, "espeak-ng:", err)
		} else {
			closers = append(closers, v.Close)
			voices = append(voices, evalVoice{"espeak-ng", "zh", v})
		}
	}
	return voices, func() {
		for _, end := range closers {
			_ = end() // only processes that wait
		}
	}
}

// model opens DNSMOS, or says why there are no scores.
func (c *evalTTSCommand) model(to streams) (*mos.Model, func(), error) {
	if _, err := os.Stat(c.DNSMOS); err != nil {
		fmt.Fprintf(to.notes, "no DNSMOS scores: %v; name the model with --dnsmos\n", err)
		return nil, func() {}, nil
	}
	runtime, err := infer.Open(infer.Config{Models: c.Models, Workers: 1})
	if err != nil {
		return nil, nil, err
	}
	closeIt := func() { _ = runtime.Close() } // at the end of the command
	model, err := mos.Open(runtime, c.Models, c.DNSMOS)
	if err != nil {
		closeIt()
		return nil, nil, err
	}
	return model, closeIt, nil
}

func (c *evalTTSCommand) sentences(lang string) ([]string, error) {
	text := sentencesEN
	if lang == "zh" {
		text = sentencesZH
	}
	if c.Sentences != "" {
		data, err := os.ReadFile(c.Sentences)
		if err != nil {
			return nil, err
		}
		text = string(data)
	}
	var out []string
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no sentence in %s", cmp.Or(c.Sentences, "the command"))
	}
	return out, nil
}

// measure speaks all sentences with one voice.
func (c *evalTTSCommand) measure(ctx context.Context, to streams, v evalVoice, model *mos.Model) (ttsResult, error) {
	sentences, err := c.sentences(v.lang)
	if err != nil {
		return ttsResult{}, err
	}
	r := ttsResult{Engine: v.name, Lang: v.lang, N: len(sentences)}
	var firsts []time.Duration
	var spent, spoken time.Duration
	for i, text := range sentences {
		from, first := time.Now(), time.Duration(0)
		var pcm []int16
		err := v.voice.Stream(ctx, text, func(piece []int16) error {
			if first == 0 {
				first = time.Since(from)
			}
			pcm = append(pcm, piece...)
			return nil
		})
		if err != nil {
			return r, fmt.Errorf("sentence %d: %w", i+1, err)
		}
		spent += time.Since(from)
		spoken += time.Duration(len(pcm)) * time.Second / audio.Rate
		firsts = append(firsts, first)
		if err := c.keep(v.name, i, pcm); err != nil {
			return r, err
		}
		if model != nil {
			score, err := model.Score(append(pcm, make([]int16, audio.Samples(c.Gap, audio.Rate))...))
			if err != nil {
				return r, fmt.Errorf("sentence %d: %w", i+1, err)
			}
			r.DNSMOS += score.Overall / float64(r.N)
			r.Signal += score.Signal / float64(r.N)
			r.Background += score.Background / float64(r.N)
		}
		if (i+1)%10 == 0 {
			fmt.Fprintf(to.notes, "%s: %d of %d sentences\n", v.name, i+1, r.N)
		}
	}
	slices.Sort(firsts)
	r.FirstP95 = float64(firsts[(len(firsts)*95-1)/100].Microseconds()) / 1000
	r.RTF = spent.Seconds() / spoken.Seconds()
	return r, nil
}

// keep writes a sentence's sound for a person to hear.
func (c *evalTTSCommand) keep(engine string, i int, pcm []int16) error {
	if c.Keep == "" {
		return nil
	}
	if err := os.MkdirAll(c.Keep, 0o755); err != nil { //nolint:gosec // sound of sample sentences is for all to hear
		return err
	}
	w, err := wav.Create(fmt.Sprintf("%s/%s-%03d.wav", c.Keep, engine, i+1), 1)
	if err != nil {
		return err
	}
	if err := w.Write(pcm); err != nil {
		return err
	}
	return w.Close()
}
