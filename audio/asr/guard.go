package asr

import (
	"math"

	"huike/audio"
)

// loudest returns the level of the loudest frame in dBFS, -90 for silence.
func loudest(pcm []int16) float64 {
	most := 0.0
	for n := 0; n < len(pcm); n += audio.FrameSamples {
		sum := 0.0
		part := pcm[n:min(n+audio.FrameSamples, len(pcm))]
		for _, v := range part {
			sum += float64(v) * float64(v)
		}
		most = max(most, sum/audio.FrameSamples)
	}
	return 10 * math.Log10(most/(1<<30)+1e-9)
}

// frame writes the words of pcm into samples, from -1 to 1, with the margin of
// quiet before and after them that Moonshine hears one-word clips best with: half
// of them with none, as many with 250 ms, and most with 100 to 150 ms.
func frame(samples []float32, pcm []int16) []float32 {
	const (
		step  = audio.Rate / 100
		quiet = 32 // dB below the loudest frame
	)
	threshold := loudest(pcm) - quiet
	from, to := 0, len(pcm)
	for from+step < to && loudest(pcm[from:from+step]) < threshold {
		from += step
	}
	for to-step > from && loudest(pcm[to-step:to]) < threshold {
		to -= step
	}
	around := audio.Samples(margin, audio.Rate)
	samples = grow(samples, around+to-from+around)
	for i := range samples {
		samples[i] = 0
		if at := from - around + i; at >= 0 && at < len(pcm) {
			samples[i] = float32(pcm[at]) / 32768
		}
	}
	return samples
}

// repetition looks for a loop at the end of the tokens, as a small recogniser
// falls into on noise, and returns how many tokens to keep; 0 means all.
func repetition(said []int64) int {
	for _, loop := range []struct{ length, times int }{{1, 8}, {2, 6}, {3, 5}, {4, 4}, {6, 3}, {8, 3}} {
		whole := loop.length * loop.times
		if len(said) < whole {
			continue
		}
		tail := said[len(said)-whole:]
		same := true
		for i := loop.length; i < whole && same; i++ {
			same = tail[i] == tail[i-loop.length]
		}
		if same {
			return len(said) - whole + loop.length
		}
	}
	return 0
}

// split cuts sound that is too long for one recognition where it is quietest.
func split(pcm []int16) [][]int16 {
	most := audio.Samples(longest, audio.Rate)
	var pieces [][]int16
	for len(pcm) > most {
		cut := quietest(pcm[most/2:most]) + most/2
		pieces = append(pieces, pcm[:cut])
		pcm = pcm[cut:]
	}
	return append(pieces, pcm)
}

// quietest returns the middle of the quietest 100 ms.
func quietest(pcm []int16) int {
	const span = audio.Rate / 10
	at, least := 0, math.Inf(1)
	for n := 0; n+span <= len(pcm); n += span / 4 {
		sum := 0.0
		for _, v := range pcm[n : n+span] {
			sum += float64(v) * float64(v)
		}
		if sum < least {
			at, least = n+span/2, sum
		}
	}
	return at
}

// Quiet reports whether sound is too quiet to be speech. A recogniser that is asked
// all the same may invent words.
func Quiet(pcm []int16) bool { return loudest(pcm) < audible }
