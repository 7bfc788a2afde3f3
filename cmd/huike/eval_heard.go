package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"huike/audio/asr"
	"huike/session"
)

// heardBefore keeps what a recogniser made of each stretch of sound in a file, so that
// the same recordings need not be recognised again while something else is tried.
type heardBefore struct {
	session.Recognizer
	path  string
	known map[string]asr.Result
}

// openHeard reads the file, if it is there.
func openHeard(recognizer session.Recognizer, path string) (*heardBefore, error) {
	h := &heardBefore{Recognizer: recognizer, path: path, known: map[string]asr.Result{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &h.known)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; without it everything is recognised anew", path, err)
	}
	return h, nil
}

// Recognize returns what is known of the sound, or has it recognised.
func (h *heardBefore) Recognize(ctx context.Context, speech []int16, hint asr.Hint) (asr.Result, error) {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, speech) // memory is never full
	fmt.Fprint(&b, hint.Lang, hint.Words, hint.Expect, hint.Digits, hint.Partial)
	key := fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))[:24]
	if result, ok := h.known[key]; ok {
		return result, nil
	}
	result, err := h.Recognizer.Recognize(ctx, speech, hint)
	if err == nil {
		h.known[key] = result
	}
	return result, err
}

// keep writes the file.
func (h *heardBefore) keep() error {
	text, err := json.Marshal(h.known)
	if err != nil {
		return err
	}
	return os.WriteFile(h.path, text, 0o600)
}
