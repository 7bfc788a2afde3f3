package audio_test

import (
	"fmt"
	"time"

	"huike/audio"
)

// A packet's sound in samples of the call and in units of Opus' clock.
func Example() {
	opus := audio.Format{Name: "opus", ClockRate: 48000}
	fmt.Println(opus, audio.Samples(audio.PTime, opus.ClockRate))
	fmt.Println(audio.Samples(audio.PTime, audio.Rate) == audio.FrameSamples)
	fmt.Println(audio.Duration(24000, audio.Rate) == 1500*time.Millisecond)
	// Output:
	// opus/48000 960
	// true
	// true
}
