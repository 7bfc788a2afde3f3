// Package receiver turns the packets of one stream into frames, one for each
// PTime, whatever was lost or late on the way: it joins the jitter buffer, the
// decoder, and what stretches and conceals.
package receiver

import (
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
)

// Config describes who listens to what.
type Config struct {
	Format    audio.Format
	CatchesUp bool
}

// A Receiver has the packets of a stream pushed into it by one goroutine and its
// frames taken out of it by another.
type Receiver struct {
	buffer  *jitter.Buffer
	decoder codec.Decoder
	room    [2 * codec.MaxSamples]int16
	pcm     []int16       // decoded and not yet taken, in room
	at      time.Duration // when the last sample of pcm arrived, in call time
	surplus time.Duration // sound that waits beyond the playout delay
	starved time.Duration // for how long nothing has come, though it was due
}

// New returns a receiver.
func New(config Config) (*Receiver, error) {
	decoder, err := codec.NewDecoder(config.Format)
	if err != nil {
		return nil, err
	}
	return &Receiver{
		buffer:  jitter.New(jitter.Config{ClockRate: config.Format.ClockRate, Duration: decoder.Duration}),
		decoder: decoder,
	}, nil
}

// Push takes a packet.
func (r *Receiver) Push(p *audio.Packet, at time.Duration) { r.buffer.Push(p, at) }

// Stats returns the counters so far.
func (r *Receiver) Stats() jitter.Stats { return r.buffer.Stats() }

// Next returns the frame that is due, the call time at which its last sample
// arrived, and whether more has gathered than the playout delay needs, as after
// a stall. The frame is valid until the next call.
func (r *Receiver) Next(now time.Duration) (frame audio.Frame, at time.Duration, more bool) {
	n := copy(r.room[:], r.pcm)
	for n < audio.FrameSamples {
		n += r.decode(now, r.room[n:])
	}
	r.pcm = r.room[audio.FrameSamples:n]
	left := audio.Duration(len(r.pcm), audio.Rate)
	return r.room[:audio.FrameSamples], r.at - left, r.surplus+left >= audio.PTime
}

func (r *Receiver) decode(now time.Duration, pcm []int16) int {
	piece := r.buffer.Pop(now)
	r.at, r.surplus, r.starved = piece.At, piece.Surplus, 0
	if piece.Kind == jitter.Empty {
		r.starved = piece.Lasted
	}
	if piece.Kind == jitter.Packet {
		if n, err := r.decoder.Decode(piece.Payload, pcm); err == nil && n > 0 {
			return n
		}
	}
	n := min(max(audio.Samples(piece.Duration, audio.Rate), audio.FrameSamples/2), codec.MaxSamples)
	fading := piece.Kind == jitter.Empty && piece.Lasted <= 3*audio.PTime
	if piece.Kind == jitter.Lost || fading {
		if n, err := r.decoder.Conceal(pcm[:n], piece.Next); err == nil && n > 0 {
			return n
		}
	}
	clear(pcm[:n])
	return n
}
