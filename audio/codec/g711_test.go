package codec

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"
)

// The sums are the CRC-32 that the ITU-T's software tool library (G.191, module
// G.711) gives for its reference files: all 65536 samples in ascending order,
// encoded, and decoded again, each value in 16 bits, the lower half first.
func TestG711IsTheReferencesBitForBit(t *testing.T) {
	t.Parallel()
	sweep := make([]int16, 1<<16)
	for i := range sweep {
		sweep[i] = int16(i + math.MinInt16)
	}
	for _, test := range []struct {
		name           string
		read           func([]int16, []byte)
		write          func([]byte, []int16)
		codes, samples uint32
	}{
		{"μ-law", readMu, writeMu, 0xcd170e15, 0x63641c01},
		{"A-law", readA, writeA, 0x74719fe4, 0xabceaa69},
	} {
		codes, samples := make([]byte, len(sweep)), make([]int16, len(sweep))
		test.write(codes, sweep)
		test.read(samples, codes)
		var encoded, decoded []byte
		for i := range codes {
			encoded = binary.LittleEndian.AppendUint16(encoded, uint16(codes[i]))
			decoded = binary.LittleEndian.AppendUint16(decoded, uint16(samples[i]))
		}
		if sum := crc32.ChecksumIEEE(encoded); sum != test.codes {
			t.Errorf("%s: the codes' sum is %08x, want %08x", test.name, sum, test.codes)
		}
		if sum := crc32.ChecksumIEEE(decoded); sum != test.samples {
			t.Errorf("%s: the samples' sum is %08x, want %08x", test.name, sum, test.samples)
		}
	}
}
