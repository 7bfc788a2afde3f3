package compose_test

import (
	"errors"
	"testing"

	"huike/audio"
	"huike/session/floor/compose"
)

func TestShortSoundsAreOfEachClassAndVoice(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	err := composer(5).Sounds([]string{"one", "two"}, func(s compose.Sound) error {
		seen[s.Class]++
		seen[s.Voice]++
		if length := audio.Duration(len(s.PCM), audio.Rate).Seconds(); length < 0.3 || length > 2 {
			t.Errorf("%s of %s: %.2f s", s.Class, s.Voice, length)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{compose.Listener, compose.Noise, compose.Words, "one", "two", "ann", "prompts"} {
		if seen[want] == 0 {
			t.Errorf("none is %s: %v", want, seen)
		}
	}
	full := errors.New("full")
	if err := composer(5).Sounds([]string{"one"}, func(compose.Sound) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v, want that of who takes the sounds", err)
	}
}
