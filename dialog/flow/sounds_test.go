package flow

import (
	"math"
	"testing"

	"huike/dialog"
)

func TestAVoiceRaisesWhatItsWordsSay(t *testing.T) {
	for _, c := range []struct {
		name   string
		words  map[string]float64
		sounds map[string]float64
		want   map[string]float64
		mood   string
	}{
		{"a calm voice changes nothing", map[string]float64{"angry": 0.6}, nil, map[string]float64{"angry": 0.6}, "angry"},
		{"an angry one makes angry words more", map[string]float64{"angry": 0.6}, map[string]float64{"angry": 0.5}, map[string]float64{"angry": 0.8}, "angry"},
		{"a voice alone decides nothing", nil, map[string]float64{"angry": 1, "busy": 0.5}, map[string]float64{"angry": 0.4, "busy": 0.2}, ""},
		{"nor does one that cannot be", nil, map[string]float64{"busy": 9}, map[string]float64{"busy": 0.4}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := dialog.Understanding{Moods: c.words}
			if c.words != nil {
				u.Mood = "angry"
			}
			got := sounding(u, c.sounds)
			if got.Mood != c.mood || len(got.Moods) != len(c.want) {
				t.Fatalf("%q %v, want %q %v", got.Mood, got.Moods, c.mood, c.want)
			}
			for mood, want := range c.want {
				if math.Abs(got.Moods[mood]-want) > 1e-9 {
					t.Errorf("%s is %v, want %v", mood, got.Moods[mood], want)
				}
			}
		})
	}
}
