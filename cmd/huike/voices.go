package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"huike/audio/tts"
	"huike/audio/tts/remote"
	syllables "huike/audio/tts/syllable"
	"huike/dialog"
)

// ttsConfig names a server that speaks.
type ttsConfig struct {
	TTSURL      string   `name:"tts-url" help:"Server that speaks the languages of tts-langs; where it fails, also in mid-sentence, huike's own voice goes on." env:"HUIKE_TTS_URL" placeholder:"URL" group:"Speech"`
	TTSProtocol string   `name:"tts-protocol" help:"How that server is spoken to: ${enum}. OpenAI's speech API is asked for pcm." enum:"openai,elevenlabs" default:"openai" env:"HUIKE_TTS_PROTOCOL" group:"Speech"`
	TTSKey      string   `name:"tts-key" help:"Its key." env:"HUIKE_TTS_KEY" placeholder:"KEY" group:"Speech"`
	TTSModel    string   `name:"tts-model" help:"Its model; default: tts-1, or the server's own with elevenlabs." env:"HUIKE_TTS_MODEL" placeholder:"NAME" group:"Speech"`
	TTSVoice    string   `name:"tts-voice" help:"Its voice; default: alloy. ElevenLabs wants the id of one." env:"HUIKE_TTS_VOICE" placeholder:"NAME" group:"Speech"`
	TTSRate     int      `name:"tts-rate" help:"Hertz of the sound of a server with OpenAI's API." default:"24000" env:"HUIKE_TTS_RATE" group:"Speech"`
	TTSModelZH  string   `name:"tts-model-zh" help:"Voice inside that speaks Mandarin: a name of huike models that speaks, or a folder with a VITS, Matcha or Kokoro model of sherpa-onnx; #3 behind it is its speaker 3." env:"HUIKE_TTS_MODEL_ZH" placeholder:"NAME[#N]" group:"Speech"`
	TTSModelEN  string   `name:"tts-model-en" help:"Likewise for English; also rhvoice, with RHVoice's slt, or rhvoice/VOICE." env:"HUIKE_TTS_MODEL_EN" placeholder:"NAME[#N]" group:"Speech"`
	TTSLangs    []string `name:"tts-langs" help:"Languages that it speaks; default: zh and en." env:"HUIKE_TTS_LANGS" group:"Speech"`
}

// check adds what cannot be right.
func (c *ttsConfig) check(w *wrong) {
	w.unless(c.TTSURL == "" || isSite(c.TTSURL), "tts-url", c.TTSURL, "a URL, such as http://127.0.0.1:8880/v1 or wss://api.elevenlabs.io")
	w.unless(c.TTSURL == "" || c.TTSProtocol != "elevenlabs" || strings.HasPrefix(c.TTSURL, "ws"), "tts-url", c.TTSURL, "a WebSocket's, such as wss://api.elevenlabs.io")
	w.unless(c.TTSURL == "" || c.TTSProtocol != "elevenlabs" || c.TTSVoice != "", "tts-voice", c.TTSVoice, "the id of a voice")
	w.unless(c.TTSURL != "" || len(c.TTSLangs) == 0, "tts-langs", strings.Join(c.TTSLangs, ","), "a --tts-url that speaks them")
	w.unless(c.TTSRate == 0 || c.TTSRate >= 8000 && c.TTSRate <= 48000, "tts-rate", fmt.Sprint(c.TTSRate), "8000 to 48000")
	for _, lang := range c.TTSLangs {
		w.unless(lang == "zh" || lang == "en", "tts-langs", lang, "zh or en")
	}
}

// voice is the server's voice for a language.
func (c *ttsConfig) voice(lang string) tts.Voice {
	if c.TTSProtocol == "elevenlabs" {
		return &remote.ElevenLabs{URL: c.TTSURL, Key: c.TTSKey, Model: c.TTSModel, Voice: c.TTSVoice, Lang: lang}
	}
	o := &remote.OpenAI{URL: c.TTSURL, Key: c.TTSKey, Model: c.TTSModel, Voice: c.TTSVoice, Rate: c.TTSRate}
	if o.Model == "" {
		o.Model = "tts-1"
	}
	if o.Voice == "" {
		o.Voice = "alloy"
	}
	return o
}

// before puts the server's voice before those of huike's own.
func (h *house) before(own map[string]tts.Voice) {
	c := &h.config.ttsConfig
	if c.TTSURL == "" {
		return
	}
	langs := c.TTSLangs
	if len(langs) == 0 {
		langs = []string{"zh", "en"}
	}
	failed := func(err error) { h.log.Warn("step down", "part", "speech server", "err", err) }
	for _, lang := range langs {
		own[lang] = &tts.Fallback{First: c.voice(lang), Second: own[lang], Failed: failed}
	}
}

// openMandarin opens the best Mandarin voice that is installed: recorded syllables,
// with english for foreign words, or espeak-ng, which few callers understand.
func (h *house) openMandarin(ctx context.Context, pool *tts.Pool, english tts.Voice) (tts.Voice, error) {
	if voice, err := h.openSherpaVoice("zh"); voice != nil || err != nil {
		return voice, err
	}
	recorded, err := syllables.Open(syllables.Config{Foreign: english})
	if err == nil {
		return recorded, nil
	}
	if !errors.Is(err, syllables.ErrMissing) {
		return nil, err
	}
	h.log.Warn("Mandarin is spoken by espeak-ng, which few callers understand", "err", err)
	espeak, err := tts.OpenEspeak(ctx, tts.EspeakConfig{Pool: pool})
	if err != nil {
		return nil, err
	}
	h.closeWith(espeak.Close)
	return espeak, nil
}

// openEnglish opens the English voice that is configured, RHVoice where it is installed,
// or flite.
func (h *house) openEnglish(ctx context.Context, pool *tts.Pool) (tts.Voice, error) {
	name, voice, _ := strings.Cut(h.config.TTSModelEN, "/")
	if name != "rhvoice" && h.config.TTSModelEN != "" {
		return h.openSherpaVoice("en")
	}
	rhvoice, err := tts.OpenRHVoice(tts.RHVoiceConfig{Voice: voice, Pool: pool})
	if err == nil {
		return rhvoice, nil
	}
	if name == "rhvoice" {
		return nil, err
	}
	flite, err := tts.OpenFlite(ctx, tts.FliteConfig{Pool: pool})
	if err != nil {
		return nil, err
	}
	h.closeWith(flite.Close)
	return flite, nil
}

// openVoices opens what speaks each language.
func (h *house) openVoices(ctx context.Context) error {
	config := tts.Config{Dir: h.config.Prompts}
	if config.Dir == "" {
		config.Dir = filepath.Join(h.config.Data, "prompts")
	}
	if h.config.Stub {
		config = tts.Config{Voices: map[string]tts.Voice{"en": tts.Stub{}, "zh": tts.Stub{}}}
	} else {
		pool := tts.NewPool(2)
		english, err := h.openEnglish(ctx, pool)
		if err != nil {
			return err
		}
		mandarin, err := h.openMandarin(ctx, pool, english)
		if err != nil {
			return err
		}
		config.Voices = map[string]tts.Voice{"en": english, "zh": mandarin}
		h.before(config.Voices)
	}
	speaker, err := tts.NewSpeaker(config)
	if err != nil {
		return err
	}
	h.closeWith(speaker.Close)
	delivery, err := loadDelivery(h.config.Shop)
	if err != nil {
		return errors.Join(err, speaker.Close())
	}
	delivered := tts.Delivered{Speaker: speaker, Delivery: delivery}
	h.session.Speaker = delivered
	h.runWith(func(ctx context.Context) error { return h.warm(ctx, delivered) })
	return nil
}

// warm speaks the prompts that never change, so that no caller waits for them.
func (h *house) warm(ctx context.Context, speaker tts.Delivered) error {
	for _, lang := range []dialog.Lang{dialog.English, dialog.Chinese} {
		for _, prompt := range h.session.Wording.Prompts(lang) {
			if err := speaker.Warm(ctx, string(lang), prompt.Spoken); err != nil {
				if ctx.Err() == nil {
					h.log.Warn("prompt not spoken ahead", "lang", lang, "err", err)
				}
				return nil
			}
		}
	}
	return nil
}
