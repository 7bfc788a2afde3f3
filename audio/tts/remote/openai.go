package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"huike/audio/compatible"
	"huike/audio/tts"
)

// OpenAI speaks through a server with OpenAI's speech API, POST /audio/speech, whose
// sound is asked for as "pcm": 16-bit little-endian mono. Its fields must not change
// once it is in use.
type OpenAI struct {
	URL     string        // base, such as http://127.0.0.1:8880/v1; empty means OpenAI's own
	Key     string        // sent as a bearer token
	Model   string        // such as "tts-1"
	Voice   string        // such as "alloy"
	Rate    int           // hertz of its pcm; 0 means 24000, as OpenAI's
	Style   tts.Style     // how it speaks; Manner is sent as instructions, pitch it has none
	Timeout time.Duration // of the server's silence; 0 means [DefaultTimeout]
	Client  *http.Client  // nil means http.DefaultClient
}

// String implements [tts.Voice]. It does not tell the key.
func (o *OpenAI) String() string {
	return fmt.Sprintf("openai(%s, %s, %s, %v, %s)", o.URL, o.Model, o.voice(), o.Style.Pace, o.Style.Manner)
}

func (o *OpenAI) voice() string { return cmp.Or(o.Style.Voice, o.Voice) }

// Styled implements [tts.Styler].
func (o *OpenAI) Styled(style tts.Style) tts.Voice {
	other := *o
	other.Style = style
	return &other
}

// Synthesize implements [tts.Voice].
func (o *OpenAI) Synthesize(ctx context.Context, text string) ([]int16, error) {
	return collect(ctx, text, o.Stream)
}

// Stream implements [tts.Streamer]. A server that is silent, too busy or broken is an
// [ErrUnavailable].
func (o *OpenAI) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	rate := o.Rate
	if rate == 0 {
		rate = 24000
	}
	s := server{name: "openai(" + o.URL + ")", timeout: o.Timeout, rate: rate}
	return s.speak(ctx, tts.Output{Sound: emit}, func(ctx context.Context, t *sentence) error {
		answer, err := compatible.Client(o.URL, o.Key, o.Client).CreateSpeech(ctx, openai.CreateSpeechRequest{
			Model: openai.SpeechModel(o.Model), Input: text, Voice: openai.SpeechVoice(o.voice()),
			Instructions: o.Style.Manner, ResponseFormat: openai.SpeechResponseFormatPcm, Speed: o.Style.Pace,
		})
		if err != nil {
			return refusedBy(err)
		}
		defer func() { _ = answer.Close() }()
		if err := isSound(answer.Header().Get("Content-Type")); err != nil {
			return err
		}
		return t.read(answer)
	})
}

// refusedBy tells the errors that may pass by themselves from the others.
func refusedBy(err error) error {
	if code := compatible.Status(err); code != 0 {
		return status(code)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// errFormat is the error of an answer that is not the sound that was asked for.
var errFormat = errors.New("its answer is no pcm: want a server that knows response_format pcm")

// isSound refuses answers that say what else they are.
func isSound(contentType string) error {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil //nolint:nilerr // a server that does not say
	}
	switch kind {
	case "application/json", "text/html", "text/plain", "audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg", "audio/flac", "audio/aac", "audio/opus":
		return fmt.Errorf("%w, not %s", errFormat, kind)
	}
	return nil
}

// read reads a stream of sound to its end.
func (t *sentence) read(from io.Reader) error {
	buf := make([]byte, 8<<10)
	first := true
	for {
		n, err := from.Read(buf)
		if first && n > 0 {
			for _, other := range []string{"RIFF", "ID3", "OggS", "fLaC", "<htm", "<!DO", `{"`} {
				if bytes.HasPrefix(buf[:n], []byte(other)) {
					return fmt.Errorf("%w; it begins with %q", errFormat, other)
				}
			}
			first = false
		}
		if n > 0 {
			if err := t.bytes(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: it broke off: %w", ErrUnavailable, err)
		}
	}
}
