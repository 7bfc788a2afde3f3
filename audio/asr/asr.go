// Package asr turns a caller's speech into words: by Moonshine inside the process
// (English), or by any server that speaks OpenAI's transcription API. It is given
// whole stretches of sound and decides neither where they begin and end nor what
// the words mean.
//
// A recogniser may be used by many calls at once. It starts no goroutine; the
// caller's waits.
package asr

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Result is what a recogniser heard.
type Result struct {
	Text         string        // with case and punctuation; empty when no words were heard
	Final        bool          // the recogniser will not take it back
	Confidence   float64       // 0 to 1; 0 when the recogniser does not say
	Stable       int           // how many bytes of a partial's Text later partials of its turn will not change
	Alternatives []string      // other readings, best first
	Scores       []float64     // of the Alternatives, on Confidence's scale; as many, or none
	Nature       Nature        // what sort of sound it is, where it is short
	Lang         string        // that was spoken, where that is not the hint's
	Elapsed      time.Duration // how long it took, waiting included
}

// Nature is how likely a short sound is none that wants the floor. A zero one says
// nothing.
type Nature struct {
	Listener float64 // it is what listeners say: "mm-hm", "okay"
	Noise    float64 // it is no word: a cough, laughter, "um"
	Words    float64 // it is, or begins, anything else
}

// Hint is what the conversation knows of the words to come. A recogniser uses
// what it can.
type Hint struct {
	Lang    string   // BCP 47, such as "en"
	Words   []string // names that may well be said
	Expect  string   // kind of answer that is due: "digits", "yesno", "choice" (one of Words); empty when open
	Digits  int      // how many digits are due; 0 when unknown
	First   bool     // it is the caller's first turn, which may be in another language
	Partial bool     // the caller may go on: the result will be taken back

	// Turn names the turn that the sound belongs to, for all calls of the process
	// alone; empty when none. The sound of a later call with the same Turn begins with
	// that of the earlier, so that a recogniser can go on where it was.
	Turn string
}

// Recognizer turns sound (mono, at audio.Rate) into words. It reads pcm until it
// returns and keeps nothing of it. Sound without words is no error.
type Recognizer interface {
	Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error)
}

// ErrNoRecognizer says that no recogniser is configured for a language. The
// caller can still type and press keys.
var ErrNoRecognizer = errors.New("no recognizer for this language")

// Router passes sound to the recogniser of its language. It must not be changed
// once in use.
type Router map[string]Recognizer

// Recognize implements [Recognizer]. A language without a recogniser of its own
// gets the one of its first subtag: "en" serves "en-GB".
func (r Router) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	to, err := r.For(hint.Lang)
	if err != nil {
		return Result{}, err
	}
	return to.Recognize(ctx, pcm, hint)
}

// For returns the recogniser of a language, or [ErrNoRecognizer].
func (r Router) For(lang string) (Recognizer, error) {
	if to := r[lang]; to != nil {
		return to, nil
	}
	for i, c := range lang {
		if c == '-' || c == '_' {
			if to := r[lang[:i]]; to != nil {
				return to, nil
			}
			break
		}
	}
	return nil, fmt.Errorf("language %q: %w", lang, ErrNoRecognizer)
}
