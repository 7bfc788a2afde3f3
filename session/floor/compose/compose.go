// Package compose puts labelled recordings of callers together, the same ones for the
// same seed: sentences with pauses in their middle, digits with room to breathe,
// backchannels, coughs, laughter, words to somebody else, and interruptions. Sentences
// and digits are recordings of people or a synthesiser's; coughs and laughter are made
// here, since no free recording of them was to be had.
package compose

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"huike/audio"
	"huike/audio/rttm"
	"huike/session/floor"
)

// Say speaks a text in a voice, 16 kHz mono; stretch makes it slower.
type Say func(voice string, stretch float64, text string) ([]int16, error)

// Call is one composed recording, 16 kHz mono.
type Call struct {
	PCM    []int16
	Labels floor.Labels
}

// Composer composes. One goroutine owns it.
type Composer struct {
	random  *rand.Rand
	say     Say
	words   words
	digits  map[string]map[int][][]int16
	readers []string
	prompts []prompt
	noises  [][]int16
	wider   []string
}

type prompt struct {
	words string
	pcm   []int16
}

// New returns a composer. Voices and sentences of a hold-out are in no other
// composition.
func New(seed uint64, holdOut bool, say Say) *Composer {
	c := &Composer{
		random: rand.New(rand.NewPCG(seed, 7)), //nolint:gosec // must come out the same each time
		say:    say, words: develop(), digits: map[string]map[int][][]int16{},
	}
	if holdOut {
		c.words = heldOut()
	}
	return c
}

// Digit gives the composer a digit as somebody says it.
func (c *Composer) Digit(who string, digit int, pcm []int16) {
	if c.digits[who] == nil {
		c.digits[who] = map[int][][]int16{}
		c.readers = append(c.readers, who)
	}
	c.digits[who][digit] = append(c.digits[who][digit], pcm)
}

// Prompt gives it a sentence of a person.
func (c *Composer) Prompt(words string, pcm []int16) {
	c.prompts = append(c.prompts, prompt{words, pcm})
}

// Sentence gives it a sentence that callers may say beside those of its part; some have
// a pause at any of their words.
func (c *Composer) Sentence(text string) { c.wider = append(c.wider, text) }

// Noise gives it the noise of a place.
func (c *Composer) Noise(pcm []int16) { c.noises = append(c.noises, pcm) }

// The plan of a call, in seconds. The agent greets until about 3.5 s.
const (
	firstTurn = 5.0
	overAfter = 1.2 // after a turn's end: over the answer
	length    = 34.0
)

// Call composes the next recording.
func (c *Composer) Call() (Call, error) {
	if len(c.readers) == 0 || len(c.prompts) == 0 {
		return Call{}, errors.New("compose: no digits or no prompts")
	}
	t := &take{pcm: make([]int16, int(length*audio.Rate)), level: -20 - 8*c.random.Float64(), voice: pick(c, c.words.voices)}
	t.labels.Lang = "en"
	if err := c.over(t, 1.0+0.6*c.random.Float64()); err != nil { // over the greeting
		return Call{}, err
	}
	end, err := c.turn(t, max(firstTurn, t.last()+2.5), floor.Turn)
	if err != nil {
		return Call{}, err
	}
	if c.random.IntN(2) == 0 {
		if end, err = c.turn(t, end+overAfter+0.4*c.random.Float64(), floor.Interruption); err != nil {
			return Call{}, err
		}
	} else if err := c.over(t, end+overAfter+0.4*c.random.Float64()); err != nil {
		return Call{}, err
	}
	at := max(end, t.last()) + 8.5
	if err := c.over(t, at); err != nil { // into silence
		return Call{}, err
	}
	if _, err = c.turn(t, max(at, t.last())+3.2, floor.Turn); err != nil {
		return Call{}, err
	}
	t.pcm = t.pcm[:min(len(t.pcm), int((t.last()+4)*audio.Rate))]
	c.line(t)
	return Call{PCM: t.pcm, Labels: t.labels}, nil
}

// take is a recording in the making.
type take struct {
	pcm    []int16
	labels floor.Labels
	level  float64 // of the caller's words, dBFS
	voice  string
}

// last is when the last labelled sound ends, in seconds.
func (t *take) last() float64 {
	end := time.Duration(0)
	for _, l := range t.labels.Labels {
		end = max(end, l.To)
	}
	return end.Seconds()
}

// put mixes sound in at the given second and level, and returns where it is.
func (t *take) put(pcm []int16, at, level float64) rttm.Span {
	from := int(at * audio.Rate)
	gain := math.Pow(10, (level-loudness(pcm))/20)
	for need := from + len(pcm); len(t.pcm) < need; {
		t.pcm = append(t.pcm, 0)
	}
	for i, v := range pcm {
		t.pcm[from+i] = clip(float64(t.pcm[from+i]) + float64(v)*gain)
	}
	return rttm.Span{From: seconds(from), To: seconds(from + len(pcm))}
}

func seconds(samples int) time.Duration { return audio.Duration(samples, audio.Rate) }

func (t *take) label(l floor.Label) { t.labels.Labels = append(t.labels.Labels, l) }

// turn adds a turn of the caller, and returns when it ends.
func (c *Composer) turn(t *take, at float64, kind floor.Kind) (end float64, err error) {
	var s speech
	switch n := c.random.IntN(10); {
	case len(c.wider) > 0 && n < 6:
		s, err = c.wide(t, pick(c, c.wider))
	case kind == floor.Interruption:
		s, err = c.sentence(t, pick(c, c.words.interruptions), false)
	case n < 3:
		s, err = c.sentence(t, pick(c, c.words.requests), false)
	case n < 6:
		s, err = c.sentence(t, pick(c, c.words.paused), true)
	case n < 8:
		p := pick(c, c.prompts)
		s = c.paused(trim(p.pcm), p.words, c.random.IntN(2) == 0)
	default:
		s, err = c.number(t)
	}
	if err != nil {
		return 0, err
	}
	span := t.put(s.pcm, at, t.level)
	t.label(floor.Label{Span: span, Kind: kind, Who: "caller", Complete: true, Words: s.words})
	for _, p := range s.pauses {
		t.label(floor.Label{Span: rttm.Span{From: span.From + p.From, To: span.From + p.To}, Kind: floor.Pause, Who: "caller"})
	}
	return span.To.Seconds(), nil
}

// over adds a sound that is no turn.
func (c *Composer) over(t *take, at float64) error {
	l := floor.Label{Who: "caller"}
	var pcm []int16
	var err error
	level := t.level
	switch n := c.random.IntN(8); {
	case n < 3:
		l.Kind, l.Words = floor.Backchannel, pick(c, c.words.backchannels)
		pcm, err = c.say(t.voice, 1, l.Words)
		level -= 3 * c.random.Float64()
	case n == 3:
		l.Kind, l.Words, pcm = floor.Tic, "[cough]", c.cough()
	case n == 4:
		l.Kind, l.Words, pcm = floor.Tic, "[laughter]", c.laughter()
	case n == 5:
		l.Kind, l.Words = floor.Tic, pick(c, c.words.hesitations)
		pcm, err = c.say(t.voice, 1.2, l.Words)
	default: // to somebody else, away from the telephone, or somebody else's
		l.Kind, l.Words = floor.Aside, pick(c, c.words.asides)
		pcm, err = c.say(pick(c, c.words.others), 1, l.Words)
		l.Who = "other"
		pcm = far(pcm)
		level -= 8 + 8*c.random.Float64()
	}
	if err != nil {
		return err
	}
	l.Span = t.put(trim(pcm), at, level)
	t.label(l)
	return nil
}

func pick[T any](c *Composer, list []T) T { return list[c.random.IntN(len(list))] }

// line puts the noise of the line, and sometimes of a place, under the call.
func (c *Composer) line(t *take) {
	hiss := math.Pow(10, (-68+8*c.random.Float64())/20) * 32768
	for i := range t.pcm {
		t.pcm[i] = clip(float64(t.pcm[i]) + c.random.NormFloat64()*hiss)
	}
	if len(c.noises) == 0 || c.random.IntN(3) > 0 {
		return
	}
	noise := pick(c, c.noises)
	gain := math.Pow(10, (-48+6*c.random.Float64()-loudness(noise))/20)
	for i := range t.pcm {
		t.pcm[i] = clip(float64(t.pcm[i]) + gain*float64(noise[i%len(noise)]))
	}
}
