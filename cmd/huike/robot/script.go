package robot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// Utterance is something to say, encoded for a leg.
type Utterance struct {
	Name    string
	Packets [][]byte // from the first to the last packet that holds speech
}

// Encode makes an utterance of mono sound at audio.Rate. Silence around the
// speech is left out, so that its last packet is the caller's last sound.
func Encode(format audio.Format, name string, pcm []int16) (Utterance, error) {
	packets, err := encode(format, pcm)
	if err != nil {
		return Utterance{}, err
	}
	first, last := spoken(pcm)
	if first >= last {
		return Utterance{}, errors.New(name + ": no speech in it")
	}
	return Utterance{Name: name, Packets: packets[first:last]}, nil
}

// Room returns packets of a quiet room: noise at about -66 dBFS, which no
// detector may skip as it may skip digital silence.
func Room(format audio.Format) ([][]byte, error) {
	pcm := make([]int16, 50*audio.FrameSamples)
	seed := uint32(1)
	for i := range pcm {
		seed = seed*1664525 + 1013904223
		pcm[i] = int16(seed>>16) >> 11
	}
	return encode(format, pcm)
}

func encode(format audio.Format, pcm []int16) ([][]byte, error) {
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		return nil, err
	}
	var packets [][]byte
	for ; len(pcm) >= audio.FrameSamples; pcm = pcm[audio.FrameSamples:] {
		payload := make([]byte, codec.MaxPayload)
		n, err := encoder.Encode(pcm[:audio.FrameSamples], payload)
		if err != nil {
			return nil, err
		}
		packets = append(packets, payload[:n:n])
	}
	return packets, nil
}

// speechOver is how far speech stands above the quietest fifth of a recording, as
// a ratio of energies: 6 dB.
const speechOver = 4

// voiced tells for each frame whether it holds speech: within 35 dB of the loudest
// and, in a recording that has pauses, above their noise.
func voiced(pcm []int16, pauses bool) []bool {
	var levels []float64
	for ; len(pcm) >= audio.FrameSamples; pcm = pcm[audio.FrameSamples:] {
		sum := 0.0
		for _, v := range pcm[:audio.FrameSamples] {
			sum += float64(v) * float64(v)
		}
		levels = append(levels, sum)
	}
	if len(levels) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(levels))
	loudest := sorted[len(sorted)-1]
	threshold := max(loudest/3000, 1)
	if pauses {
		threshold = max(threshold, min(speechOver*sorted[len(sorted)/5], loudest/30))
	}
	speech := make([]bool, len(levels))
	for i, level := range levels {
		speech[i] = level >= threshold
	}
	return speech
}

// spoken returns the first frame with speech and the one behind the last.
func spoken(pcm []int16) (first, last int) {
	speech := voiced(pcm, false)
	first = len(speech)
	for i, is := range speech {
		if is {
			first, last = min(first, i), i+1
		}
	}
	return first, last
}

// between is the pause that divides two utterances of a recorded call.
const between = 1500 * time.Millisecond

// Split cuts a recorded call into what its caller said, one piece for each turn.
func Split(pcm []int16) [][]int16 {
	var pieces [][]int16
	first, last := -1, 0
	cut := func() {
		if first >= 0 && last-first > 10 { // shorter is a click
			pieces = append(pieces, pcm[first*audio.FrameSamples:last*audio.FrameSamples])
		}
		first = -1
	}
	for i, is := range voiced(pcm, true) {
		if !is {
			continue
		}
		if first >= 0 && time.Duration(i-last)*audio.PTime > between {
			cut()
		}
		if first < 0 {
			first = i
		}
		last = i + 1
	}
	cut()
	return pieces
}

// Say speaks an utterance and returns when its last packet was sent, and when its
// first would have been heard.
func (r *Robot) Say(ctx context.Context, u Utterance) (began, ended time.Time, err error) {
	done := make(chan struct{})
	r.mu.Lock()
	r.speech, r.said = u.Packets, done
	r.mu.Unlock()
	select {
	case <-done:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.sent.Add(-time.Duration(len(u.Packets)-1) * audio.PTime), r.sent, nil
	case <-ctx.Done():
		return time.Time{}, time.Time{}, context.Cause(ctx)
	}
}

// Answer waits for the agent's first packet of sound after a moment, for at most
// patience. ok is false when none came.
func (r *Robot) Answer(ctx context.Context, after time.Time, patience time.Duration) (at time.Time, ok bool) {
	timeout := time.NewTimer(time.Until(after.Add(patience)))
	defer timeout.Stop()
	for {
		r.mu.Lock()
		began, arrived := r.began, r.arrived
		r.mu.Unlock()
		if began.After(after) {
			return began, true
		}
		select {
		case <-arrived:
		case <-timeout.C:
			return time.Time{}, false
		case <-ctx.Done():
			return time.Time{}, false
		}
	}
}

// Silence waits until the agent has been silent for a quarter of a second, for at
// most patience, and returns when its last packet of sound came.
func (r *Robot) Silence(ctx context.Context, patience time.Duration) (last time.Time, ok bool) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		r.mu.Lock()
		last = r.latest
		r.mu.Unlock()
		left := time.Until(last.Add(pause))
		if left <= 0 {
			return last, true
		}
		wait := time.NewTimer(left)
		select {
		case <-wait.C:
		case <-timeout.C:
			wait.Stop()
			return last, false
		case <-ctx.Done():
			wait.Stop()
			return last, false
		}
	}
}

// Press sends keys, one after the other.
func (r *Robot) Press(keys string) error {
	for _, key := range keys {
		if err := r.tell("key", "key", string(key)); err != nil {
			return err
		}
	}
	return nil
}

// Type sends a typed text.
func (r *Robot) Type(text string) error { return r.tell("text", "text", text) }

func (r *Robot) tell(kind, field, value string) error {
	message, err := json.Marshal(map[string]string{"type": kind, field: value})
	if err != nil {
		return err
	}
	return r.leg.Send(message)
}
