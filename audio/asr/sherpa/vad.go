package sherpa

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"huike/audio"
)

// Stretch is where somebody speaks in a sound.
type Stretch struct{ From, To time.Duration }

// Speech returns where somebody speaks in pcm, by the library's voice detector with
// the Silero model at path. It is for whole recordings; a call has audio/vad.
func (l *Library) Speech(path string, pcm []int16) ([]Stretch, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("voice detector: %w; run make models", err)
	}
	const window, seconds = 512, 60
	config := &vadConfig{
		Silero:     sileroVAD{Model: c(path), Threshold: 0.5, MinSilence: 0.25, MinSpeech: 0.1, WindowSize: window, MaxSpeech: 30},
		SampleRate: audio.Rate, NumThreads: 1, Provider: c("cpu"),
	}
	vad := l.createVAD(config, seconds)
	runtime.KeepAlive(config)
	if vad == 0 {
		return nil, fmt.Errorf("voice detector %s: sherpa-onnx does not open it", path)
	}
	defer l.destroyVAD(vad)
	var out []Stretch
	take := func() {
		for l.emptyVAD(vad) == 0 {
			s := l.frontVAD(vad)
			out = append(out, Stretch{audio.Duration(int(s.Start), audio.Rate), audio.Duration(int(s.Start+s.N), audio.Rate)})
			l.destroySegment(s)
			l.popVAD(vad)
		}
	}
	sound := samples(pcm)
	for n := 0; n+window <= len(sound); n += window {
		l.acceptVAD(vad, &sound[n], window)
		take()
	}
	l.flushVAD(vad)
	take()
	return out, nil
}
