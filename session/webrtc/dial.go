package webrtc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/pion/webrtc/v4"
)

// Options say how Dial calls. The zero value calls as an unknown caller.
type Options struct {
	Lang  string       // "en", "zh", or empty for the server's own
	As    string       // who the caller says to be, such as a phone number
	Token string       // sent as Authorization: Bearer, if set
	HTTP  *http.Client // nil is http.DefaultClient
}

// Dial places a call to the WHIP endpoint at address, such as
// "http://127.0.0.1:8080/v1/whip", and returns its leg once sound can go both
// ways. The leg is the caller's end: it reads what the agent says. Close hangs
// up.
func Dial(ctx context.Context, address string, options Options) (*Leg, error) {
	endpoint, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the server: %w", err)
	}
	local, err := localIP(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	e := engine{only: local, lost: defaultLost, ipv6: local.To4() == nil}
	if e.ipv6 && local.IsLoopback() { // which pion's own search for addresses passes over
		if e.mux, err = listen("[::1]:0", true); err != nil {
			return nil, err
		}
	}
	leg, err := newLeg(e, "", endpoint.Host)
	if err != nil {
		if e.mux != nil {
			_ = e.mux.Close()
		}
		return nil, err
	}
	leg.mux = e.mux
	if err := leg.place(ctx, endpoint, options); err != nil {
		_ = leg.Close("not connected")
		return nil, err
	}
	return leg, nil
}

// place offers, takes the answer, and waits for the media path.
func (l *Leg) place(ctx context.Context, endpoint *url.URL, options Options) error {
	offer, err := l.offer(ctx)
	if err != nil {
		return err
	}
	answer, err := post(ctx, endpoint, offer, options)
	if err != nil {
		return err
	}
	types, err := agreedTypes(answer, "sendonly")
	if err != nil {
		return err
	}
	l.agree(types, answer)
	err = l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		return fmt.Errorf("take the answer: %w", err)
	}
	return l.connected(ctx)
}

// offer returns an offer of one sound each way and a data channel.
func (l *Leg) offer(ctx context.Context) (string, error) {
	if _, err := l.pc.AddTrack(l.out); err != nil {
		return "", fmt.Errorf("add the track: %w", err)
	}
	data, err := l.pc.CreateDataChannel(channelLabel, nil)
	if err != nil {
		return "", fmt.Errorf("create the data channel: %w", err)
	}
	l.talk.offer(data)
	offer, err := l.pc.CreateOffer(nil)
	if err != nil {
		return "", fmt.Errorf("create an offer: %w", err)
	}
	return l.describe(ctx, offer)
}

// post sends the offer and returns the answer.
func post(ctx context.Context, endpoint *url.URL, offer string, options Options) (string, error) {
	target := *endpoint
	query := target.Query()
	for name, value := range map[string]string{"lang": options.Lang, "as": options.As} {
		if value != "" {
			query.Set(name, value)
		}
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewBufferString(offer))
	if err != nil {
		return "", fmt.Errorf("call the server: %w", err)
	}
	req.Header.Set("Content-Type", typeSDP)
	if options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+options.Token)
	}
	client := options.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // without the query, which names a person
		}
		return "", fmt.Errorf("call %s: %w", endpoint.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusCreated {
		return "", refusal(resp.StatusCode, body)
	}
	return string(body), nil
}

// refusal makes an error of a problem document.
func refusal(status int, body []byte) error {
	var told struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(body, &told) != nil || told.Detail == "" {
		told.Detail = http.StatusText(status)
	}
	return fmt.Errorf("the server refused the call with status %d: %s", status, told.Detail)
}

// localIP returns this machine's address towards the server.
func localIP(ctx context.Context, endpoint *url.URL) (net.IP, error) {
	port := endpoint.Port()
	if port == "" {
		port = "80" // nothing is sent
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "udp", net.JoinHostPort(endpoint.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("find the way to %s: %w", endpoint.Host, err)
	}
	defer func() { _ = conn.Close() }()
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("find the way to %s: no UDP address", endpoint.Host)
	}
	return local.IP, nil
}
