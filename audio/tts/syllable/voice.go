// Package syllable is a Mandarin voice made of recorded syllables: those of Debian's
// gcin-voice, spoken by 羅竺 for 徵音梅林 (ChionMeilin) and licensed CC BY 3.0. Text
// becomes pinyin with its tones as neighbours change them, pinyin becomes recordings,
// and these are joined period by period under the pitch of a whole phrase. Foreign
// words are spoken by another voice.
//
// It reads characters, not figures: numbers and dates arrive in words. It starts no
// goroutine.
package syllable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"huike/audio"
	"huike/audio/tts"
)

// DefaultDir is where Debian's gcin-voice puts the recordings.
const DefaultDir = "/usr/share/gcin-voice/ogg"

// ErrMissing is the error, wrapped, of recordings or a decoder that are not installed.
var ErrMissing = errors.New("the recorded Mandarin voice is not installed")

const (
	recording = "5.ogg" // of this speaker, in each syllable's folder
	tail      = 960     // samples, 60 ms: the pause behind the last phrase
)

// Foreign is the voice for words in Latin letters. Its sound is mono at audio.Rate.
type Foreign interface {
	Synthesize(ctx context.Context, text string) (pcm []int16, err error)
	String() string
}

// Config says how a [Voice] sounds. The zero value is the recordings' own pace, with
// foreign words left out.
type Config struct {
	Dir     string  // of the recordings; "" means [DefaultDir]
	Foreign Foreign // speaks words in Latin letters; nil: they are left out
	Pace    float64 // 1.2 is faster by a fifth; 0 means 1; want 0.5 to 2
	Pitch   float64 // semitones above the speaker's own; want -4 to 4
}

// Voice speaks Mandarin. It may be used by many goroutines at once.
type Voice struct {
	config  Config
	decoder *decoder
	root    *Voice // whose recordings it shares; nil: it has its own

	mu    sync.Mutex
	units map[string]*unit // by zhuyin name; nil: there is no such recording
}

// Open looks for the recordings and for the library that decodes them.
func Open(config Config) (*Voice, error) {
	if config.Dir == "" {
		config.Dir = DefaultDir
	}
	if config.Pace == 0 {
		config.Pace = 1
	}
	if config.Pace < 0.5 || config.Pace > 2 {
		return nil, fmt.Errorf("pace %v of the Mandarin voice: want 0.5 to 2", config.Pace)
	}
	if config.Pitch < -4 || config.Pitch > 4 {
		return nil, fmt.Errorf("pitch %v of the Mandarin voice: want -4 to 4 semitones", config.Pitch)
	}
	if _, err := os.Stat(filepath.Join(config.Dir, "ㄚ", recording)); err != nil {
		return nil, fmt.Errorf("%w: %w; install it with: apt-get install gcin-voice", ErrMissing, err)
	}
	d, err := newDecoder()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return &Voice{config: config, decoder: d, units: make(map[string]*unit)}, nil
}

// Styled implements [tts.Styler]: pace and pitch, of foreign words too.
func (v *Voice) Styled(style tts.Style) tts.Voice {
	other := &Voice{config: v.config, root: v.recordings()}
	if style.Pace > 0 {
		other.config.Pace = min(max(v.config.Pace*style.Pace, 0.5), 2)
	}
	other.config.Pitch = min(max(v.config.Pitch+style.Pitch, -4), 4)
	if f, ok := v.config.Foreign.(tts.Styler); ok {
		other.config.Foreign = f.Styled(tts.Style{Pace: style.Pace, Pitch: style.Pitch})
	}
	return other
}

func (v *Voice) recordings() *Voice {
	if v.root != nil {
		return v.root
	}
	return v
}

// String names the voice and all that shapes its sound.
func (v *Voice) String() string {
	return fmt.Sprintf("syllable/3/%v/%v/%v", v.config.Pace, v.config.Pitch, v.config.Foreign)
}

// Synthesize returns the sound of text, mono at audio.Rate, which the caller owns.
func (v *Voice) Synthesize(ctx context.Context, text string) ([]int16, error) {
	var all []int16
	err := v.Stream(ctx, text, func(pcm []int16) error {
		all = append(all, pcm...)
		return nil
	})
	return all, err
}

// Stream hands the sound of text to emit, phrase by phrase. emit may keep none of
// it; its error ends the synthesis and is returned.
func (v *Voice) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	return v.Tell(ctx, text, tts.Output{Sound: emit, Mark: func(tts.Mark) {}, Other: func() {}})
}

// Tell is [Voice.Stream], and tells when each character and foreign word is over.
func (v *Voice) Tell(ctx context.Context, text string, to tts.Output) error {
	t := &teller{to: to, words: tts.Guess(text), room: newRoom()}
	todo := pieces(text)
	for i, p := range todo {
		before := t.sent
		if err := v.say(ctx, text, p, t); err != nil {
			return err
		}
		if t.sent == before {
			continue
		}
		pause := tail
		if i < len(todo)-1 {
			pause = p.pause
		}
		if err := t.sound(hush(pause)); err != nil {
			return err
		}
	}
	return nil
}

// teller counts the sound that goes out, and says which words are over in it.
type teller struct {
	to    tts.Output
	words []tts.Mark // of the whole text, in order; those told are gone
	sent  int        // samples
	room  *room
}

func (t *teller) sound(pcm []int16) error {
	if len(pcm) == 0 {
		return nil
	}
	t.sent += len(pcm)
	return t.to.Sound(t.room.heard(pcm))
}

// over tells that the word which holds the byte at is over when samples more have been
// heard, and whatever stood before it.
func (t *teller) over(at, samples int) {
	for len(t.words) > 0 && t.words[0].End <= at {
		t.words = t.words[1:]
	}
	if len(t.words) > 0 {
		t.to.Mark(tts.Mark{End: t.words[0].End, At: audio.Duration(t.sent+samples, rate)})
		t.words = t.words[1:]
	}
}

// say hands on the sound of one phrase, syllable by syllable.
func (v *Voice) say(ctx context.Context, text string, p piece, t *teller) error {
	if p.latin != "" {
		return v.foreign(ctx, text, p, t)
	}
	b := &breath{sounds: p.sounds, config: v.config, final: p.final}
	for i := range p.sounds {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		u, own, err := v.recordings().find(p.sounds[i])
		if err != nil {
			return err
		}
		if u == nil {
			continue
		}
		p.sounds[i].borrowed = !own
		b.add(i, u)
		t.over(p.sounds[i].at, len(b.out))
		if err := t.sound(b.ready()); err != nil {
			return err
		}
	}
	return t.sound(rounded(b.out))
}

// foreign has words in Latin letters spoken by the other voice.
func (v *Voice) foreign(ctx context.Context, text string, p piece, t *teller) error {
	if v.config.Foreign == nil {
		return nil
	}
	pcm, err := v.config.Foreign.Synthesize(ctx, p.latin)
	if err != nil {
		return fmt.Errorf("foreign words: %w", err)
	}
	for _, m := range tts.Reckon(text[p.from:p.to], pcm) {
		t.over(p.from+m.End-1, audio.Samples(m.At, rate))
	}
	return t.sound(matched(pcm))
}

// matched returns pcm, which is shared, as loud as the recordings are.
func matched(pcm []int16) []int16 {
	sound := make([]float64, len(pcm))
	for i, x := range pcm {
		sound[i] = float64(x) / 32768
	}
	scale(sound)
	return rounded(sound)
}

// find returns the recording of a syllable; own says that it is in its tone. The
// neutral tone, and a tone that was not recorded, borrow another's.
func (v *Voice) find(s sound) (u *unit, own bool, err error) {
	for _, tone := range [...]int{s.tone, 4, 1, 2, 3, 5} {
		name := zhuyin(s.base, tone)
		if name == "" {
			continue
		}
		u, err := v.load(name)
		if err != nil || u != nil {
			return u, tone == s.tone, err
		}
	}
	return nil, false, nil
}

// load returns the recording of that name, nil if there is none that is of use.
func (v *Voice) load(name string) (*unit, error) {
	v.mu.Lock()
	u, known := v.units[name]
	v.mu.Unlock()
	if known {
		return u, nil
	}
	u, err := v.ready(name)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.units[name] = u
	return u, nil
}

// ready makes a recording ready, or what stands in for one that is missing.
func (v *Voice) ready(name string) (*unit, error) {
	letters := strings.TrimRight(name, "12345")
	if parts, ok := standIns()[letters]; ok {
		return v.standIn(parts, strings.TrimPrefix(name, letters))
	}
	path := filepath.Join(v.config.Dir, name, recording)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // most tones of some syllables do not exist
	}
	pcm, err := v.decoder.decode(path)
	if err != nil {
		return nil, err
	}
	u := newUnit(pcm)
	if len(u.marks) == 0 {
		return nil, nil //nolint:nilnil // nothing is heard in it
	}
	return u, nil
}
