// Package vad says when somebody speaks: the edges of speech in a stream of
// frames, placed to about 20 ms in call time. It does not say what is spoken nor
// whose turn it is.
//
// Two things work together. A neural network (Silero VAD v6) tells speech from
// other sounds, 32 ms at a time and some 60 ms late; the energy of each 10 ms
// against the noise floor says where exactly the sound began and ended.
//
// A process opens one [Model]. Its only goroutine is [Model.Run]: windows of all
// calls flow in through a list, and are judged together in one run of the
// network, which costs a third of judging each alone; probabilities flow back
// through a ring in each call's stream. [Model.Inline] judges each window in the
// call of Push instead, for replay. A [Detector] belongs to the media loop of its
// call and starts nothing.
package vad

import "time"

// Kind is what happened at an edge of speech.
type Kind int

// The edges of a stretch of speech, in the order in which they come. Sustained
// is left out of a stretch that holds too little that sounds like words.
const (
	Started   Kind = iota + 1 // At is where the sound began
	Sustained                 // At is where the evidence of words was enough
	Ended                     // At is where the sound ended
)

// String returns the edge's name.
func (k Kind) String() string {
	switch k {
	case Started:
		return "started"
	case Sustained:
		return "sustained"
	case Ended:
		return "ended"
	default:
		return "unknown"
	}
}

// Event is one edge of speech.
type Event struct {
	Kind   Kind
	At     time.Duration // call time of the edge itself
	Posted time.Duration // call time of the frame whose Push returned it
	Level  float32       // of the loudest 10 ms of the speech so far, in dBFS; 0 of a Started
}

// The default lengths of a [Config].
const (
	DefaultHangover = 100 * time.Millisecond
	DefaultBargeIn  = 100 * time.Millisecond
)

// Config tunes a [Detector]. Its zero value works.
type Config struct {
	// Hangover is the silence that ends a stretch of speech; shorter silences
	// belong to it. 0 means DefaultHangover.
	Hangover time.Duration
	// BargeIn is how much sound that must be words makes speech Sustained.
	// 0 means DefaultBargeIn.
	BargeIn time.Duration
}
