package tts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"huike/audio/wav"
)

// RHVoiceConfig says how [RHVoice] sounds. The zero value is slt, which is free for all
// uses; evgeniy-eng and lyubov are not for commerce and are refused.
type RHVoiceConfig struct {
	Voice string  // as the program calls its profiles; "" means slt
	Pace  float64 // 1.2 is faster by a fifth; 0 means 1
	Pitch float64 // 1.1 is higher by a tenth; 0 means 1
	Pool  *Pool   // shared by all voices of the process; nil: one synthesis at a time
}

// RHVoice is an English voice: the program RHVoice-test of the RHVoice project, with the
// package rhvoice-english. It writes its sound to a file when the text is whole.
type RHVoice struct {
	config RHVoiceConfig
	path   string
}

// OpenRHVoice looks for the program.
func OpenRHVoice(config RHVoiceConfig) (*RHVoice, error) {
	path, err := find("RHVoice-test", "install RHVoice with its English voices (Debian: rhvoice and, from non-free, rhvoice-english)")
	if err != nil {
		return nil, err
	}
	if config.Voice == "" {
		config.Voice = "slt"
	}
	switch v := strings.ToLower(config.Voice); {
	case v == "evgeniy-eng" || v == "lyubov":
		return nil, fmt.Errorf("RHVoice voice %q: its licence forbids commerce; want slt, bdl, clb or alan", config.Voice)
	case strings.HasPrefix(v, "-"):
		return nil, fmt.Errorf("RHVoice voice %q: want a name such as slt", config.Voice)
	}
	if config.Pool == nil {
		config.Pool = NewPool(1)
	}
	return &RHVoice{config, path}, nil
}

// String implements [Voice].
func (r *RHVoice) String() string {
	return fmt.Sprintf("rhvoice/%s/%.2f/%.2f", r.config.Voice, or1(r.config.Pace), or1(r.config.Pitch))
}

func or1(x float64) float64 {
	if x == 0 {
		return 1
	}
	return x
}

// Styled implements [Styler].
func (r *RHVoice) Styled(style Style) Voice {
	other := *r
	if style.Voice != "" {
		if named, err := OpenRHVoice(RHVoiceConfig{Voice: style.Voice}); err == nil {
			other.config.Voice = named.config.Voice
		}
	}
	other.config.Pace = or1(r.config.Pace) * or1(style.Pace)
	other.config.Pitch = or1(r.config.Pitch) * math.Pow(2, style.Pitch/12)
	return &other
}

// Synthesize implements [Voice]. It waits for its turn in the pool first. The text goes
// by standard input, so that nothing of a member shows in the process list.
func (r *RHVoice) Synthesize(ctx context.Context, text string) ([]int16, error) {
	text = line(text)
	if !strings.ContainsFunc(text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
		return nil, nil
	}
	if len(text) > longest {
		return nil, fmt.Errorf("RHVoice: %w: %d bytes, at most %d", ErrLong, len(text), longest)
	}
	leave, err := r.config.Pool.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	dir, err := os.MkdirTemp("", "huike-rhvoice-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is the system's to clean what is left
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out := filepath.Join(dir, "said.wav")
	percent := func(x float64) string { return strconv.Itoa(int(100*or1(x) + 0.5)) }
	cmd := exec.CommandContext(ctx, r.path, "-p", r.config.Voice, "-r", percent(r.config.Pace), "-t", percent(r.config.Pitch), "-o", out) //nolint:gosec // the operator's choice
	cmd.Stdin = strings.NewReader(text + "\n")
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("RHVoice with voice %s: %w", r.config.Voice, err), context.Cause(ctx))
	}
	channels, err := wav.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("RHVoice with voice %s made no sound: %w; is rhvoice-english installed?", r.config.Voice, err)
	}
	shape := NewShaper(0) // which emits nothing before its end
	shape.push(channels[0])
	var pcm []int16
	err = shape.Finish(r.String(), func(part []int16) error { pcm = append(pcm, part...); return nil })
	return pcm, err
}
