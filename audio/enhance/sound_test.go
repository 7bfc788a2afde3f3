package enhance_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"huike/audio"
	"huike/audio/enhance"
)

// tone is a second of 440 Hz at a level in dBFS (RMS).
func tone(db float64) []int16 {
	pcm := make([]int16, audio.Rate)
	amplitude := math.Sqrt2 * 32768 * math.Pow(10, db/20)
	for i := range pcm {
		pcm[i] = int16(max(-32768, min(32767, amplitude*math.Sin(2*math.Pi*440*float64(i)/audio.Rate))))
	}
	return pcm
}

func TestLevel(t *testing.T) {
	for _, tt := range []struct {
		name string
		pcm  []int16
		want float64 // dBFS
	}{
		{"a faint caller is raised", tone(-45), -22},
		{"a loud caller stays as they are", tone(-8), -8},
		{"who is about right stays as they are", tone(-28), -28},
		{"what is fainter than any caller is raised no more than that", tone(-70), -40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			enhance.Level(tt.pcm)
			if got := rms(tt.pcm); math.Abs(got-tt.want) > 0.6 {
				t.Errorf("%.1f dBFS, want %.1f", got, tt.want)
			}
		})
	}
	t.Run("pauses do not count", func(t *testing.T) {
		speech := append(make([]int16, 4*audio.Rate), tone(-45)...)
		enhance.Level(speech)
		if got := rms(speech[4*audio.Rate:]); math.Abs(got+22) > 0.6 {
			t.Errorf("%.1f dBFS, want -22", got)
		}
	})
	t.Run("silence and nothing stay as they are", func(t *testing.T) {
		for _, pcm := range [][]int16{nil, {5}, make([]int16, 1000)} {
			was := slices.Clone(pcm)
			if gain := enhance.Level(pcm); gain != 0 || !slices.Equal(pcm, was) {
				t.Errorf("%d samples were changed by %v dB", len(pcm), gain)
			}
		}
	})
	t.Run("peaks are bent and not cut", func(t *testing.T) {
		pcm := append(tone(-45), 8000, -8000, -32768, 32767)
		enhance.Level(pcm)
		if slices.Max(pcm) == math.MaxInt16 && slices.Min(pcm) == math.MinInt16 {
			t.Error("peaks are at full scale")
		}
		last := pcm[len(pcm)-4:]
		if last[0] < 26000 || last[3] < last[0] || last[2] > last[1] {
			t.Errorf("peaks became %v", last)
		}
	})
}

func TestDenoiseLowersNoiseAndLeavesSpeech(t *testing.T) {
	speech := voice(t, "real_digits_order_number")[:2*audio.Rate]
	quiet := audio.Rate
	pcm := append(make([]int16, quiet), speech...)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range pcm {
		pcm[i] += int16(r.NormFloat64() * 300) // -41 dBFS
	}
	noise, loud := rms(pcm[quiet/2:quiet]), rms(pcm[quiet:])
	enhance.Denoise(pcm)
	if got := noise - rms(pcm[quiet/2:quiet]); got < 8 {
		t.Errorf("noise was lowered by %.1f dB", got)
	}
	if got := loud - rms(pcm[quiet:]); math.Abs(got) > 2 {
		t.Errorf("speech was changed by %.1f dB", got)
	}
	enhance.Denoise(nil)
	enhance.Denoise(make([]int16, 10))
}

func ExampleLevel() {
	faint := make([]int16, audio.Rate)
	for i := range faint {
		faint[i] = int16(260 * math.Sin(2*math.Pi*440*float64(i)/audio.Rate))
	}
	fmt.Printf("%.0f dB\n", enhance.Level(faint))
	// Output: 23 dB
}
