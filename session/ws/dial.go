package ws

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/websocket"

	"huike/session/wire"
)

const answerLimit = 4 << 10 // bytes of a refusal

// Options say how Dial calls. The zero value calls at 16 kHz as an unknown
// caller.
type Options struct {
	Rate  int    // 8000, 16000 or 24000 hertz; zero is 16000
	Lang  string // "en", "zh", or empty for the server's own
	As    string // who the caller says to be, such as a phone number
	Token string // sent as Authorization: Bearer, if set
}

// Dial places a call to the server at address, such as
// "ws://127.0.0.1:8080/v1/ws", and returns its leg: the caller's end, which
// reads what the agent says. The server's "started", or why it refuses, comes
// with Messages. Close hangs up.
func Dial(ctx context.Context, address string, options Options) (*Leg, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the server: %w", err)
	}
	if options.Rate == 0 {
		options.Rate = 16000
	}
	if !slices.Contains(rates(), options.Rate) {
		return nil, fmt.Errorf("rate is %d, but must be 8000, 16000 or 24000", options.Rate)
	}
	header := http.Header{}
	if options.Token != "" {
		header.Set("Authorization", "Bearer "+options.Token)
	}
	dialer := websocket.Dialer{HandshakeTimeout: startTimeout, Proxy: http.ProxyFromEnvironment}
	conn, resp, err := dialer.DialContext(ctx, target.String(), header)
	if resp != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	if err != nil {
		return nil, refusal(target.Host, resp, err)
	}
	first, err := json.Marshal(start{Type: "start", Rate: options.Rate, Lang: options.Lang, As: options.As})
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("write the start message: %w", err)
	}
	leg := newLeg(wire.New(conn, 0))
	leg.setRate(options.Rate)
	if err := leg.Send(first); err != nil {
		_ = leg.Close("not started")
		return nil, err
	}
	return leg, nil
}

// refusal makes an error of what the server said in place of an upgrade.
func refusal(host string, resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return fmt.Errorf("call %s: %w", host, err)
	}
	var told struct {
		Detail string `json:"detail"`
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if json.Unmarshal(body, &told) != nil || strings.TrimSpace(told.Detail) == "" {
		told.Detail = http.StatusText(resp.StatusCode)
	}
	return fmt.Errorf("the server refused the call with status %d: %s", resp.StatusCode, told.Detail)
}
