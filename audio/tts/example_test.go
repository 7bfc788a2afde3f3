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

// What was heard of a sentence that was interrupted after a second.
func ExampleSpeaker_Say() {
	speaker, err := tts.NewSpeaker(tts.Config{Voices: map[string]tts.Voice{"en": tts.Stub{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var marks []tts.Mark
	saying := tts.Saying{Lang: "en", Text: "Your parcel is on its way.", Marked: func(m []tts.Mark) { marks = m }}
	if err := speaker.Say(context.Background(), saying, codec.Opus, func([]playout.Item) error { return nil }); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(saying.Text[:tts.Heard(marks, time.Second)])
	// Output: Your parcel
}
