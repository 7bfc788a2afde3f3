package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"huike/audio/asr"
	"huike/audio/asr/catalog"
	"huike/audio/asr/sherpa"
	asrstream "huike/audio/asr/stream"
	"huike/audio/infer"
	"huike/audio/speaker"
	"huike/audio/tts"
)

// remoteASR returns the recogniser of a server that speaks a protocol.
func remoteASR(protocol, url, key, model string) (asr.Recognizer, error) {
	switch protocol {
	case "", "openai":
		return &asr.OpenAI{URL: url, Key: key, Model: model}, nil
	case "funasr":
		return &asrstream.Recognizer{Protocol: asrstream.FunASR{}, URL: url, Key: key}, nil
	case "deepgram":
		return &asrstream.Recognizer{Protocol: asrstream.Deepgram{Model: model}, URL: url, Key: key}, nil
	case "realtime":
		return &asrstream.Recognizer{Protocol: asrstream.Realtime{Model: model}, URL: url, Key: key}, nil
	}
	return nil, fmt.Errorf("--asr-protocol=%s: want openai, realtime, funasr or deepgram", protocol)
}

// sherpaModel finds a model by its name in the catalog or by its folder, and loads the
// library that opens it.
func sherpaModel(rt *infer.Runtime, models, name string) (*sherpa.Library, string, error) {
	dir := name
	if m, err := catalog.Find(name); err == nil {
		dir = filepath.Join(models, m.Folder)
		if !(&catalog.Fetcher{Dir: models}).Has(m) {
			return nil, "", fmt.Errorf("model %s is not in %s: run huike models fetch %s", name, models, m.Name)
		}
	}
	path, err := rt.Path(infer.Sherpa)
	if err != nil {
		return nil, "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, "", err
	}
	library, err := sherpa.Load(path)
	return library, dir, err
}

// sherpaASR opens a recogniser.
func sherpaASR(rt *infer.Runtime, models, name, lang string) (*sherpa.Recognizer, error) {
	library, dir, err := sherpaModel(rt, models, name)
	if err != nil {
		return nil, err
	}
	return sherpa.Open(library, sherpa.Config{Dir: dir, Language: lang, Runtime: rt})
}

// openRecognizers opens what the configuration names: a model of sherpa-onnx, a server,
// or the one with the other to fall back on.
func (h *house) openRecognizers(rt *infer.Runtime) error {
	if h.config.ASRModelZH != "" {
		chinese, err := sherpaASR(rt, h.config.models(), h.config.ASRModelZH, "zh")
		if err != nil {
			return err
		}
		h.closeWith(chinese.Close)
		h.asr["zh"] = chinese
	}
	if h.config.ASRURL == "" {
		return nil
	}
	remote, err := remoteASR(h.config.ASRProtocol, h.config.ASRURL, h.config.ASRKey, h.config.ASRModel)
	if err != nil {
		return err
	}
	if r, ok := remote.(*asrstream.Recognizer); ok {
		h.closeWith(r.Close)
	}
	for _, lang := range h.config.ASRLangs {
		if local := h.asr[lang]; local != nil {
			h.asr[lang] = &asr.Fallback{First: remote, Second: local}
			continue
		}
		h.asr[lang] = remote
	}
	return nil
}

// openLanguages opens what tells the language of a first turn, where that is configured.
func (h *house) openLanguages() error {
	if h.config.LanguageModel == "" {
		return nil
	}
	library, dir, err := sherpaModel(h.infer, h.config.models(), h.config.LanguageModel)
	if err != nil {
		return err
	}
	languages, err := sherpa.OpenLanguages(library, h.infer, dir)
	if err != nil {
		return err
	}
	h.closeWith(languages.Close)
	h.session.Recognizer = asr.Detecting{Router: h.asr, Languages: languages, Speaks: []string{"zh", "en"}}
	return nil
}

// openKnowing opens what knows callers by voice, where that is configured.
func (h *house) openKnowing() error {
	switch h.config.Voiceprint {
	case "":
		return nil
	case ownVoiceprint:
		own, err := speaker.Own()
		if err != nil {
			return err
		}
		h.session.Voices = own
		return nil
	}
	library, path, err := sherpaModel(h.infer, h.config.models(), h.config.Voiceprint)
	if err != nil {
		return err
	}
	embedder, err := sherpa.OpenEmbedder(library, h.infer, path)
	if err != nil {
		return err
	}
	h.closeWith(embedder.Close)
	h.session.Voices = embedder
	return nil
}

const ownVoiceprint = "own"

// openSherpaVoice opens a voice of sherpa-onnx for a language; nil where none is configured.
func (h *house) openSherpaVoice(lang string) (tts.Voice, error) {
	name, number, numbered := strings.Cut(map[string]string{"zh": h.config.TTSModelZH, "en": h.config.TTSModelEN}[lang], "#")
	if name == "" {
		return nil, nil //nolint:nilnil // none is wanted
	}
	config := sherpa.VoiceConfig{Runtime: h.infer}
	if numbered {
		var err error
		if config.Speaker, err = strconv.Atoi(number); err != nil {
			return nil, fmt.Errorf("tts-model-%s: speaker %q of %s: want a number from 0", lang, number, name)
		}
	}
	library, dir, err := sherpaModel(h.infer, h.config.models(), name)
	if err != nil {
		return nil, err
	}
	if m, err := catalog.Find("vocos"); err == nil && (&catalog.Fetcher{Dir: h.config.models()}).Has(m) {
		config.Vocoder = filepath.Join(h.config.models(), m.Folder, m.Files[0])
	}
	config.Dir = dir
	voice, err := sherpa.OpenVoice(library, config)
	if err != nil {
		return nil, err
	}
	h.closeWith(voice.Close)
	return voice, nil
}
