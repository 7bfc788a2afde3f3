package receiver

import (
	"math"

	"huike/audio"
)

// level tells silence from sound by energy alone, which is enough to choose the
// places where silence is put in or left out.
type level struct {
	floor, peak float64 // root mean squares: of the room's noise and of its sound
	quiet       bool
}

const (
	inaudible = 25.0  // root mean square that nobody hears, -62 dBFS
	rise      = 1.005 // of the floor in a frame: 6 dB in 3 s
	decay     = 0.998 // of the peak in a frame: 6 dB in 7 s
)

// hear learns from a frame and tells whether it is silent: within 6 dB of the
// noise and 20 dB below the sound.
func (l *level) hear(frame audio.Frame) bool {
	sum := int64(0)
	for _, v := range frame {
		sum += int64(v) * int64(v)
	}
	loud := math.Sqrt(float64(sum) / float64(len(frame)))
	l.floor = min(max(l.floor*rise, 1), loud)
	l.peak = max(l.peak*decay, loud)
	l.quiet = loud < inaudible || loud < 2*l.floor && loud < l.peak/10
	return l.quiet
}
