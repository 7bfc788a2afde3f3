package vad

import (
	"math"
	"slices"
	"sync"

	"huike/audio"
)

// Tone is what a stretch of speech sounds like, and how it ends: a voice that has said
// all it wants falls, in pitch and in loudness, and draws its last syllable out. Fields
// are 0 where there is no voice to measure.
type Tone struct {
	Pitch   float32 // median fundamental, in semitones over 50 Hz
	Voiced  float32 // share of the sound that is voiced
	End     float32 // pitch of the last 120 ms of voice, in semitones over Pitch
	Low     float32 // the same over the lowest tenth of the stretch
	Slope   float32 // of the pitch over the last 250 ms of voice, in semitones a second
	Fall    float32 // loudness of the last 150 ms, in dB over the mean of the stretch
	Fade    float32 // slope of the loudness there, in dB a second
	Last    float32 // length of the last stretch of voice, in seconds
	Unvoice float32 // sound behind the last voice, in seconds
	Bright  float32 // level above 1 kHz against all, in dB: a voice away from the telephone is dull
	Level   float32 // mean level of the sound, in dBFS
	Length  float32 // of the sound, in seconds
}

const (
	pitchRate   = audio.Rate / 4 // the pitch is looked for below 2 kHz
	pitchHop    = pitchRate / 100
	pitchFrame  = pitchRate / 25    // 40 ms
	lowestPitch = 60                // Hz
	highest     = 400               // Hz
	voicedFrom  = 0.55              // correlation with what was one period before
	longestTone = 3 * audio.Rate    // samples that are looked at, from the end
	heardBelow  = 30                // dB under the loudest: no sound
	mostFrames  = longestTone / 160 // of 10 ms
)

// frame10 is 10 ms of sound: its level, and its pitch where it is voiced.
type frame10 struct {
	level, high float32 // dBFS
	pitch       float32 // semitones over 50 Hz; 0 where it is not voiced
}

// ToneOf measures speech, 16 kHz mono, of which it looks at the last 3 s. Silence at
// both ends is left out.
func ToneOf(pcm []int16) Tone {
	room := rooms.Get().(*room) //nolint:forcetypeassert // it holds nothing else
	defer rooms.Put(room)
	pcm = pcm[max(len(pcm)-longestTone, 0):]
	frames := room.levels(pcm)
	room.pitches(frames, pcm)
	t, frames := loudness(frames)
	if len(frames) > 0 {
		t.melody(frames)
	}
	return t
}

// LoudnessOf is ToneOf without what the pitch tells, for a quarter of the time: Pitch,
// Voiced, End, Low, Slope, Last and Unvoice are 0.
func LoudnessOf(pcm []int16) Tone {
	room := rooms.Get().(*room) //nolint:forcetypeassert // it holds nothing else
	defer rooms.Put(room)
	t, _ := loudness(room.levels(pcm[max(len(pcm)-longestTone, 0):]))
	return t
}

// room is what one measurement needs, kept for the next.
type room struct {
	frames [mostFrames]frame10
	low    [longestTone / 4]float32
}

var rooms = sync.Pool{New: func() any { return new(room) }} //nolint:gochecknoglobals // 51 KB that each pause of each call would make anew

// levels returns the frames of pcm, of [longestTone] at most, without their pitch; they
// are the room's.
func (r *room) levels(pcm []int16) []frame10 {
	frames := r.frames[:0]
	var m meter
	for n := 0; n+slotSamples <= len(pcm); n += slotSamples {
		l, _ := m.measure(pcm[n : n+slotSamples])
		frames = append(frames, frame10{level: l.all, high: l.high})
	}
	return frames
}

// pitches finds the pitch of the frames of pcm.
func (r *room) pitches(frames []frame10, pcm []int16) {
	low := decimated(r.low[:0], pcm)
	for i := range frames {
		from := i*pitchHop + pitchHop/2 - pitchFrame/2
		if from >= 0 && from+pitchFrame <= len(low) && frames[i].level > leastSpeech {
			frames[i].pitch = pitch(low[from : from+pitchFrame])
		}
	}
	smooth(frames)
}

// decimated appends to out pcm at a quarter of its rate, each sample the mean of eight.
func decimated(out []float32, pcm []int16) []float32 {
	for n := 4; n+4 <= len(pcm); n += 4 {
		sum := int32(0)
		for _, v := range pcm[n-4 : n+4] {
			sum += int32(v)
		}
		out = append(out, float32(sum)/8)
	}
	return out
}

// pitch returns the fundamental of a frame, in semitones over 50 Hz, or 0.
func pitch(frame []float32) float32 {
	const shortest, longest = pitchRate / highest, pitchRate / lowestPitch
	width := len(frame) - longest
	var energy float32 // of the part that a lag is compared with
	for _, v := range frame[:width] {
		energy += v * v
	}
	own, best, at := energy, float32(0), 0
	var score [longest + 2]float32
	products(score[shortest:longest+1], frame, width, shortest)
	for lag := 1; lag <= longest; lag++ {
		gone, come := frame[lag-1], frame[lag+width-1]
		energy += come*come - gone*gone
		if lag < shortest {
			continue
		}
		score[lag] /= float32(math.Sqrt(float64(own*energy)) + 1)
		if score[lag] > best {
			best, at = score[lag], lag
		}
	}
	if best < voicedFrom {
		return 0
	}
	for lag := shortest + 1; lag < at; lag++ { // a shorter period that is nearly as good is the true one
		if score[lag] > 0.9*best && score[lag] >= score[lag-1] && score[lag] >= score[lag+1] { //nolint:gosec // lag < at <= longest
			at = lag
			break
		}
	}
	period := float64(at)
	if at > shortest && at < longest { // between samples, by a parabola
		a, b, c := float64(score[at-1]), float64(score[at]), float64(score[at+1])
		if bend := a - 2*b + c; bend < 0 {
			period += 0.5 * (a - c) / bend
		}
	}
	return float32(12 * math.Log2(pitchRate/period/50))
}

// products writes to out the sums of products of the first width samples of frame and
// of those that lie lag behind them, from a first lag on. Four lags at a time: each sum
// waits for its own last addition, so four go in the time of one.
func products(out, frame []float32, width, first int) {
	head := frame[:width]
	n := 0
	for ; n+4 <= len(out); n += 4 {
		at := frame[first+n:]
		at0, at1, at2, at3 := at[:len(head)], at[1:][:len(head)], at[2:][:len(head)], at[3:][:len(head)]
		var a, b, c, d float32
		for i, v := range head {
			a += v * at0[i]
			b += v * at1[i]
			c += v * at2[i]
			d += v * at3[i]
		}
		out[n], out[n+1], out[n+2], out[n+3] = a, b, c, d
	}
	for ; n < len(out); n++ {
		for i, v := range head {
			out[n] += v * frame[first+n+i]
		}
	}
}

// smooth takes out pitches that neither neighbour bears out: octave errors and noise.
func smooth(frames []frame10) {
	near := func(a, b float32) bool { return a > 0 && b > 0 && a-b < 4 && b-a < 4 }
	before := float32(0)
	for i := range frames {
		p, after := frames[i].pitch, float32(0)
		if i+1 < len(frames) {
			after = frames[i+1].pitch
		}
		if p > 0 && !near(p, before) && !near(p, after) {
			frames[i].pitch = 0
		}
		before = p
	}
}

// loudestOf returns the level of the loudest frame.
func loudestOf(frames []frame10) float32 {
	loudest := float32(silence)
	for _, f := range frames {
		loudest = max(loudest, f.level)
	}
	return loudest
}

// withoutSilence returns frames without the silence at both ends.
func withoutSilence(frames []frame10) []frame10 {
	loudest := loudestOf(frames)
	if loudest <= leastSpeech {
		return nil
	}
	quiet := func(f frame10) bool { return f.level < loudest-heardBelow }
	for len(frames) > 0 && quiet(frames[0]) {
		frames = frames[1:]
	}
	for len(frames) > 0 && quiet(frames[len(frames)-1]) {
		frames = frames[:len(frames)-1]
	}
	return frames
}

// loudness measures how loud the sound in frames is, and becomes, and returns its own
// frames: none where there is nothing but silence.
func loudness(frames []frame10) (t Tone, sound []frame10) {
	if frames = withoutSilence(frames); len(frames) == 0 {
		return Tone{}, nil
	}
	t.Length = float32(len(frames)) / 100
	loudest := loudestOf(frames)
	all, high, n := 0.0, 0.0, 0
	for _, f := range frames {
		if f.level >= loudest-20 {
			all += math.Pow(10, float64(f.level)/10)
			high += math.Pow(10, float64(f.high)/10)
			n++
		}
	}
	t.Level = float32(10 * math.Log10(all/float64(n)))
	t.Bright = float32(10 * math.Log10((high+1e-12)/all))
	end := frames[max(len(frames)-15, 0):]
	sum := float32(0)
	var ys []float32
	for _, f := range end {
		sum += f.level
		ys = append(ys, f.level)
	}
	t.Fall = sum/float32(len(end)) - t.Level
	t.Fade = slope(ys) * 100
	return t, frames
}

// melody measures the pitch of frames, and how it ends.
func (t *Tone) melody(frames []frame10) {
	var voiced []float32
	last := 0 // frame behind the last voiced one
	for i, f := range frames {
		if f.pitch > 0 {
			voiced = append(voiced, f.pitch)
			last = i + 1
		}
	}
	t.Voiced = float32(len(voiced)) / float32(len(frames))
	if len(voiced) < 5 {
		return
	}
	sorted := slices.Sorted(slices.Values(voiced))
	t.Pitch = sorted[len(sorted)/2]
	final := slices.Sorted(slices.Values(voiced[max(len(voiced)-12, 0):]))
	t.End = final[len(final)/2] - t.Pitch
	t.Low = final[len(final)/2] - sorted[len(sorted)/10]
	t.Slope = slope(voiced[max(len(voiced)-25, 0):]) * 100
	t.Unvoice = float32(len(frames)-last) / 100
	run := 0
	for i := last - 1; i >= 0 && (frames[i].pitch > 0 || i > 0 && frames[i-1].pitch > 0); i-- {
		run++
	}
	t.Last = float32(run) / 100
}

// slope is that of the straight line through ys, for each step.
func slope(ys []float32) float32 {
	n := float32(len(ys))
	if n < 4 {
		return 0
	}
	var sx, sy, sxy, sxx float32
	for i, y := range ys {
		x := float32(i)
		sx, sy, sxy, sxx = sx+x, sy+y, sxy+x*y, sxx+x*x
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
