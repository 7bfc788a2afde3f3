package catalog_test

import (
	"fmt"

	"huike/audio/asr/catalog"
)

// What a shop must know of a model before it fetches it.
func ExampleFind() {
	m, err := catalog.Find("sense-voice-small")
	fmt.Println(m.Languages, m.Licence, err)
	// Output: [zh en ja ko yue] FunASR Model Open Source License <nil>
}
