package asr

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huike/audio"
	"huike/audio/asr/score"
)

const sharedDigits = "../../../shared/data/speech/digits"

// digit reads one of the shared recordings.
func digit(tb testing.TB, d int, speaker string, take int) []int16 {
	tb.Helper()
	path := filepath.Join(sharedDigits, string(rune('0'+d))+"_"+speaker+"_"+string(rune('0'+take))+".wav")
	if _, err := os.Stat(path); err != nil {
		tb.Skip("the shared digits are not here: " + path)
	}
	return read(tb, path)
}

// The weights are fitted on these very recordings: what is tested is that they are
// used rightly. How well they tell a speaker whom they were not fitted on, huike
// eval fit-short says.
func TestASingleDigitIsTold(t *testing.T) {
	m := openMoonshine(t)
	names := strings.Fields(firstDigits)
	right, n := 0, 0
	for d := range 10 {
		for take, speaker := range []string{"jackson", "nicolas", "theo", "yweweler"} {
			got, err := m.Recognize(t.Context(), digit(t, d, speaker, take), Hint{Expect: "digits"})
			if err != nil {
				t.Fatal(err)
			}
			n++
			if fold(got.Text) == names[d] {
				right++
			}
		}
	}
	if right < 38 {
		t.Errorf("%d of %d digits are told", right, n)
	}
}

func TestDigitsOneByOneAreTold(t *testing.T) {
	m := openMoonshine(t)
	names := strings.Fields(firstDigits)
	right, n := 0, 0
	for first := range 5 {
		var pcm []int16
		var want []string
		for i := range 5 {
			d := (first*7 + i*3) % 10
			pcm = slices.Concat(pcm, digit(t, d, "theo", first), make([]int16, audio.Rate/8))
			want = append(want, names[d])
		}
		got, err := m.Recognize(t.Context(), pcm, Hint{Expect: "digits", Digits: 5})
		if err != nil {
			t.Fatal(err)
		}
		n += 5
		right += 5 - min(5, score.Distance(want, strings.Fields(fold(got.Text))))
	}
	if right < 24 {
		t.Errorf("%d of %d digits in a row are told", right, n)
	}
}

func TestWhatIsNoDigitIsLeftAlone(t *testing.T) {
	m := openMoonshine(t)
	for file, want := range map[string]string{
		"queue-thankyou.wav": "thank you for your patience",
		"vm-sorry.wav":       "i'm sorry i did not understand your response",
	} {
		got, err := m.Recognize(t.Context(), read(t, filepath.Join("testdata", file)), Hint{Expect: "digits", Digits: 4})
		if err != nil || fold(got.Text) != want {
			t.Errorf("where digits were due: %q, %v, want %q", got.Text, err, want)
		}
	}
}

func TestDigitsAreCounted(t *testing.T) {
	for text, want := range map[string]int{"470-360": 6, "One, two. three": 3, "": 0, "two please": 0, "8": 1} {
		if got := countDigits(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
