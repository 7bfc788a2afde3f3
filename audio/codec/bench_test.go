package codec_test

import (
	"fmt"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

func ExampleNewDecoder() {
	encoder, err := codec.NewEncoder(codec.Opus)
	if err != nil {
		fmt.Println(err)
		return
	}
	decoder, err := codec.NewDecoder(codec.Opus)
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
	n, err := encoder.Encode(make(audio.Frame, audio.FrameSamples), payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(decoder.Duration(payload[:n]))
	fmt.Println(decoder.Decode(payload[:n], pcm))
	fmt.Println(decoder.Conceal(pcm[:audio.FrameSamples], nil))
	// Output:
	// 20ms
	// 320 <nil>
	// 320 <nil>
}

func BenchmarkEncode(b *testing.B) {
	for _, format := range all {
		b.Run(format.String(), func(b *testing.B) {
			encoder, err := codec.NewEncoder(format)
			if err != nil {
				b.Fatal(err)
			}
			pcm, payload := voice(time.Second), make([]byte, codec.MaxPayload)
			b.ReportAllocs()
			for i := 0; b.Loop(); i = (i + audio.FrameSamples) % len(pcm) {
				if _, err := encoder.Encode(pcm[i:i+audio.FrameSamples], payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, format := range all {
		b.Run(format.String(), func(b *testing.B) {
			decoder, err := codec.NewDecoder(format)
			if err != nil {
				b.Fatal(err)
			}
			packets, pcm := encode(b, format, voice(time.Second)), make([]int16, codec.MaxSamples)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%10 == 9 { // one in ten is lost
					_, err = decoder.Conceal(pcm[:audio.FrameSamples], packets[i%len(packets)])
				} else {
					_, err = decoder.Decode(packets[i%len(packets)], pcm)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
