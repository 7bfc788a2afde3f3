// Package stretch changes how long sound lasts without changing its pitch, and
// makes up sound for what is missing. It works on 16-bit samples, mono, at
// [audio.Rate], in the time domain: pieces are joined where the waveform is like
// itself a few pitch periods on, so that nothing clicks. It decides nothing: how
// much to put in, take out or make up is the caller's choice.
package stretch

import (
	"math"

	"huike/audio"
)

const (
	minPeriod = audio.Rate / 400 // 2.5 ms: a voice of 400 Hz
	maxPeriod = audio.Rate / 80  // 12.5 ms: a voice of 80 Hz; of a lower one two periods are found as none
	overlap   = audio.Rate / 200 // 5 ms, over which two pieces are faded into one another
	silence   = 40               // root mean square below which any two pieces are alike
)

// Shorten takes out up to most samples of pcm, whole pitch periods of it, in
// place, and returns how many are left. It takes out none where no two pieces
// are alike enough: alike is the least normalised cross-correlation, 0 to 1, of
// what is faded into one another. pcm should hold 20 ms.
func Shorten(pcm []int16, most int, alike float64) int {
	longest := min(most, len(pcm)-overlap)
	if longest < minPeriod {
		return len(pcm)
	}
	quiet := rms(pcm) < silence
	best, cut, at := alike, 0, 0
	if quiet {
		cut = longest // any place will do
	} else {
		// Longer cuts first: of a voice, several periods are as alike as one.
		for period := min(longest, 2*maxPeriod); period >= minPeriod; period -= step(period) {
			for from := 0; from+period+overlap <= len(pcm); from += overlap {
				if c := likeness(pcm[from:from+overlap], pcm[from+period:]); c > best+0.0005 {
					best, cut, at = c, period, from
				}
			}
		}
		if cut == 0 {
			return len(pcm)
		}
	}
	fade(pcm[at:at+overlap], pcm[at+cut:at+cut+overlap])
	copy(pcm[at+overlap:], pcm[at+cut+overlap:])
	return len(pcm) - cut
}

// step is how finely periods are searched: 2 samples, 4 of the long ones.
func step(period int) int {
	if period > maxPeriod {
		return 4
	}
	return 2
}

// Lengthen puts up to most samples into sound, whole pitch periods of it, in
// place, and returns how many samples there are then. Of room, room[:heard] has
// been played already and only lends its waveform; room[heard:n] is to come,
// and what is put in goes before it. room must have space for most samples more, and
// alike is as in [Shorten].
func Lengthen(room []int16, heard, n, most int, alike float64) int {
	if n-heard < overlap {
		return n
	}
	longest := min(most, heard, len(room)-n)
	best, period := alike, 0
	coming := room[heard : heard+overlap]
	if rms(room[heard-min(heard, 2*overlap):n]) < silence {
		period = longest
	} else {
		for p := min(longest, 2*maxPeriod); p >= minPeriod; p -= step(p) {
			if c := likeness(coming, room[heard-p:]); c > best+0.0005 {
				best, period = c, p
			}
		}
	}
	if period < minPeriod {
		return n
	}
	// The sound goes on as it was, falls back by a period while it does, and
	// goes on from there.
	var on, back [overlap]int16
	copy(on[:], coming)
	copy(back[:], room[heard-period:])
	copy(room[heard+period:], room[heard:n])
	copy(room[heard:heard+period], room[heard-period:heard])
	fade(on[:], back[:])
	copy(room[heard:], on[:])
	return n + period
}

// fade fades from a into b, which becomes a.
func fade(a, b []int16) {
	for i := range a {
		a[i] = int16((int(a[i])*(len(a)-i) + int(b[i])*i) / len(a))
	}
}

// likeness returns the normalised cross-correlation of a and the beginning of b,
// 0 where they are not alike at all.
func likeness(a, b []int16) float64 {
	var ab, aa, bb int64
	b = b[:len(a)]
	for i := range a {
		x, y := int64(a[i]), int64(b[i])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	return cosine(ab, aa, bb)
}

// product returns the sum of products of a and the beginning of b.
func product(a, b []int16) (sum int64) {
	b = b[:len(a)]
	for i, x := range a {
		sum += int64(x) * int64(b[i])
	}
	return sum
}

// cosine is that of the angle between two pieces of those energies, whose product is
// ab; 0 where they are not alike at all.
func cosine(ab, aa, bb int64) float64 {
	if ab <= 0 || aa == 0 || bb == 0 {
		return 0
	}
	return float64(ab) / math.Sqrt(float64(aa)*float64(bb))
}

func rms(pcm []int16) float64 {
	sum := int64(0)
	for _, v := range pcm {
		sum += int64(v) * int64(v)
	}
	return math.Sqrt(float64(sum) / float64(max(1, len(pcm))))
}
