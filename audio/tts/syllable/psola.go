package syllable

import "math"

// say returns the unit with its pitch as contour has it, a value in semitones for
// each of the unit's own, and its voiced part stretch times as long: periods are cut
// out around their marks and put down at their own distances, as far as the contour
// does not ask for others (Moulines & Charpentier, "Pitch-synchronous waveform processing techniques", 1990).
// Windows are as long as the distances, so that they sum to 1.
func (u *unit) say(contour []float64, stretch float64) []float64 {
	if len(u.marks) == 0 {
		return append([]float64(nil), u.pcm...)
	}
	start, last := u.marks[0], u.marks[len(u.marks)-1]
	times, sources := []int{start}, []int{start}
	end := float64(start) + float64(last-start)*stretch
	for t := float64(start); ; {
		at := u.nearest(start + int((t-float64(start))/stretch))
		length := u.marks[min(at+1, len(u.marks)-1)] - u.marks[min(at, len(u.marks)-2)]
		t += float64(length) * math.Exp2((u.pitch(u.contour, u.marks[at])-u.pitch(contour, u.marks[at]))/12)
		if t > end+float64(length)/2 {
			break
		}
		times = append(times, int(math.Round(t)))
		sources = append(sources, u.marks[u.nearest(start+int((t-float64(start))/stretch))])
	}
	n := len(times) - 1
	sources[n] = last
	out := make([]float64, times[n]+len(u.pcm)-last)
	for k, t := range times {
		left, right := t, len(u.pcm)-last
		if k > 0 {
			left = t - times[k-1]
		}
		if k < n {
			right = times[k+1] - t
		}
		u.put(out, t, sources[k], left, right, k > 0, k < n)
	}
	return out
}

// nearest returns the index of the mark nearest to sample at.
func (u *unit) nearest(at int) int {
	best := 0
	for i, m := range u.marks {
		if abs(m-at) < abs(u.marks[best]-at) {
			best = i
		}
	}
	return best
}

func abs(x int) int { return max(x, -x) }

// put adds the sound around source to out at t: left and right samples of it,
// under half a Hann window on each side that fades.
func (u *unit) put(out []float64, t, source, left, right int, fadeIn, fadeOut bool) {
	for i := -left; i < right; i++ {
		s := source + i
		if s < 0 || s >= len(u.pcm) || t+i < 0 || t+i >= len(out) {
			continue
		}
		w := 1.0
		switch {
		case i < 0 && fadeIn:
			w = 0.5 + 0.5*math.Cos(math.Pi*float64(i)/float64(left))
		case i > 0 && fadeOut:
			w = 0.5 + 0.5*math.Cos(math.Pi*float64(i)/float64(right))
		}
		out[t+i] += w * u.pcm[s]
	}
}
