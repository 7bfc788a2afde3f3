package vad

import (
	"time"

	"huike/audio"
)

const (
	slotTime = audio.PTime / 2 // of one slot of energy
	history  = 4 * ring        // windows whose probability is remembered: 1 s
	settle   = 16              // quiet windows that the network is shown: 512 ms; fewer made it take noise for words
)

// Detector finds the edges of speech in one stream of frames. One goroutine owns
// it: the media loop.
type Detector struct {
	inferer Inferer
	stream  stream
	meter   meter
	edges   edges

	// The window that is being filled.
	input  [before + window]int16
	filled int  // samples of it
	silent bool // all of them are digital silence
	quiet  int  // windows since there was anything to judge
	stale  bool // the network did not see the window before

	windows int // windows filled
	read    uint32
	chances [history]float32
	judged  [history]bool
	latest  float32 // of the newest window that was judged

	slots   [slotRing]heard
	slot    int // slots measured
	decided int // slots that the edges have seen

	last   float32
	events []Event
}

// heard is one slot: what was measured, and when it ended.
type heard struct {
	level level
	end   time.Duration
}

// New returns a detector that has its windows judged by inferer: a [*Model] or
// its [Model.Inline].
func New(inferer Inferer, cfg Config) *Detector {
	d := &Detector{inferer: inferer, silent: true, last: silence}
	d.edges = newEdges(cfg)
	d.events = make([]Event, 0, 8)
	return d
}

// Push hears the next frame, which ended at call time at, and returns the edges
// that are known by now, oldest first. An edge comes after the sound that proves
// it, often with a later Push. The slice is valid until the next Push. Push never
// waits for other calls.
func (d *Detector) Push(frame audio.Frame, at time.Duration) []Event {
	d.events = d.events[:0]
	d.collect()
	begin := at - audio.Duration(len(frame), audio.Rate)
	var sum float32
	slots := 0
	for n := 0; n+slotSamples <= len(frame); n += slotSamples {
		part := frame[n : n+slotSamples]
		l, silent := d.meter.measure(part)
		end := begin + audio.Duration(n+slotSamples, audio.Rate)
		d.slots[d.slot%slotRing] = heard{l, end}
		d.slot++
		if d.edges.active || d.edges.loud(l.all) {
			d.quiet = 0
		}
		d.fill(part, silent)
		sum += l.all
		slots++
	}
	if slots > 0 {
		d.last = sum / float32(slots)
	}
	d.collect()
	d.decide(at)
	return d.events
}

// Speaking reports whether the last edge was a beginning.
func (d *Detector) Speaking() bool { return d.edges.active }

// Level returns how loud the last frame was, in dBFS; -90 is silence.
func (d *Detector) Level() float32 { return d.last }

// fill adds one slot's samples to the window and submits it when it is full.
func (d *Detector) fill(pcm []int16, silent bool) {
	d.silent = d.silent && silent
	for len(pcm) > 0 {
		n := copy(d.input[before+d.filled:], pcm)
		d.filled += n
		pcm = pcm[n:]
		if d.filled < window {
			continue
		}
		d.submit()
		copy(d.input[:before], d.input[window:])
		d.filled = 0
		d.silent = silent
	}
}

// submit has the full window judged, unless there is no need or no room.
func (d *Detector) submit() {
	w := d.windows
	d.windows++
	d.quiet++
	d.judged[w%history] = false
	switch {
	case d.silent:
		d.know(w, 0)
		d.stale = true
	case d.quiet > settle: // the network has learned this line's noise
		d.know(w, 0)
	case d.stream.full():
		d.know(w, unknown)
		d.stale = true
	default:
		slot := d.stream.next()
		slot.input = d.input
		slot.window = w
		slot.fresh = d.stale
		d.stale = false
		d.stream.tail.Add(1)
		d.inferer.submit(&d.stream)
	}
}

// collect takes the probabilities that have come back.
func (d *Detector) collect() {
	for done := d.stream.done.Load(); d.read != done; d.read++ {
		slot := &d.stream.slots[d.read%ring]
		d.know(slot.window, slot.probability)
	}
}

func (d *Detector) know(w int, probability float32) {
	if d.windows-w > ring {
		return // too late: energy has decided it
	}
	d.chances[w%history] = probability
	d.judged[w%history] = true
	d.latest = probability
}

// decide shows the edges each slot that can be decided: one that is quiet at
// once, a loud one when its window has been judged or is too long overdue.
func (d *Detector) decide(at time.Duration) {
	for ; d.decided < d.slot; d.decided++ {
		h := &d.slots[d.decided%slotRing]
		probability := float32(0)
		if d.edges.loud(h.level.all) {
			w := (d.decided*slotSamples + slotSamples/2) / window
			probability = d.chance(w)
			if probability == waiting {
				return
			}
		} else if d.edges.active {
			probability = d.latest
		}
		for _, e := range d.edges.step(h, probability) {
			e.Posted = at
			d.events = append(d.events, e)
		}
	}
}

// waiting stands for a probability that is still to come.
const waiting = -2

// chance returns the probability of speech in window w, waiting, or unknown.
func (d *Detector) chance(w int) float32 {
	switch {
	case w >= d.windows:
		return waiting
	case d.judged[w%history]:
		return d.chances[w%history]
	case d.windows-w > ring:
		return unknown
	default:
		return waiting
	}
}
