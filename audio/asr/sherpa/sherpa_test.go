package sherpa

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/infer"
	"huike/audio/wav"
)

func models() string {
	if dir := os.Getenv("HUIKE_MODELS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "bin", "models")
}

func load(t *testing.T) *Library {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(models(), infer.Sherpa))
	if err != nil {
		t.Fatal(err)
	}
	l, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLayout holds every struct to what a C compiler made of the header.
func TestLayout(t *testing.T) {
	structs := map[string]reflect.Type{
		"OnlineModelConfig": reflect.TypeFor[onlineModel](), "OnlineRecognizerConfig": reflect.TypeFor[onlineConfig](),
		"OnlineRecognizerResult": reflect.TypeFor[onlineResult](), "OfflineModelConfig": reflect.TypeFor[offlineModel](),
		"OfflineRecognizerConfig": reflect.TypeFor[offlineConfig](), "OfflineRecognizerResult": reflect.TypeFor[offlineResult](),
		"OfflineWhisperModelConfig": reflect.TypeFor[whisper](), "OfflineMoonshineModelConfig": reflect.TypeFor[moonshine](),
		"OfflineSenseVoiceModelConfig": reflect.TypeFor[senseVoice](), "OfflineFunASRNanoModelConfig": reflect.TypeFor[funASRNano](),
		"OfflineQwen3ASRModelConfig": reflect.TypeFor[qwen3ASR](), "OfflineCanaryModelConfig": reflect.TypeFor[canary](),
		"OfflineCohereTranscribeModelConfig": reflect.TypeFor[cohere](), "OfflineLMConfig": reflect.TypeFor[languageModel](),
		"FeatureConfig": reflect.TypeFor[featureConfig](), "SileroVadModelConfig": reflect.TypeFor[sileroVAD](),
		"TenVadModelConfig": reflect.TypeFor[sileroVAD](), "VadModelConfig": reflect.TypeFor[vadConfig](),
		"SpeechSegment": reflect.TypeFor[speechSegment](), "HomophoneReplacerConfig": reflect.TypeFor[homophones](),
		"OnlineCtcFstDecoderConfig": reflect.TypeFor[fstDecoder](), "OfflineTtsVitsModelConfig": reflect.TypeFor[vits](),
		"OfflineTtsMatchaModelConfig": reflect.TypeFor[matcha](), "OfflineTtsKokoroModelConfig": reflect.TypeFor[kokoro](),
		"OfflineTtsKittenModelConfig": reflect.TypeFor[kitten](), "OfflineTtsZipvoiceModelConfig": reflect.TypeFor[zipvoice](),
		"OfflineTtsPocketModelConfig": reflect.TypeFor[pocket](), "OfflineTtsSupertonicModelConfig": reflect.TypeFor[supertonic](),
		"OfflineTtsModelConfig": reflect.TypeFor[ttsModel](), "OfflineTtsConfig": reflect.TypeFor[ttsConfig](),
		"GeneratedAudio": reflect.TypeFor[generatedAudio](), "GenerationConfig": reflect.TypeFor[generation](),
		"SpeakerEmbeddingExtractorConfig": reflect.TypeFor[embeddingConfig](), "SpokenLanguageIdentificationResult": reflect.TypeFor[languageResult](),
		"SpokenLanguageIdentificationWhisperConfig": reflect.TypeFor[languageWhisper](), "SpokenLanguageIdentificationConfig": reflect.TypeFor[languageConfig](),
	}
	f, err := os.Open("testdata/layout.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var now reflect.Type
	field, seen := 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var name string
		var n uintptr
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		if _, err := fmt.Sscan(lines.Text(), &name, &n); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(lines.Text(), " ") {
			if now = structs[name]; now == nil || now.Size() != n {
				t.Fatalf("%s: %v, want %d bytes", name, now, n)
			}
			field = 0
			seen++
			continue
		}
		if field >= now.NumField() || now.Field(field).Offset != n {
			t.Errorf("%v, field %d (%s): is not at %d", now, field, name, n)
		}
		field++
	}
	if seen != len(structs) {
		t.Errorf("%d structs are in the golden file, %d here", seen, len(structs))
	}
}

// moonshineFolder lays out huike's own Moonshine as sherpa-onnx wants it.
func moonshineFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "moonshine-tiny")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"encoder_model.onnx", "decoder_model_merged.onnx"} {
		path, err := filepath.Abs(filepath.Join(models(), "moonshine", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	vocabulary, err := os.ReadFile(filepath.Join(models(), "moonshine", "tokens.txt"))
	if err != nil {
		t.Fatalf("%v: run make models", err)
	}
	var b strings.Builder
	for i, token := range strings.Split(strings.TrimSuffix(string(vocabulary), "\n"), "\n") {
		token = strings.ReplaceAll(token, "▁", " ")
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString([]byte(token)), i)
	}
	if err := os.WriteFile(filepath.Join(dir, "tokens.txt"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMoonshineThroughSherpa(t *testing.T) {
	rt, err := infer.Open(infer.Config{Models: models()})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	r, err := Open(load(t), Config{Dir: moonshineFolder(t), Runtime: rt})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	channels, err := wav.ReadFile("../testdata/vm-sorry.wav")
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Recognize(t.Context(), channels[0], asr.Hint{})
	if err != nil || !strings.Contains(strings.ToLower(got.Text), "did not understand your response") || !got.Final {
		t.Errorf("heard %+v, %v", got, err)
	}
	if got, err := r.Recognize(t.Context(), make([]int16, audio.Rate), asr.Hint{}); err != nil || got.Text != "" {
		t.Errorf("in silence: %+v, %v", got, err)
	}
}

func TestTheLibrarysDetectorHearsSpeech(t *testing.T) {
	channels, err := wav.ReadFile("../testdata/vm-sorry.wav")
	if err != nil {
		t.Fatal(err)
	}
	pcm := append(append(make([]int16, audio.Rate), channels[0]...), make([]int16, audio.Rate)...)
	got, err := load(t).Speech(filepath.Join(models(), infer.Silero), pcm)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || got[0].From.Seconds() < 0.8 || got[0].From.Seconds() > 1.4 {
		t.Errorf("speech from 1 s on is told as %v", got)
	}
}

func TestWhatIsNoModel(t *testing.T) {
	if _, err := Load("/nowhere/libsherpa-onnx-c-api.so"); err == nil {
		t.Error("a library that is not there: no error")
	}
	for _, c := range []struct {
		dir   string
		files []string
		want  Kind
	}{
		{"empty", nil, ""},
		{"sherpa-onnx-streaming-zipformer-zh-int8-2025-06-30", []string{"encoder.int8.onnx", "decoder.onnx", "joiner.int8.onnx", "tokens.txt"}, StreamingTransducer},
		{"sherpa-onnx-streaming-zipformer-zh-int8-2025-06-31", []string{"encoder.int8.onnx", "decoder.onnx", "joiner.int8.onnx"}, ""},
		{"sherpa-onnx-paraformer-zh-2023-09-14", []string{"model.int8.onnx", "tokens.txt"}, Paraformer},
		{"sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17", []string{"model.onnx", "model.int8.onnx", "tokens.txt"}, SenseVoice},
		{"sherpa-onnx-whisper-tiny.en", []string{"tiny.en-encoder.int8.onnx", "tiny.en-decoder.int8.onnx", "tiny.en-tokens.txt"}, Whisper},
	} {
		dir := filepath.Join(t.TempDir(), c.dir)
		_ = os.Mkdir(dir, 0o755)
		for _, name := range c.files {
			_ = os.WriteFile(filepath.Join(dir, name), nil, 0o600)
		}
		kind, files, err := Find(dir, "")
		if kind != c.want || (c.want == "") != errors.Is(err, ErrModel) {
			t.Errorf("%s: %q, %v", c.dir, kind, err)
		}
		if m := files["model"]; len(c.files) == 3 && m != "" && !strings.Contains(m, "int8") {
			t.Errorf("%s: %s is not the 8-bit file", c.dir, m)
		}
	}
}
