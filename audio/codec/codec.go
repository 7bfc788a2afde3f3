// Package codec turns packets into frames and frames into packets. Whatever is
// on the wire, its decoders give mono sound at [audio.Rate] and its encoders
// take it. It does not put packets in order and does not decide what is lost.
//
// # Transcoding never twice
//
// What comes from a party is decoded once, by the ear of its call, straight to
// [audio.Rate]: recognition, detector and recording hear that. What goes to a
// party is encoded once, in the format that its leg has agreed on: a prompt when
// its clip is made, for all calls of that format, and a person's sound as it
// passes the bridge. The rooms that carry calls carry payloads, and neither
// decode nor encode; so no sound is ever coded by two formats one after the other
// on its way through here, and what two parties send each other is decoded and
// encoded once each way.
package codec

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"huike/audio"
)

// MaxDuration is the most sound that one packet can hold (RFC 6716, 3.1).
const MaxDuration = 120 * time.Millisecond

// MaxSamples is how many samples a decoded packet can have: the length of a
// buffer that no Decode finds too short.
const MaxSamples = int(MaxDuration) * audio.Rate / int(time.Second)

// MaxPayload is how many bytes an encoder may write for one frame: those of L16
// at 48 kHz. Opus has at most 1275.
const MaxPayload = 1920

// ErrPayload is the error, wrapped, of a payload that no decoder can read.
var ErrPayload = errors.New("malformed payload")

// A Decoder turns the packets of one stream into sound at [audio.Rate]. It
// keeps state from packet to packet and is for one goroutine.
type Decoder interface {
	// Decode writes the payload's sound into pcm and returns how many samples
	// that is. It keeps neither slice. pcm should hold MaxSamples.
	Decode(payload []byte, pcm []int16) (n int, err error)

	// Conceal fills pcm with what a lost packet may have held and returns
	// len(pcm). next is the payload that directly follows the lost one, which
	// for Opus may carry a copy of it, or nil where that is not at hand. Formats
	// other than Opus only have their last sound to go on with, and do that simply:
	// who has heard the stream, like a call's ear, can do better.
	Conceal(pcm []int16, next []byte) (n int, err error)

	// Duration returns how much sound the payload holds, or 0 if it is
	// malformed. It touches no state and may be called by any goroutine.
	Duration(payload []byte) time.Duration
}

// An Encoder turns frames into payloads. It keeps state from frame to frame
// and is for one goroutine.
type Encoder interface {
	// Encode writes the payload for one frame and returns its length. A
	// payload buffer of MaxPayload is always long enough. It keeps neither slice.
	Encode(frame audio.Frame, payload []byte) (n int, err error)
}

// NewDecoder returns a fresh decoder for a stream of that format. Its Loss does
// not matter.
func NewDecoder(format audio.Format) (Decoder, error) {
	format.Loss = 0
	switch format {
	case Opus:
		return newOpusDecoder()
	case G722:
		return newG722Decoder(), nil
	}
	if w, ok := wireOf(format); ok {
		return newSampleDecoder(w), nil
	}
	return nil, fmt.Errorf("decoder for %v: want %s", format, known)
}

// NewEncoder returns a fresh encoder for a stream of that format.
func NewEncoder(format audio.Format) (Encoder, error) {
	loss := format.Loss
	format.Loss = 0
	switch format {
	case Opus:
		return newOpusEncoder(loss)
	case G722:
		return newG722Encoder(), nil
	}
	if w, ok := wireOf(format); ok {
		return newSampleEncoder(w), nil
	}
	return nil, fmt.Errorf("encoder for %v: want %s", format, known)
}

const known = "opus/48000, pcmu/8000, pcma/8000, g722/8000, or l16 or pcm at 8000, 16000, 24000, 32000, 44100 or 48000"

// Silence returns a payload of that format that decodes to one [audio.PTime]
// of silence, in a new slice, or nil for a format that is not known. After
// speech the first one of Opus still fades out, the second is silent.
func Silence(format audio.Format) []byte {
	format.Loss = 0
	switch format {
	case Opus:
		return []byte(opusSilence)
	case G722:
		return bytes.Repeat([]byte{g722Silence}, g722Bytes)
	}
	w, ok := wireOf(format)
	if !ok {
		return nil
	}
	n := audio.Samples(audio.PTime, w.rate)
	payload := make([]byte, n*w.width)
	w.write(payload, make([]int16, n))
	return payload
}
