package sherpa

import (
	"context"
	"fmt"
	"runtime"

	"huike/audio"
	"huike/audio/infer"
)

// Languages tells which language is spoken, with a Whisper model of many languages.
// It may be used by many goroutines.
type Languages struct {
	lib    *Library
	rt     *infer.Runtime
	handle uintptr
}

// OpenLanguages opens the Whisper model of a folder, such as sherpa-onnx-whisper-tiny; one
// of English alone tells nothing.
func OpenLanguages(lib *Library, rt *infer.Runtime, dir string) (*Languages, error) {
	_, files, err := Find(dir, Whisper)
	if err != nil {
		return nil, err
	}
	for _, role := range []string{"encoder", "decoder"} {
		if files[role] == "" {
			return nil, fmt.Errorf("%w in %s: to tell languages a whisper model needs its %s", ErrModel, dir, role)
		}
		if err := isONNX(files[role]); err != nil {
			return nil, err
		}
	}
	config := &languageConfig{
		Whisper: languageWhisper{Encoder: c(files["encoder"]), Decoder: c(files["decoder"])}, NumThreads: 1, Provider: c("cpu"),
	}
	l := &Languages{lib: lib, rt: rt, handle: lib.createLanguage(config)}
	runtime.KeepAlive(config)
	if l.handle == 0 {
		return nil, fmt.Errorf("%w in %s: sherpa-onnx does not tell languages with it; its reason is on the standard error output", ErrModel, dir)
	}
	return l, nil
}

// Close frees the model.
func (l *Languages) Close() error {
	l.lib.destroyLanguage(l.handle)
	return nil
}

// Language returns the language of speech, mono at [audio.Rate], such as "zh"; "" where
// the model does not say. The library cannot be interrupted: ctx counts while it waits
// for a worker.
func (l *Languages) Language(ctx context.Context, pcm []int16) (string, error) {
	lang := ""
	err := l.rt.Do(ctx, infer.Final, func() {
		stream := l.lib.languageStream(l.handle)
		defer l.lib.destroyOfflineStream(stream)
		sound := samples(pcm)
		l.lib.acceptOffline(stream, audio.Rate, &sound[0], int32(len(pcm)))
		got := l.lib.language(l.handle, stream)
		if got == nil {
			return
		}
		defer l.lib.destroyLanguageResult(got)
		lang = text(got.Lang)
	})
	return lang, err
}
