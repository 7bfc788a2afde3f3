package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gorilla/websocket"
)

const (
	langLimit = 35  // bytes; RFC 5646 section 4.4.1
	asLimit   = 128 // bytes of a handle
)

// rates are the sampling rates in hertz that a call may have.
func rates() []int { return []int{8000, 16000, 24000} }

// start is the first message of a call.
type start struct {
	Type string `json:"type"`
	Rate int    `json:"rate"`
	Lang string `json:"lang,omitempty"`
	As   string `json:"as,omitempty"`
}

// parseStart reads a start message. Its errors are told to the peer, and do
// not repeat what the peer said.
func parseStart(text []byte) (start, error) {
	var first start
	if err := json.Unmarshal(text, &first); err != nil {
		return start{}, errors.New(`the first message must be JSON like {"type":"start","rate":16000}`)
	}
	switch {
	case first.Type != "start":
		return start{}, errors.New(`the first message must have "type":"start"`)
	case !slices.Contains(rates(), first.Rate):
		return start{}, fmt.Errorf("rate is %d, but must be 8000, 16000 or 24000", first.Rate)
	case len(first.Lang) > langLimit:
		return start{}, fmt.Errorf("lang is longer than %d bytes", langLimit)
	case len(first.As) > asLimit:
		return start{}, fmt.Errorf("as is longer than %d bytes", asLimit)
	}
	return first, nil
}

// readStart waits for the start message and sets the leg's rate by it. What is
// wrong is told to the peer.
func (l *Leg) readStart() (start, error) {
	kind, reader, err := l.wire.First(startTimeout)
	if err != nil {
		return start{}, l.reject(websocket.ClosePolicyViolation, "no start message came in time")
	}
	if kind != websocket.TextMessage {
		return start{}, l.reject(websocket.CloseUnsupportedData, "the first message must be a text message that starts the call")
	}
	text, err := readText(reader)
	if err != nil {
		return start{}, l.refuseText(err)
	}
	first, err := parseStart(text)
	if err != nil {
		return start{}, l.reject(websocket.CloseUnsupportedData, err.Error())
	}
	l.setRate(first.Rate)
	return first, nil
}
