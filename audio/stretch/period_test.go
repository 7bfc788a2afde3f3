package stretch

import (
	"math"
	"math/rand/v2"
	"testing"

	"huike/audio"
)

// The period is found as likeness says, whose energies findPeriod carries on.
func TestThePeriodIsTheMostAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for round := range 200 {
		var c Concealer
		pitch, loud, noise := 60+400*random.Float64(), 20000*random.Float64(), 2000*random.Float64()
		for i := range c.heard {
			c.heard[i] = int16(loud*math.Sin(2*math.Pi*pitch*float64(i)/audio.Rate) + noise*random.NormFloat64())
		}
		tail := c.heard[memory-overlap-maxPeriod/2:]
		best, want := 0.3, audio.FrameSamples
		for p := minPeriod; p+len(tail) <= memory; p += 2 {
			if l := likeness(tail, c.heard[memory-len(tail)-p:]); l > best+0.005 {
				best, want = l, p
			}
		}
		if got := c.findPeriod(); got != want {
			t.Fatalf("round %d, %.0f Hz: period %d, want %d", round, pitch, got, want)
		}
	}
}

func BenchmarkPeriod(b *testing.B) {
	var c Concealer
	for i := range c.heard {
		c.heard[i] = int16(8000 * math.Sin(2*math.Pi*120*float64(i)/audio.Rate))
	}
	for b.Loop() {
		c.findPeriod()
	}
}
