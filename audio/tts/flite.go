package tts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"huike/audio"
	"huike/audio/resample"
)

// FliteConfig says how [Flite] sounds. The zero value is the voice slt at its
// own pace.
type FliteConfig struct {
	Voice   string  // as `flite -lv` lists it; "" means slt
	Stretch float64 // of durations: 1.2 is slower by a fifth; 0 means 1
	Pitch   float64 // semitones above the voice's own
	Spares  int     // processes kept waiting for a text; 0 means 1
	Pool    *Pool   // shared by all voices of the process; nil: one synthesis at a time
}

// Flite is an English voice: the program flite of Debian. Its sound comes
// while it is made. Close ends the processes that wait.
type Flite struct {
	config  FliteConfig
	program program
	rate    int     // of the program's sound, in hertz
	level   float64 // dBFS, RMS of the voice's speech; 0 when not known
	sound   *os.File
	styles  styles
}

// alsa makes the library through which flite plays sound write it to the
// standard output as it is made: flite itself writes a file only when all of
// it is done.
const alsa = `pcm.!default { type file; slave.pcm { type null }; file "/dev/stdout"; format "raw" }
ctl.!default { type null }
`

// OpenFlite looks for the program and starts the first process. ctx is for
// the opening only.
func OpenFlite(ctx context.Context, config FliteConfig) (*Flite, error) {
	path, err := find("flite", "install it with: apt-get install flite")
	if err != nil {
		return nil, err
	}
	if config.Voice == "" {
		config.Voice = "slt"
	}
	if config.Stretch == 0 {
		config.Stretch = 1
	}
	if config.Pool == nil {
		config.Pool = NewPool(1)
	}
	config.Spares = max(config.Spares, 1)
	if _, ok := fliteVoices()[config.Voice]; !ok {
		return nil, fmt.Errorf("flite voice %q: want slt, rms, awb, kal16 or kal", config.Voice)
	}
	sound, err := unnamed(alsa)
	if err != nil {
		return nil, fmt.Errorf("flite: %w", err)
	}
	f := newFlite(config, path, sound)
	f.program.prepare(ctx, config.Spares)
	return f, nil
}

// fliteVoices are its voices, with the RMS of their speech in dBFS; 0 when not known.
func fliteVoices() map[string]float64 {
	return map[string]float64{"slt": -14.9, "rms": -19.4, "awb": -18.9, "kal16": -26.4, "kal": 0}
}

func newFlite(config FliteConfig, path string, sound *os.File) *Flite {
	f := &Flite{config: config, rate: audio.Rate, level: fliteVoices()[config.Voice], sound: sound}
	if config.Voice == "kal" {
		f.rate = 8000
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
	f.program = program{
		path: path,
		args: []string{
			"-voice", config.Voice, "--setf", "duration_stretch=" + number(config.Stretch),
			"--setf", "f0_shift=" + number(math.Exp2(config.Pitch/12)), "-o", "stream",
		},
		env:   []string{"ALSA_CONFIG_PATH=/dev/fd/3"},
		files: []*os.File{sound},
	}
	return f
}

// unnamed returns a file that holds text and has no name: nothing is left
// behind however the process ends.
func unnamed(text string) (*os.File, error) {
	file, err := os.CreateTemp("", "huike-*")
	if err != nil {
		return nil, err
	}
	err = os.Remove(file.Name())
	if err == nil {
		_, err = file.WriteString(text)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// String implements [Voice].
func (f *Flite) String() string {
	return fmt.Sprintf("flite/%s/%.3f/%.2f", f.config.Voice, f.config.Stretch, f.config.Pitch)
}

// Close ends the processes that wait for a text.
func (f *Flite) Close() error {
	f.styles.close()
	f.program.close()
	return f.sound.Close()
}

// Synthesize implements [Voice].
func (f *Flite) Synthesize(ctx context.Context, text string) ([]int16, error) {
	return collect(ctx, f, text)
}

// Stream implements [Streamer]. It waits for its turn in the pool first.
func (f *Flite) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	text = latin(text)
	if text == "" {
		return nil
	}
	leave, err := f.config.Pool.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	defer f.program.prepare(ctx, f.config.Spares)
	var in samples
	shape := NewShaper(f.level)
	up := resample.New(f.rate, audio.Rate)
	var pcm []int16
	err = f.program.run(ctx, text, func(b []byte) error {
		pcm = up.Resample(pcm[:0], in.of(b))
		return shape.Give(pcm, emit)
	})
	if err != nil {
		return err
	}
	return shape.Finish(f.String(), emit)
}

// latin writes text in the letters that flite knows: accents fall, and so does
// every sign that it cannot read. It is empty if nothing is left to say.
func latin(text string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn))), text)
	if err != nil {
		plain = text
	}
	plain = line(strings.Map(func(r rune) rune {
		switch r {
		case '’', '‘':
			return '\''
		case '，', '、', '；', '：', '—', '–':
			return ','
		case '。', '！', '？', '…':
			return '.'
		}
		if r > unicode.MaxASCII {
			return ' '
		}
		return r
	}, plain))
	if !strings.ContainsFunc(plain, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return plain
}
