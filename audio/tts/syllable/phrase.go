package syllable

import (
	"math"
	"math/rand/v2"
)

const (
	lowest   = 10.0 // semitones, where this speaker's third tones lie
	narrow   = 0.75 // of the range of syllables said alone: nobody sings whole sentences
	fall     = 1.0  // semitones by which the pitch of a phrase falls below that
	lift     = 0.5  // semitones by which it begins above
	glide    = 0.9  // semitones in 5 ms, the most that a tone moves by
	lasting  = 1.08 // length of the last syllable of a phrase
	passing  = 0.94 // and of those before it
	light    = 0.8  // of a neutral one
	vowel    = 2240 // samples, 140 ms: the shortest voice of any other; some recordings have 42 ms
	longer   = 2.5  // times as long as it was recorded, at most
	soft     = 0.75 // loudness of a neutral one
	closing  = 0.9  // and of the last of a sentence
	voiced   = 320  // samples, 20 ms: the overlap of two voiced ends
	unvoiced = 96   // samples, 6 ms: of other ends
	floor    = 3e-5 // RMS of a pause: -90 dBFS
)

// breath is one phrase as it grows.
type breath struct {
	sounds []sound
	config Config
	final  bool // the end of a sentence
	out    []float64
	before *unit
}

// add joins the recording of the syllable i to the phrase.
func (b *breath) add(i int, u *unit) {
	last := i == len(b.sounds)-1
	at := float64(i) / float64(max(len(b.sounds)-1, 1))
	shift := lift - at*(lift+fall)*min(float64(len(b.sounds))/6, 1) + b.config.Pitch
	contour := b.contour(i, u)
	for k, x := range contour {
		contour[k] = lowest + (x-lowest)*narrow + shift
	}
	stretch, gain := passing, 1.0
	if last {
		stretch = lasting
	}
	if b.sounds[i].tone == 5 {
		stretch, gain = stretch*light, gain*soft
	}
	if last && b.final {
		gain *= closing
	}
	if n := u.marks[len(u.marks)-1] - u.marks[0]; last || b.sounds[i].tone != 5 {
		stretch = max(stretch, min(vowel/float64(n), longer))
	}
	pcm := u.say(contour, stretch/b.config.Pace)
	for k := range pcm {
		pcm[k] *= gain
	}
	if b.before == nil {
		b.out = pcm
	} else {
		b.out = join(b.out, pcm, b.before, u)
	}
	b.before = u
}

// ready takes what no later syllable changes.
func (b *breath) ready() []int16 {
	n := len(b.out) - 2*(voiced+longLag)
	if n <= 0 {
		return nil
	}
	pcm := rounded(b.out[:n])
	b.out = append([]float64(nil), b.out[n:]...)
	return pcm
}

// contour returns the pitch for the syllable: its own recording's, but for a third
// tone that goes on, which does not rise, and for a borrowed recording.
func (b *breath) contour(i int, u *unit) []float64 {
	sounds := b.sounds
	contour := gliding(u.contour)
	if sounds[i].borrowed || sounds[i].tone == 5 {
		shape := shapeOf(sounds, i)
		for k := range contour {
			x := float64(k) / float64(max(len(contour)-1, 1))
			contour[k] = shape[0] + (shape[1]-shape[0])*x
		}
		return contour
	}
	if sounds[i].tone == 3 && i < len(sounds)-1 {
		low := math.Inf(1)
		for k, x := range contour {
			low = min(low, x)
			contour[k] = min(x, low+1)
		}
	}
	return contour
}

// gliding returns contour without steps of more than [glide], from its middle outwards.
func gliding(contour []float64) []float64 {
	out := append([]float64(nil), contour...)
	for k := len(out)/2 + 1; k < len(out); k++ {
		out[k] = min(max(out[k], out[k-1]-glide), out[k-1]+glide)
	}
	for k := len(out)/2 - 1; k >= 0; k-- {
		out[k] = min(max(out[k], out[k+1]-glide), out[k+1]+glide)
	}
	return out
}

// shapeOf returns where the pitch of a syllable that has no recording in its tone
// begins and ends, in semitones: as this speaker's tones do.
func shapeOf(sounds []sound, i int) [2]float64 {
	switch sounds[i].tone {
	case 1:
		return [2]float64{23.4, 23.6}
	case 2:
		return [2]float64{20.4, 23.6}
	case 3:
		return [2]float64{17.5, 10.5}
	case 4:
		return [2]float64{23, 13}
	}
	before := 4
	if i > 0 {
		before = sounds[i-1].tone
	}
	switch before {
	case 1:
		return [2]float64{19.5, 16.5}
	case 2:
		return [2]float64{20.5, 17}
	case 3:
		return [2]float64{18, 20}
	}
	return [2]float64{15.5, 13}
}

// join lays the beginning of next over the end of out. Two voiced ends overlap where
// they resemble each other most, within one period.
func join(out, next []float64, before, after *unit) []float64 {
	overlap, slack := unvoiced, 0
	if before.voicedEnd() && after.voicedStart() {
		overlap = voiced
		slack = int(after.period(after.first))
	}
	overlap = min(overlap, len(out)/2, len(next)/2)
	slack = max(min(slack, len(out)/2-overlap), 0)
	best, top := 0, math.Inf(-1)
	for s := 0; s <= slack; s++ {
		var ab, aa float64
		tail := out[len(out)-overlap-s:][:overlap]
		for i, x := range tail {
			ab += x * next[i]
			aa += x * x
		}
		if c := ab / math.Sqrt(aa+1e-9); c > top {
			best, top = s, c
		}
	}
	out = out[:len(out)-best]
	base := len(out) - overlap
	for i := range overlap {
		w := 0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(overlap))
		out[base+i] = out[base+i]*(1-w) + next[i]*w
	}
	return append(out, next[overlap:]...)
}

const near = 400 // samples, 25 ms: a mark so near an end makes it a voiced one

func (u *unit) voicedStart() bool { return len(u.marks) > 0 && u.marks[0] < near }

func (u *unit) voicedEnd() bool {
	return len(u.marks) > 0 && len(u.pcm)-u.marks[len(u.marks)-1] < near
}

// hush returns a pause of n samples. It holds a faint noise: after digital silence a
// listener takes a line for dead.
func hush(n int) []int16 {
	pause := make([]int16, n)
	noise := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same text must sound the same
	for i := range pause {
		pause[i] = int16(math.Round(noise.NormFloat64() * floor * 32768))
	}
	return pause
}

// rounded returns samples; what rises above the knee is bent, not cut.
func rounded(in []float64) []int16 {
	const knee = 0.7
	out := make([]int16, len(in))
	for i, x := range in {
		if m := math.Abs(x); m > knee {
			x = math.Copysign(knee+(1-knee)*math.Tanh((m-knee)/(1-knee)), x)
		}
		out[i] = int16(math.Round(x * 32767))
	}
	return out
}
