package trace

import (
	"fmt"
	"math"

	"huike/audio"
	"huike/audio/codec"
)

// Payloads encodes sound, 16 kHz mono, as the trace's packets carry it: Opus
// with in-band FEC for the loss that the trace has, over and over if the sound
// is shorter. Nil is a voice of its own making.
func Payloads(t *Trace, pcm []int16) ([][]byte, error) {
	if pcm == nil {
		pcm = Voice()
	}
	encoder, err := codec.NewEncoder(codec.ForLoss(codec.Opus, max(t.Share(), 0.05)))
	if err != nil {
		return nil, err
	}
	payloads := make([][]byte, len(t.Packets))
	scratch := make([]byte, codec.MaxPayload)
	frame := make([]int16, codec.MaxSamples)
	at := 0
	for i := range t.Packets {
		samples := audio.Samples(t.Packets[i].Length, audio.Rate)
		for j := range frame[:samples] {
			frame[j] = pcm[(at+j)%len(pcm)]
		}
		at += samples
		n, err := encoder.Encode(frame[:samples], scratch)
		if err != nil {
			return nil, fmt.Errorf("packet %d: %w", i, err)
		}
		payloads[i] = append([]byte(nil), scratch[:n]...)
	}
	return payloads, nil
}

// Dense returns sound, 16 kHz mono, without what is silent of its pauses beyond
// 200 ms: packets of silence carry no copies, and what is concealed of them says
// nothing.
func Dense(pcm []int16) []int16 {
	const longest = 10 // frames
	peak := 0.0
	frames := len(pcm) / audio.FrameSamples
	loud := make([]float64, frames)
	for i := range frames {
		sum := 0.0
		for _, v := range pcm[i*audio.FrameSamples : (i+1)*audio.FrameSamples] {
			sum += float64(v) * float64(v)
		}
		loud[i] = math.Sqrt(sum / audio.FrameSamples)
		peak = max(peak, loud[i])
	}
	var dense []int16
	silent := 0
	for i := range frames {
		if silent++; loud[i] > peak/30 {
			silent = 0
		}
		if silent <= longest {
			dense = append(dense, pcm[i*audio.FrameSamples:(i+1)*audio.FrameSamples]...)
		}
	}
	return dense
}

// Voice returns ten seconds of what is like a voice to a codec: a wandering
// pitch under formants that change, in syllables and pauses, over a little noise.
func Voice() []int16 {
	const seconds = 10
	pcm := make([]int16, seconds*audio.Rate)
	var phase, a1, a2, b1, b2 float64
	noise := uint32(1)
	for i := range pcm {
		at := float64(i) / audio.Rate
		pitch := 120 + 30*math.Sin(2*math.Pi*0.7*at) + 8*math.Sin(2*math.Pi*5*at)
		phase += pitch / audio.Rate
		pulse := 0.0
		if phase >= 1 {
			phase--
			pulse = 1
		}
		syllable := max(0, math.Sin(2*math.Pi*3.1*at))
		if math.Mod(at, 3) > 2.2 { // a pause between sentences
			syllable = 0
		}
		a := resonate(&a1, &a2, pulse, 500+250*math.Sin(2*math.Pi*1.3*at), 80)
		b := resonate(&b1, &b2, pulse, 1600+500*math.Sin(2*math.Pi*0.9*at), 120)
		noise = noise*1664525 + 1013904223
		pcm[i] = int16(6000*math.Sqrt(syllable)*(a+b/2) + 20*float64(int32(noise))/math.MaxInt32)
	}
	return pcm
}

// resonate is one step of a resonator at that frequency and bandwidth in hertz.
func resonate(y1, y2 *float64, in, frequency, bandwidth float64) float64 {
	r := math.Exp(-math.Pi * bandwidth / audio.Rate)
	y := in + 2*r*math.Cos(2*math.Pi*frequency/audio.Rate)**y1 - r*r**y2
	*y1, *y2 = y, *y1
	return y / 8
}
