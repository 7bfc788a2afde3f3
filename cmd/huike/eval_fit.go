package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"huike/audio/asr"
	"huike/audio/asr/probe"
)

// evalFitCommand fits the model of short answers that stands in audio/asr.
type evalFitCommand struct {
	List   string `arg:"" help:"Recordings: lines of file, class, speaker and weight between tabs. Speakers of weight 1 are held out one by one." type:"existingfile"`
	Out    string `help:"Write the model that is fitted on all of them here." type:"path" placeholder:"FILE"`
	Models string `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" type:"path" placeholder:"DIR"`
	JSON   bool   `help:"Print a JSON object."`
}

// fitSample is a recording to fit on.
type fitSample struct {
	path string
	probe.Sample
}

// heldOut is what came of the recordings of speakers that were not fitted on.
type heldOut struct {
	Right   int            `json:"right"`
	N       int            `json:"n"`
	Speaker map[string]int `json:"right_by_speaker"`
}

// Run prints how well each speaker is told by a model of all others, and fits one
// on all.
func (c *evalFitCommand) Run(ctx context.Context, to streams) error {
	all, err := c.read()
	if err != nil {
		return err
	}
	samples, err := c.features(ctx, all, to)
	if err != nil {
		return err
	}
	out, err := holdOut(samples)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(to.out).Encode(out)
	} else {
		fmt.Fprintf(to.out, "%d of %d right (%.1f %%), each speaker by a model fitted without that speaker\n", out.Right, out.N, 100*float64(out.Right)/float64(max(out.N, 1)))
		for _, name := range slices.Sorted(maps.Keys(out.Speaker)) {
			fmt.Fprintf(to.out, "  %-12s %d\n", name, out.Speaker[name])
		}
	}
	if err != nil || c.Out == "" {
		return err
	}
	m, err := probe.Fit(samples, probe.Config{})
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, m.Bytes(), 0o644) //nolint:gosec // a model is for all to read
}

func (c *evalFitCommand) read() (all []fitSample, err error) {
	err = eachLine(c.List, 4, func(row []string) error {
		weight, err := strconv.ParseFloat(row[3], 64)
		if err != nil || weight <= 0 {
			return fmt.Errorf("%s: weight %q of %s: want a number above 0", c.List, row[3], row[0])
		}
		all = append(all, fitSample{row[0], probe.Sample{Class: row[1], Speaker: row[2], Weight: weight}})
		return nil
	})
	return all, err
}

// features encodes every recording twice: as it is, and over a noisy telephone.
func (c *evalFitCommand) features(ctx context.Context, all []fitSample, to streams) ([]probe.Sample, error) {
	flags := engineFlags{Engine: "moonshine", Models: c.Models}
	e, err := flags.open()
	if err != nil {
		return nil, err
	}
	defer e.close()
	m, ok := e.Recognizer.(*asr.Moonshine)
	if !ok {
		return nil, errors.New("features are Moonshine's alone")
	}
	noisy, err := newPhoneLine(&evalASRCommand{Telephone: true, SNR: 20, Seed: 1})
	if err != nil {
		return nil, err
	}
	var samples []probe.Sample
	shown := time.Now()
	for i, s := range all {
		for _, line := range []*phoneLine{{}, noisy} {
			pcm, err := line.carry(s.path, i)
			if err != nil {
				return nil, err
			}
			x, err := m.Features(ctx, pcm)
			if err != nil {
				return nil, err
			}
			if s.Features = x; x != nil {
				samples = append(samples, s.Sample)
			}
		}
		if time.Since(shown) > 2*time.Second {
			shown = time.Now()
			fmt.Fprintf(to.notes, "%d of %d encoded\n", i+1, len(all))
		}
	}
	return samples, nil
}

// holdOut fits a model without each speaker of weight 1, and tries it on that one.
func holdOut(samples []probe.Sample) (heldOut, error) {
	out := heldOut{Speaker: map[string]int{}}
	for _, s := range samples {
		if s.Weight == 1 {
			out.Speaker[s.Speaker] = 0
			out.N++
		}
	}
	for name := range out.Speaker {
		var rest []probe.Sample
		for _, s := range samples {
			if s.Speaker != name {
				rest = append(rest, s)
			}
		}
		m, err := probe.Fit(rest, probe.Config{})
		if err != nil {
			return out, err
		}
		p := make([]float64, len(m.Classes))
		for _, s := range samples {
			if s.Speaker != name {
				continue
			}
			m.Score(s.Features, p)
			if m.Classes[slices.Index(p, slices.Max(p))] == s.Class {
				out.Speaker[name]++
				out.Right++
			}
		}
	}
	return out, nil
}
