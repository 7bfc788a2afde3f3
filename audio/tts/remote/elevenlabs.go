package remote

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/tts"
)

// ElevenLabs speaks through a server with ElevenLabs' streaming WebSocket,
// /v1/text-to-speech/{voice}/stream-input, which tells when each character is heard.
// Its fields must not change once it is in use.
type ElevenLabs struct {
	URL     string        // base, such as wss://api.elevenlabs.io; empty means that one
	Key     string        // sent as xi-api-key
	Model   string        // such as "eleven_flash_v2_5"; empty: the server's default
	Voice   string        // its id
	Lang    string        // language_code, for models that take one; empty: it tells by itself
	Style   tts.Style     // how it speaks; pace from 0.7 to 1.2; pitch and manner it has none
	Timeout time.Duration // of the server's silence; 0 means [DefaultTimeout]
}

const mostMessage = 4 << 20 // bytes

// String implements [tts.Voice]. It does not tell the key.
func (e *ElevenLabs) String() string {
	return fmt.Sprintf("elevenlabs(%s, %s, %s, %v)", e.URL, e.Model, e.voice(), e.Style.Pace)
}

func (e *ElevenLabs) voice() string { return cmp.Or(e.Style.Voice, e.Voice) }

// Styled implements [tts.Styler].
func (e *ElevenLabs) Styled(style tts.Style) tts.Voice {
	other := *e
	other.Style = style
	return &other
}

// Synthesize implements [tts.Voice].
func (e *ElevenLabs) Synthesize(ctx context.Context, text string) ([]int16, error) {
	return collect(ctx, text, e.Stream)
}

// Stream implements [tts.Streamer].
func (e *ElevenLabs) Stream(ctx context.Context, text string, emit func(pcm []int16) error) error {
	return e.Tell(ctx, text, tts.Output{Sound: emit, Mark: func(tts.Mark) {}, Other: func() {}})
}

// Tell implements [tts.Teller]. A server that is silent, too busy or broken is an
// [ErrUnavailable].
func (e *ElevenLabs) Tell(ctx context.Context, text string, to tts.Output) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	s := server{name: "elevenlabs(" + e.URL + ")", timeout: e.Timeout, rate: audio.Rate}
	return s.speak(ctx, to, func(ctx context.Context, t *sentence) error {
		ws, err := e.dial(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = ws.Close() }()
		for _, m := range e.messages(text) {
			if err := ws.WriteJSON(m); err != nil {
				return fmt.Errorf("%w: %w", ErrUnavailable, err)
			}
		}
		return t.listen(ws, text)
	})
}

func (e *ElevenLabs) dial(ctx context.Context) (*websocket.Conn, error) {
	base := e.URL
	if base == "" {
		base = "wss://api.elevenlabs.io"
	}
	query := url.Values{"output_format": {"pcm_16000"}, "sync_alignment": {"true"}, "auto_mode": {"true"}}
	if e.Model != "" {
		query.Set("model_id", e.Model)
	}
	if e.Lang != "" {
		query.Set("language_code", e.Lang)
	}
	header := http.Header{}
	if e.Key != "" {
		header.Set("Xi-Api-Key", e.Key)
	}
	address := strings.TrimSuffix(base, "/") + "/v1/text-to-speech/" + url.PathEscape(e.voice()) + "/stream-input?" + query.Encode()
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, NetDialContext: dialing}
	ws, answer, err := dialer.DialContext(ctx, address, header)
	if err != nil {
		if answer != nil {
			_ = answer.Body.Close()
			return nil, status(answer.StatusCode)
		}
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	ws.SetReadLimit(mostMessage)
	return ws, nil
}

// dialing opens a connection that ends with ctx, whoever reads or writes it: neither a
// handshake nor a read of the WebSocket looks at ctx by itself.
func dialing(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		context.AfterFunc(ctx, func() { _ = c.Close() })
	}
	return c, err
}

// messages are what opens a connection, the text, and its end.
func (e *ElevenLabs) messages(text string) []map[string]any {
	first := map[string]any{"text": " "}
	if e.Style.Pace != 0 {
		first["voice_settings"] = map[string]any{"speed": min(max(e.Style.Pace, 0.7), 1.2)}
	}
	return []map[string]any{first, {"text": text + " ", "flush": true}, {"text": ""}}
}

// said is a message of the server.
type said struct {
	Audio     string     `json:"audio"`
	IsFinal   bool       `json:"isFinal"`
	Alignment *alignment `json:"alignment"`
	Error     string     `json:"error"`
	Message   string     `json:"message"`
}

// alignment is when the characters of a message's sound are heard, from its beginning.
// The documents have two spellings for how long.
type alignment struct {
	Chars      []string  `json:"chars"`
	Starts     []float64 `json:"charStartTimesMs"`
	Durations  []float64 `json:"charDurationsMs"`
	Durations2 []float64 `json:"charsDurationsMs"`
}

// errMessage is the error, wrapped, of a message that is none of the protocol's.
var errMessage = fmt.Errorf("%w: a message that is none", ErrUnavailable)

func read(data []byte) (m said, pcm []byte, err error) {
	if err := json.Unmarshal(data, &m); err != nil {
		return said{}, nil, errMessage
	}
	if m.Error != "" {
		if strings.Contains(m.Error, "rate") || strings.Contains(m.Error, "busy") || strings.Contains(m.Error, "internal") {
			return said{}, nil, fmt.Errorf("%w: error %.40q", ErrUnavailable, m.Error)
		}
		return said{}, nil, fmt.Errorf("the server refuses: error %.40q", m.Error)
	}
	if pcm, err = base64.StdEncoding.DecodeString(m.Audio); err != nil {
		return said{}, nil, errMessage
	}
	return m, pcm, nil
}

// listen takes the server's messages until it has said everything.
func (t *sentence) listen(ws *websocket.Conn, text string) error {
	track := newTracker(text)
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			if websocket.IsCloseError(err, websocket.CloseNormalClosure) && t.heard {
				break
			}
			return closed(err)
		}
		m, pcm, err := read(data)
		if err != nil {
			return err
		}
		base := t.given
		if len(pcm) > 0 {
			if err := t.bytes(pcm); err != nil {
				return err
			}
		}
		for _, mark := range track.take(m.Alignment, base) {
			mark.At = max(mark.At-audio.Duration(t.shape.Dropped(), audio.Rate), 0)
			t.to.Mark(mark)
		}
		if m.IsFinal {
			break
		}
	}
	for _, mark := range track.rest(t.given - t.shape.Dropped()) {
		t.to.Mark(mark)
	}
	return nil
}

// closed is the error of a connection that ended too early.
func closed(err error) error {
	if c := new(websocket.CloseError); errors.As(err, &c) && c.Code == websocket.ClosePolicyViolation {
		return errors.New("the server refuses: check its key, model and voice")
	}
	return fmt.Errorf("%w: it broke off: %w", ErrUnavailable, err)
}
