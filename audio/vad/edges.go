package vad

import "time"

// What the edges go by. Probabilities are the network's; levels are in dB.
const (
	likely   = 0.5  // probability that begins speech
	possible = 0.35 // probability that carries it on
	certain  = 0.8  // probability that counts as words

	aboveFloor  = 6   // over the noise floor: loud
	belowPeak   = 32  // under the loudest of this speech: quiet
	leastSpeech = -75 // dBFS; quieter is never speech
	clearSpeech = 10  // over the noise floor: may count as words
	noisySpeech = 15  // over the noise floor: speech, where the network is silent
	wordsTilt   = -24 // above 1 kHz against all, at least, in words; most hums have less
	wordsChange = 4   // by which that changes, at least, in words; a hum is steady

	sureShare    = 50                    // percent of the evidence that the network must be sure of
	mostDoubt    = 80 * time.Millisecond // over the hangover, while the network still hears speech
	steadyFactor = 2                     // times the evidence that steady sound needs
	mostMaybe    = 60 * time.Millisecond // of evidence that it need not be sure of

	lookBack = 15 // slots that the beginning may lie before its proof: 150 ms
)

// edges turns slots into events. It is the part of a detector that decides.
type edges struct {
	hangover, bargeIn time.Duration

	floor    float32 // noise floor, dBFS
	peak     float32 // loudest slot of this speech, dBFS
	active   bool
	begun    time.Duration // where this speech began
	ended    time.Duration // where the last voiced slot ended
	words    time.Duration // how much of this speech must be words
	maybe    time.Duration // how much more may be
	tilts    [2]float32    // least and most tilt of the slots that count
	declared bool          // Sustained has been posted

	recent [lookBack]heard // the slots before this one, newest last
	events [2]Event
}

func newEdges(cfg Config) edges {
	if cfg.Hangover == 0 {
		cfg.Hangover = DefaultHangover
	}
	if cfg.BargeIn == 0 {
		cfg.BargeIn = DefaultBargeIn
	}
	e := edges{hangover: cfg.Hangover, bargeIn: cfg.BargeIn, floor: -60, peak: silence}
	for i := range e.recent {
		e.recent[i].level = level{silence, silence}
	}
	return e
}

// threshold is the level over which a slot is loud enough to be speech.
func (e *edges) threshold() float32 {
	t := max(e.floor+aboveFloor, leastSpeech)
	if e.active {
		t = max(t, e.peak-belowPeak)
	}
	return t
}

func (e *edges) loud(dbfs float32) bool { return dbfs > e.threshold() }

// step hears the next slot and the probability of speech in its window, which is
// of no account for a slot that is not loud. The result is valid until the next
// step.
func (e *edges) step(h *heard, probability float32) []Event {
	events := e.events[:0]
	loud := e.loud(h.level.all)
	if probability == unknown {
		probability = 0
		if h.level.all > e.floor+noisySpeech {
			probability = 1
		}
	}
	e.learn(h.level.all, probability)
	switch {
	case loud && !e.active && probability >= likely:
		e.begin(h)
		events = append(events, Event{Kind: Started, At: e.begun})
		e.voiced(h, probability)
	case loud && e.active && probability >= possible:
		e.voiced(h, probability)
	case e.active && e.over(h.end-e.ended, probability):
		e.active = false
		events = append(events, Event{Kind: Ended, At: e.ended, Level: e.peak})
	}
	if e.active && !e.declared && e.sustained() {
		e.declared = true
		events = append(events, Event{Kind: Sustained, At: h.end, Level: e.peak})
	}
	copy(e.recent[:], e.recent[1:])
	e.recent[lookBack-1] = *h
	return events
}

// sustained reports whether there is evidence enough of words. The network is sure
// some 60 ms after their beginning only; then what went before counts too. Sound
// as steady as a hum has to last longer.
func (e *edges) sustained() bool {
	if e.words*100 < e.bargeIn*sureShare || e.words+e.maybe < e.bargeIn {
		return false
	}
	return e.tilts[1]-e.tilts[0] >= wordsChange || e.words >= e.bargeIn*steadyFactor
}

// begin opens a stretch of speech and looks for where its sound began: the
// network needs some sound to be sure.
func (e *edges) begin(h *heard) {
	threshold := e.threshold()
	e.begun = h.end - slotTime
	for i := lookBack - 1; i >= 0; i-- {
		r := &e.recent[i]
		if r.level.all <= threshold || r.end <= e.ended {
			break
		}
		e.begun = r.end - slotTime
	}
	e.active, e.declared, e.peak = true, false, silence
	e.tilts = [2]float32{0, silence}
	e.words, e.maybe = 0, min(h.end-slotTime-e.begun, mostMaybe)
}

// voiced counts a slot of speech.
func (e *edges) voiced(h *heard, probability float32) {
	e.ended = h.end
	e.peak = max(e.peak, h.level.all)
	tilt := h.level.high - h.level.all
	if h.level.all <= e.floor+clearSpeech || tilt <= wordsTilt {
		return
	}
	e.tilts = [2]float32{min(e.tilts[0], tilt), max(e.tilts[1], tilt)}
	if probability >= certain {
		e.words += slotTime
	} else {
		e.maybe = min(e.maybe+slotTime, mostMaybe)
	}
}

// learn follows the noise floor: down at once, up with what is no speech.
func (e *edges) learn(dbfs, probability float32) {
	switch {
	case dbfs < e.floor:
		e.floor += (dbfs - e.floor) * 0.3
	case probability < 0.2 && !e.active:
		e.floor += (dbfs - e.floor) * 0.03
	default:
		e.floor += 0.01
	}
}

// over tells whether a silence ends the speech: after the hangover, or a little later
// where the network, which has heard what follows such sounds, takes it for a part of
// a word.
func (e *edges) over(quiet time.Duration, probability float32) bool {
	return quiet >= e.hangover && (probability < possible || quiet >= e.hangover+mostDoubt)
}
