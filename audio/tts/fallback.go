package tts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/breaker"
)

// Fallback speaks with one voice, and with another where the first fails: also within
// a sentence, which the second takes up at the word that the first was saying. After
// some failures in a row the first is left alone for a while (a circuit breaker). What
// the second says is not kept under the first's name. Its fields must not change once
// it is in use.
type Fallback struct {
	First, Second Voice
	Failures      int              // in a row, after which the first is left alone; 0 means 3
	Rest          time.Duration    // for how long; then one text tries it again; 0 means 20 s
	Now           func() time.Time // nil means time.Now
	Failed        func(error)      // told each failure of the first; nil: nobody

	state *fallbackState // shared by all styles; nil: made at the first use
	once  sync.Once
}

type fallbackState struct {
	breaker breaker.Breaker

	mu   sync.Mutex
	pace float64 // how much longer than guessed the first speaks, by what it said so far; 0: not known
}

func (f *Fallback) shared() *fallbackState {
	f.once.Do(func() {
		if f.state == nil {
			f.state = &fallbackState{}
			f.state.breaker.Failures, f.state.breaker.Rest, f.state.breaker.Now = f.Failures, f.Rest, f.Now
		}
	})
	return f.state
}

// String is the first voice's name: what it says is kept, what the other says is not.
func (f *Fallback) String() string { return f.First.String() }

// Open says whether the first voice is being left alone.
func (f *Fallback) Open() bool { return f.shared().breaker.Open() }

// Styled implements [Styler]: both voices take the style, and fail together.
func (f *Fallback) Styled(style Style) Voice {
	return &Fallback{
		First: styled(f.First, style), Second: styled(f.Second, style), Failed: f.Failed, state: f.shared(),
	}
}

// Synthesize implements [Voice].
func (f *Fallback) Synthesize(ctx context.Context, text string) ([]int16, error) {
	return collect(ctx, f, text)
}

// Stream implements [Streamer].
func (f *Fallback) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	return f.Tell(ctx, text, Output{Sound: emit, Mark: func(Mark) {}, Other: func() {}})
}

// Tell implements [Teller].
func (f *Fallback) Tell(ctx context.Context, text string, to Output) error {
	state := f.shared()
	if state.breaker.Rests() {
		to.Other()
		return tell(ctx, f.Second, text, to)
	}
	attempt := &attempt{to: to}
	err := tell(ctx, f.First, text, Output{Sound: attempt.sound, Mark: attempt.mark, Other: to.Other})
	if refused := attempt.refused; refused != nil {
		return refused
	}
	if err == nil {
		state.breaker.Count(true)
		state.learn(text, attempt.samples)
		return nil
	}
	if ctx.Err() != nil { // a call that has ended says nothing of the voice
		return err
	}
	state.breaker.Count(false)
	if f.Failed != nil {
		f.Failed(err)
	}
	otherErr := f.takeUp(ctx, text, attempt)
	if otherErr == nil || attempt.refused != nil || errors.As(otherErr, new(refusal)) {
		return otherErr
	}
	return errors.Join(err, otherErr)
}

// takeUp has the second voice say what the first has not.
func (f *Fallback) takeUp(ctx context.Context, text string, done *attempt) error {
	done.to.Other()
	before := audio.Duration(done.samples, audio.Rate)
	from := Heard(done.marks, before)
	if len(done.marks) == 0 {
		guess := f.shared().guess(text)
		from = Heard(guess, before)
		for _, m := range guess {
			if m.End <= from {
				done.to.Mark(m)
			}
		}
	}
	rest := text[from:]
	if len(words(rest)) == 0 {
		return nil
	}
	if done.samples > 0 {
		ending := done.ending()
		if err := done.to.Sound(ending); err != nil {
			return err
		}
		before += audio.Duration(len(ending), audio.Rate)
	}
	second := &attempt{to: done.to, keeps: true}
	second.to.Mark = func(m Mark) { done.to.Mark(Mark{m.End + from, m.At + before}) }
	err := tell(ctx, f.Second, rest, Output{Sound: second.sound, Mark: second.mark, Other: func() {}})
	if err != nil {
		if second.refused != nil {
			return second.refused
		}
		return fmt.Errorf("the rest of a sentence: %w", err)
	}
	if len(second.marks) == 0 {
		for _, m := range Reckon(rest, second.pcm) {
			second.to.Mark(m)
		}
	}
	return nil
}

// attempt is what a voice has said of a text.
type attempt struct {
	to      Output
	samples int
	last    int16   // the last of them
	keeps   bool    // all of them, in pcm
	pcm     []int16 // what was kept
	marks   []Mark
	refused error // of the caller's
}

func (a *attempt) sound(pcm []int16) error {
	if len(pcm) > 0 {
		a.samples, a.last = a.samples+len(pcm), pcm[len(pcm)-1]
	}
	if a.keeps {
		a.pcm = append(a.pcm, pcm...)
	}
	a.refused = a.to.Sound(pcm)
	return a.refused
}

func (a *attempt) mark(m Mark) {
	a.marks = append(a.marks, m)
	a.to.Mark(m)
}

// ending brings a sound that broke off to rest: no click, and a short pause.
func (a *attempt) ending() []int16 {
	const ramp, pause = 80, 1280 // samples: 5 ms, 80 ms
	out := make([]int16, ramp+pause)
	for i := range ramp {
		out[i] = int16(int(a.last) * (ramp - i) / ramp)
	}
	return out
}

// learn takes how long the first voice took for a text.
func (s *fallbackState) learn(text string, samples int) {
	guess := Guess(text)
	if len(guess) == 0 || samples == 0 {
		return
	}
	pace := audio.Duration(samples, audio.Rate).Seconds() / guess[len(guess)-1].At.Seconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pace == 0 {
		s.pace = pace
	}
	s.pace += (pace - s.pace) / 4
}

// guess is when the first voice says the words of a text.
func (s *fallbackState) guess(text string) []Mark {
	s.mu.Lock()
	pace := s.pace
	s.mu.Unlock()
	marks := Guess(text)
	if pace > 0 {
		for i := range marks {
			marks[i].At = time.Duration(float64(marks[i].At) * pace)
		}
	}
	return marks
}

// tell has any voice speak to an output.
func tell(ctx context.Context, v Voice, text string, to Output) error {
	switch v := v.(type) {
	case Teller:
		return v.Tell(ctx, text, to)
	case Streamer:
		return v.Stream(ctx, text, to.Sound)
	}
	pcm, err := v.Synthesize(ctx, text)
	if err != nil {
		return err
	}
	return to.Sound(pcm)
}
