package asr

import (
	"math"
	"path/filepath"
	"testing"

	"huike/audio"
)

func TestTheNatureOfAShortSoundIsToldWithItsWords(t *testing.T) {
	m := openMoonshine(t)
	pcm := read(t, filepath.Join("testdata", "vm-sorry.wav"))
	short, err := m.Recognize(t.Context(), pcm[:audio.Rate], Hint{Lang: "en", Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	n := short.Nature
	if sum := n.Listener + n.Noise + n.Words; math.Abs(sum-1) > 0.01 || n.Words < 0.5 {
		t.Errorf("%q is %+v, want words", short.Text, n)
	}
	whole, err := m.Recognize(t.Context(), append(pcm, pcm...), Hint{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if whole.Nature != (Nature{}) {
		t.Errorf("%q is %+v, want nothing said of a long sound", whole.Text, whole.Nature)
	}
}
