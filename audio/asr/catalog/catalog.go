// Package catalog knows by name the models that huike's embedded engines can hear and
// speak with, and tell voices and languages by, where each is to be had, under which licence, and what its file must be. It
// fetches one on request, never by itself, and refuses a file whose SHA-256 differs.
// It opens no model.
package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Use is what a model is for.
type Use string

// The uses of models.
const (
	Hears   Use = "hears"   // turns speech into words
	Speaks  Use = "speaks"  // turns words into speech
	Vocoder Use = "vocoder" // turns what a Matcha voice makes into sound
	Knows   Use = "knows"   // tells voices apart
	Tells   Use = "tells"   // tells which language is spoken, and hears
)

// A Model is one that can be fetched.
type Model struct {
	Name      string   `json:"name"` // what a shop calls it, such as "sense-voice-small"
	Folder    string   `json:"folder"`
	Use       Use      `json:"use"`
	Languages []string `json:"languages"`
	Streaming bool     `json:"streaming"` // hears while the caller speaks
	Licence   string   `json:"licence"`   // SPDX, or the name of the licence; "unverified" where it was not read
	URL       string   `json:"url"`
	Size      int64    `json:"size"`   // of the archive, in bytes
	SHA256    string   `json:"sha256"` // of the archive, in hexadecimal; empty: unverified
	Files     []string `json:"files"`  // without which it is not whole, in its folder
}

const (
	site    = "https://github.com/k2-fsa/sherpa-onnx/releases/download/"
	release = site + "asr-models/"
)

// All returns the known models. Their sums are those of the assets of the project's
// release as many independent projects have pinned them, looked up in November 2026.
func All() []Model {
	whole := func(m Model) Model { m.URL, m.Use = release+m.Folder+".tar.bz2", Hears; return m }
	return slices.Concat([]Model{
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
	}, others())
}

// others are the models that do something else than hear Mandarin.
func others() []Model {
	return []Model{
		{
			Name: "whisper-tiny", Folder: "sherpa-onnx-whisper-tiny", Use: Tells, Licence: "MIT", Size: 116204861,
			Languages: []string{"zh", "en", "yue", "ja", "ko", "and 94 more"},
			URL:       release + "sherpa-onnx-whisper-tiny.tar.bz2",
			SHA256:    "c46116994e539aa165266d96b325252728429c12535eb9d8b6a2b10f129e66b1",
			Files:     []string{"tiny-encoder.int8.onnx", "tiny-decoder.int8.onnx", "tiny-tokens.txt"},
		},
		{
			Name: "campplus", Folder: "3dspeaker_speech_campplus_sv_zh-cn_16k-common", Use: Knows, Licence: "Apache-2.0", Size: 28281138,
			URL:    site + "speaker-recongition-models/3dspeaker_speech_campplus_sv_zh-cn_16k-common.onnx", //nolint:misspell // spelt so there
			SHA256: "f682b514c05d947ee3fa91cd6ec6c5c7543479a128373fa29b1faedccd21fd11",
			Files:  []string{"3dspeaker_speech_campplus_sv_zh-cn_16k-common.onnx"},
		},
		{
			Name: "kokoro", Folder: "kokoro-multi-lang-v1_0", Use: Speaks, Licence: "Apache-2.0", Size: 349906910,
			Languages: []string{"zh", "en"},
			URL:       site + "tts-models/kokoro-multi-lang-v1_0.tar.bz2",
			SHA256:    "c5f7e2d2caf082bc1d20fb70334a61d99d20b484500aad32e7cf84c128ea3298",
			Files:     []string{"model.onnx", "voices.bin", "tokens.txt"},
		},
		{
			Name: "matcha-zh", Folder: "matcha-icefall-zh-baker", Use: Speaks, Licence: "unverified (the recordings are for no commerce)", Size: 75463442,
			Languages: []string{"zh"},
			URL:       site + "tts-models/matcha-icefall-zh-baker.tar.bz2",
			SHA256:    "20de2ec034b55562609d6362771c934905dfe11d0f41ec103d593427ad9a7efb",
			Files:     []string{"model-steps-3.onnx", "lexicon.txt", "tokens.txt"},
		},
		{
			Name: "vocos", Folder: "vocos-22khz-univ", Use: Vocoder, Licence: "unverified", Size: 53884024,
			URL:    site + "vocoder-models/vocos-22khz-univ.onnx",
			SHA256: "0574a135aa1db2de6e181050db2ec528496cacd4a4701fc5d7faf9f9804c0081",
			Files:  []string{"vocos-22khz-univ.onnx"},
		},
		{
			Name: "piper-amy", Folder: "vits-piper-en_US-amy-medium", Use: Speaks, Licence: "unverified", Size: 67223746,
			Languages: []string{"en"},
			URL:       site + "tts-models/vits-piper-en_US-amy-medium.tar.bz2",
			Files:     []string{"en_US-amy-medium.onnx", "tokens.txt"},
		},
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
