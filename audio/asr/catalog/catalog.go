// Package catalog knows by name the models that huike's embedded engines can hear
// with, where each is to be had, under which licence, and what its file must be. It
// fetches one on request, never by itself, and refuses a file whose SHA-256 differs.
// It opens no model.
package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Model is one that can be fetched.
type Model struct {
	Name      string   `json:"name"` // what a shop calls it, such as "sense-voice-small"
	Folder    string   `json:"folder"`
	Languages []string `json:"languages"`
	Streaming bool     `json:"streaming"` // hears while the caller speaks
	Licence   string   `json:"licence"`   // SPDX, or the name of the licence; "unverified" where it was not read
	URL       string   `json:"url"`
	Size      int64    `json:"size"`   // of the archive, in bytes
	SHA256    string   `json:"sha256"` // of the archive, in hexadecimal; empty: unverified
	Files     []string `json:"files"`  // without which it is not whole, in its folder
}

const release = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models/"

// All returns the known models. Their sums are those of the assets of the project's
// release as many independent projects have pinned them, looked up in November 2026.
func All() []Model {
	whole := func(m Model) Model { m.URL = release + m.Folder + ".tar.bz2"; return m }
	return []Model{
		whole(Model{
			Name: "zipformer-zh", Folder: "sherpa-onnx-streaming-zipformer-zh-int8-2025-06-30",
			Languages: []string{"zh"}, Streaming: true, Licence: "Apache-2.0", Size: 132634597,
			SHA256: "5a2832047ea1f97dd0dc595b816c230c4bafad65cfc0341fa57517cadc50afd0",
			Files:  []string{"encoder.int8.onnx", "decoder.onnx", "joiner.int8.onnx", "tokens.txt"},
		}),
		whole(Model{
			Name: "zipformer-zh-en", Folder: "sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20",
			Languages: []string{"zh", "en"}, Streaming: true, Licence: "Apache-2.0", Size: 511274346,
			SHA256: "27ffbd9ee24ad186d99acc2f6354d7992b27bcab490812510665fa8f9389c5f8",
			Files: []string{
				"encoder-epoch-99-avg-1.int8.onnx", "decoder-epoch-99-avg-1.onnx",
				"joiner-epoch-99-avg-1.int8.onnx", "tokens.txt",
			},
		}),
		whole(Model{
			Name: "sense-voice-small", Folder: "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17",
			Languages: []string{"zh", "en", "ja", "ko", "yue"}, Licence: "FunASR Model Open Source License", Size: 163002883,
			SHA256: "7d1efa2138a65b0b488df37f8b89e3d91a60676e416f515b952358d83dfd347e",
			Files:  []string{"model.int8.onnx", "tokens.txt"},
		}),
		whole(Model{
			Name: "paraformer-zh", Folder: "sherpa-onnx-paraformer-zh-2023-09-14",
			Languages: []string{"zh", "en"}, Licence: "unverified", Size: 234051698,
			SHA256: "9c49fd9c6fb63de8e18c1054cf3d100f804741b7e608e187923cd8ff09fa9f03",
			Files:  []string{"model.int8.onnx", "tokens.txt"},
		}),
	}
}

// ErrUnknown is the error, wrapped, of a name that no model has.
var ErrUnknown = errors.New("unknown model")

// Find returns the model of a name, or of a folder's name.
func Find(name string) (Model, error) {
	var names []string
	for _, m := range All() {
		if m.Name == name || m.Folder == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return Model{}, fmt.Errorf("%w %q: there are %s", ErrUnknown, name, strings.Join(names, ", "))
}
