package enhance

import (
	"math"

	"huike/audio"
)

const (
	bands = 12
	// depth is how long an echo may take, network and the peer's buffer included:
	// 50 x 20 ms = 1 s.
	depth = 50

	// loudest is how strong an echo is taken to be before it was heard: 3 dB below
	// what was said.
	loudest = -3.0
	// faintest is the weakest echo that is expected all the same, in dB.
	faintest = -40.0
	// above is how far sound must stand above the echo that is due to be the
	// caller's own, in dB: in all, or in several bands at once.
	above, aboveBand = 6.0, 9.0
	bandsAbove       = 4
	// evidence is how many frames in a row must be the caller's own before they are
	// let through, and lasts how long the caller is then taken to speak on at most:
	// 12 x 20 ms.
	evidence, lasts = 2, 12
	// rises is how fast the line's noise is taken to grow: 1 dB a second.
	rises = 1.0046
	// half is how many samples of a frame are left at 8 kHz.
	half = audio.FrameSamples / 2
	// mild is the power below which a frame of ours makes no echo worth a look.
	mild = 1e3
	// forget is the weight of the newest frame in what is known of the delay: 2 s.
	forget = 0.01
	// sure is the correlation from which on the delay is believed.
	sure = 0.55
)

// edges are the bands' limits in units of 50 Hz: what a telephone passes, in about
// equal steps for the ear.
var edges = [bands + 1]int{6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48, 58, 68} //nolint:gochecknoglobals // a constant

// Powers of the levels above.
var farAbove, farAboveBand, least = power(above), power(aboveBand), power(faintest) //nolint:gochecknoglobals // constants

// steps are those by which the gain follows the echo, up and down: quick and slow.
var steps = [2]struct{ up, down float64 }{ //nolint:gochecknoglobals // a constant
	{power(0.7), power(-0.3)}, {power(0.07), power(-0.03)},
}

// spectrum is the power of a frame in each band.
type spectrum [bands]float64

func (s *spectrum) sum() (all float64) {
	for _, p := range s {
		all += p
	}
	return all
}

// A Guard keeps the agent's own voice, as it comes back from a telephone's
// loudspeaker or a hybrid, from being taken for the caller's. It learns how late
// and how strong the echo is, band by band, and silences frames that hold no more
// than the echo that is due. A caller who speaks over it is heard at once. The
// media loop owns it.
type Guard struct {
	meter *meter

	said  [depth]spectrum // what was played, the newest at now
	loud  [depth]float64  // its loudness
	now   int
	since int // frames since anything was played

	gain    spectrum // of the echo, in power
	noise   spectrum // of the line
	delay   delays
	speech  int // frames in a row, or nearly, that were the caller's own
	talking int // frames for which the caller is taken to speak on
	muted   uint64
}

// NewGuard returns a guard that knows nothing of the line yet.
func NewGuard() *Guard {
	g := &Guard{meter: newMeter(), since: depth}
	for b := range g.gain {
		g.gain[b] = power(loudest)
	}
	for i := range g.loud {
		g.loud[i] = loudness(0)
	}
	return g
}

// Played tells what was sent in this PTime; nil or an empty frame is silence.
func (g *Guard) Played(frame audio.Frame) {
	if len(frame) != audio.FrameSamples {
		g.PlayedEcho(nil)
		return
	}
	e := g.meter.echo(frame)
	g.PlayedEcho(&e)
}

// PlayedEcho is Played for a frame that was measured before, as by [EchoOf]; nil is
// silence.
func (g *Guard) PlayedEcho(e *Echo) {
	g.now = (g.now + 1) % depth
	g.since++
	if e == nil {
		g.said[g.now], g.loud[g.now] = spectrum{}, loudness(0)
		return
	}
	g.said[g.now], g.loud[g.now] = e.bands, e.loud
	if e.sounds {
		g.since = 0
	}
}

// Heard looks at the next frame of the caller's and silences it, in place, if it
// holds nothing but the agent's echo. It tells whether it did.
func (g *Guard) Heard(frame audio.Frame) bool {
	if g.since >= depth || len(frame) != audio.FrameSamples {
		g.talking = 0
		return false
	}
	near := g.meter.measure(frame)
	g.delay.learn(loudness(near.sum()), &g.loud, g.now)
	said := g.due()
	own := g.own(&near, &said)
	g.learn(&near, &said, own)
	if own {
		g.speech = min(g.speech+1, lasts)
		if g.speech >= evidence {
			g.talking = min(2*g.speech, lasts)
		}
	} else {
		g.speech = max(g.speech-1, 0)
		g.talking = max(g.talking-1, 0)
	}
	if g.talking > 0 {
		return false
	}
	clear(frame)
	g.muted++
	return true
}

// Muted returns how many frames were silenced.
func (g *Guard) Muted() uint64 { return g.muted }

// own tells whether near holds more than the echo of said and the line's noise.
func (g *Guard) own(near, said *spectrum) bool {
	all, due, n := 0.0, 0.0, 0
	for b, p := range near {
		echo := said[b]*g.gain[b] + 2*g.noise[b] + mild/bands
		all, due = all+p, due+echo
		if p > farAboveBand*echo {
			n++
		}
	}
	return all > farAbove*due || n >= bandsAbove && all > due
}

// due returns what was said of which this frame may hold the echo: in each band the
// most of the frames around the delay, or of all where that is not known.
func (g *Guard) due() (due spectrum) {
	from, to := 0, depth-1
	if best, known := g.delay.best(); known {
		from, to = max(best-1, 0), min(best+2, depth-1)
	}
	for back := from; back <= to; back++ {
		said := &g.said[(g.now-back+depth)%depth]
		for b, p := range said {
			due[b] = max(due[b], p)
		}
	}
	return due
}

// learn follows the line's noise, and the strength of the echo: the upper third of
// what is heard for what was said. It is quick while nothing but echo is heard, and
// slow where that may have been the caller.
func (g *Guard) learn(near, said *spectrum, own bool) {
	step := &steps[0]
	if own || g.talking > 0 {
		step = &steps[1]
	}
	for b, p := range near {
		if p < g.noise[b] || g.noise[b] == 0 {
			g.noise[b] += 0.2 * (p - g.noise[b])
		} else {
			g.noise[b] *= rises
		}
		if said[b] < 10*mild/bands {
			continue
		}
		if p-g.noise[b] > said[b]*g.gain[b] {
			g.gain[b] = min(g.gain[b]*step.up, 1)
		} else {
			g.gain[b] = max(g.gain[b]*step.down, least)
		}
	}
}

// loudness is power in dB, where less than mild is nothing.
func loudness(p float64) float64 { return 10 * math.Log10(p+mild) }

func power(db float64) float64 { return math.Pow(10, db/10) }
