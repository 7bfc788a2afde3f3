package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/rttm"
	"huike/audio/vad"
	"huike/audio/wav"
)

// evalVADCommand measures the voice detector.
type evalVADCommand struct {
	Dir      string        `arg:"" help:"Folder of recordings (NAME.wav) and of RTTM files that say who speaks when: lines of SPEAKER NAME CHANNEL START LENGTH <NA> <NA> WHO, times in seconds. One RTTM may label several recordings; one without any line counts as silence only if an RTTM bears its name." type:"existingdir"`
	Hangover time.Duration `help:"Silence that ends a stretch of speech, for both." default:"100ms"`
	Models   string        `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR"`
	JSON     bool          `help:"Print a JSON object: precision, recall, f1, onset_ms, offset_ms and more of huike, and the same of plain Silero under reference."`
}

// detected is what evalVADCommand prints.
type detected struct {
	rttm.Score
	Reference rttm.Score `json:"reference"` // Silero v6 with two thresholds and the same hangover
	Files     int        `json:"files"`
}

// Run plays every labelled recording to huike's detector and to the reference.
func (c *evalVADCommand) Run(ctx context.Context, to streams) error {
	if c.Hangover < 20*time.Millisecond || c.Hangover > 5*time.Second {
		return fmt.Errorf("--hangover %v: want 20ms to 5s", c.Hangover)
	}
	labels, err := readRTTM(c.Dir)
	if err != nil {
		return err
	}
	runtime, err := infer.Open(infer.Config{Models: (&serverConfig{Models: c.Models}).models()})
	if err != nil {
		return err
	}
	defer runtime.Close() //nolint:errcheck // nothing is lost
	model, err := vad.OpenModel(runtime)
	if err != nil {
		return err
	}
	defer model.Close() //nolint:errcheck // nothing is lost
	var ours, plain rttm.Tally
	files, _ := filepath.Glob(filepath.Join(c.Dir, "*.wav"))
	done := 0
	for _, file := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		segments, labelled := labels[strings.TrimSuffix(filepath.Base(file), ".wav")]
		if !labelled {
			fmt.Fprintf(to.notes, "%s: no RTTM labels it; passed over\n", file)
			continue
		}
		channels, err := wav.ReadFile(file)
		if err != nil {
			return err
		}
		pcm, truth := wav.Mono(channels), rttm.Union(segments)
		length := audio.Duration(len(pcm), audio.Rate)
		config := vad.Config{Hangover: c.Hangover}
		ours.Add(truth, speechIn(vad.New(model.Inline(), config), pcm), length)
		plain.Add(truth, speechIn(vad.NewPlain(model.Inline(), config), pcm), length)
		done++
	}
	if done == 0 {
		return fmt.Errorf("%s holds no WAV file that an RTTM file beside it labels", c.Dir)
	}
	return c.print(to, detected{Score: ours.Score(), Reference: plain.Score(), Files: done})
}

// readRTTM returns the segments of all RTTM files of a folder by recording.
func readRTTM(dir string) (map[string][]rttm.Segment, error) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.rttm"))
	labels := map[string][]rttm.Segment{}
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		segments, err := rttm.Parse(file)
		_ = file.Close() // only read
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".rttm")
		labels[name] = slices.Clip(labels[name]) // labelled, if only as silent
		for _, s := range segments {
			labels[s.File] = append(labels[s.File], s)
		}
	}
	return labels, nil
}

// detector is huike's or the reference.
type detector interface {
	Push(frame audio.Frame, at time.Duration) []vad.Event
}

// speechIn returns the speech that a detector hears.
func speechIn(d detector, pcm []int16) []rttm.Heard {
	var heard []rttm.Heard
	at := time.Duration(0)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		at += audio.PTime
		for _, e := range d.Push(pcm[n:n+audio.FrameSamples], at) {
			switch e.Kind {
			case vad.Started:
				heard = append(heard, rttm.Heard{Span: rttm.Span{From: e.At, To: audio.Duration(len(pcm), audio.Rate)}, Started: e.Posted})
			case vad.Ended:
				heard[len(heard)-1].To, heard[len(heard)-1].Ended = e.At, e.Posted
			case vad.Sustained:
			}
		}
	}
	return heard
}

func (c *evalVADCommand) print(to streams, d detected) error {
	if c.JSON {
		return json.NewEncoder(to.out).Encode(d)
	}
	fmt.Fprintf(to.out, "%d recordings, %.0f s, frames of %v, hangover %v; delays are medians in ms, placed/known\n",
		d.Files, d.Seconds, rttm.Frame, c.Hangover)
	fmt.Fprintf(to.out, "%-14s %9s %7s %7s %13s %13s %7s\n", "", "precision", "recall", "F1", "onset", "offset", "missed")
	for _, row := range []struct {
		name string
		s    rttm.Score
	}{{"huike", d.Score}, {"plain Silero", d.Reference}} {
		fmt.Fprintf(to.out, "%-14s %9.3f %7.3f %7.3f %6.0f/%6.0f %6.0f/%6.0f %3d/%3d\n", row.name, row.s.Precision, row.s.Recall,
			row.s.F1, row.s.OnsetMS, row.s.OnsetKnownMS, row.s.OffsetMS, row.s.OffsetKnownMS, row.s.Missed, row.s.Onsets)
	}
	return nil
}
