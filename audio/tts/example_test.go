package tts_test

import (
	"context"
	"fmt"
	"time"

	"huike/audio/codec"
	"huike/audio/playout"
	"huike/audio/tts"
)

func Example() {
	speaker, err := tts.NewSpeaker(tts.Config{
		Voices: map[string]tts.Voice{"en": tts.Stub{Length: 300 * time.Millisecond}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	frames := 0
	err = speaker.Play(context.Background(), "en", "Hello.", codec.Opus, func(items []playout.Item) error {
		frames += len(items)
		return nil
	})
	fmt.Println(frames, "frames", err)
	// Output: 15 frames <nil>
}
