package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"huike/session/floor/compose"
)

// espeakVoice is before the name of a voice of espeak-ng's.
const espeakVoice = "espeak/"

// soundVoices are those that say what is learned from; those of the hold-out are not
// among them. The first few are held out one by one when a model is fitted.
func soundVoices() []string {
	voices := []string{"slt", "kal16", "kal", "espeak/en-us+f2", "espeak/en-gb+m3"}
	for _, accent := range []string{"en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029"} {
		for _, kind := range []string{"m1", "m5", "m7", "f1", "f4", "linda", "adam", "steph"} {
			voices = append(voices, espeakVoice+accent+"+"+kind)
		}
	}
	return voices
}

const heldOutVoices = 5

// sounds fills the folder with short sounds and the list of their classes.
func (c *evalTurnsCommand) sounds(composer *compose.Composer, to streams) error {
	list, err := os.Create(filepath.Join(c.Dir, "sounds.tsv"))
	if err != nil {
		return err
	}
	defer list.Close() //nolint:errcheck // each write to it is checked
	voices := soundVoices()[:min(c.Calls, len(soundVoices()))]
	weight := map[string]string{}
	for _, voice := range voices[:min(heldOutVoices, len(voices))] {
		weight[voice] = "1"
	}
	n := 0
	return composer.Sounds(voices, func(s compose.Sound) error {
		n++
		path, err := filepath.Abs(filepath.Join(c.Dir, fmt.Sprintf("sound%05d.wav", n)))
		if err != nil {
			return err
		}
		if n%500 == 0 {
			fmt.Fprintf(to.notes, "%d sounds\n", n)
		}
		w := weight[s.Voice]
		if w == "" {
			w = "0.5"
		}
		if _, err := fmt.Fprintf(list, "%s\t%s\t%s\t%s\n", path, s.Class, s.Voice, w); err != nil {
			return err
		}
		return writeWAV(path, s.PCM)
	})
}

// espeak speaks with a voice of espeak-ng's into the file at path.
func espeak(ctx context.Context, voice string, stretch float64, text, path string) ([]int16, error) {
	if phones := espeakHum(text); phones != "" {
		text = phones
	}
	speak := exec.CommandContext(ctx, "espeak-ng", "-v", voice, "-s", fmt.Sprint(int(165/stretch)), "-w", path, "--", text) //nolint:gosec // our own words
	if out, err := speak.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("espeak-ng says %q: %w: %s", text, err, out)
	}
	return mono(path)
}

// espeakHum returns the phones of sounds that espeak-ng would spell.
func espeakHum(text string) string {
	switch strings.ToLower(text) {
	case "mm-hm":
		return "[[mhVm]]"
	case "mm-hmm":
		return "[[m:h'm:]]"
	case "mhm":
		return "[[@mh'm]]"
	case "hmm":
		return "[[hm:]]"
	case "um":
		return "[[Vm]]"
	case "uh":
		return "[[V:]]"
	case "uh-huh":
		return "[[Vh'V]]"
	case "uh-huh uh-huh":
		return "[[Vh'V Vh'V]]"
	default:
		return ""
	}
}
