package main

import (
	"fmt"
	"path/filepath"

	"huike/audio/asr"
	"huike/audio/asr/catalog"
	"huike/audio/asr/sherpa"
	asrstream "huike/audio/asr/stream"
	"huike/audio/infer"
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

// sherpaASR opens a model by its name in the catalog or by its folder.
func sherpaASR(rt *infer.Runtime, models, name, lang string) (*sherpa.Recognizer, error) {
	dir := name
	if m, err := catalog.Find(name); err == nil {
		dir = filepath.Join(models, m.Folder)
		if !(&catalog.Fetcher{Dir: models}).Has(m) {
			return nil, fmt.Errorf("model %s is not in %s: run huike models fetch %s", name, models, m.Name)
		}
	}
	path, err := rt.Path(infer.Sherpa)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	library, err := sherpa.Load(path)
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
