package remote

import (
	"testing"

	"huike/audio/tts"
)

func FuzzElevenLabsMessage(f *testing.F) {
	f.Add([]byte(`{"audio":"AAA=","isFinal":null,"alignment":{"chars":["Y","o"],"charStartTimesMs":[0,50],"charDurationsMs":[50,50]}}`))
	f.Add([]byte(`{"alignment":{"chars":["\ufffd",""],"charStartTimesMs":[1e308],"charsDurationsMs":[-5]}}`))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := read(data)
		if err != nil {
			return
		}
		const text = "Your parcel，到了。"
		track := newTracker(text)
		last := tts.Mark{}
		for range 3 {
			for _, mark := range append(track.take(m.Alignment, 100), track.rest(1000)...) {
				if mark.End > len(text) || mark.At < 0 {
					t.Fatalf("mark %v", mark)
				}
				last = mark
			}
		}
		_ = last
	})
}
