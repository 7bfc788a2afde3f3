package asr

import (
	_ "embed"
	"math"
	"time"

	"huike/audio"
)

// naturesProbe tells listeners' words, sounds without words and words that want the floor,
// by audio/asr/probe. It was fitted by huike eval fit-short on the short sounds of huike
// eval turns --compose --sounds; testdata/README.md says how.
//
//go:embed natures.probe
var naturesProbe []byte

const natureUpTo = 1300 * time.Millisecond // longer sounds are words

// nature tells what sort of sound the n encoded steps are, where it is short.
func (m *Moonshine) nature(w *workspace, n int) (k Nature) {
	if audio.Duration(len(w.samples), audio.Rate)-2*margin > natureUpTo {
		return k
	}
	chances := make([]float64, len(m.natures.Classes))
	m.natures.Score(pooled(w, n), chances)
	for c, name := range m.natures.Classes {
		chance := math.Round(1000*math.Exp(chances[c])) / 1000 // as a journal has it
		switch name {
		case "listener":
			k.Listener = chance
		case "noise":
			k.Noise = chance
		default:
			k.Words += chance
		}
	}
	return k
}
