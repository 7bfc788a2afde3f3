package remote_test

import (
	"context"
	"fmt"
	"time"

	"huike/audio/tts"
	"huike/audio/tts/remote"
)

// A server that is not there, and a voice of the process's own to fall back on.
func ExampleOpenAI() {
	voice := &tts.Fallback{
		First:  &remote.OpenAI{URL: "http://127.0.0.1:1/v1", Model: "tts-1", Voice: "alloy"},
		Second: tts.Stub{Length: time.Second},
	}
	pcm, err := voice.Synthesize(context.Background(), "Hello.")
	fmt.Println(len(pcm), err)
	// Output: 16000 <nil>
}
