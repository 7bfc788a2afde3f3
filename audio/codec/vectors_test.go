package codec

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The ITU-T's own sequences may be used by everyone and passed on only under
// their licence, so they are not kept here: clone github.com/openitu/STL and name
// its folder in HUIKE_STL.
func TestG722IsTheReferencesBitForBit(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("HUIKE_STL")
	if dir == "" {
		t.Skip("HUIKE_STL names no clone of github.com/openitu/STL, whose test data may not be kept here")
	}
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, "src/g722/test_data", name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	words := func(raw []byte) []int16 {
		pcm := make([]int16, len(raw)/2)
		readLittle(pcm, raw)
		return pcm
	}
	sound, want := words(read("inpsp.bin")), words(read("outsp1.bin"))
	var codes []byte
	for _, word := range words(read("codspw.cod")) {
		codes = append(codes, byte(word))
	}
	const piece = 64 // bytes, a part of both lengths
	encoder, decoder := newG722Encoder(), newG722Decoder()
	var encoded []byte
	var decoded []int16
	payload, pcm := make([]byte, piece), make([]int16, 2*piece)
	for at := 0; at < len(codes); at += piece {
		if _, err := encoder.Encode(sound[2*at:2*(at+piece)], payload); err != nil {
			t.Fatal(err)
		}
		encoded = append(encoded, payload...)
		if _, err := decoder.Decode(codes[at:at+piece], pcm); err != nil {
			t.Fatal(err)
		}
		decoded = append(decoded, pcm...)
	}
	if !bytes.Equal(encoded, codes) {
		t.Error("encoded differently")
	}
	if !slices.Equal(decoded, want) {
		t.Error("decoded differently")
	}
	t.Logf("%d codes, %d samples", len(encoded), len(decoded))
}
