package dtmf

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strings"
	"time"

	"huike/audio"
)

// Config says how keys are pressed. Its zero value suits every exchange.
type Config struct {
	ClockRate int           // that SDP has agreed on for the events, in hertz; 0 means 8000
	Duration  time.Duration // of each key, 40 ms at least; 0 means 120 ms
	Gap       time.Duration // between keys, 60 ms at least; 0 means 100 ms
	Volume    uint8         // below 0 dBm0, 0 to 36; 0 means 10
}

// Step is one packet to send.
type Step struct {
	At        time.Duration // since the first step
	Timestamp uint32        // since the first step, in clock units: the same for all of a key
	Marker    bool          // the first of a key
	Last      bool          // no more of this key: sound may go on
	Payload   [PayloadBytes]byte
}

// repeats is how often a key's last packet is sent (RFC 4733, 2.5.1.4).
const repeats = 3

// Steps returns the packets that press keys one after the other, one for each
// [audio.PTime] that a key is down and three to end it. Small letters count as
// large ones. The sender adds its offsets to the timestamps, counts sequence
// numbers on from its sound, and sends no sound meanwhile.
//
// An error says that a key or the Config is out of range; it names no key, for a
// key may be a secret.
func Steps(keys string, config Config) (iter.Seq[Step], error) {
	config = config.filled()
	keys = strings.ToUpper(keys)
	for i := range len(keys) {
		if strings.IndexByte(Keys, keys[i]) < 0 {
			return nil, fmt.Errorf("key %d of %d is none of %s", i+1, len(keys), Keys)
		}
	}
	length := audio.Samples(config.Duration, config.ClockRate)
	switch {
	case config.ClockRate < 8000, config.Duration < 2*audio.PTime, length > longest, config.Gap < repeats*audio.PTime:
		return nil, fmt.Errorf("keys of %v, %v apart, at %d Hz: want 40 ms to %d clock units, 60 ms or more, 8000 Hz or more",
			config.Duration, config.Gap, config.ClockRate, longest)
	case config.Volume > 36:
		return nil, fmt.Errorf("volume -%d dBm0: want 0 to -36", config.Volume)
	}
	return func(yield func(Step) bool) {
		for i := range len(keys) {
			start := time.Duration(i) * (config.Duration + config.Gap)
			if !config.press(byte(strings.IndexByte(Keys, keys[i])), start, yield) {
				return
			}
		}
	}, nil
}

// press yields the packets of one event and tells whether to go on.
func (c Config) press(event byte, start time.Duration, yield func(Step) bool) bool {
	step := Step{
		Timestamp: uint32(audio.Samples(start, c.ClockRate)),
		Marker:    true,
		Payload:   [PayloadBytes]byte{event, c.Volume},
	}
	for down := audio.PTime; down < c.Duration; down += audio.PTime {
		binary.BigEndian.PutUint16(step.Payload[2:], uint16(audio.Samples(down, c.ClockRate)))
		step.At = start + down - audio.PTime
		if !yield(step) {
			return false
		}
		step.Marker = false
	}
	binary.BigEndian.PutUint16(step.Payload[2:], uint16(audio.Samples(c.Duration, c.ClockRate)))
	step.Payload[1] |= endBit
	for i := range repeats {
		step.At = start + c.Duration + time.Duration(i-1)*audio.PTime
		step.Last = i == repeats-1
		if !yield(step) {
			return false
		}
	}
	return true
}

func (c Config) filled() Config {
	if c.ClockRate == 0 {
		c.ClockRate = 8000
	}
	if c.Duration == 0 {
		c.Duration = 120 * time.Millisecond
	}
	if c.Gap == 0 {
		c.Gap = 100 * time.Millisecond
	}
	if c.Volume == 0 {
		c.Volume = 10
	}
	return c
}
