package tts

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"huike/audio"
	"huike/audio/resample"
)

// EspeakConfig says how [Espeak] sounds. The zero value speaks Mandarin.
type EspeakConfig struct {
	Voice  string // as `espeak-ng --voices` lists it; "" means cmn
	Words  int    // pace in words a minute; 0 means 200
	Pitch  int    // 0 to 99; 0 means 50
	Spares int    // processes kept waiting for a text; 0 means 1
	Pool   *Pool  // shared by all voices of the process; nil: one synthesis at a time
}

// Espeak is a voice for many languages: the program espeak-ng of Debian. Close
// ends the processes that wait.
type Espeak struct {
	config  EspeakConfig
	program program
	filters sync.Pool // of *resample.Resampler from espeakRate to audio.Rate
	styles  styles
}

const (
	espeakRate   = 22050 // hertz
	espeakHeader = 44    // bytes of RIFF header before the samples
	espeakLevel  = -18.6 // dBFS, RMS of its speech
)

// OpenEspeak looks for the program and starts the first process. ctx is for
// the opening only.
func OpenEspeak(ctx context.Context, config EspeakConfig) (*Espeak, error) {
	path, err := find("espeak-ng", "install it with: apt-get install espeak-ng")
	if err != nil {
		return nil, err
	}
	if config.Voice == "" {
		config.Voice = "cmn"
	}
	if strings.HasPrefix(config.Voice, "-") {
		return nil, fmt.Errorf("espeak-ng voice %q: want a name such as cmn or en-us", config.Voice)
	}
	if config.Words == 0 {
		config.Words = 200
	}
	if config.Pool == nil {
		config.Pool = NewPool(1)
	}
	if config.Pitch == 0 {
		config.Pitch = 50
	}
	config.Spares = max(config.Spares, 1)
	e := newEspeak(config, path)
	e.program.prepare(ctx, config.Spares)
	return e, nil
}

func newEspeak(config EspeakConfig, path string) *Espeak {
	e := &Espeak{config: config}
	e.filters.New = func() any { return resample.New(espeakRate, audio.Rate) }
	e.program = program{path: path, args: []string{
		"-v", config.Voice, "-s", strconv.Itoa(config.Words), "-p", strconv.Itoa(config.Pitch),
		"-b", "1", "--stdin", "--stdout",
	}}
	return e
}

// String implements [Voice].
func (e *Espeak) String() string {
	return fmt.Sprintf("espeak-ng/%s/%d/%d", e.config.Voice, e.config.Words, e.config.Pitch)
}

// Close ends the processes that wait for a text.
func (e *Espeak) Close() error {
	e.styles.close()
	e.program.close()
	return nil
}

// Synthesize implements [Voice].
func (e *Espeak) Synthesize(ctx context.Context, text string) ([]int16, error) {
	return collect(ctx, e, text)
}

// Stream implements [Streamer]. It waits for its turn in the pool first.
func (e *Espeak) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	text = line(text)
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return nil
	}
	leave, err := e.config.Pool.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	defer e.program.prepare(ctx, e.config.Spares)
	filter, _ := e.filters.Get().(*resample.Resampler)
	defer func() {
		filter.Reset()
		e.filters.Put(filter)
	}()
	var in samples
	var head []byte
	var pcm []int16
	shape := NewShaper(espeakLevel)
	err = e.program.run(ctx, text, func(b []byte) error {
		if missing := espeakHeader - len(head); missing > 0 {
			n := min(missing, len(b))
			head, b = append(head, b[:n]...), b[n:]
			if len(head) == espeakHeader && binary.LittleEndian.Uint32(head[24:]) != espeakRate {
				return errors.New("its sound is not at 22050 Hz")
			}
		}
		pcm = filter.Resample(pcm[:0], in.of(b))
		return shape.Give(pcm, emit)
	})
	if err != nil {
		return err
	}
	return shape.Finish(e.String(), emit)
}
