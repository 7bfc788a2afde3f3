package tts_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/tts"
)

// bursts is a voice that says each text as the same bursts of sound: lengths in
// milliseconds, a silence behind each.
type bursts struct {
	lengths []int
	tells   []tts.Mark // beside it; nil: nothing
	other   bool
	asked   int
}

func (b *bursts) String() string { return "bursts" }

func (b *bursts) Synthesize(ctx context.Context, text string) (pcm []int16, err error) {
	err = b.Stream(ctx, text, func(more []int16) error {
		pcm = append(pcm, more...)
		return nil
	})
	return pcm, err
}

func (b *bursts) Stream(_ context.Context, _ string, emit func([]int16) error) error {
	b.asked++
	for i, ms := range b.lengths {
		pcm := make([]int16, ms*16)
		if i%2 == 0 {
			for k := range pcm {
				pcm[k] = int16(4000 * math.Sin(float64(k)*0.1))
			}
		}
		if err := emit(pcm); err != nil {
			return err
		}
	}
	return nil
}

// telling is a voice that tells its marks.
type telling struct{ bursts }

func (v *telling) Tell(ctx context.Context, text string, to tts.Output) error {
	for _, m := range v.tells {
		to.Mark(m)
	}
	if v.other {
		to.Other()
	}
	return v.Stream(ctx, text, to.Sound)
}

// say returns each list of marks that saying text told, and how long its sound is.
func say(t *testing.T, s *tts.Speaker, text string) (told [][]tts.Mark, length time.Duration) {
	t.Helper()
	err := s.Say(t.Context(), tts.Saying{Lang: "en", Text: text, Marked: func(m []tts.Mark) { told = append(told, m) }},
		codec.PCMU, func(items []playout.Item) error {
			length += time.Duration(len(items)) * audio.PTime
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return told, length
}

func TestMarksAreReckonedAtPauses(t *testing.T) {
	v := &bursts{lengths: []int{800, 300, 400, 200, 600}}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": v}})
	text := "Your order, please, came today."
	told, length := say(t, s, text)
	if len(told) < 2 || len(told[0]) != 5 {
		t.Fatalf("told %v: want a guess of five words, and what is known", told)
	}
	marks := told[len(told)-1]
	for i, want := range []struct {
		end int
		at  time.Duration
	}{{5, 400 * time.Millisecond}, {12, 800 * time.Millisecond}, {20, 1500 * time.Millisecond}, {25, 1950 * time.Millisecond}, {len(text), 2300 * time.Millisecond}} {
		if m := marks[i]; m.End != want.end || (m.At-want.at).Abs() > 80*time.Millisecond {
			t.Errorf("word %d ends at byte %d, %v; want %d, %v", i, m.End, m.At, want.end, want.at)
		}
	}
	if got := text[:tts.Heard(marks, 1200*time.Millisecond)]; got != "Your order, " {
		t.Errorf("in 1.2 s %q was heard", got)
	}
	if got := text[:tts.Heard(marks, length)]; got != text {
		t.Errorf("in all of it %q was heard", got)
	}
	again, _ := say(t, s, text)
	if v.asked != 1 || len(again) == 0 || !cmp.Equal(again[0], marks) {
		t.Errorf("what is kept told %v first, want %v", again, marks)
	}
}

func TestMarksOfTheVoiceArePreferred(t *testing.T) {
	v := &telling{bursts{lengths: []int{900}, tells: []tts.Mark{{End: 6, At: 100 * time.Millisecond}, {End: 12, At: 850 * time.Millisecond}}}}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": v}, Dir: t.TempDir()})
	told, _ := say(t, s, "Hello there.")
	if got := told[len(told)-1]; !cmp.Equal(got, v.tells) {
		t.Errorf("told %v, want the voice's own %v", got, v.tells)
	}
	if first := told[1]; len(first) != 2 || first[0] != v.tells[0] || first[1].At <= first[0].At {
		t.Errorf("after the first word %v was told: want it and a guess of the rest", first)
	}
}

func TestMarksAreKeptOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prompts")
	v := &telling{bursts{lengths: []int{900}, tells: []tts.Mark{{End: 6, At: 123 * time.Millisecond}}}}
	first := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": v}, Dir: dir})
	if err := first.Warm(t.Context(), "en", "Hello."); err != nil {
		t.Fatal(err)
	}
	second := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": v}, Dir: dir})
	told, _ := say(t, second, "Hello.")
	if got := told[len(told)-1]; v.asked != 1 || !cmp.Equal(got, v.tells) {
		t.Errorf("asked %d times, told %v, want %v from the disk", v.asked, got, v.tells)
	}
}

func TestWhatAnotherVoiceSaidIsNotKept(t *testing.T) {
	v := &telling{bursts{lengths: []int{500}, other: true}}
	s := speaker(t, tts.Config{Voices: map[string]tts.Voice{"en": v}, Dir: t.TempDir()})
	for range 2 {
		if err := s.Warm(t.Context(), "en", "Hello."); err != nil {
			t.Fatal(err)
		}
	}
	if v.asked != 2 {
		t.Errorf("the voice was asked %d times: what a substitute said was kept under its name", v.asked)
	}
}

func TestGuessCountsHanCharacters(t *testing.T) {
	marks := tts.Guess("您好，Nike鞋到了。")
	ends := make([]int, len(marks))
	for i, m := range marks {
		ends[i] = m.End
		if i > 0 && m.At <= marks[i-1].At {
			t.Errorf("word %d is over at %v, the one before at %v", i, m.At, marks[i-1].At)
		}
	}
	if want := []int{3, 9, 13, 16, 19, 25}; !cmp.Equal(ends, want) {
		t.Errorf("words end at bytes %v, want %v", ends, want)
	}
}

func FuzzGuess(f *testing.F) {
	f.Add("您好，Nike's \xff鞋。")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, m := range tts.Guess(text) {
			if m.End <= end || m.End > len(text) {
				t.Fatalf("a word of %q ends at byte %d after %d", text, m.End, end)
			}
			end = m.End
		}
	})
}
