package sherpa

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unsafe"

	"github.com/ebitengine/purego"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/resample"
	"huike/audio/tts"
)

// VoiceKind is what a model that speaks is.
type VoiceKind string

// The kinds of models that speak.
const (
	VITS   VoiceKind = "vits" // Piper's voices too
	Matcha VoiceKind = "matcha"
	Kokoro VoiceKind = "kokoro"
)

// VoiceConfig describes a voice.
type VoiceConfig struct {
	Dir     string         // folder of the model
	Kind    VoiceKind      // empty: told by the folder's and its files' names
	Speaker int            // of a model with several, from 0
	Vocoder string         // of Matcha, whose archives have none: an .onnx file; empty: one in the folder
	Lang    string         // of Kokoro, such as "en-us"; empty: the model's own
	Runtime *infer.Runtime // whose pool bounds what is computed at a time
}

// A Voice speaks with one model, of the kinds VITS, Matcha and Kokoro. It may be used by
// many goroutines; the library makes one clause of each at a time.
type Voice struct {
	lib     *Library
	config  VoiceConfig
	handle  uintptr
	rate    int
	speed   float64
	speaker int32
	name    string
}

// FindVoice tells what model that speaks a folder holds and where its files are: "model"
// "vocoder", "voices", "tokens", "lexicon" (several, by commas),
// and the folder "data" of espeak-ng's phonemes. An empty kind is told by the names.
func FindVoice(dir string, kind VoiceKind) (VoiceKind, Files, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", nil, fmt.Errorf("voice folder: %w", err)
	}
	files := Files{}
	var names, lexicons []string
	for _, e := range entries {
		names = append(names, e.Name())
		path := filepath.Join(dir, e.Name())
		switch role := voiceRole(e); role {
		case "":
		case "lexicon":
			lexicons = append(lexicons, path)
		case "model":
			if files[role] == "" || strings.Contains(e.Name(), "int8") {
				files[role] = path
			}
		default:
			files[role] = path
		}
	}
	slices.Sort(lexicons)
	files["lexicon"] = strings.Join(lexicons, ",")
	if kind == "" {
		kind = guessVoice(strings.ToLower(filepath.Base(dir)), files)
	}
	for _, role := range voiceNeeds(kind) {
		if files[role] == "" {
			return "", nil, fmt.Errorf("%w in %s: a %s voice needs its %s; there are %s",
				ErrModel, dir, or(string(kind), "known"), role, or(strings.Join(names, ", "), "no files"))
		}
	}
	if files["lexicon"] == "" && files["data"] == "" {
		return "", nil, fmt.Errorf("%w in %s: a %s voice needs a lexicon.txt or the folder espeak-ng-data; there are %s",
			ErrModel, dir, kind, strings.Join(names, ", "))
	}
	return kind, files, nil
}

// voiceRole tells what a file of a voice is by its name; "" where it is nothing.
func voiceRole(e os.DirEntry) string {
	name := strings.ToLower(e.Name())
	switch {
	case e.IsDir() && name == "espeak-ng-data":
		return "data"
	case e.IsDir():
		return ""
	case name == "tokens.txt":
		return "tokens"
	case name == "voices.bin":
		return "voices"
	case strings.HasPrefix(name, "lexicon") && strings.HasSuffix(name, ".txt"):
		return "lexicon"
	case !strings.HasSuffix(name, ".onnx"):
		return ""
	case strings.Contains(name, "vocos"), strings.Contains(name, "hifigan"), strings.Contains(name, "vocoder"):
		return "vocoder"
	}
	return "model"
}

func guessVoice(folder string, files Files) VoiceKind {
	switch {
	case files["voices"] != "":
		return Kokoro
	case strings.Contains(folder, "matcha"), files["vocoder"] != "":
		return Matcha
	case files["model"] != "":
		return VITS
	}
	return ""
}

func voiceNeeds(kind VoiceKind) []string {
	switch kind {
	case VITS, Matcha:
		return []string{"model", "tokens"}
	case Kokoro:
		return []string{"model", "voices", "tokens"}
	}
	return []string{"kind that is known (vits, matcha or kokoro): its files' names tell none"}
}

// OpenVoice opens the model of a folder.
func OpenVoice(lib *Library, config VoiceConfig) (*Voice, error) {
	kind, files, err := FindVoice(config.Dir, config.Kind)
	if err != nil {
		return nil, err
	}
	if config.Vocoder != "" {
		files["vocoder"] = config.Vocoder
	}
	if kind == Matcha && files["vocoder"] == "" {
		return nil, fmt.Errorf("%w in %s: a matcha voice needs a vocoder, such as vocos-22khz-univ.onnx, in its folder", ErrModel, config.Dir)
	}
	for _, role := range []string{"model", "vocoder"} {
		if files[role] == "" {
			continue
		}
		if err := isONNX(files[role]); err != nil {
			return nil, err
		}
	}
	tc := speech(kind, files, config.Lang)
	v := &Voice{lib: lib, config: config, speed: 1, speaker: int32(config.Speaker), name: "sherpa/" + filepath.Base(config.Dir)}
	v.handle = lib.createTTS(tc)
	runtime.KeepAlive(tc)
	if v.handle == 0 {
		return nil, fmt.Errorf("%w in %s: sherpa-onnx does not open it as %s; its reason is on the standard error output", ErrModel, config.Dir, kind)
	}
	if v.rate = int(lib.ttsRate(v.handle)); v.rate < 8000 || v.rate > 48000 {
		return nil, errors.Join(fmt.Errorf("%w in %s: its sound is at %d Hz, want 8000 to 48000", ErrModel, config.Dir, v.rate), v.Close())
	}
	if n := int(lib.ttsSpeakers(v.handle)); config.Speaker < 0 || config.Speaker >= max(n, 1) {
		return nil, errors.Join(fmt.Errorf("%w in %s: no speaker %d; it has %d, from 0", ErrModel, config.Dir, config.Speaker, n), v.Close())
	}
	return v, nil
}

// speech fills the configuration of a voice, with the values that the models were made
// with where the library would take 0.
func speech(kind VoiceKind, files Files, lang string) *ttsConfig {
	f := func(role string) cstring { return c(files[role]) }
	o := &ttsConfig{MaxSentences: 1, SilenceScale: 0.2}
	m := &o.Model
	m.NumThreads, m.Provider = 1, c("cpu")
	switch kind {
	case VITS:
		m.VITS = vits{Model: f("model"), Lexicon: f("lexicon"), Tokens: f("tokens"), DataDir: f("data"), NoiseScale: 0.667, NoiseScaleW: 0.8, LengthScale: 1}
		if files["data"] != "" { // Piper's phonemes: a lexicon beside them is not for these
			m.VITS.Lexicon = nil
		}
	case Matcha:
		m.Matcha = matcha{AcousticModel: f("model"), Vocoder: f("vocoder"), Lexicon: f("lexicon"), Tokens: f("tokens"), DataDir: f("data"), NoiseScale: 0.667, LengthScale: 1}
	case Kokoro:
		m.Kokoro = kokoro{Model: f("model"), Voices: f("voices"), Tokens: f("tokens"), DataDir: f("data"), LengthScale: 1, Lexicon: f("lexicon"), Lang: c(lang)}
	}
	return o
}

// Close frees the model. A voice made by Styled is not closed.
func (v *Voice) Close() error {
	v.lib.destroyTTS(v.handle)
	return nil
}

// String implements [tts.Voice].
func (v *Voice) String() string { return fmt.Sprintf("%s/%d/%.2f", v.name, v.speaker, v.speed) }

// Styled implements [tts.Styler]: pace, and of a model with several speakers another by
// its number.
func (v *Voice) Styled(style tts.Style) tts.Voice {
	other := *v
	if style.Pace != 0 {
		other.speed = style.Pace
	}
	n := int32(0)
	if _, err := fmt.Sscanf(style.Voice, "%d", &n); err == nil && n >= 0 && n < v.lib.ttsSpeakers(v.handle) {
		other.speaker = n
	}
	return &other
}

// Synthesize implements [tts.Voice].
func (v *Voice) Synthesize(ctx context.Context, text string) ([]int16, error) {
	var all []int16
	err := v.Stream(ctx, text, func(pcm []int16) error {
		all = append(all, pcm...)
		return nil
	})
	return all, err
}

// Stream implements [tts.Streamer]: sound comes sentence by sentence, as the models make
// it. When ctx ends the library stops behind the sentence that it is at.
func (v *Voice) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "\x00", " ")), " ")
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return nil
	}
	made := &making{filter: resample.New(v.rate, audio.Rate), shape: tts.NewShaper(0), emit: emit, ctx: ctx}
	if err := v.config.Runtime.Do(ctx, infer.Final, func() { v.generate(text, made) }); err != nil {
		return err
	}
	if made.err != nil {
		return fmt.Errorf("%s: %w", v.name, made.err)
	}
	return made.shape.Finish(v.name, emit)
}

// making is a synthesis under way.
type making struct {
	ctx    context.Context //nolint:containedctx // of the one call of Stream
	filter *resample.Resampler
	shape  *tts.Shaper
	emit   func([]int16) error
	pcm    []int16
	in     []int16
	err    error
}

// take takes a piece of sound, and says whether more is wanted.
func (m *making) take(sound []float32) bool {
	if m.err = m.ctx.Err(); m.err != nil {
		return false
	}
	m.in = m.in[:0]
	for _, x := range sound {
		m.in = append(m.in, int16(max(-32768, min(32767, 32767*x))))
	}
	m.pcm = m.filter.Resample(m.pcm[:0], m.in)
	m.err = m.shape.Give(m.pcm, m.emit)
	return m.err == nil
}

// generate has the library speak, which calls back for each sentence.
func (v *Voice) generate(text string, made *making) {
	function, number := callbacks.begin(made)
	defer callbacks.end(number)
	config := &generation{SilenceScale: 0.2, Speed: float32(v.speed), Speaker: v.speaker}
	got := v.lib.generate(v.handle, text, config, function, number)
	runtime.KeepAlive(config)
	if got != nil {
		v.lib.destroyAudio(got)
	}
}

// callbacks is what the library gives sound to: one C function for all, as a process has
// a bounded number of them and frees none, which is told by a number whose sound it is.
//
//nolint:gochecknoglobals // C functions are the process's
var callbacks registry

type registry struct {
	mu       sync.Mutex
	function uintptr
	last     uintptr
	made     map[uintptr]*making
}

func (r *registry) begin(m *making) (function, number uintptr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.function == 0 {
		r.function = purego.NewCallback(r.take)
		r.made = map[uintptr]*making{}
	}
	r.last++
	r.made[r.last] = m
	return r.function, r.last
}

func (r *registry) end(number uintptr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.made, number)
}

// take is called by the library with n samples; 0 makes it stop.
func (r *registry) take(sound *float32, n int32, _ float32, number uintptr) uintptr {
	r.mu.Lock()
	m := r.made[number]
	r.mu.Unlock()
	if m == nil || n < 0 || n > 0 && !m.take(unsafe.Slice(sound, n)) { //nolint:gosec // the library tells how many there are
		return 0
	}
	return 1
}
