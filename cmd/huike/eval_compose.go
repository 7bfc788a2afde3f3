package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"huike/audio/wav"
	"huike/session/floor"
	"huike/session/floor/compose"
)

// The folder of Debian's asterisk-core-sounds-en-wav.
const asteriskSounds = "/usr/share/asterisk/sounds/en_US_f_Allison"

// compose fills the folder with labelled recordings.
func (c *evalTurnsCommand) compose(ctx context.Context, to streams) error {
	if c.Calls < 1 || c.Calls > 1000 {
		return fmt.Errorf("--calls %d: want 1 to 1000", c.Calls)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // recordings are for all to read
		return err
	}
	composer := compose.New(c.Seed, c.Part == "hold-out", flite(ctx))
	if err := c.people(composer); err != nil {
		return err
	}
	wider, err := sentences(c.Sentences)
	if err != nil {
		return err
	}
	for i, text := range wider {
		if i%5 != 4 { // the rest measure the model of endings
			composer.Sentence(text)
		}
	}
	if c.Sounds {
		return c.sounds(composer, to)
	}
	for i := range c.Calls {
		call, err := composer.Call()
		if err != nil {
			return err
		}
		base := filepath.Join(c.Dir, fmt.Sprintf("call%03d", i+1))
		if err := writeWAV(base+".wav", call.PCM); err != nil {
			return err
		}
		if err := writeLabels(base+".txt", call.Labels); err != nil {
			return err
		}
		if i%10 == 9 {
			fmt.Fprintf(to.notes, "%d of %d recordings\n", i+1, c.Calls)
		}
	}
	return nil
}

func writeLabels(path string, labels floor.Labels) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = labels.WriteTo(file)
	return errors.Join(err, file.Close())
}

// people gives the composer the recordings of people that are here.
func (c *evalTurnsCommand) people(composer *compose.Composer) error {
	speakers := []string{"jackson", "theo"}
	if c.Part == "hold-out" {
		speakers = []string{"nicolas", "yweweler"}
	}
	for _, who := range speakers {
		for digit := range 10 {
			files, _ := filepath.Glob(filepath.Join(c.Speech, "digits", fmt.Sprintf("%d_%s_*.wav", digit, who)))
			for _, path := range files {
				pcm, err := mono(path)
				if err != nil {
					return err
				}
				composer.Digit(who, digit, pcm)
			}
		}
	}
	list, err := os.Open(filepath.Join(c.Speech, "prompts_en", "transcripts.tsv"))
	if err == nil {
		defer list.Close() //nolint:errcheck // only read
		err = c.prompts(composer, list)
	}
	if err != nil {
		return fmt.Errorf("%w; --speech names the folder of the recordings", err)
	}
	noises, _ := filepath.Glob(filepath.Join(c.Speech, "noise", "noise*.wav"))
	for _, path := range noises {
		pcm, err := mono(path)
		if err != nil {
			return err
		}
		composer.Noise(pcm)
	}
	return nil
}

// prompts reads the telephone prompts of this part: half of them, by their words.
func (c *evalTurnsCommand) prompts(composer *compose.Composer, list io.Reader) error {
	found := false
	for lines := bufio.NewScanner(list); lines.Scan(); {
		name, words, _ := strings.Cut(lines.Text(), "\t")
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(words)) // never fails
		if (hash.Sum32()%2 == 0) != (c.Part == "hold-out") {
			continue
		}
		path := filepath.Join(asteriskSounds, name)
		if _, err := os.Stat(path); err != nil {
			continue // another version of the package
		}
		pcm, err := mono(path)
		if err != nil {
			return err
		}
		composer.Prompt(words, pcm)
		found = true
	}
	if !found {
		return errors.New("the prompts are not here: apt-get install asterisk-core-sounds-en-wav")
	}
	return nil
}

func mono(path string) ([]int16, error) {
	channels, err := wav.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return wav.Mono(channels), nil
}

// hum returns the phones of a sound that flite would spell, letter by letter.
func hum(text string) string {
	switch text {
	case "mm-hm":
		return "pau m m hh ah m m pau"
	case "mm-hmm":
		return "pau m m hh m m m pau"
	case "mhm":
		return "pau m hh m m pau"
	case "hmm":
		return "pau hh ah m m m pau"
	default:
		return ""
	}
}

// flite speaks with the voices of flite's program.
func flite(ctx context.Context) compose.Say {
	return func(voice string, stretch float64, text string) ([]int16, error) {
		file, err := os.CreateTemp("", "huike-say-*.wav")
		if err != nil {
			return nil, err
		}
		path := file.Name()
		defer os.Remove(path) //nolint:errcheck // a temporary file
		if err := file.Close(); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if kind, ok := strings.CutPrefix(voice, espeakVoice); ok {
			return espeak(ctx, kind, stretch, text, path)
		}
		how, said := "-t", text
		if phones := hum(text); phones != "" {
			how, said = "-p", phones
		}
		speak := exec.CommandContext(ctx, "flite", "-voice", voice, "--setf", fmt.Sprintf("duration_stretch=%.2f", stretch), how, said, "-o", path) //nolint:gosec // our own words
		if out, err := speak.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("flite says %q: %w: %s", text, err, out)
		}
		return mono(path)
	}
}
