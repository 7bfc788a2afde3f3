package enhance_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/wav"
)

// voice returns what the callers of recorded calls say, without the silences, at
// -20 dBFS.
func voice(tb testing.TB, names ...string) (pcm []int16) {
	tb.Helper()
	for _, name := range names {
		ch, err := wav.ReadFile(filepath.Join("..", "..", "testdata", "calls", name, "caller.wav"))
		if err != nil {
			tb.Fatal(err)
		}
		pcm = append(pcm, trim(ch[0])...)
	}
	return level(pcm, -20)
}

// trim leaves out the silences.
func trim(pcm []int16) (out []int16) {
	for i := 0; i+1600 <= len(pcm); i += 1600 {
		if rms(pcm[i:i+1600]) > -45 {
			out = append(out, pcm[i:i+1600]...)
		}
	}
	return out
}

// rms is the level in dBFS.
func rms(x []int16) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return 10 * math.Log10(s/float64(len(x))/(32768*32768)+1e-12)
}

// level returns pcm at a level in dBFS.
func level(pcm []int16, db float64) []int16 {
	g := math.Pow(10, (db-rms(pcm))/20)
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = int16(max(-32000, min(32000, float64(v)*g)))
	}
	return out
}

// line is a telephone whose loudspeaker is heard by its microphone, on a G.711 line.
type line struct {
	delay time.Duration // of the echo
	gain  float64       // in dB; below -90 there is none
}

// carry returns what is heard of a caller who speaks last while the agent speaks.
func (l line) carry(tb testing.TB, agent, caller []int16) []int16 {
	tb.Helper()
	enc, err := codec.NewEncoder(codec.PCMU)
	if err != nil {
		tb.Fatal(err)
	}
	dec, err := codec.NewDecoder(codec.PCMU)
	if err != nil {
		tb.Fatal(err)
	}
	payload, pcm := make([]byte, 400), make([]int16, 4000)
	r := rand.New(rand.NewPCG(1, 2))
	g := math.Pow(10, l.gain/20)
	d := audio.Samples(l.delay, audio.Rate)
	amp := math.Pow(10, -60.0/20) * 32768 // the line's noise
	var out []int16
	for i := 0; i+audio.FrameSamples <= len(agent); i += audio.FrameSamples {
		frame := make([]int16, audio.FrameSamples)
		for j := range frame {
			x := amp * r.NormFloat64()
			for k, tap := range []float64{0.85, 0.35, -0.2} {
				if p := i + j - d - k*29; p >= 0 {
					x += g * tap * float64(agent[p])
				}
			}
			if n := i + j - (len(agent) - len(caller)); n >= 0 {
				x += float64(caller[n])
			}
			frame[j] = int16(max(-32000, min(32000, x)))
		}
		n, err := enc.Encode(frame, payload)
		if err != nil {
			tb.Fatal(err)
		}
		n, err = dec.Decode(payload[:n], pcm)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, pcm[:n]...)
	}
	return out
}
