package asr

import (
	"math"
	"testing"

	"huike/audio"
)

// sines is 100 ms of tones at these frequencies, with as much quiet around it.
func sines(hertz ...float64) []int16 {
	pcm := make([]int16, 3*audio.Rate/10)
	for i := audio.Rate / 10; i < audio.Rate/5; i++ {
		for _, f := range hertz {
			pcm[i] += int16(6000 * math.Sin(2*math.Pi*f*float64(i)/audio.Rate))
		}
	}
	return pcm
}

func TestKeysAndExchangesAreTones(t *testing.T) {
	for name, pcm := range map[string][]int16{
		"the key 5": sines(770, 1336), "the key 1": sines(697, 1209), "the key #": sines(941, 1477),
		"a European ring-back": sines(425), "a reminder on hold": sines(1400),
	} {
		if !isTone(pcm) {
			t.Errorf("%s is no tone", name)
		}
	}
	if isTone(make([]int16, audio.Rate)) {
		t.Error("silence is a tone")
	}
	if isTone(sines(300, 750, 1210, 2400, 2900, 3300)) {
		t.Error("six sines are a tone")
	}
}
