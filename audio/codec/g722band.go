package codec

// The tables of G.722, by the names that they have there.
//
//nolint:gochecknoglobals // tables of the standard
var (
	q6 = [30]int32{ // where the lower band's 60 steps end (table 14)
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650,
		714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
	}
	qm6 = [64]int32{ // what a code of the lower band means, in six bits
		-136, -136, -136, -136, -24808, -21904, -19008, -16704,
		-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576,
		-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192,
		10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032,
		1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	qm4 = [16]int32{ // and in its upper four, which alone move the predictor
		0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
		20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
	}
	qm2 = [4]int32{-7408, -1616, 7408, 1616} // what a code of the upper band means
	wl4 = [16]int32{                         // how the lower band's scale follows its code
		-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
	}
	wh2 = [4]int32{798, -214, 798, -214} // and the upper band's
	ilb = [32]int32{                     // 2048 * 2^(i/32)
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)

// band is one of the two bands: an adaptive predictor and an adaptive scale,
// which encoder and decoder move alike. All is in 16-bit arithmetic that
// saturates, as the standard's clause 6 describes bit by bit.
type band struct {
	log   int32    // of the scale, 1/2048 of an octave
	scale int32    // of the quantiser
	s     int32    // the prediction
	zero  int32    // the part of it that the zeros make
	a1    int32    // poles
	a2    int32    //
	b     [6]int32 // zeros
	d     [6]int32 // differences, doubled, the newest first
	p1    int32    // partial reconstructions, the newest first
	p2    int32    //
	r     int32    // the last reconstruction
}

func newLow() band  { return band{scale: 32} }
func newHigh() band { return band{scale: 8} }

// encodeLow returns the six bits that write x.
func (b *band) encodeLow(x int32) byte {
	diff := saturate(x - b.s)
	size := diff ^ diff>>31 // its magnitude, one less below zero
	// The last step whose beginning size reaches: the steps are monotonous.
	from, to := 0, len(q6)
	for to-from > 1 {
		if middle := (from + to) / 2; size >= q6[middle]*b.scale>>12 {
			from = middle
		} else {
			to = middle
		}
	}
	code := byte(61 - from) // 61, 60, … 32
	switch {
	case diff < 0 && from < 2:
		code = byte(63 - from)
	case diff < 0:
		code = byte(33 - from) // 31, 30, … 4
	}
	b.moveLow(code)
	return code
}

// decodeLow returns what six bits mean.
func (b *band) decodeLow(code byte) int32 {
	x := min(max(b.s+qm6[code]*b.scale>>15, -1<<14), 1<<14-1)
	b.moveLow(code)
	return x
}

func (b *band) moveLow(code byte) {
	d := qm4[code>>2] * b.scale >> 15
	b.rescale(wl4[code>>2], 18432, 8)
	b.predict(d)
}

// encodeHigh returns the two bits that write x.
func (b *band) encodeHigh(x int32) byte {
	diff := saturate(x - b.s)
	code := byte(0) // below zero and large
	if size := diff ^ diff>>31; size < 564*b.scale>>12 {
		code = 1
	}
	if diff >= 0 {
		code += 2
	}
	b.moveHigh(code)
	return code
}

// decodeHigh returns what two bits mean.
func (b *band) decodeHigh(code byte) int32 {
	x := min(max(b.s+qm2[code]*b.scale>>15, -1<<14), 1<<14-1)
	b.moveHigh(code)
	return x
}

func (b *band) moveHigh(code byte) {
	d := qm2[code] * b.scale >> 15
	b.rescale(wh2[code], 22528, 10)
	b.predict(d)
}

// rescale moves the scale (blocks LOGSC and SCALE).
func (b *band) rescale(step, most, unity int32) {
	b.log = min(max(b.log*127>>7+step, 0), most)
	mantissa, shift := ilb[b.log>>6&31], unity-b.log>>11
	if shift < 0 {
		b.scale = mantissa << -shift << 2
	} else {
		b.scale = mantissa >> shift << 2
	}
}

// predict takes the quantised difference and makes the next prediction (blocks
// PARREC to PREDIC).
func (b *band) predict(d int32) {
	r := saturate(b.s + d)
	p := saturate(b.zero + d)
	b.adaptPoles(p)
	b.adaptZeros(d)
	// Each product is cut by itself, as the standard does.
	poles := saturate(b.a1*saturate(2*r)>>15 + b.a2*saturate(2*b.r)>>15)
	w, x := &b.b, &b.d
	b.zero = saturate(w[0]*x[0]>>15 + w[1]*x[1]>>15 + w[2]*x[2]>>15 + w[3]*x[3]>>15 + w[4]*x[4]>>15 + w[5]*x[5]>>15)
	b.s = saturate(poles + b.zero)
	b.r, b.p2, b.p1 = r, b.p1, p
}

// adaptPoles is UPPOL2 and UPPOL1.
func (b *band) adaptPoles(p int32) {
	step := saturate(4 * b.a1)
	one, two := int32(192), int32(128)
	if p^b.p1 >= 0 {
		step = min(-step, 32767)
	} else {
		one = -one
	}
	if p^b.p2 < 0 {
		two = -two
	}
	b.a2 = min(max(step>>7+two+b.a2*32512>>15, -12288), 12288)
	bound := 15360 - b.a2
	b.a1 = min(max(one+b.a1*32640>>15, -bound), bound)
}

// adaptZeros is UPZERO and DELAYA. A weight loses 1/256 of itself and moves by
// 128, so it stays within 16 bits.
func (b *band) adaptZeros(d int32) {
	step := int32(128)
	if d == 0 {
		step = 0
	}
	w, x := &b.b, &b.d
	for i := range w {
		sign := (d ^ x[i]) >> 31 // -1 where the signs differ
		w[i] = w[i]*32640>>15 + (step ^ sign - sign)
	}
	x[5], x[4], x[3], x[2], x[1], x[0] = x[4], x[3], x[2], x[1], x[0], saturate(2*d)
}

func saturate(x int32) int32 { return min(max(x, -1<<15), 1<<15-1) }
