package compose

import (
	"math"
	"strings"

	"huike/audio"
	"huike/audio/rttm"
)

const (
	step  = audio.Rate / 100 // 10 ms
	quiet = 34               // dB below the loudest 10 ms: no sound
)

// speech is a turn's sound, its words, and the pauses in it counted from its start.
type speech struct {
	pcm    []int16
	words  string
	pauses []rttm.Span
}

// sentence speaks a text; in a paused one the longest silence becomes a pause.
func (c *Composer) sentence(t *take, text string, pause bool) (speech, error) {
	pcm, err := c.say(t.voice, 0.9+0.3*c.random.Float64(), text)
	if err != nil {
		return speech{}, err
	}
	return c.paused(trim(pcm), text, pause), nil
}

// wide speaks a text that may have a pause at any word: one that the voice makes at a
// comma, or one that breaks its flow.
func (c *Composer) wide(t *take, text string) (speech, error) {
	fields := strings.Fields(text)
	switch c.random.IntN(4) {
	case 0:
		return c.sentence(t, text, true)
	case 1, 2:
		if len(fields) > 2 {
			fields[c.random.IntN(len(fields)-1)] += ","
			return c.sentence(t, strings.Join(fields, " "), true)
		}
	}
	return c.sentence(t, text, false)
}

// pauseLength is that of a pause in the middle of a sentence, in samples.
func (c *Composer) pauseLength() int {
	return int((0.3 + 0.8*c.random.Float64()) * audio.Rate)
}

// paused makes a pause of the longest silence in the middle of pcm.
func (c *Composer) paused(pcm []int16, words string, pause bool) speech {
	s := speech{pcm: pcm, words: words}
	from, to := gap(pcm)
	if !pause || to-from < 4*step {
		return s
	}
	length := max(c.pauseLength(), to-from)
	s.pcm = append(append(append([]int16{}, pcm[:from]...), make([]int16, length)...), pcm[to:]...)
	s.pauses = []rttm.Span{{From: seconds(from), To: seconds(from + length)}}
	return s
}

// number is digits as a person says them, in groups, after a few words.
func (c *Composer) number(t *take) (speech, error) {
	lead := pick(c, c.words.leads)
	s, err := c.sentence(t, lead.text, false)
	if err != nil {
		return s, err
	}
	who := pick(c, c.readers)
	group := 3 + c.random.IntN(2)
	for n := range lead.digits {
		silence := int((0.03 + 0.07*c.random.Float64()) * audio.Rate)
		if n%group == 0 {
			silence = c.pauseLength()
			s.pauses = append(s.pauses, rttm.Span{From: seconds(len(s.pcm)), To: seconds(len(s.pcm) + silence)})
		}
		digit := c.random.IntN(10)
		takes := c.digits[who][digit]
		if len(takes) == 0 {
			continue
		}
		s.pcm = append(s.pcm, make([]int16, silence)...)
		s.pcm = append(s.pcm, level(trim(takes[c.random.IntN(len(takes))]), loudness(s.pcm))...)
		s.words += " " + string(rune('0'+digit))
	}
	return s, nil
}

func level(pcm []int16, to float64) []int16 {
	gain := math.Pow(10, (to-loudness(pcm))/20)
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = clip(gain * float64(v))
	}
	return out
}

func clip(v float64) int16 { return int16(max(-32768, min(32767, math.Round(v)))) }

// levels returns the level of each 10 ms in dBFS.
func levels(pcm []int16) []float64 {
	var out []float64
	for n := 0; n+step <= len(pcm); n += step {
		sum := 0.0
		for _, v := range pcm[n : n+step] {
			sum += float64(v) * float64(v)
		}
		out = append(out, 10*math.Log10(sum/step/(1<<30)+1e-9))
	}
	return out
}

// loudness is the level of what is not silent, in dBFS.
func loudness(pcm []int16) float64 {
	all := levels(pcm)
	loudest := -90.0
	for _, l := range all {
		loudest = max(loudest, l)
	}
	sum, n := 1e-9, 1
	for _, l := range all {
		if l > loudest-25 {
			sum += math.Pow(10, l/10)
			n++
		}
	}
	return 10 * math.Log10(sum/float64(n))
}

// trim cuts the silence off both ends.
func trim(pcm []int16) []int16 {
	all := levels(pcm)
	loudest := -90.0
	for _, l := range all {
		loudest = max(loudest, l)
	}
	from, to := 0, len(all)
	for from < to && all[from] < loudest-quiet {
		from++
	}
	for to > from && all[to-1] < loudest-quiet {
		to--
	}
	return pcm[from*step : to*step]
}

// gap returns the longest silence in the middle of pcm, in samples.
func gap(pcm []int16) (from, to int) {
	all := levels(pcm)
	loudest := -90.0
	for _, l := range all {
		loudest = max(loudest, l)
	}
	run := 0
	for i := len(all) / 5; i < len(all)*9/10; i++ {
		if all[i] >= loudest-30 {
			run = 0
			continue
		}
		if run++; run*step > to-from {
			from, to = (i+1-run)*step, (i+1)*step
		}
	}
	return from, to
}

// far is a voice away from the telephone: duller, and with the room in it.
func far(pcm []int16) []int16 {
	out := make([]int16, len(pcm)+audio.Rate/10)
	y := 0.0
	for i := range out {
		x := 0.0
		if i < len(pcm) {
			x = float64(pcm[i])
		}
		for _, r := range []struct {
			delay int
			gain  float64
		}{{173, 0.5}, {391, 0.4}, {677, 0.3}, {1103, 0.2}} {
			if n := i - r.delay; n >= 0 && n < len(pcm) {
				x += r.gain * float64(pcm[n])
			}
		}
		y += 0.5 * (x - y)
		out[i] = clip(y * 0.6)
	}
	return out
}

// cough is one to three bursts of breath with a low body, as a cough is.
func (c *Composer) cough() []int16 {
	var out []int16
	for range 1 + c.random.IntN(3) {
		n := int((0.13 + 0.1*c.random.Float64()) * audio.Rate)
		fade := 0.04 + 0.03*c.random.Float64()
		smooth := 0.25 + 0.25*c.random.Float64()
		y := 0.0
		for i := range n {
			s := float64(i) / audio.Rate
			y += smooth * (c.random.NormFloat64() - y)
			attack := min(1, s/0.008)
			out = append(out, clip(9000*attack*math.Exp(-s/fade)*y))
		}
		out = append(out, make([]int16, audio.Rate/12)...)
	}
	return out
}

// laughter is short voiced breaths, five a second, that fall in pitch.
func (c *Composer) laughter() []int16 {
	var out []int16
	pitch := 140 + 110*c.random.Float64()
	phase := 0.0
	for n := range 3 + c.random.IntN(4) {
		f := pitch * math.Pow(0.94, float64(n))
		h := 0.0
		for i := range audio.Rate / 11 {
			s := float64(i) / audio.Rate
			phase += f / audio.Rate
			voice := 2*(phase-math.Floor(phase)) - 1
			h += 0.35 * (0.8*voice + 0.6*c.random.NormFloat64() - h)
			out = append(out, clip(9000*h*math.Sin(math.Pi*s*11)))
		}
		out = append(out, make([]int16, audio.Rate/10)...)
	}
	return out
}
