package sherpa_test

import (
	"errors"
	"fmt"

	"huike/audio/asr/sherpa"
)

// A folder in which there is no model.
func ExampleFind() {
	_, _, err := sherpa.Find(".", sherpa.SenseVoice)
	fmt.Println(errors.Is(err, sherpa.ErrModel))
	// Output: true
}
