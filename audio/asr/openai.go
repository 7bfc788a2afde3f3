package asr

import (
	"context"
	"time"
)

// OpenAI recognises through a server that speaks OpenAI's transcription API.
type OpenAI struct {
	URL     string // such as http://127.0.0.1:8000/v1
	Key     string
	Model   string
	Timeout time.Duration
}

// Recognize implements [Recognizer].
func (o *OpenAI) Recognize(_ context.Context, _ []int16, _ Hint) (Result, error) {
	return Result{}, ErrNoRecognizer
}
