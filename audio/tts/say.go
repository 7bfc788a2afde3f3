package tts

import (
	"context"
	"errors"

	"huike/audio"
	"huike/audio/playout"
)

// Saying is what a [Speaker] is asked to say.
type Saying struct {
	Lang string // BCP 47
	Text string // as a voice reads it

	Act   string // whose words they are; a shop's [Delivery] goes by it
	Style Style  // how it is said; the zero value leaves it to the Delivery, if there is one

	// Marked is told when the words of Text are heard; nil: nobody asks. It is called
	// before the first sound and again whenever more is known, each time with a mark for
	// every word, which replace those before, and for the last time before Say returns.
	// Who is interrupted keeps the latest, and cuts Text at [Heard] of how much of its
	// sound was played. The marks are shared and read-only; the caller's goroutine calls.
	Marked func([]Mark)
}

// Say hands what is said to emit as [Speaker.Play] does, and tells when its words are
// heard: those that the voice has told, what is reckoned from the whole sound where it
// tells none, and a guess before there is any.
func (s *Speaker) Say(
	ctx context.Context, saying Saying, format audio.Format, emit func([]playout.Item) error,
) error {
	voice, key, err := s.voice(saying.Lang, saying.Text, saying.Style)
	if err != nil {
		return err
	}
	told := saying.Marked
	if told == nil {
		told = func([]Mark) {}
	}
	streamer, streams := voice.(Streamer)
	clip, played, err := s.obtain(ctx, key, func() (*Clip, error) {
		if !streams {
			return synthesize(ctx, voice, saying.Text)
		}
		told(Guess(saying.Text))
		return stream(ctx, streamer, saying.Text, format, emit, told)
	})
	if err == nil {
		told(clip.Marks)
		if !played || !streams {
			err = clip.play(format, emit)
			s.weigh(key)
		}
	}
	if refused, ok := errors.AsType[refusal](err); ok {
		return refused.error
	}
	return err
}

// stream makes a clip and hands on its beginning while the rest is made.
func stream(
	ctx context.Context, voice Streamer, text string, format audio.Format,
	emit func([]playout.Item) error, told func([]Mark),
) (*Clip, error) {
	enc, err := newEncoding(format)
	if err != nil {
		return nil, err
	}
	sent := 0
	send := func() error {
		items := enc.items[sent:]
		sent = len(enc.items)
		return emitted(emit, items)
	}
	sound := func(pcm []int16) error {
		// Items keep what they are given, the voice does not: copy.
		if err := enc.add(append([]int16(nil), pcm...)); err != nil {
			return err
		}
		return send()
	}
	notes := telling{text: text, told: told}
	if err := notes.listen(ctx, voice, sound); err != nil {
		return nil, err
	}
	clip, err := enc.clip(format)
	if err != nil {
		return nil, err
	}
	notes.finish(clip)
	told(clip.Marks)
	return clip, send()
}

// telling gathers what a voice tells of its sound.
type telling struct {
	text  string
	told  func([]Mark)
	marks []Mark // by the voice
	other bool
}

// listen has the voice speak.
func (t *telling) listen(ctx context.Context, voice Streamer, sound func([]int16) error) error {
	if teller, ok := voice.(Teller); ok {
		return teller.Tell(ctx, t.text, Output{Sound: sound, Mark: t.mark, Other: func() { t.other = true }})
	}
	return voice.Stream(ctx, t.text, sound)
}

// finish gives a clip what was told of it, or what its sound tells.
func (t *telling) finish(clip *Clip) {
	clip.other, clip.Marks = t.other, t.marks
	if len(clip.Marks) == 0 {
		clip.Marks = Reckon(t.text, clip.PCM)
	}
}

// mark takes a mark of the voice's, and tells it with a guess of those to come.
func (t *telling) mark(m Mark) {
	t.marks = append(t.marks, m)
	all := append([]Mark(nil), t.marks...)
	guessed := Guess(t.text)
	late := m.At
	for _, g := range guessed {
		if g.End <= m.End {
			late = m.At - g.At
			continue
		}
		all = append(all, Mark{g.End, max(g.At+late, m.At)})
	}
	t.told(all)
}
