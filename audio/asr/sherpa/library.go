// Package sherpa recognises through the sherpa-onnx C library inside the process:
// streaming and whole-turn transducers, Paraformer, SenseVoice, Whisper and
// Moonshine, and its voice detector. It speaks with VITS, Matcha and Kokoro models, makes
// prints of voices with speaker models, and tells languages with Whisper's. It binds the library by name at run time,
// without C or Python at build time; what is not installed is an error of [Load] and
// of nothing else. It knows neither calls nor where models come from. No model of a voice, of speakers or of
// languages was to be had when this was written: their structs are held to the header, and
// the way back of the sound to a call as the library makes it.
//
// A recogniser starts no goroutine; the library computes on the caller's thread.
package sherpa

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Version is the library's version whose structs this package knows.
const Version = "1.13.8"

// ErrVersion is the error, wrapped, of a library of another version.
var ErrVersion = errors.New("sherpa-onnx of another version")

// Library is the loaded C library. Its functions may be called by any goroutine.
type Library struct {
	version func() string

	createOffline        func(*offlineConfig) uintptr
	destroyOffline       func(uintptr)
	offlineStream        func(uintptr) uintptr
	offlineHotwords      func(uintptr, string) uintptr
	destroyOfflineStream func(uintptr)
	acceptOffline        func(uintptr, int32, *float32, int32)
	decodeOffline        func(uintptr, uintptr)
	offlineResult        func(uintptr) *offlineResult
	destroyOfflineResult func(*offlineResult)

	createOnline        func(*onlineConfig) uintptr
	destroyOnline       func(uintptr)
	onlineStream        func(uintptr) uintptr
	onlineHotwords      func(uintptr, string) uintptr
	destroyOnlineStream func(uintptr)
	acceptOnline        func(uintptr, int32, *float32, int32)
	ready               func(uintptr, uintptr) int32
	decodeOnline        func(uintptr, uintptr)
	finished            func(uintptr)
	onlineResult        func(uintptr, uintptr) *onlineResult
	destroyOnlineResult func(*onlineResult)

	createVAD      func(*vadConfig, float32) uintptr
	destroyVAD     func(uintptr)
	acceptVAD      func(uintptr, *float32, int32)
	emptyVAD       func(uintptr) int32
	popVAD         func(uintptr)
	frontVAD       func(uintptr) *speechSegment
	destroySegment func(*speechSegment)
	flushVAD       func(uintptr)

	speechFunctions
}

// loaded is the process's library: the dynamic loader has one too.
//
//nolint:gochecknoglobals // the C library's own state is global
var loaded struct {
	mu   sync.Mutex
	path string
	lib  *Library
}

// Load loads the library at path, libsherpa-onnx-c-api.so, which finds ONNX Runtime
// beside it. The process has it once: loading it again from there gives the same.
func Load(path string) (*Library, error) {
	loaded.mu.Lock()
	defer loaded.mu.Unlock()
	if loaded.lib != nil && loaded.path == path {
		return loaded.lib, nil
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("sherpa-onnx library: %w; run make models", err)
	}
	l := &Library{}
	all := l.functions()
	maps.Copy(all, l.speechFunctions.functions())
	for name, function := range all {
		symbol, err := purego.Dlsym(handle, "SherpaOnnx"+name)
		if err != nil {
			return nil, fmt.Errorf("sherpa-onnx library %s: %w: want version %s", path, err, Version)
		}
		purego.RegisterFunc(function, symbol)
	}
	if v := l.version(); v != Version {
		return nil, fmt.Errorf("%w: %s is %s, want %s, whose structs are known: run make models", ErrVersion, path, v, Version)
	}
	loaded.path, loaded.lib = path, l
	return l, nil
}

func (l *Library) functions() map[string]any {
	return map[string]any{
		"GetVersionStr":                       &l.version,
		"CreateOfflineRecognizer":             &l.createOffline,
		"DestroyOfflineRecognizer":            &l.destroyOffline,
		"CreateOfflineStream":                 &l.offlineStream,
		"CreateOfflineStreamWithHotwords":     &l.offlineHotwords,
		"DestroyOfflineStream":                &l.destroyOfflineStream,
		"AcceptWaveformOffline":               &l.acceptOffline,
		"DecodeOfflineStream":                 &l.decodeOffline,
		"GetOfflineStreamResult":              &l.offlineResult,
		"DestroyOfflineRecognizerResult":      &l.destroyOfflineResult,
		"CreateOnlineRecognizer":              &l.createOnline,
		"DestroyOnlineRecognizer":             &l.destroyOnline,
		"CreateOnlineStream":                  &l.onlineStream,
		"CreateOnlineStreamWithHotwords":      &l.onlineHotwords,
		"DestroyOnlineStream":                 &l.destroyOnlineStream,
		"OnlineStreamAcceptWaveform":          &l.acceptOnline,
		"IsOnlineStreamReady":                 &l.ready,
		"DecodeOnlineStream":                  &l.decodeOnline,
		"OnlineStreamInputFinished":           &l.finished,
		"GetOnlineStreamResult":               &l.onlineResult,
		"DestroyOnlineRecognizerResult":       &l.destroyOnlineResult,
		"CreateVoiceActivityDetector":         &l.createVAD,
		"DestroyVoiceActivityDetector":        &l.destroyVAD,
		"VoiceActivityDetectorAcceptWaveform": &l.acceptVAD,
		"VoiceActivityDetectorEmpty":          &l.emptyVAD,
		"VoiceActivityDetectorPop":            &l.popVAD,
		"VoiceActivityDetectorFront":          &l.frontVAD,
		"DestroySpeechSegment":                &l.destroySegment,
		"VoiceActivityDetectorFlush":          &l.flushVAD,
	}
}

// c returns s for the library, which copies what it keeps; nil for nothing.
func c(s string) cstring {
	if s == "" {
		return nil
	}
	b := append([]byte(s), 0)
	return &b[0]
}

// text reads a string of the library.
func text(s cstring) string {
	if s == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(s), n)) != 0 { //nolint:gosec // up to the 0 at its end
		n++
	}
	return string(unsafe.Slice(s, n)) //nolint:gosec // as above
}

// samples are pcm from -1 to 1. There is one at least, so that it has an address.
func samples(pcm []int16) []float32 {
	out := make([]float32, max(len(pcm), 1))
	for i, v := range pcm {
		out[i] = float32(v) / 32768
	}
	return out
}
