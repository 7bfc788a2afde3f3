package syllable

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/tts"
)

func installed(t *testing.T, config Config) *Voice {
	t.Helper()
	v, err := Open(config)
	if err != nil {
		t.Skip(err) // says what to install
	}
	return v
}

var sentences = []string{
	"您好，欢迎致电，请问有什么可以帮您？",
	"您的订单已经发货，预计后天送到。",
	"退款会在三到五个工作日内原路退回。",
	"请问您想要什么颜色的？",
	"您的会员积分一共是一千二百八十分。",
	"没问题，我已经帮您预约好了。",
}

func TestWithoutRecordingsItSaysWhatToInstall(t *testing.T) {
	_, err := Open(Config{Dir: t.TempDir()})
	if !errors.Is(err, ErrMissing) {
		t.Fatalf("%v, want ErrMissing", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{{Pace: 3}, {Pace: 0.1}, {Pitch: 9}, {Pitch: -9}} {
		if _, err := Open(c); err == nil || errors.Is(err, ErrMissing) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestNoJumpWithinATone follows the pitch of the sound itself: within a syllable it
// never moves by more than two semitones in 10 ms.
func TestNoJumpWithinATone(t *testing.T) {
	v := installed(t, Config{})
	for _, text := range sentences {
		for _, p := range pieces(text) {
			b := &breath{sounds: p.sounds, config: v.config}
			for i, s := range p.sounds {
				u, own, err := v.find(s)
				if err != nil || u == nil {
					t.Fatalf("%s%d: %v, no recording", s.base, s.tone, err)
				}
				p.sounds[i].borrowed = !own
				contour := b.contour(i, u)
				for k := 2; k < len(contour); k++ {
					if d := math.Abs(contour[k] - contour[k-2]); d > 2 {
						t.Errorf("%s: %s%d jumps by %.1f semitones", text, s.base, s.tone, d)
						break
					}
				}
				low, high := slices.Min(u.contour), slices.Max(u.contour)
				if !p.sounds[i].borrowed && s.tone != 5 && (slices.Min(contour) < low-0.1 || slices.Max(contour) > high+0.1) {
					t.Errorf("%s: %s%d leaves its recording's range", text, s.base, s.tone)
				}
			}
		}
	}
}

func TestEveryPhraseIsAsLoud(t *testing.T) {
	v := installed(t, Config{})
	for _, text := range sentences {
		pcm, err := v.Synthesize(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, len(pcm))
		for i := range pcm {
			x[i] = float64(pcm[i]) / 32768
		}
		scale2 := append([]float64(nil), x...)
		scale(scale2)
		if db := 20 * math.Log10(rms(x)/rms(scale2)); math.Abs(db) > 2 {
			t.Errorf("%s: %.1f dB from the loudness of the recordings", text, db)
		}
	}
}

func TestEachCharacterIsMarkedWhereItEnds(t *testing.T) {
	v := installed(t, Config{Foreign: &foreign{}})
	const text = "您好，张女士。您的Air Max到了。"
	var marks []tts.Mark
	total, until := 0, 0
	err := v.Tell(t.Context(), text, tts.Output{
		Mark:  func(m tts.Mark) { marks = append(marks, m) },
		Sound: func(pcm []int16) error { total += len(pcm); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := tts.Guess(text); len(marks) != len(want) {
		t.Fatalf("%d marks, want %d", len(marks), len(want))
	}
	for i, want := range tts.Guess(text) {
		if marks[i].End != want.End || marks[i].At <= 0 || i > 0 && marks[i].At <= marks[i-1].At {
			t.Errorf("mark %d is %v after %v: want byte %d, ascending", i, marks[i], marks[max(i-1, 0)], want.End)
		}
	}
	if last := audio.Samples(marks[len(marks)-1].At, rate); last > total || last < total-tail-rate/5 {
		t.Errorf("the last word is over after %d of %d samples", last, total)
	}
	for i, m := range marks { // the third character is said behind a pause of 340 ms
		if i == 2 && m.At-marks[1].At < 400*time.Millisecond {
			t.Errorf("%v from the comma to the end of the next character", m.At-marks[1].At)
		}
		until = max(until, m.End)
	}
	if until != len(text) {
		t.Errorf("marks end at byte %d of %d", until, len(text))
	}
}

// TestReckonedMarksAreNear holds what is reckoned from the sound alone to where the
// characters are known to end.
func TestReckonedMarksAreNear(t *testing.T) {
	v := installed(t, Config{})
	var sum time.Duration
	n := 0
	for _, text := range sentences {
		var pcm []int16
		var known []tts.Mark
		err := v.Tell(t.Context(), text, tts.Output{
			Mark:  func(m tts.Mark) { known = append(known, m) },
			Sound: func(more []int16) error { pcm = append(pcm, more...); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range tts.Reckon(text, pcm) {
			d := (m.At - known[i].At).Abs()
			sum, n = sum+d, n+1
			if d > 400*time.Millisecond {
				t.Errorf("%s: character %d is reckoned at %v, and ends at %v", text, i, m.At, known[i].At)
			}
		}
	}
	if mean := sum / time.Duration(n); mean > 120*time.Millisecond {
		t.Errorf("%v off on average", mean)
	} else {
		t.Logf("%v off on average over %d characters", mean, n)
	}
}

func TestTheFirstSoundIsOneSyllable(t *testing.T) {
	v := installed(t, Config{})
	stop := errors.New("enough")
	n := 0
	err := v.Stream(t.Context(), "您的会员积分一共是一千二百八十分", func(pcm []int16) error {
		n = len(pcm)
		return stop
	})
	if !errors.Is(err, stop) || n == 0 || n > rate/2 {
		t.Errorf("%d samples first, %v", n, err)
	}
}

type foreign struct{ said []string }

func (f *foreign) Synthesize(_ context.Context, text string) ([]int16, error) {
	f.said = append(f.said, text)
	return make([]int16, rate/10), nil
}

func (f *foreign) String() string { return "foreign" }

func TestForeignWordsGoToTheOtherVoice(t *testing.T) {
	f := &foreign{}
	v := installed(t, Config{Foreign: f})
	if _, err := v.Synthesize(t.Context(), "您的Air Max 九十七到了"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.said, []string{"Air Max"}) {
		t.Errorf("the other voice said %q", f.said)
	}
}

func TestTheEndOfACallEndsIt(t *testing.T) {
	v := installed(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Synthesize(ctx, "您好"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("您好，Tom，一共两百元。")
	f.Add("一一不不好好好好好")
	f.Add("\xff\x00，，。。")
	f.Fuzz(func(_ *testing.T, text string) {
		reading(text)
	})
}

// BenchmarkFirstSound reports how long the first sound of a sentence takes, p95.
func BenchmarkFirstSound(b *testing.B) {
	v, err := Open(Config{})
	if err != nil {
		b.Skip(err) // says what to install
	}
	enough := errors.New("enough")
	var firsts []time.Duration
	for b.Loop() {
		from := time.Now()
		_ = v.Stream(b.Context(), sentences[len(firsts)%len(sentences)], func([]int16) error { return enough })
		firsts = append(firsts, time.Since(from))
	}
	slices.Sort(firsts)
	b.ReportMetric(float64(firsts[len(firsts)*95/100].Microseconds())/1000, "p95-ms")
}

func ExampleVoice_Synthesize() {
	v, err := Open(Config{})
	if err != nil {
		fmt.Println("spoken") // it is not installed here
		return
	}
	if pcm, err := v.Synthesize(context.Background(), "您好"); err == nil && len(pcm) > 0 {
		fmt.Println("spoken")
	}
	// Output: spoken
}
