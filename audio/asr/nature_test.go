package asr

import (
	"math"
	"path/filepath"
	"testing"

	"huike/audio"
)

func TestTheNatureOfAShortSoundIsToldWithItsWords(t *testing.T) {
	m := openMoonshine(t)
	for _, begins := range []struct {
		file string
		at   int
	}{{"cannot-complete-as-dialed.wav", 0}, {"queue-thankyou.wav", 0}, {"vm-sorry.wav", audio.Rate / 2}} { // "I'm sorry" alone is as near to a listener's
		pcm := read(t, filepath.Join("testdata", begins.file))[begins.at:]
		short, err := m.Recognize(t.Context(), pcm[:audio.Rate], Hint{Lang: "en", Partial: true})
		if err != nil {
			t.Fatal(err)
		}
		n := short.Nature
		if sum := n.Listener + n.Noise + n.Words; math.Abs(sum-1) > 0.01 || n.Words < 0.5 {
			t.Errorf("%q is %+v, want words", short.Text, n)
		}
	}
	pcm := read(t, filepath.Join("testdata", "vm-sorry.wav"))
	whole, err := m.Recognize(t.Context(), append(pcm, pcm...), Hint{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Nature != (Nature{}) {
		t.Errorf("%q is %+v, want nothing said of a long sound", whole.Text, whole.Nature)
	}
}
