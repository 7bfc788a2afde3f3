package session

import (
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
)

// ear turns the packets of a leg into frames, whatever was lost on the way. Push
// of its buffer is the receive goroutine's; the rest is the media loop's.
type ear struct {
	buffer  *jitter.Buffer
	decoder codec.Decoder
	room    [2 * codec.MaxSamples]int16
	pcm     []int16       // decoded and not yet taken, in room
	at      time.Duration // when the last sample of pcm arrived, in call time
	surplus time.Duration // sound that waits beyond the playout delay
	starved time.Duration // for how long nothing has come, though it was due
}

func newEar(format audio.Format) (*ear, error) {
	decoder, err := codec.NewDecoder(format)
	if err != nil {
		return nil, err
	}
	return &ear{
		buffer:  jitter.New(jitter.Config{ClockRate: format.ClockRate, Duration: decoder.Duration}),
		decoder: decoder,
	}, nil
}

// next returns the frame that is due, the call time at which its last sample
// arrived, and whether more has gathered than the playout delay needs, as after
// a stall. The frame is valid until the next call.
func (e *ear) next(now time.Duration) (frame audio.Frame, at time.Duration, more bool) {
	n := copy(e.room[:], e.pcm)
	for n < audio.FrameSamples {
		n += e.decode(now, e.room[n:])
	}
	e.pcm = e.room[audio.FrameSamples:n]
	left := audio.Duration(len(e.pcm), audio.Rate)
	return e.room[:audio.FrameSamples], e.at - left, e.surplus+left >= audio.PTime
}

// decode fills pcm with the next piece of the stream, or with what stands for
// it, and returns how many samples that is, never 0.
func (e *ear) decode(now time.Duration, pcm []int16) int {
	piece := e.buffer.Pop(now, 0)
	e.at, e.surplus, e.starved = piece.At, piece.Surplus, 0
	if piece.Kind == jitter.Empty {
		e.starved = piece.Lasted
	}
	if piece.Kind == jitter.Packet {
		if n, err := e.decoder.Decode(piece.Payload, pcm); err == nil && n > 0 {
			return n
		}
	}
	n := min(max(audio.Samples(piece.Duration, audio.Rate), audio.FrameSamples/2), codec.MaxSamples)
	fading := piece.Kind == jitter.Empty && piece.Lasted <= 3*audio.PTime
	if piece.Kind == jitter.Lost || fading {
		if n, err := e.decoder.Conceal(pcm[:n], piece.Next); err == nil && n > 0 {
			return n
		}
	}
	clear(pcm[:n])
	return n
}
