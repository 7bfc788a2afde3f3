package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/enhance"
	"huike/audio/receiver"
)

// phoneLine brings sound to a recogniser as a call would: noise at the caller's
// side, a telephone's encoding, packets that are lost, and what the call's ear
// makes of them. A line without any of these hands the sound over as it is.
type phoneLine struct {
	noise     []int16 // repeated; nil: none
	snr, loss float64
	telephone bool
	seed      uint64
}

func newPhoneLine(c *evalASRCommand) (*phoneLine, error) {
	l := &phoneLine{snr: c.SNR, loss: c.Loss, telephone: c.Telephone, seed: c.Seed}
	switch {
	case c.SNR == 0:
	case c.Noise != "":
		noise, err := readSpeech(c.Noise)
		if err != nil {
			return nil, err
		}
		l.noise = noise
	default:
		l.noise = pinkNoise(rand.New(rand.NewPCG(c.Seed, 0)), 10*audio.Rate) //nolint:gosec // the same noise each time
	}
	return l, nil
}

// carry reads a file and brings it over the line; n makes what is random its own.
func (l *phoneLine) carry(path string, n int) ([]int16, error) {
	pcm, err := readSpeech(path)
	if err != nil {
		return nil, err
	}
	return l.over(pcm, n)
}

// over brings sound over the line; pcm stays as it is.
func (l *phoneLine) over(pcm []int16, n int) ([]int16, error) {
	pcm = slices.Clone(pcm)
	random := rand.New(rand.NewPCG(l.seed, uint64(n)+1)) //nolint:gosec // the same losses each time
	if l.noise != nil {
		l.mix(pcm, random.IntN(len(l.noise)))
	}
	if l.telephone || l.loss > 0 {
		var err error
		if pcm, err = l.send(pcm, random); err != nil {
			return nil, err
		}
	}
	enhance.Level(pcm) // as a call's sound is before it is recognised
	return pcm, nil
}

// mix adds noise from an offset, snr dB below the mean power of the speech's
// loudest half.
func (l *phoneLine) mix(pcm []int16, from int) {
	speech, all := activePower(pcm), activePower(l.noise)
	if all == 0 {
		return
	}
	gain := math.Sqrt(speech / all * math.Pow(10, -l.snr/10))
	for i := range pcm {
		v := float64(pcm[i]) + gain*float64(l.noise[(from+i)%len(l.noise)])
		pcm[i] = int16(max(-32768, min(32767, math.Round(v))))
	}
}

// activePower is the mean power of the frames above the mean of all.
func activePower(pcm []int16) float64 {
	var frames []float64
	mean := 0.0
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		sum := 0.0
		for _, v := range pcm[n : n+audio.FrameSamples] {
			sum += float64(v) * float64(v)
		}
		frames = append(frames, sum/audio.FrameSamples)
		mean += sum / audio.FrameSamples
	}
	mean /= float64(max(len(frames), 1))
	sum, n := 0.0, 0
	for _, p := range frames {
		if p >= mean {
			sum += p
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// send encodes frames, loses some, and has the rest received as a call's are.
func (l *phoneLine) send(pcm []int16, random *rand.Rand) ([]int16, error) {
	format := codec.L16(audio.Rate)
	if l.telephone {
		format = audio.Format{Name: "pcmu", ClockRate: 8000}
	}
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		return nil, err
	}
	ear, err := receiver.New(receiver.Config{Format: format, CatchesUp: true})
	if err != nil {
		return nil, err
	}
	const tail = 5 // frames of silence, in which what waits comes out
	frames := (len(pcm)+audio.FrameSamples-1)/audio.FrameSamples + tail
	payload := make([]byte, codec.MaxPayload)
	frame := make(audio.Frame, audio.FrameSamples)
	perFrame := uint32(format.ClockRate / int(time.Second/audio.PTime))
	var out []int16
	for n := range frames {
		clear(frame)
		if at := n * audio.FrameSamples; at < len(pcm) {
			copy(frame, pcm[at:])
		}
		size, err := encoder.Encode(frame, payload)
		if err != nil {
			return nil, err
		}
		at := time.Duration(n) * audio.PTime
		if n == 0 || random.Float64() >= l.loss {
			ear.Push(&audio.Packet{Sequence: uint16(n), Timestamp: uint32(n) * perFrame, Payload: payload[:size]}, at)
		}
		for more := true; more; {
			var heard audio.Frame
			heard, _, more = ear.Next(at)
			out = append(out, heard...)
		}
	}
	return out, nil
}

// pinkNoise is n samples of noise that falls by 3 dB an octave, as rooms and
// streets about do: white noise through three poles (Kellet's economy filter).
func pinkNoise(random *rand.Rand, n int) []int16 {
	var a, b, c float64
	pcm := make([]int16, n)
	for i := range pcm {
		white := random.NormFloat64()
		a = 0.99765*a + white*0.0990460
		b = 0.96300*b + white*0.2965164
		c = 0.57000*c + white*1.0526913
		pcm[i] = int16(max(-32768, min(32767, 800*(a+b+c+white*0.1848))))
	}
	return pcm
}
