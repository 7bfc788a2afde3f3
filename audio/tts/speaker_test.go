package tts_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/tts"
)

// counting is a voice that counts what it was asked for and may wait, fail or
// stream.
type counting struct {
	tts.Stub
	asked atomic.Int32
	hold  chan struct{} // nil: do not wait
	fail  error
}

func (c *counting) Synthesize(ctx context.Context, text string) ([]int16, error) {
	c.asked.Add(1)
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if c.fail != nil {
		return nil, c.fail
	}
	return c.Stub.Synthesize(ctx, text)
}

// streaming hands its sound out in odd pieces.
type streaming struct{ counting }

func (s *streaming) Stream(ctx context.Context, text string, emit func([]int16) error) error {
	shared, err := s.Synthesize(ctx, text)
	pcm := slices.Clone(shared)
	for err == nil && len(pcm) > 0 {
		n := min(len(pcm), 777)
		err = emit(pcm[:n])
		clear(pcm[:n]) // nobody may have kept it
		pcm = pcm[n:]
	}
	return err
}

func speaker(tb testing.TB, config tts.Config) *tts.Speaker {
	tb.Helper()
	s, err := tts.NewSpeaker(config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestTheSameWordsAreSpokenOnce(t *testing.T) {
	voice := &counting{hold: make(chan struct{})}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": voice}})
	var all sync.WaitGroup
	clips := make([]*tts.Clip, 8)
	for i := range clips {
		all.Go(func() {
			var err error
			if clips[i], err = s.Speak(t.Context(), "en", "hello"); err != nil {
				t.Error(err)
			}
		})
	}
	close(voice.hold)
	all.Wait()
	for _, clip := range clips {
		if clip != clips[0] {
			t.Error("two calls have two clips of the same words")
		}
	}
	if n := voice.asked.Load(); n != 1 {
		t.Errorf("the voice was asked %d times, want once", n)
	}
	if s.Stats().Clips != 1 || s.Stats().Bytes == 0 {
		t.Errorf("stats %+v, want one clip", s.Stats())
	}
}

func TestACallThatWaitsTakesOverFromOneThatGoesAway(t *testing.T) {
	voice := &counting{hold: make(chan struct{})}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": voice}})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := s.Speak(ctx, "en", "hello"); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the context", err)
		}
	})
	for voice.asked.Load() == 0 {
		<-time.After(time.Millisecond)
	}
	all.Go(func() {
		if clip, err := s.Speak(t.Context(), "en", "hello"); err != nil || clip == nil {
			t.Errorf("the second call got %v, error %v", clip, err)
		}
	})
	for s.Stats().Shared == 0 {
		<-time.After(time.Millisecond)
	}
	cancel()
	close(voice.hold)
	all.Wait()
}

func TestAVoiceThatFailsIsAskedAgainNextTime(t *testing.T) {
	broken := errors.New("broken")
	voice := &counting{fail: broken}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": voice}})
	for range 2 {
		if _, err := s.Speak(t.Context(), "en", "hello"); !errors.Is(err, broken) {
			t.Errorf("error %v, want the voice's", err)
		}
	}
	if n := voice.asked.Load(); n != 2 {
		t.Errorf("the voice was asked %d times, want 2", n)
	}
	if _, err := s.Speak(t.Context(), "fr", "bonjour"); !errors.Is(err, tts.ErrNoVoice) {
		t.Errorf("error %v, want %v", err, tts.ErrNoVoice)
	}
}

func TestPlayGivesTheSameSoundNewAndKept(t *testing.T) {
	for _, c := range []struct {
		name  string
		voice tts.Voice
	}{
		{"a voice that streams", &streaming{}},
		{"a voice that does not", &counting{}},
	} {
		for _, format := range []audio.Format{codec.Opus, codec.PCM(16000), codec.PCM(8000)} {
			t.Run(c.name+" as "+format.String(), func(t *testing.T) {
				s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": c.voice}})
				var plays [2][]playout.Item
				for i := range plays {
					err := s.Play(t.Context(), "en", "hello", format, func(items []playout.Item) error {
						plays[i] = append(plays[i], items...)
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(plays[0], plays[1]); diff != "" {
					t.Error("what was kept differs from what was played first:", diff)
				}
				if len(plays[0]) != 100 {
					t.Errorf("%d items, want 2 s", len(plays[0]))
				}
				if db := level(plays[0][50].PCM); db < -21 || db > -19 {
					t.Errorf("the middle has %.1f dBFS, want -20", db)
				}
			})
		}
	}
}

func TestAnEarThatCloses(t *testing.T) {
	stale := errors.New("stale")
	voice := &streaming{}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": voice}})
	for range 2 {
		err := s.Play(t.Context(), "en", "hello", codec.Opus, func([]playout.Item) error { return stale })
		if err != stale { //nolint:errorlint // it must come back as it is
			t.Errorf("error %v, want the ear's own", err)
		}
	}
	if clip, err := s.Speak(t.Context(), "en", "hello"); err != nil || len(clip.PCM) == 0 {
		t.Errorf("error %v after an ear closed", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": &counting{}}, Memory: 500_000})
	for i := range 20 {
		if _, err := s.Speak(t.Context(), "en", string(rune('a'+i))); err != nil {
			t.Fatal(err)
		}
	}
	if stats := s.Stats(); stats.Bytes > 500_000 || stats.Clips < 5 || stats.Clips > 7 {
		t.Errorf("stats %+v, want six clips of 78 kB", stats)
	}
}

func TestOnlyPromptsReachTheDisk(t *testing.T) {
	dir := t.TempDir()
	voice := &counting{}
	config := tts.Config{Voices: map[string]tts.Voice{"en": voice}, Dir: dir}
	s := speaker(t, config)
	if _, err := s.Speak(t.Context(), "en", "a member's secret"); err != nil {
		t.Fatal(err)
	}
	if err := s.Warm(t.Context(), "en", "hello", "goodbye"); err != nil {
		t.Fatal(err)
	}
	if files := names(t, dir); len(files) != 2 {
		t.Errorf("files %v, want two", files)
	}
	again := speaker(t, config)
	if err := again.Warm(t.Context(), "en", "hello", "goodbye"); err != nil {
		t.Fatal(err)
	}
	if n := voice.asked.Load(); n != 3 {
		t.Errorf("the voice was asked %d times, want 3: the second start reads the files", n)
	}
}

func TestADamagedFileIsSpokenAnew(t *testing.T) {
	dir := t.TempDir()
	voice := &counting{}
	config := tts.Config{Voices: map[string]tts.Voice{"en": voice}, Dir: dir}
	if err := speaker(t, config).Warm(t.Context(), "en", "hello"); err != nil {
		t.Fatal(err)
	}
	for _, name := range names(t, dir) {
		if err := os.Truncate(filepath.Join(dir, name), 100); err != nil {
			t.Fatal(err)
		}
	}
	clip, err := speaker(t, config).Speak(t.Context(), "en", "hello")
	if err != nil || len(clip.PCM) != 2*audio.Rate {
		t.Errorf("error %v, want the whole sound", err)
	}
}

func TestTheDiskIsBoundedAmongWriters(t *testing.T) {
	dir := t.TempDir()
	const room = 10 * 64_100 // ten clips of 2 s
	var all sync.WaitGroup
	for range 4 {
		s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": &counting{}}, Dir: dir, Disk: room})
		all.Go(func() {
			for i := range 26 {
				if err := s.Warm(t.Context(), "en", string(rune('a'+i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": &counting{}}, Dir: dir, Disk: room})
	if err := s.Warm(t.Context(), "en", "a"); err != nil {
		t.Fatal(err)
	}
	if files := names(t, dir); len(files) > 10 || len(files) == 0 {
		t.Errorf("%d files, want at most 10: %v", len(files), files)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		files = append(files, e.Name())
	}
	return files
}

func TestEachEncodingOfAClipCounts(t *testing.T) {
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": &counting{}}})
	var bytes []int
	for _, format := range []audio.Format{codec.PCMU, codec.PCMA, codec.PCM(16000), codec.PCMU} {
		frames := 0
		err := s.Play(t.Context(), "en", "your order is on its way", format, func(items []playout.Item) error {
			frames += len(items)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		before := 0
		if n := len(bytes); n > 0 {
			before = bytes[n-1]
		}
		bytes = append(bytes, s.Stats().Bytes)
		grown := s.Stats().Bytes - before
		if least := frames * len(codec.Silence(format)); format == codec.PCMU && before > 0 {
			if grown != 0 {
				t.Errorf("%d bytes more for what was there", grown)
			}
		} else if grown < least {
			t.Errorf("%v: %d bytes more, want its payloads of %d at least", format, grown, least)
		}
	}
}

func TestAPauseDependsOnHowTheClauseEnds(t *testing.T) {
	s := speaker(t, tts.Config{})
	long, short := s.Pause(codec.Opus, "Hello."), s.Pause(codec.Opus, "Hello,")
	if len(long) <= len(short) || len(short) == 0 || len(s.Pause(codec.Opus, "Hello")) != 0 {
		t.Errorf("%d and %d items", len(long), len(short))
	}
}
