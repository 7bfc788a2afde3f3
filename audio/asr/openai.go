package asr

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"huike/audio"
	"huike/audio/compatible"
)

// DefaultTimeout bounds one request to a server where no other bound is given.
const DefaultTimeout = 5 * time.Second

// ErrUnavailable is the error, wrapped, of a server that does not answer in time
// or is too busy. The same sound may be tried again; other errors are for good.
var ErrUnavailable = errors.New("recognition server is not available")

// OpenAI recognises through a server that speaks OpenAI's transcription API, as
// many do. Its fields must not change once it is in use.
type OpenAI struct {
	URL     string        // base, such as http://127.0.0.1:8000/v1; empty means OpenAI's own
	Key     string        // sent as a bearer token
	Model   string        // such as "whisper-1"
	Timeout time.Duration // of one request; 0 means DefaultTimeout
	Client  *http.Client  // nil means http.DefaultClient
}

// String names the server for a log, without its key.
func (o *OpenAI) String() string { return "openai(" + o.URL + ", " + o.Model + ")" }

// Recognize implements [Recognizer].
func (o *OpenAI) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	began := time.Now()
	result := Result{Final: !hint.Partial}
	if loudest(pcm) < audible {
		return result, nil
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, ErrUnavailable)
	defer cancel()
	answer, err := compatible.Client(o.URL, o.Key, o.Client).CreateTranscription(ctx, openai.AudioRequest{
		Model:    o.Model,
		FilePath: "turn.wav", // servers go by the ending
		Reader:   bytes.NewReader(waveFile(pcm)),
		Language: baseLanguage(hint.Lang),
		Prompt:   strings.Join(hint.Words, ", "),
		Format:   openai.AudioResponseFormatVerboseJSON,
	})
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", o, unavailable(ctx, err))
	}
	result.Text = strings.TrimSpace(answer.Text)
	result.Confidence = confidence(answer)
	result.Elapsed = time.Since(began)
	return result, nil
}

// unavailable marks the errors that may pass by themselves.
func unavailable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, ErrUnavailable) {
			return cause
		}
		return err // the caller's own end
	}
	if status := compatible.Status(err); status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	return err
}

// confidence is the mean probability of a token, weighted by length; 0 where the
// server does not say.
func confidence(answer openai.AudioResponse) float64 {
	sum, weight := 0.0, 0.0
	for _, s := range answer.Segments {
		length := max(s.End-s.Start, 0)
		sum += s.AvgLogprob * length
		weight += length
	}
	if weight == 0 {
		return 0
	}
	return min(math.Exp(sum/weight), 1)
}

// baseLanguage is the first subtag, which is all that the API takes.
func baseLanguage(lang string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-")
	return base
}

// waveFile puts sound into a WAV file in memory.
func waveFile(pcm []int16) []byte {
	const header, pcmFormat, bytesPerSample = 44, 1, 2
	size := len(pcm) * bytesPerSample
	b := make([]byte, 0, header+size)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(header-8+size))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, pcmFormat)
	b = le.AppendUint16(b, 1) // channel
	b = le.AppendUint32(b, audio.Rate)
	b = le.AppendUint32(b, audio.Rate*bytesPerSample)
	b = le.AppendUint16(b, bytesPerSample)
	b = le.AppendUint16(b, 8*bytesPerSample)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(size))
	for _, v := range pcm {
		b = le.AppendUint16(b, uint16(v))
	}
	return b
}
