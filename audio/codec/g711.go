package codec

import "math/bits"

// G.711 writes a sample in eight bits: sign, three bits of segment, four of
// step. The segments double in size, so that quiet sound has fine steps; a code's
// value is the middle of its step.

//nolint:gochecknoglobals // tables of the standard
var (
	muValue, aValue = g711Values()
	muCode, aCode   = g711Codes()
)

// g711Values returns the value of each code, in 16 bits (G.711, tables 1 and 2).
func g711Values() (mu, a [256]int16) {
	for code := range 256 {
		c := ^code // the μ-law is sent inverted
		segment, step := c>>4&7, c&15
		value := int16((2*step+33)<<segment-33) << 2
		if c&0x80 != 0 {
			value = -value
		}
		mu[code] = value

		c = code ^ 0x55 // of the A-law every other bit is
		segment, step = c>>4&7, c&15
		value = int16(2*step+1) << 3
		if segment > 0 {
			value = int16(2*step+33) << (segment + 2)
		}
		if c&0x80 == 0 {
			value = -value
		}
		a[code] = value
	}
	return mu, a
}

// g711Codes returns the code of each 16-bit sample: those of the μ-law by the
// sample's upper 14 bits, those of the A-law by its upper 13.
func g711Codes() (mu [1 << 14]byte, a [1 << 13]byte) {
	for i := range mu {
		x, sign := i, 0
		if i >= 1<<13 { // negative, in two's complement
			x, sign = 1<<14-1-i, 0x80
		}
		x = min(x, 8158) + 33
		segment := bits.Len(uint(x)) - 6
		mu[i] = ^byte(sign | segment<<4 | x>>(segment+1)&15)
	}
	for i := range a {
		x, sign := i, 0x80
		if i >= 1<<12 {
			x, sign = 1<<13-1-i, 0
		}
		segment := max(0, bits.Len(uint(x))-5)
		a[i] = byte(sign|segment<<4|x>>max(1, segment)&15) ^ 0x55
	}
	return mu, a
}

func readMu(pcm []int16, payload []byte) {
	for i := range pcm {
		pcm[i] = muValue[payload[i]]
	}
}

func writeMu(payload []byte, pcm []int16) {
	for i, s := range pcm {
		payload[i] = muCode[uint16(s)>>2]
	}
}

func readA(pcm []int16, payload []byte) {
	for i := range pcm {
		pcm[i] = aValue[payload[i]]
	}
}

func writeA(payload []byte, pcm []int16) {
	for i, s := range pcm {
		payload[i] = aCode[uint16(s)>>3]
	}
}
