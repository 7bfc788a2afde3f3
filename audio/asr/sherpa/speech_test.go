package sherpa

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ebitengine/purego"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/resample"
	"huike/audio/tts"
)

// folder makes a folder with files of these names; one that ends in / is a folder.
func folder(t *testing.T, name string, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "/") {
			if err := os.Mkdir(filepath.Join(dir, f), 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, f), []byte("<html>"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAVoicesFolderTellsItsKind(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  VoiceKind
		lacks string
	}{
		{"vits-piper-en_US-amy-low", []string{"en_US-amy-low.onnx", "tokens.txt", "espeak-ng-data/"}, VITS, ""},
		{"vits-icefall-zh-aishell3", []string{"model.onnx", "tokens.txt", "lexicon.txt"}, VITS, ""},
		{"matcha-icefall-zh-baker", []string{"model-steps-3.onnx", "vocos-22khz-univ.onnx", "tokens.txt", "lexicon.txt"}, Matcha, ""},
		{"kokoro-multi-lang-v1_0", []string{"model.onnx", "voices.bin", "tokens.txt", "espeak-ng-data/", "lexicon-us-en.txt", "lexicon-zh.txt"}, Kokoro, ""},
		{"vits-without-tokens", []string{"model.onnx", "lexicon.txt"}, "", "tokens"},
		{"vits-without-words", []string{"model.onnx", "tokens.txt"}, "", "espeak-ng-data"},
		{"nothing", nil, "", "kind"},
	} {
		kind, files, err := FindVoice(folder(t, c.name, c.files...), "")
		if kind != c.want || (c.want == "") != errors.Is(err, ErrModel) || err != nil && !strings.Contains(err.Error(), c.lacks) {
			t.Errorf("%s: %q, %v", c.name, kind, err)
		}
		if kind == Kokoro && strings.Count(files["lexicon"], ",") != 1 {
			t.Errorf("%s: its lexicons are %q", c.name, files["lexicon"])
		}
		if kind == Matcha && (strings.Contains(files["model"], "vocos") || files["vocoder"] == "") {
			t.Errorf("%s: %v", c.name, files)
		}
	}
}

func TestAVoiceThatIsNoneIsRefused(t *testing.T) {
	rt, err := infer.Open(infer.Config{Models: models()})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	l := load(t)
	for name, c := range map[string]struct{ dir, tells string }{
		"a folder that is not there":         {"/nowhere/voice", "voice folder"},
		"a page in a model's place":          {folder(t, "vits-page", "model.onnx", "tokens.txt", "lexicon.txt"), "no ONNX file"},
		"a matcha voice without its vocoder": {folder(t, "matcha-alone", "model.onnx", "tokens.txt", "lexicon.txt"), "vocoder"},
	} {
		if v, err := OpenVoice(l, VoiceConfig{Dir: c.dir, Runtime: rt}); err == nil || !strings.Contains(err.Error(), c.tells) {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestAModelThatIsNoneOfSpeakersIsRefused(t *testing.T) {
	l := load(t)
	for name, path := range map[string]string{
		"a folder that is not there": "/nowhere/speaker.onnx",
		"a folder without a model":   folder(t, "speaker"),
		"a page":                     filepath.Join(folder(t, "speaker", "model.onnx"), "model.onnx"),
		"a folder with two":          folder(t, "speaker", "a.onnx", "b.onnx"),
	} {
		if e, err := OpenEmbedder(l, nil, path); err == nil {
			t.Errorf("%s: %v, no error", name, e)
		}
	}
	if e, err := OpenLanguages(l, nil, folder(t, "whisper", "tiny-encoder.onnx", "tiny-tokens.txt", "tiny-decoder.onnx")); err == nil || !strings.Contains(err.Error(), "no ONNX file") {
		t.Errorf("languages: %v, %v", e, err)
	}
}

func TestSoundComesBackFromTheLibrary(t *testing.T) {
	var heard []int16
	m := &making{ctx: t.Context(), filter: resample.New(22050, audio.Rate), shape: tts.NewShaper(-20), emit: func(pcm []int16) error {
		heard = append(heard, pcm...)
		return nil
	}}
	function, number := callbacks.begin(m)
	var give func(sound *float32, n int32, progress float32, number uintptr) int32 // as the library calls it
	purego.RegisterFunc(&give, function)
	sound := make([]float32, 22050)
	for i := range sound {
		sound[i] = float32(math.Sin(float64(i) / 10))
	}
	if give(&sound[0], int32(len(sound)), 0.5, number) != 1 {
		t.Fatal("no more sound is wanted")
	}
	if n := len(heard); n < audio.Rate*9/10 || n > audio.Rate {
		t.Errorf("of a second %d samples came", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m.ctx = ctx
	cancel()
	if give(&sound[0], int32(len(sound)), 1, number) != 0 {
		t.Error("who is no longer listened to goes on")
	}
	callbacks.end(number)
	if give(&sound[0], int32(len(sound)), 1, number) != 0 {
		t.Error("sound of nobody's is wanted")
	}
}
