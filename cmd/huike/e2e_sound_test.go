package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/tts"
	"huike/audio/wav"
)

// voice speaks for the callers of the tests. Nothing of this is human speech.
var voice struct {
	once    sync.Once
	english *tts.Flite
	chinese *tts.Espeak
	err     error
}

// spoken is text as a synthetic voice says it, at audio.Rate.
func spoken(t *testing.T, lang, text string) []int16 {
	t.Helper()
	voice.once.Do(func() {
		ctx, pool := context.WithoutCancel(t.Context()), tts.NewPool(2)
		if voice.english, voice.err = tts.OpenFlite(ctx, tts.FliteConfig{Pool: pool}); voice.err != nil {
			return
		}
		voice.chinese, voice.err = tts.OpenEspeak(ctx, tts.EspeakConfig{Pool: pool})
	})
	if voice.err != nil {
		t.Fatal(voice.err)
	}
	synthesize := voice.english.Synthesize
	if lang == "zh" {
		synthesize = voice.chinese.Synthesize
	}
	pcm, err := synthesize(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// line is something that a microphone hears at a moment of its file.
type line struct {
	at   time.Duration
	text string
}

// microphone writes what a browser's microphone hears, as long as length.
func microphone(t *testing.T, length time.Duration, lines ...line) string {
	t.Helper()
	pcm := make([]int16, audio.Samples(length, audio.Rate))
	seed := uint32(1)
	for i := range pcm { // a quiet room
		seed = seed*1664525 + 1013904223
		pcm[i] = int16(seed>>16) >> 11
	}
	for _, l := range lines {
		from := audio.Samples(l.at, audio.Rate)
		said := spoken(t, "en", l.text)
		if from+len(said) > len(pcm) {
			t.Fatalf("%q at %v does not fit into %v", l.text, l.at, length)
		}
		copy(pcm[from:], said)
	}
	name := filepath.Join(t.TempDir(), "microphone.wav")
	if err := writeWAV(name, pcm); err != nil {
		t.Fatal(err)
	}
	return name
}

// sounds tells for each channel of a recording whether anything is heard in it.
func sounds(t *testing.T, name string) []bool {
	t.Helper()
	channels, err := wav.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	heard := make([]bool, len(channels))
	for i, pcm := range channels {
		for _, v := range pcm {
			heard[i] = heard[i] || v > 2000
		}
	}
	return heard
}
