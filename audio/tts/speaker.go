package tts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
)

// Config says what a [Speaker] speaks with and how much it keeps.
type Config struct {
	Voices map[string]Voice // by language, as BCP 47 has it: "en", "zh"
	Memory int              // bytes of clips kept; 0 means 64 MB, half an hour of sound
	Dir    string           // where Warm keeps its clips; "" means nowhere
	Disk   int64            // bytes kept there; 0 means 256 MB
}

// Speaker speaks clauses with the voice of their language, and remembers them.
// Calls that say the same at the same time share one synthesis. Only what
// [Speaker.Warm] was given reaches the disk: a reply may hold what only its
// member should know.
type Speaker struct {
	voices map[string]Voice
	disk   *disk
	hush   audio.Frame

	mu      sync.Mutex
	clips   cache
	flights map[string]*flight
	stats   SpeakerStats
}

// SpeakerStats is what a [Speaker] has counted.
type SpeakerStats struct {
	Hits   int // clauses that were there
	Shared int // that another call was just making
	Misses int // that were synthesised
	Clips  int // kept now
	Bytes  int // kept now, in memory
}

// flight is a synthesis under way.
type flight struct {
	done  chan struct{} // closed when clip and err are there
	clip  *Clip
	err   error
	ended bool // the caller that made it went away, not the voice: try again
}

// refusal marks an error of a caller's emit, which says nothing of the voice.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func emitted(emit func([]playout.Item) error, items []playout.Item) error {
	if len(items) == 0 {
		return nil
	}
	if err := emit(items); err != nil {
		return refusal{err}
	}
	return nil
}

// NewSpeaker returns a Speaker. Its errors are those of the directory.
func NewSpeaker(config Config) (*Speaker, error) {
	if config.Memory <= 0 {
		config.Memory = 64 << 20
	}
	if config.Disk <= 0 {
		config.Disk = 256 << 20
	}
	s := &Speaker{
		voices:  config.Voices,
		hush:    make(audio.Frame, audio.FrameSamples),
		clips:   newCache(config.Memory),
		flights: make(map[string]*flight),
	}
	if config.Dir != "" {
		var err error
		if s.disk, err = openDisk(config.Dir, config.Disk); err != nil {
			return nil, fmt.Errorf("spoken prompts: %w", err)
		}
	}
	return s, nil
}

// Close lets go of the directory.
func (s *Speaker) Close() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.Close()
}

// Stats returns the counts so far.
func (s *Speaker) Stats() SpeakerStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Clips, stats.Bytes = s.clips.len(), s.clips.bytes
	return stats
}

// Speak returns spoken, text as a voice reads it, as a clip.
func (s *Speaker) Speak(ctx context.Context, lang, spoken string) (*Clip, error) {
	voice, key, err := s.voice(lang, spoken, Style{})
	if err != nil {
		return nil, err
	}
	clip, _, err := s.obtain(ctx, key, func() (*Clip, error) { return synthesize(ctx, voice, spoken) })
	return clip, err
}

// Play hands spoken to emit, encoded, in one or many pieces: the beginning as
// soon as the voice has made it. emit may keep the items, which are shared and
// read-only, and should not block for long: a process waits for it. An error
// of emit ends Play and is returned.
func (s *Speaker) Play(
	ctx context.Context, lang, spoken string, format audio.Format, emit func([]playout.Item) error,
) error {
	return s.Say(ctx, Saying{Lang: lang, Text: spoken}, format, emit)
}

// Warm speaks texts that never change, so that they are there when a call
// needs them, and keeps them in the directory, so that they are there at the
// next start. It stops at the first error.
func (s *Speaker) Warm(ctx context.Context, lang string, texts ...string) error {
	return s.warm(ctx, lang, Style{}, texts...)
}

func (s *Speaker) warm(ctx context.Context, lang string, style Style, texts ...string) error {
	for _, text := range texts {
		voice, key, err := s.voice(lang, text, style)
		if err != nil {
			return err
		}
		clip, _, err := s.obtain(ctx, key, func() (*Clip, error) { return synthesize(ctx, voice, text) })
		if err != nil {
			return fmt.Errorf("warm up the voice for %q: %w", lang, err)
		}
		if s.disk == nil || clip.other {
			continue
		}
		if err := s.disk.put(key, clip.PCM, clip.Marks); err != nil {
			return fmt.Errorf("keep a spoken prompt: %w", err)
		}
	}
	return nil
}

// Pause returns the silence due behind spoken before the next clause begins:
// a clip ends 60 ms after its sound. It returns nothing for a clause that ends
// without punctuation, and for a format that is not known.
func (s *Speaker) Pause(format audio.Format, spoken string) []playout.Item {
	n := 0
	switch last, _ := utf8.DecodeLastRuneInString(spoken); last {
	case '.', '!', '?', '。', '！', '？', '…':
		n = 9 // x 20 ms = 180 ms
	case ';', ':', '；', '：':
		n = 6
	case ',', '，', '、':
		n = 3
	}
	payload := codec.Silence(format)
	if payload == nil || n == 0 {
		return nil
	}
	items := make([]playout.Item, n)
	for i := range items {
		items[i] = playout.Item{Payload: payload, PCM: s.hush}
	}
	return items
}

// voice returns the voice for lang in a style, and the key under which it keeps text.
func (s *Speaker) voice(lang, text string, style Style) (voice Voice, key string, err error) {
	voice, ok := s.voices[lang]
	if !ok {
		return nil, "", fmt.Errorf("%w: %q", ErrNoVoice, lang)
	}
	voice = styled(voice, style)
	return voice, voice.String() + "\x00" + text, nil
}

// obtain returns the clip for key: one that is kept, one that another call is
// making, or what make makes. made says that it was make.
func (s *Speaker) obtain(
	ctx context.Context, key string, produce func() (*Clip, error),
) (clip *Clip, made bool, err error) {
	for {
		s.mu.Lock()
		if clip := s.clips.get(key); clip != nil {
			s.stats.Hits++
			s.mu.Unlock()
			return clip, false, nil
		}
		other, busy := s.flights[key]
		if !busy {
			own := &flight{done: make(chan struct{}), ended: true, err: context.Canceled}
			s.flights[key] = own
			s.mu.Unlock()
			return s.fly(ctx, key, own, produce)
		}
		s.stats.Shared++
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		case <-other.done:
		}
		if !other.ended {
			return other.clip, false, other.err
		}
	}
}

// fly makes the clip for key and gives it to those that wait.
func (s *Speaker) fly(
	ctx context.Context, key string, own *flight, produce func() (*Clip, error),
) (clip *Clip, made bool, err error) {
	defer func() { // also when produce panics: nobody must wait for ever
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.flights, key)
		if own.err == nil && !own.clip.other {
			s.clips.put(key, own.clip)
		}
		close(own.done)
	}()
	if pcm, marks := s.disk.get(key); pcm != nil {
		own.clip, own.err, own.ended = newClip(pcm), nil, false
		own.clip.Marks = marks
		s.count(func(stats *SpeakerStats) { stats.Hits++ })
		return own.clip, false, nil
	}
	s.count(func(stats *SpeakerStats) { stats.Misses++ })
	clip, err = produce()
	_, refused := errors.AsType[refusal](err)
	own.clip, own.err = clip, err
	own.ended = err != nil && (ctx.Err() != nil || refused)
	return clip, true, err
}

// weigh tells the cache that the clip for key may occupy more than it did.
func (s *Speaker) weigh(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clips.weigh(key)
}

func (s *Speaker) count(what func(*SpeakerStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what(&s.stats)
}

// synthesize makes a clip in one go.
func synthesize(ctx context.Context, voice Voice, text string) (*Clip, error) {
	if streamer, ok := voice.(Streamer); ok { // a Speak of what a Play may wait for
		return gather(ctx, streamer, text)
	}
	pcm, err := voice.Synthesize(ctx, text)
	if err != nil {
		return nil, err
	}
	clip := newClip(pcm)
	clip.Marks = Reckon(text, clip.PCM)
	return clip, nil
}

// gather makes a clip of what a voice streams.
func gather(ctx context.Context, voice Streamer, text string) (*Clip, error) {
	var pcm []int16
	notes := telling{text: text, told: func([]Mark) {}}
	err := notes.listen(ctx, voice, func(more []int16) error {
		pcm = append(pcm, more...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	clip := newClip(pcm)
	notes.finish(clip)
	return clip, nil
}
