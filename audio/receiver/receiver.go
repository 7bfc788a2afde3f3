// Package receiver turns the packets of one stream into frames, one for each
// PTime, whatever was lost or late on the way. It joins the jitter buffer, the
// decoder, and what stretches and conceals. It opens no socket, reads no clock
// and starts no goroutine.
//
// There are two kinds of listeners. A person hears in real time: one frame each
// PTime, and where the delay has to change the sound is stretched, keeping its
// pitch. A recogniser needs no even time: after a stall it takes what has
// gathered at once, nothing is taken out, and on a line that is in order nothing
// is ever put in.
package receiver

import (
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
	"huike/audio/stretch"
)

// Config describes who listens to what.
type Config struct {
	Format audio.Format

	// CatchesUp says that the listener calls Next again at once as long as there
	// is more.
	CatchesUp bool
}

const (
	// longestWait bounds the playout delay for a person. For a recogniser it is
	// the jitter buffer's own: waiting longer would only make answers later.
	longestWait = time.Second

	// Sound is made shorter where it waits that much longer than it should, or
	// longer where it waits that much less.
	tooMuch   = 3 * time.Millisecond
	tooLittle = 3 * time.Millisecond

	// hurry is the excess from which on every piece is made shorter; below it one
	// in three is, and only where nothing is heard of it.
	hurry = 60 * time.Millisecond

	loud    = 0.9 // likeness of two pieces that are joined where there is time
	hurried = 0.6 // where there is none
	relaxed = 0.6 // where more delay is needed soon: what is missing is worse

	history = 2 * audio.FrameSamples // of sound that was played, which what follows may fall back into
)

// A Receiver has the packets of a stream pushed into it by one goroutine, with
// Push, and its frames taken out by another, with the other methods.
type Receiver struct {
	buffer    *jitter.Buffer
	decoder   codec.Decoder
	conceals  bool // the decoder makes up sound by itself
	catchesUp bool
	concealer stretch.Concealer
	comfort   comfort
	level     level
	told      bool // the caller judges silence

	room    [history + 3*codec.MaxSamples]int16
	begin   int                       // of what was not yet taken, in room
	end     int                       // of it
	at      time.Duration             // when the last sample of room arrived, in call time
	surplus time.Duration             // sound that waits beyond the playout delay
	starved time.Duration             // for how long nothing has come, though it was due
	guesses [audio.FrameSamples]int16 // what the decoder made up, and how much of it is left
	guessed int
	pieces  int // since one was made shorter
	kept    int // samples put in that one who catches up does not take at once
}

// redundant is a decoder whose payloads may carry a copy of what came before.
type redundant interface {
	Redundant(payload []byte) time.Duration
}

// New returns a receiver of that format. The error says which formats there are.
func New(config Config) (*Receiver, error) {
	decoder, err := codec.NewDecoder(config.Format)
	if err != nil {
		return nil, err
	}
	r := &Receiver{decoder: decoder, catchesUp: config.CatchesUp, begin: history, end: history}
	buffer := jitter.Config{ClockRate: config.Format.ClockRate, Duration: decoder.Duration, Stretches: !config.CatchesUp}
	if d, ok := decoder.(redundant); ok {
		r.conceals, buffer.Redundant = true, d.Redundant
	}
	if !config.CatchesUp {
		buffer.MaxDelay = longestWait
	}
	r.buffer = jitter.New(buffer)
	return r, nil
}

// Push takes a packet that arrived at call time at. It copies what it keeps of
// p and never blocks for longer than a Next takes from the jitter buffer.
func (r *Receiver) Push(p *audio.Packet, at time.Duration) {
	switch {
	case !p.Noise:
		r.buffer.Push(p, at)
	case r.buffer.Pause(p):
		r.comfort.tell(p.Payload)
	}
}

// Stats returns the counters so far. Any goroutine may call it.
func (r *Receiver) Stats() jitter.Stats { return r.buffer.Stats() }

// Missing appends to dst the sequence numbers worth asking for again at call time
// at: see [jitter.Buffer.Missing]. Who calls Next calls it.
func (r *Receiver) Missing(dst []uint16, at, roundTrip time.Duration) []uint16 {
	return r.buffer.Missing(dst, at, roundTrip)
}

// Quiet tells the receiver whether the sound that it gave lately is silence,
// where the delay may change unnoticed. Without being told it judges by the
// sound's energy.
func (r *Receiver) Quiet(quiet bool) {
	r.told, r.level.quiet = true, quiet
	r.buffer.Quiet(quiet)
}

// Starved returns for how long nothing has come by the last Next, though it was
// due: 0 while sound comes, and in a pause that the sender has announced.
func (r *Receiver) Starved() time.Duration { return r.starved }

// Next returns the frame that is due at call time now, the call time at which
// its last sample arrived, and whether more has gathered than the playout delay
// needs, as after a stall. The frame is valid until the next call.
func (r *Receiver) Next(now time.Duration) (frame audio.Frame, at time.Duration, more bool) {
	if r.begin > history { // what was played last goes where it is looked for
		copy(r.room[:], r.room[r.begin-history:r.end])
		r.begin, r.end = history, r.end-(r.begin-history)
	}
	if r.end-r.begin >= audio.FrameSamples {
		r.kept = 0 // what was put in has made the delay longer, as it was to
	}
	for r.end-r.begin < audio.FrameSamples {
		r.fill(now)
	}
	frame = r.room[r.begin : r.begin+audio.FrameSamples]
	r.begin += audio.FrameSamples
	if !r.told && r.starved == 0 {
		r.buffer.Quiet(r.level.hear(frame))
	}
	left := audio.Duration(r.end-r.begin, audio.Rate)
	more = r.catchesUp && r.surplus+left-audio.Duration(r.kept, audio.Rate) >= audio.PTime
	return frame, r.at - left, more
}

// fill appends the next piece of the stream, or what stands for it, to room.
func (r *Receiver) fill(now time.Duration) {
	lacking := audio.FrameSamples - (r.end - r.begin)
	piece := r.buffer.Pop(now, audio.Duration(lacking, audio.Rate))
	r.at, r.surplus, r.starved = piece.At, piece.Surplus, 0
	if piece.Kind == jitter.Empty {
		r.starved = piece.Lasted
	}
	pcm := r.room[r.end : r.end+codec.MaxSamples]
	n, spoken := r.decode(&piece, pcm)
	if !spoken {
		r.end += n
		return
	}
	r.guessed = 0
	if piece.Jump {
		r.concealer.Splice(pcm[:n])
	} else {
		r.concealer.Merge(pcm[:n])
	}
	n = r.stretch(&piece, n)
	r.concealer.Heard(r.room[r.end : r.end+n])
	r.end += n
}

// decode fills pcm with the piece and returns how many samples that is, never 0,
// and whether they are the sender's.
func (r *Receiver) decode(piece *jitter.Popped, pcm []int16) (n int, spoken bool) {
	if piece.Kind == jitter.Packet {
		if n, err := r.decoder.Decode(piece.Payload, pcm); err == nil && n > 0 {
			return n, true
		}
	}
	n = min(max(audio.Samples(piece.Duration, audio.Rate), 1), codec.MaxSamples)
	pcm = pcm[:n]
	switch {
	case piece.Announced && r.conceals: // the codec knows the noise of the sender's pauses
		r.guess(pcm)
	case piece.Kind == jitter.Gap:
		r.concealer.Murmur(pcm, r.comfort.noise(n))
	case !r.conceals:
		r.concealer.Conceal(pcm)
	case piece.Redundant:
		if _, err := r.decoder.Conceal(pcm, piece.Next); err != nil {
			clear(pcm)
		}
		return n, true
	default:
		r.guess(pcm)
		r.concealer.Fade(pcm)
	}
	return n, false
}

// guess fills pcm with what the decoder makes up, which it does in whole frames:
// what is left of one waits for the next call.
func (r *Receiver) guess(pcm []int16) {
	for len(pcm) > 0 {
		if r.guessed == 0 {
			if _, err := r.decoder.Conceal(r.guesses[:], nil); err != nil {
				clear(r.guesses[:])
			}
			r.guessed = len(r.guesses)
		}
		n := copy(pcm, r.guesses[len(r.guesses)-r.guessed:])
		r.guessed -= n
		pcm = pcm[n:]
	}
}

// stretch makes the n samples at the end of room shorter or longer where the
// playout delay asks for it, and returns how many they are then.
func (r *Receiver) stretch(piece *jitter.Popped, n int) int {
	r.pieces++
	most := audio.Samples(piece.Excess.Abs(), audio.Rate)
	switch {
	case piece.Excess > tooMuch && !r.catchesUp:
		alike := loud
		if piece.Excess > hurry {
			alike = hurried
		} else if r.pieces < 3 && !r.level.quiet {
			return n
		}
		left := stretch.Shorten(r.room[r.end:r.end+n], most, alike)
		if left < n {
			r.pieces = 0
			r.buffer.Stretched(0, n-left)
		}
		return left
	case piece.Excess < -tooLittle:
		longer := stretch.Lengthen(r.room[:], r.end, r.end+n, most, relaxed) - r.end
		r.buffer.Stretched(longer-n, 0)
		r.kept += longer - n
		return longer
	}
	return n
}
