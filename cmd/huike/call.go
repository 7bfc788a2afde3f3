package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/wav"
	"huike/cmd/huike/robot"
	"huike/session/journal"
	"huike/session/webrtc"
	"huike/session/ws"
)

// callCommand places one call.
type callCommand struct {
	URL string `arg:"" help:"Server: http://HOST:PORT calls by WebRTC (WHIP), ws://HOST:PORT by WebSocket, sip:NAME@HOST:PORT by SIP (;transport=tcp or tls)."`

	WAV      []string      `help:"What to say, a WAV file; once for each turn. Each is said when the agent has finished." placeholder:"FILE" type:"existingfile" sep:"none"`
	Keys     string        `help:"Keys to press after the greeting, such as 0." placeholder:"KEYS"`
	Text     []string      `help:"What to type; once for each turn. Each is sent when the agent has finished." placeholder:"TEXT" sep:"none"`
	Out      string        `help:"Write what the agent says to this WAV file, in time with the call." placeholder:"FILE" type:"path"`
	As       string        `help:"Who calls: a demonstration member's phone number." placeholder:"PHONE"`
	Lang     string        `help:"Language of the call: en or zh." enum:"en,zh" default:"en"`
	Rate     int           `help:"Sampling rate on the WebSocket: 8000, 16000 or 24000." enum:"8000,16000,24000" default:"16000"`
	Patience time.Duration `help:"How long to wait for an answer, and for it to end." default:"20s"`
	JSON     bool          `help:"Print one JSON object: the events and the latencies at the packet."`
}

// keypad is the keys that the server takes.
const keypad = "0123456789*#"

// callResult is what a call printed with --json.
type callResult struct {
	Events  []json.RawMessage `json:"events"`
	Turns   []callTurn        `json:"turns"`
	Seconds float64           `json:"seconds"`
}

// callTurn is one thing that was said and how soon its answer came, from the last
// packet of speech to the first of the answer.
type callTurn struct {
	Said     string `json:"said"`
	AnswerMS int64  `json:"answer_ms"` // -1 when no answer came
}

// Run places the call.
func (c *callCommand) Run(ctx context.Context, to streams) error {
	if strings.Trim(c.Keys, keypad) != "" {
		return fmt.Errorf("--keys=%s: want keys of a telephone, %s", c.Keys, keypad)
	}
	leg, err := c.dial(ctx, to)
	if err != nil {
		return err
	}
	var result callResult
	events := make(chan struct{})
	go func() {
		defer close(events)
		for message := range leg.Messages() {
			result.Events = append(result.Events, json.RawMessage(message))
			if !c.JSON {
				printEvent(to, message)
			}
		}
	}()
	tape, err := newTape(leg.Format())
	if err != nil {
		return errors.Join(err, leg.Close("failed"))
	}
	idle, err := robot.Room(leg.Format())
	if err != nil {
		return errors.Join(err, leg.Close("failed"))
	}
	utterances, err := c.utterances(leg.Format())
	if err != nil {
		return errors.Join(err, leg.Close("failed"))
	}
	began := time.Now()
	r := robot.New(leg, idle, tape.hear)
	err = r.Run(ctx, func(ctx context.Context) error { return c.script(ctx, r, utterances, &result) })
	<-events
	result.Seconds = time.Since(began).Seconds()
	if err != nil && !errors.Is(err, robot.ErrGone) {
		return err
	}
	if c.Out != "" {
		if err := writeWAV(c.Out, tape.pcm); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(result)
	}
	for _, turn := range result.Turns {
		fmt.Fprintf(to.out, "answered after %d ms: %s\n", turn.AnswerMS, turn.Said)
	}
	return nil
}

// script waits for the greeting, then says, types and presses what was asked for,
// each when the agent has finished.
func (c *callCommand) script(ctx context.Context, r *robot.Robot, utterances []robot.Utterance, result *callResult) error {
	start := time.Now()
	if _, ok := r.Answer(ctx, start, c.Patience); ok {
		r.Silence(ctx, c.Patience)
	}
	turn := func(said string, asked time.Time) {
		t := callTurn{Said: said, AnswerMS: -1}
		if at, ok := r.Answer(ctx, asked, c.Patience); ok {
			t.AnswerMS = at.Sub(asked).Milliseconds()
			r.Silence(ctx, c.Patience)
		}
		result.Turns = append(result.Turns, t)
	}
	if c.Keys != "" {
		asked := time.Now()
		if err := r.Press(c.Keys); err != nil {
			return err
		}
		turn("keys", asked)
	}
	for _, u := range utterances {
		_, ended, err := r.Say(ctx, u)
		if err != nil {
			return err
		}
		turn(u.Name, ended)
	}
	for _, text := range c.Text {
		asked := time.Now()
		if err := r.Type(text); err != nil {
			return err
		}
		turn("text", asked)
	}
	return nil
}

func (c *callCommand) utterances(format audio.Format) ([]robot.Utterance, error) {
	var all []robot.Utterance
	for _, path := range c.WAV {
		channels, err := wav.ReadFile(path)
		if err != nil {
			return nil, err
		}
		u, err := robot.Encode(format, path, wav.Mono(channels))
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// dial calls by the transport that the URL's scheme names.
func (c *callCommand) dial(ctx context.Context, to streams) (robot.Leg, error) {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Host == "" && u.Scheme != "sip" && u.Scheme != "sips") {
		return nil, fmt.Errorf("URL %q: want http://HOST:PORT, ws://HOST:PORT or sip:NAME@HOST:PORT", c.URL)
	}
	switch u.Scheme {
	case "http", "https":
		if u.Path == "" || u.Path == "/" {
			u.Path = "/v1/whip"
		}
		return webrtc.Dial(ctx, u.String(), webrtc.Options{Lang: c.Lang, As: c.As})
	case "ws", "wss":
		if u.Path == "" || u.Path == "/" {
			u.Path = "/v1/ws"
		}
		return ws.Dial(ctx, u.String(), ws.Options{Rate: c.Rate, Lang: c.Lang, As: c.As})
	case "sip", "sips":
		if len(c.Text) > 0 {
			return nil, fmt.Errorf("--text=%s: a telephone carries no text; want --wav, or --keys", c.Text[0])
		}
		return c.dialSIP(ctx, to)
	}
	return nil, fmt.Errorf("URL %q: scheme %q is not one of http, https, ws, wss, sip, sips", c.URL, u.Scheme)
}

// printEvent prints an event of the server for a person.
func printEvent(to streams, message []byte) {
	var ev journal.Event
	if json.Unmarshal(message, &ev) != nil {
		return
	}
	at := fmt.Sprintf("%7.2f ", ev.At.Duration().Seconds())
	switch ev.Type {
	case journal.TypeCaption:
		if ev.Final {
			fmt.Fprintf(to.out, "%s%s: %s\n", at, ev.Party, ev.Text)
		}
	case journal.TypeLatency:
		fmt.Fprintf(to.out, "%sturn %d answered after %d ms\n", at, ev.Turn, ev.MS)
	default:
		fmt.Fprintf(to.out, "%s%s\n", at, strings.TrimSpace(string(message)))
	}
}

// tape keeps what the agent says, in the time of its timestamps.
type tape struct {
	decoder codec.Decoder
	clock   int
	first   uint32
	pcm     []int16
	room    [codec.MaxSamples]int16
}

func newTape(format audio.Format) (*tape, error) {
	decoder, err := codec.NewDecoder(format)
	return &tape{decoder: decoder, clock: format.ClockRate}, err
}

func (t *tape) hear(payload []byte, timestamp uint32) {
	if len(t.pcm) == 0 {
		t.first = timestamp
	}
	at := int(int64(int32(timestamp-t.first)) * audio.Rate / int64(t.clock))
	for at > len(t.pcm) && at < 3600*audio.Rate {
		t.pcm = append(t.pcm, 0)
	}
	if n, err := t.decoder.Decode(payload, t.room[:]); err == nil {
		t.pcm = append(t.pcm, t.room[:n]...)
	}
}

// writeWAV writes mono sound at audio.Rate.
func writeWAV(path string, pcm []int16) error {
	w, err := wav.Create(path, 1)
	if err != nil {
		return err
	}
	return errors.Join(w.Write(pcm), w.Close())
}
