package syllable

import "math"

const (
	rate      = 16000 // hertz: audio.Rate
	hop       = 80    // samples, 5 ms: the step of a pitch track
	shortest  = 36    // samples: 444 Hz, above what this speaker says
	longLag   = 200   // samples: 80 Hz, below what this speaker says
	window    = 400   // samples, 25 ms
	voicing   = 0.55  // normalised correlation above which a frame is voiced
	octave    = 0.06  // what a lag twice as long must win by
	moving    = 0.9   // cost of a pitch that moves by an octave in one step
	choices   = 6     // lags kept for each frame
	noVoice   = 0.0
	leap      = 2.5 // semitones in one step
	smoothing = 4   // frames to each side over which a track is smoothed
	bridged   = 10  // frames without a pitch that do not end a voice: 50 ms
	shift     = 4.0 // semitones that it may have moved by behind them
	lost      = 20  // frames that a voice may creak for: 100 ms
	island    = 3   // voiced frames in a row, fewer of which are a burst or an octave's error
)

// candidate is a lag that a frame may repeat with.
type candidate struct {
	lag   float64
	score float64
}

// track returns the pitch of pcm in hertz every [hop] samples, 0 where nothing
// repeats: the lags of the highest normalised cross-correlation, and of those the
// path that moves least (Talkin, "A robust algorithm for pitch tracking", 1995).
func track(pcm []float64) []float64 {
	frames := len(pcm)/hop + 1
	options := make([][]candidate, frames)
	for i := range options {
		options[i] = lags(pcm, i*hop)
	}
	best := make([][]float64, frames)
	from := make([][]int, frames)
	for i := range options {
		best[i] = make([]float64, len(options[i]))
		from[i] = make([]int, len(options[i]))
		for j, c := range options[i] {
			best[i][j], from[i][j] = c.score, -1
			if i == 0 {
				continue
			}
			top := math.Inf(-1)
			for k, p := range options[i-1] {
				if s := best[i-1][k] - moving*math.Abs(math.Log2(c.lag/p.lag)); s > top {
					top, from[i][j] = s, k
				}
			}
			if from[i][j] >= 0 {
				best[i][j] += top
			}
		}
	}
	return walk(options, best, from)
}

// walk follows the best path back from each frame that no path goes on from.
func walk(options [][]candidate, best [][]float64, from [][]int) []float64 {
	pitch := make([]float64, len(options))
	next := -1
	for i := len(options) - 1; i >= 0; i-- {
		if len(options[i]) == 0 {
			next = -1
			continue
		}
		if next < 0 {
			next = 0
			for j := range best[i] {
				if best[i][j] > best[i][next] {
					next = j
				}
			}
		}
		if c := options[i][next]; c.score > voicing {
			pitch[i] = rate / c.lag
		}
		next = from[i][next]
	}
	return pitch
}

// lags returns the lags at which the sound around at repeats best.
func lags(pcm []float64, at int) []candidate {
	var scores [longLag + 2]float64
	lo, hi := at-window/2-longLag/2, at+window/2+longLag/2
	if lo < 0 || hi+1 >= len(pcm) {
		return nil
	}
	for lag := shortest - 1; lag <= longLag; lag++ {
		a := pcm[at-window/2-lag/2:][:window]
		b := pcm[at-window/2-lag/2+lag:][:window]
		var ab, aa, bb float64
		for i, x := range a {
			ab += x * b[i]
			aa += x * x
			bb += b[i] * b[i]
		}
		scores[lag] = ab/math.Sqrt(aa*bb+1e-6) - octave*math.Log2(float64(lag)/shortest)
	}
	var out []candidate
	for lag := shortest; lag < longLag; lag++ {
		left, s, right := scores[lag-1], scores[lag], scores[lag+1]
		if s < 0.3 || s < left || s < right {
			continue
		}
		shift := 0.0
		if d := left - 2*s + right; d < 0 {
			shift = 0.5 * (left - right) / d
		}
		out = append(out, candidate{float64(lag) + shift, s})
	}
	for len(out) > choices {
		worst := 0
		for i := range out {
			if out[i].score < out[worst].score {
				worst = i
			}
		}
		out = append(out[:worst], out[worst+1:]...)
	}
	return out
}

// semitones is the distance of hertz from 100 Hz.
func semitones(hertz float64) float64 { return 12 * math.Log2(hertz/100) }

// hertz is what [semitones] undoes.
func hertz(semitones float64) float64 { return 100 * math.Exp2(semitones/12) }

// voicedSpan returns the longest run of voiced frames, as first and end; end is
// first when there is none. A gap as short as a vowel has where it changes does not
// end a run, a leap does: no voice makes one, a burst before it seems to.
func voicedSpan(pitch []float64) (first, end int) {
	from, last := -1, -1
	for i, p := range pitch {
		if p == noVoice {
			continue
		}
		if from < 0 || i-last > bridged || math.Abs(semitones(p)-semitones(pitch[last])) > min(leap*float64(i-last), shift) {
			from = i
		}
		last = i
		if last+1-from > end-first {
			first, end = from, last+1
		}
	}
	return first, end
}

// lastVoiced returns the end of the last voiced frame that follows end without a longer
// pause, and whether the voice leaps in between: third tones do whose middle the
// recording lacks.
func lastVoiced(pitch []float64, end int) (last int, leaps bool) {
	from, apart, all := semitones(pitch[end-1]), 0, 0
	last = end
	for i := end; i < len(pitch) && i-last <= lost; i++ {
		if pitch[i] == noVoice {
			continue
		}
		last = i + 1
		if all++; math.Abs(semitones(pitch[i])-from) > shift {
			apart++
		}
	}
	return last, 2*apart > all
}

// drain takes islands out of pitch: voiced frames between others without a leap, too
// few to be a voice.
func drain(pitch []float64) {
	from := 0
	for i := 1; i <= len(pitch); i++ {
		if i < len(pitch) && pitch[i] != noVoice && pitch[i-1] != noVoice &&
			math.Abs(semitones(pitch[i])-semitones(pitch[i-1])) <= leap {
			continue
		}
		if i-from < island {
			clear(pitch[from:i])
		}
		from = i
	}
}

// smooth returns the contour of pitch between frames first and end in semitones,
// a straight line over its gaps, without steps: a median of five frames, then a mean.
func smooth(pitch []float64, first, end int) []float64 {
	contour := make([]float64, end-first)
	last := 0
	for i := range contour {
		p := pitch[first+i]
		if p == noVoice || i > 0 && math.Abs(semitones(p)-contour[last]) > shift {
			continue // no voice moves so far: an octave's error, or a creak
		}
		contour[i] = semitones(p)
		for k := last + 1; k < i; k++ {
			contour[k] = contour[last] + (contour[i]-contour[last])*float64(k-last)/float64(i-last)
		}
		last = i
	}
	for k := last + 1; k < len(contour); k++ {
		contour[k] = contour[last]
	}
	contour = filtered(contour, 3, median)
	return filtered(contour, smoothing, mean)
}

func filtered(in []float64, reach int, of func([]float64) float64) []float64 {
	out := make([]float64, len(in))
	for i := range in {
		n := min(reach, i, len(in)-1-i)
		if n == 0 && reach > 1 {
			n = min(1, i, len(in)-1-i)
		}
		out[i] = of(in[i-n : i+n+1])
	}
	return out
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func median(x []float64) float64 {
	var sorted [16]float64
	s := append(sorted[:0], x...)
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s[len(s)/2]
}
