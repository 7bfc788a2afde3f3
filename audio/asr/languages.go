package asr

import (
	"context"
	"errors"
	"slices"
)

// Languages tells which language is spoken: "zh" or "en", another, or "" where it cannot
// tell. audio/asr/sherpa has one.
type Languages interface {
	Language(ctx context.Context, pcm []int16) (string, error)
}

// Detecting hears a caller's first turn in the language that is spoken, where that is
// another than the call's, and says so in [Result.Lang]. Where nothing recognises that
// language the result is [ErrNoRecognizer], with Lang, so that the caller can be told in
// it what else there is. Other turns, and the partials of the first, go to Router as they are.
type Detecting struct {
	Router
	Languages Languages
	Speaks    []string // languages that the shop speaks: others change nothing
}

// Recognize implements [Recognizer]. What the detector fails at is heard as if it were
// not there.
func (d Detecting) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	result, err := d.Router.Recognize(ctx, pcm, hint)
	if !hint.First || hint.Partial || Quiet(pcm) || err != nil && !errors.Is(err, ErrNoRecognizer) {
		return result, err
	}
	lang, failed := d.Languages.Language(ctx, pcm)
	if failed != nil || lang == hint.Lang || !slices.Contains(d.Speaks, lang) {
		return result, err
	}
	other := hint
	other.Lang, other.Words, other.Turn = lang, nil, ""
	heard, err := d.Router.Recognize(ctx, pcm, other)
	switch {
	case errors.Is(err, ErrNoRecognizer):
		return Result{Final: true, Lang: lang}, err
	case err != nil || heard.Text == "":
		return result, nil //nolint:nilerr // words in the wrong language are better than none
	}
	heard.Lang = lang
	heard.Elapsed += result.Elapsed
	return heard, nil
}
