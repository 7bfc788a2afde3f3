package vad

import (
	"time"

	"huike/audio"
)

// Plain is the reference that a [Detector] is measured against: Silero's network with
// nothing around it but two thresholds and a hangover, as the network's authors use
// it in their iterator, without padding. It places an edge at a window of 32 ms.
// One goroutine owns it.
type Plain struct {
	inferer  Inferer
	hangover time.Duration
	stream   stream
	input    [before + window]int16
	filled   int
	windows  int
	active   bool
	quiet    int // the first window of the silence that may end the speech; -1: none
	events   []Event
}

// NewPlain returns a reference whose windows inferer judges at once, which only what
// [Model.Inline] returns does. Of cfg it takes the hangover.
func NewPlain(inferer Inferer, cfg Config) *Plain {
	if cfg.Hangover == 0 {
		cfg.Hangover = DefaultHangover
	}
	return &Plain{inferer: inferer, hangover: cfg.Hangover, quiet: -1}
}

// Push hears the next frame, which ended at call time at, and returns the edges that
// it proves. It posts no Sustained. The slice is valid until the next Push.
func (p *Plain) Push(frame audio.Frame, at time.Duration) []Event {
	p.events = p.events[:0]
	for len(frame) > 0 {
		n := copy(p.input[before+p.filled:], frame)
		p.filled += n
		frame = frame[n:]
		if p.filled < window {
			break
		}
		slot := p.stream.next()
		slot.input = p.input
		p.stream.tail.Add(1)
		p.inferer.submit(&p.stream)
		p.judged(slot.probability, at)
		copy(p.input[:before], p.input[window:])
		p.filled = 0
	}
	return p.events
}

// judged takes the probability of the next window.
func (p *Plain) judged(probability float32, at time.Duration) {
	begin := audio.Duration(p.windows*window, audio.Rate)
	p.windows++
	end := audio.Duration(p.windows*window, audio.Rate)
	switch {
	case probability >= likely:
		p.quiet = -1
		if !p.active {
			p.active = true
			p.events = append(p.events, Event{Kind: Started, At: begin, Posted: at})
		}
	case p.active && probability < possible:
		if p.quiet < 0 {
			p.quiet = p.windows - 1
		}
		if since := audio.Duration(p.quiet*window, audio.Rate); end-since >= p.hangover {
			p.active = false
			p.quiet = -1
			p.events = append(p.events, Event{Kind: Ended, At: since, Posted: at})
		}
	}
}
