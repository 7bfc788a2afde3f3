package codec_test

import (
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

func FuzzDecode(f *testing.F) {
	for _, packet := range encode(f, codec.Opus, voice(200*time.Millisecond)) {
		f.Add(packet)
	}
	f.Add(codec.Silence(codec.Opus))
	f.Add([]byte{0x4b, 0x83, 1, 2, 3, 4, 5, 6})
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, format := range []audio.Format{codec.Opus, codec.PCMU, codec.G722, codec.L16(8000), codec.PCM(16000)} {
			decoder, err := codec.NewDecoder(format)
			if err != nil {
				t.Fatal(err)
			}
			// A guard behind the buffer shows whether C writes beyond its end.
			memory := make([]int16, codec.MaxSamples+64)
			pcm := memory[:codec.MaxSamples]
			n, err := decoder.Decode(payload, pcm)
			if want := audio.Samples(decoder.Duration(payload), audio.Rate); err == nil && n != want && n != want+1 {
				t.Fatalf("%v: %d samples, Duration says %d", format, n, want)
			}
			if _, err := decoder.Conceal(pcm[:audio.FrameSamples], payload); err != nil {
				t.Fatal(err)
			}
			for _, guard := range memory[codec.MaxSamples:] {
				if guard != 0 {
					t.Fatalf("%v: written beyond the buffer", format)
				}
			}
		}
	})
}
