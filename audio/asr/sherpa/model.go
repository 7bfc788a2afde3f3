package sherpa

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is what a model is.
type Kind string

// The kinds of models that can be opened.
const (
	StreamingTransducer Kind = "streaming-transducer" // such as zipformer; hears while the caller speaks
	StreamingParaformer Kind = "streaming-paraformer"
	Transducer          Kind = "transducer"
	Paraformer          Kind = "paraformer"
	SenseVoice          Kind = "sense-voice"
	Whisper             Kind = "whisper"
	Moonshine           Kind = "moonshine"
)

// Streaming says whether the model hears while the caller speaks.
func (k Kind) Streaming() bool { return strings.HasPrefix(string(k), "streaming-") }

// ErrModel is the error, wrapped, of a folder that holds no model.
var ErrModel = errors.New("no sherpa-onnx model")

// Files are the files of a model by what they are: "encoder", "decoder", "joiner",
// "model", "preprocessor", "uncached", "cached", "tokens", "bpe".
type Files map[string]string

// Find tells what model a folder holds, by its files' names as the project's own
// archives have them, and prefers 8-bit files. An empty kind is told by the names.
func Find(dir string, kind Kind) (Kind, Files, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, fmt.Errorf("model folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	// 8-bit ones first; a transducer's decoder is small and better whole
	slices.SortStableFunc(names, func(a, b string) int { return order(a) - order(b) })
	files := Files{}
	for _, name := range names {
		if role := role(name); role != "" && files[role] == "" {
			files[role] = filepath.Join(dir, name)
		}
	}
	if kind == "" {
		kind = guess(strings.ToLower(filepath.Base(dir)), files)
	}
	for _, role := range needs(kind) {
		if files[role] == "" {
			return "", nil, fmt.Errorf("%w in %s: a %s model needs a file for its %s; there are %s",
				ErrModel, dir, or(string(kind), "known"), role, or(strings.Join(names, ", "), "none"))
		}
	}
	return kind, files, nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func order(name string) int {
	if strings.Contains(name, "int8") != strings.Contains(name, "decoder-epoch") {
		return 0
	}
	return 1
}

func role(name string) string {
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, ".onnx") && !strings.HasSuffix(lower, ".ort") {
		switch {
		case strings.HasSuffix(lower, "tokens.txt"):
			return "tokens"
		case lower == "bpe.vocab":
			return "bpe"
		}
		return ""
	}
	for _, known := range []struct{ part, role string }{
		{"uncached_decode", "uncached"},
		{"cached_decode", "cached"},
		{"preprocess", "preprocessor"},
		{"encode", "encoder"},
		{"decode", "decoder"},
		{"joiner", "joiner"},
		{"model", "model"},
	} {
		if strings.Contains(lower, known.part) {
			return known.role
		}
	}
	return ""
}

// guess tells the kind by the folder's name and by which files there are.
func guess(folder string, files Files) Kind {
	streaming := strings.Contains(folder, "streaming")
	switch {
	case files["joiner"] != "" && streaming:
		return StreamingTransducer
	case files["joiner"] != "":
		return Transducer
	case strings.Contains(folder, "paraformer") && streaming:
		return StreamingParaformer
	case strings.Contains(folder, "paraformer"):
		return Paraformer
	case strings.Contains(folder, "sense"):
		return SenseVoice
	case strings.Contains(folder, "moonshine"):
		return Moonshine
	case strings.Contains(folder, "whisper"):
		return Whisper
	}
	return ""
}

func needs(kind Kind) []string {
	switch kind {
	case StreamingTransducer, Transducer:
		return []string{"encoder", "decoder", "joiner", "tokens"}
	case StreamingParaformer, Whisper, Moonshine:
		return []string{"encoder", "tokens"}
	case Paraformer, SenseVoice:
		return []string{"model", "tokens"}
	default:
		return []string{"kind that is known (name it)"}
	}
}
