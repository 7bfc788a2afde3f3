package main

import (
	"context"
	"errors"

	"huike/audio/tts"
	syllables "huike/audio/tts/syllable"
)

// openMandarin opens the best Mandarin voice that is installed: recorded syllables,
// with english for foreign words, or espeak-ng, which few callers understand.
func (h *house) openMandarin(ctx context.Context, pool *tts.Pool, english tts.Voice) (tts.Voice, error) {
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
