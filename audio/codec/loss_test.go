package codec_test

import (
	"bytes"
	"testing"
	"time"

	"huike/audio/codec"
)

func TestLostPacketsOfAnyLengthAreConcealedInTheirLength(t *testing.T) {
	t.Parallel()
	packets := encode(t, codec.Opus, voice(time.Second))
	for _, format := range all {
		decoder, err := codec.NewDecoder(format)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= codec.MaxSamples; n += 37 {
			for _, next := range [][]byte{nil, packets[20], {}, {0xff}, bytes.Repeat([]byte{3}, 40)} {
				if got, err := decoder.Conceal(make([]int16, n), next); got != n || err != nil {
					t.Fatalf("%v: Conceal of %d samples with %x: %d, %v", format, n, next, got, err)
				}
			}
		}
	}
}
