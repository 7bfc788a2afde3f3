package tts_test

import (
	"context"
	"errors"
	"math"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/tts"
)

// flite opens the voice slt, or skips where the program is not installed.
func flite(tb testing.TB, pool *tts.Pool) *tts.Flite {
	tb.Helper()
	if _, err := exec.LookPath("flite"); err != nil {
		tb.Skip("flite is not installed: apt-get install flite")
	}
	f, err := tts.OpenFlite(tb.Context(), tts.FliteConfig{Pool: pool})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

func espeak(tb testing.TB, pool *tts.Pool) *tts.Espeak {
	tb.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		tb.Skip("espeak-ng is not installed: apt-get install espeak-ng")
	}
	e, err := tts.OpenEspeak(tb.Context(), tts.EspeakConfig{Pool: pool})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { e.Close() })
	return e
}

// level returns the RMS of pcm in dBFS.
func level(pcm []int16) float64 {
	var sum float64
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return 10 * math.Log10(sum/float64(max(1, len(pcm)))/(32768*32768)+1e-12)
}

func TestVoicesSpeakAtOneLoudnessWithoutSilenceAround(t *testing.T) {
	pool := tts.NewPool(2)
	for _, c := range []struct {
		name  string
		voice tts.Voice
		text  string
		least time.Duration
		most  time.Duration
	}{
		{"a sentence in English", flite(t, pool), "Your order was sent yesterday and should arrive on Friday.", 2 * time.Second, 4 * time.Second},
		{"one word in English", flite(t, pool), "Sure.", 250 * time.Millisecond, 800 * time.Millisecond},
		{"an accent and a dash", flite(t, pool), "The café is open – come in.", time.Second, 3 * time.Second},
		{"two sentences", flite(t, pool), "Hello there. How can I help you today?", time.Second, 5 * time.Second},
		{"a sentence in Mandarin", espeak(t, pool), "您的订单已经发出，预计星期五送到。", 2 * time.Second, 8 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			pcm, err := c.voice.Synthesize(t.Context(), c.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := audio.Duration(len(pcm), audio.Rate); d < c.least || d > c.most {
				t.Errorf("it lasts %v, want %v to %v", d, c.least, c.most)
			}
			if db := level(pcm); db < -26 || db > -18 {
				t.Errorf("its loudness is %.1f dBFS, want about -21 with the pauses", db)
			}
			if db := level(pcm[:audio.Samples(100*time.Millisecond, audio.Rate)]); db < -45 {
				t.Errorf("its first 100 ms are silent: %.1f dBFS", db)
			}
			if db := level(pcm[len(pcm)-audio.Samples(100*time.Millisecond, audio.Rate):]); db < -55 {
				t.Errorf("its last 100 ms are silent: %.1f dBFS", db)
			}
		})
	}
}

func TestTextThatIsNoOptionAndNoCommand(t *testing.T) {
	pool := tts.NewPool(1)
	voices := []tts.Voice{flite(t, pool), espeak(t, pool)}
	for _, text := range []string{"-lv", "--help", "$(id)", "a; b | c", "/etc/hostname", "new\nline", "bell\x07\x00", strings.Repeat("word ", 60)} {
		for _, voice := range voices {
			pcm, err := voice.Synthesize(t.Context(), text)
			if err != nil || len(pcm) == 0 {
				t.Errorf("%v: %q gives %d samples and error %v, want sound", voice, text, len(pcm), err)
			}
		}
	}
	for _, text := range []string{"", "   ", "\n", "。", "...", "🙂"} {
		for _, voice := range voices {
			pcm, err := voice.Synthesize(t.Context(), text)
			if err != nil || len(pcm) != 0 {
				t.Errorf("%v: %q gives %d samples and error %v, want silence", voice, text, len(pcm), err)
			}
		}
	}
}

func TestATextTooLongForOneSynthesis(t *testing.T) {
	_, err := flite(t, tts.NewPool(1)).Synthesize(t.Context(), strings.Repeat("word ", 10_000))
	if !errors.Is(err, tts.ErrLong) || strings.Contains(err.Error(), "word") {
		t.Errorf("error %v, want %v without the text", err, tts.ErrLong)
	}
}

func TestSoundComesWhileItIsMade(t *testing.T) {
	pieces := 0
	err := flite(t, tts.NewPool(1)).Stream(t.Context(), "Your order was sent yesterday and should arrive on Friday.",
		func([]int16) error { pieces++; return nil })
	if err != nil || pieces < 10 {
		t.Errorf("%d pieces and error %v, want at least 10 pieces", pieces, err)
	}
}

func TestACallThatGoesAwayEndsItsProcess(t *testing.T) {
	pool := tts.NewPool(1)
	f := flite(t, pool)
	gone := errors.New("the caller has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := f.Stream(ctx, "This is a sentence that nobody hears to its end.", func([]int16) error {
		cancel(gone)
		return nil
	})
	if !errors.Is(err, gone) {
		t.Errorf("error %v, want %v", err, gone)
	}
	err = f.Stream(t.Context(), "This is another one.", func([]int16) error { return gone })
	if !errors.Is(err, gone) {
		t.Errorf("error %v, want %v", err, gone)
	}
	if _, err := f.Synthesize(t.Context(), "And this one is heard."); err != nil {
		t.Errorf("the next one is not spoken: %v", err)
	}
}

func TestThePoolBoundsAllVoices(t *testing.T) {
	pool := tts.NewPool(1)
	f, e := flite(t, pool), espeak(t, pool)
	var all sync.WaitGroup
	for _, voice := range []tts.Voice{f, e, f, e} {
		all.Go(func() {
			if pcm, err := voice.Synthesize(t.Context(), "Good morning."); err != nil || len(pcm) == 0 {
				t.Errorf("%v: %d samples, error %v", voice, len(pcm), err)
			}
		})
	}
	all.Wait()
	if s := pool.Stats(); s.Done != 4 || s.Waiting != 0 || s.Waited == 0 {
		t.Errorf("stats %+v, want 4 done, some of them after a wait", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Synthesize(ctx, "Good morning."); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestAVoiceThatIsNotThereSaysWhatToDo(t *testing.T) {
	if _, err := tts.OpenFlite(t.Context(), tts.FliteConfig{Voice: "nobody", Pool: tts.NewPool(1)}); err == nil ||
		!strings.Contains(err.Error(), "nobody") || !strings.Contains(err.Error(), "slt") {
		t.Errorf("error %v, want the voice's name and the names there are", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := tts.OpenEspeak(t.Context(), tts.EspeakConfig{Pool: tts.NewPool(1)}); err == nil ||
		!strings.Contains(err.Error(), "apt-get install espeak-ng") {
		t.Errorf("error %v, want what to install", err)
	}
}

// BenchmarkFlite measures one clause of ten words with its process waiting:
// the whole of it, and its first sound as first-ms.
func BenchmarkFlite(b *testing.B) {
	f := flite(b, tts.NewPool(1))
	b.ReportAllocs()
	var first time.Duration
	for b.Loop() {
		from, begun := time.Now(), false
		err := f.Stream(b.Context(), "Your order was sent yesterday and should arrive on Friday.", func([]int16) error {
			if !begun {
				begun = true
				first += time.Since(from)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(first.Microseconds())/1000/float64(b.N), "first-ms")
}

func BenchmarkEspeak(b *testing.B) {
	e := espeak(b, tts.NewPool(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Synthesize(b.Context(), "您的订单已经发出，预计星期五送到。"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlay measures a clause that nobody has said before, from the text
// to the first Opus payload (first-ms) and to the last.
func BenchmarkPlay(b *testing.B) {
	for _, c := range []struct{ name, lang, text string }{
		{"three words of English", "en", "One moment please"},
		{"ten words of English", "en", "Your order was sent yesterday and should arrive on Friday"},
		{"eighteen characters of Mandarin", "zh", "您的订单昨天已经发出，预计星期五送到"},
	} {
		b.Run(c.name, func(b *testing.B) {
			pool := tts.NewPool(2)
			s := speaker(b, tts.Config{Voices: map[string]tts.Voice{"en": flite(b, pool), "zh": espeak(b, pool)}})
			var first time.Duration
			n := 0
			for b.Loop() {
				n++
				text := c.text + strings.Repeat(" ", n) // so that it is not kept
				from, begun := time.Now(), false
				err := s.Play(b.Context(), c.lang, text, codec.Opus, func([]playout.Item) error {
					if !begun {
						begun = true
						first += time.Since(from)
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(first.Microseconds())/1000/float64(n), "first-ms")
		})
	}
}
