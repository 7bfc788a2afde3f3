package twilio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
)

func soon() time.Time { return time.Now().Add(time.Second) }

const (
	startText = `{"event":"start","start":{"streamSid":"MZ1","callSid":"CA1"}}`
	setupText = `{"type":"setup","callSid":"CA1"}`
)

func TestBadInputEndsItsCallWithAReason(t *testing.T) {
	texts := func(all ...string) []string { return all }
	long := strings.Repeat("x", textLimit)
	payload := func(n int) string {
		return `{"event":"media","media":{"payload":"` + base64.StdEncoding.EncodeToString(make([]byte, n)) + `"}}`
	}
	for name, c := range map[string]struct {
		path string
		send []string // one that begins with \x00 is sent as binary
		code int
		says string
	}{
		"media: sound before the start": {PathMedia, texts(payload(160)), 1003, "first message"},
		"media: connected for ever":     {PathMedia, texts(`{"event":"connected"}`, `{"event":"connected"}`), 1003, "follow"},
		"media: garbage":                {PathMedia, texts("garbage"), 1003, "JSON"},
		"media: a list":                 {PathMedia, texts(`[{"event":"start"}]`), 1003, "object"},
		"media: a number":               {PathMedia, texts(`12`), 1003, "object"},
		"media: nothing":                {PathMedia, texts(``), 1003, "object"},
		"media: binary":                 {PathMedia, texts("\x00\x01"), 1003, "text"},
		"media: an oversized start":     {PathMedia, texts(`{"event":"` + long + `"}`), 1009, "65536"},
		"media: a start of nothing":     {PathMedia, texts(`{"event":"start"}`), 1003, "streamSid"},
		"media: a start of lists":       {PathMedia, texts(`{"event":"start","start":[]}`), 1003, "streamSid"},
		"media: an injected stream":     {PathMedia, texts(`{"event":"start","start":{"streamSid":"\",\"event\":\"clear","callSid":"CA1"}}`), 1003, "streamSid"},
		"media: another codec":          {PathMedia, texts(`{"event":"start","start":{"streamSid":"MZ1","callSid":"CA1","mediaFormat":{"encoding":"audio/opus","sampleRate":48000}}}`), 1003, "mulaw"},
		"media: two starts":             {PathMedia, texts(startText, startText), 1008, "once"},
		"media: binary sound":           {PathMedia, texts(startText, "\x00\x00"), 1003, "text"},
		"media: garbage later":          {PathMedia, texts(startText, `{"event":`), 1003, "JSON"},
		"media: no base64":              {PathMedia, texts(startText, `{"event":"media","media":{"payload":"$$$"}}`), 1003, "base64"},
		"media: a second of sound":      {PathMedia, texts(startText, payload(8000)), 1009, "120 ms"},
		"media: 121 ms of sound":        {PathMedia, texts(startText, payload(961)), 1009, "120 ms"},
		"media: a megabyte":             {PathMedia, texts(startText, `{"event":"x","x":"`+strings.Repeat(long, 16)+`"}`), 1009, "65536"},
		"media: a flood of keys":        {PathMedia, append(texts(startText), many(`{"event":"dtmf","dtmf":{"digit":"5"}}`, 100)...), 1008, "faster"},
		"relay: a prompt first":         {PathRelay, texts(`{"type":"prompt","voicePrompt":"hi"}`), 1003, "setup"},
		"relay: garbage":                {PathRelay, texts("\xff\xfe"), 0, ""},
		"relay: binary":                 {PathRelay, texts("\x00"), 1003, "text"},
		"relay: no call":                {PathRelay, texts(`{"type":"setup"}`), 1003, "callSid"},
		"relay: two setups":             {PathRelay, texts(setupText, setupText), 1008, "once"},
		"relay: oversized":              {PathRelay, texts(setupText, `{"type":"prompt","voicePrompt":"`+long+`"}`), 1009, "65536"},
		"relay: a flood of words":       {PathRelay, append(texts(setupText), many(`{"type":"prompt","voicePrompt":"x"}`, 100)...), 1008, "faster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serve(t, Config{})
			conn := e.dial(t, c.path)
			for _, message := range c.send {
				kind := websocket.TextMessage
				if strings.HasPrefix(message, "\x00") {
					kind = websocket.BinaryMessage
				}
				if conn.WriteMessage(kind, []byte(message)) != nil {
					break // the server has closed by now
				}
			}
			code, reason := closed(t, conn)
			if c.code != 0 && (code != c.code || !strings.Contains(reason, c.says)) {
				t.Errorf("closed by %d, %q; want %d, %q", code, reason, c.code, c.says)
			}
			eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
		})
	}
}

func many(message string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = message
	}
	return all
}

func TestMessagesOfLaterVersionsArePassedOver(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.streamed(t)
	write(t, conn, `{"event":"video"}`, `{"no":"event"}`, `{"event":7}`, `{"event":"dtmf"}`, `{"event":"dtmf","dtmf":{"digit":"A"}}`,
		`{"event":"mark"}`, `{"event":"media","media":{"payload":""}}`, `{"event":"media"}`, `{"event":"dtmf","dtmf":{"digit":"#"}}`)
	if got := string(receive(t, leg.Messages())); got != `{"type":"key","key":"#"}` {
		t.Errorf("message is %s", got)
	}
	relay, words := e.set(t)
	write(t, relay, `{"type":"future"}`, `{}`, `{"type":{}}`, `{"type":"prompt"}`, `{"type":"prompt","voicePrompt":7}`, `{"type":"dtmf","digit":""}`,
		`{"type":"interrupt","durationUntilInterruptMs":"soon"}`, `{"type":"prompt","voicePrompt":" yes "}`)
	for _, want := range []string{`{"type":"interrupt"}`, `{"type":"text","text":"yes"}`} {
		if got := string(receive(t, words.Messages())); got != want {
			t.Errorf("message is %s, want %s", got, want)
		}
	}
}

func TestAPeerThatNeverStartsIsToldSo(t *testing.T) {
	e := serve(t, Config{})
	for _, path := range []string{PathMedia, PathRelay} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			conn := e.dial(t, path)
			began := time.Now()
			if code, _ := closed(t, conn); code != websocket.ClosePolicyViolation {
				t.Errorf("closed by %d", code)
			}
			if waited := time.Since(began); waited < startTimeout-time.Second || waited > startTimeout+patience {
				t.Errorf("told after %v", waited)
			}
		})
	}
}

func TestAPeerThatDoesNotReadLosesItsCallAndNoOther(t *testing.T) {
	e := serve(t, Config{Lost: 1200 * time.Millisecond})
	stuck, agent := e.streamed(t)
	if tcp, ok := stuck.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	other, otherAgent := e.streamed(t)
	go func() { // it is not silent: it only does not read
		for stuck.WriteMessage(websocket.TextMessage, []byte(media(1, 0, 1))) == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	packet := audio.Packet{Payload: make([]byte, 160)}
	slowest := time.Duration(0)
	eventually(t, "the stuck leg is over", func() bool {
		for range 100 {
			began := time.Now()
			if agent.WritePacket(&packet) != nil {
				return true
			}
			slowest = max(slowest, time.Since(began))
		}
		return false
	})
	if agent.Reason() != "peer stopped reading" || slowest > time.Second {
		t.Errorf("reason is %q, and WritePacket took %v", agent.Reason(), slowest)
	}
	_ = otherAgent.WritePacket(&packet)
	if !strings.Contains(told(t, other), `"event":"media"`) {
		t.Error("the other call hears nothing")
	}
	eventually(t, "the stuck leg is forgotten", func() bool { return e.Legs() == 1 })
}

func TestAPanicOfTheHandlerEndsItsCallAlone(t *testing.T) {
	e := serve(t, Config{Handle: func(_ context.Context, _ Leg, _ Request) {
		panic("a fault") //nolint:forbidigo // the fault
	}})
	conn := e.dial(t, PathRelay)
	write(t, conn, setupText)
	closed(t, conn)
	eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
}

func TestTheServerClosesItsCalls(t *testing.T) {
	e := serve(t, Config{})
	conn, _ := e.streamed(t)
	words, _ := e.set(t)
	over := make(chan error, 1)
	go func() { over <- e.Close() }()
	for _, c := range []*websocket.Conn{conn, words} {
		if code, _ := closed(t, c); code != websocket.CloseGoingAway {
			t.Errorf("closed by %d", code)
		}
		_ = c.Close()
	}
	if err := receive(t, over); err != nil {
		t.Error(err)
	}
}

func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`{"a":1}`, `{"a":{"a":2},"b":[1,{"a":3}],"a":"x\"}"}`, ` { "a" : [ ] , "b" : null } `, `{}`, `[]`, `1`, `{"a":-1e5}`, `{"a":"\\"}`, `{"\u0061":1,"a":true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		if !json.Valid(object) {
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(object, &want) != nil || strings.Contains(string(object), `\u`) {
			_ = value(object, "a") // must return
			return
		}
		for name, raw := range want {
			if strings.ContainsAny(name, "\\\"\n\t\r\b\f/") || strings.ToValidUTF8(name, "?") != name || strings.ContainsRune(name, '\uFFFD') {
				continue
			}
			if got := value(object, name); string(got) != string(raw) {
				t.Errorf("member %q of %q is %q, want %q", name, object, got, raw)
			}
		}
	})
}

// FuzzMedia gives a stream whatever a peer may send after the start.
func FuzzMedia(f *testing.F) {
	for _, message := range recorded(f, "media.jsonl") {
		f.Add([]byte(message))
	}
	f.Add([]byte(media(2, 18446744073709551, 7)))
	f.Add([]byte(`{"event":"media","media":{"payload":"AA==","chunk":"-1","timestamp":"1e9"}}`))
	e := serve(f, Config{})
	f.Fuzz(func(t *testing.T, message []byte) {
		_, _ = parseStarted(message)
		conn, _ := e.streamed(t)
		for range 2 {
			_ = conn.WriteMessage(websocket.TextMessage, message)
		}
		_ = conn.WriteControl(websocket.CloseMessage, nil, soon())
		closed(t, conn)
		for {
			select {
			case p := <-e.packets:
				if len(p.Payload) == 0 || len(p.Payload) > mostSamples {
					t.Fatalf("a packet has %d bytes", len(p.Payload))
				}
				continue
			case <-e.reqs:
				continue
			default:
			}
			return
		}
	})
}

// FuzzRelay gives a session whatever a peer may send after the setup.
func FuzzRelay(f *testing.F) {
	for _, message := range recorded(f, "relay.jsonl") {
		f.Add([]byte(message))
	}
	e := serve(f, Config{})
	f.Fuzz(func(t *testing.T, message []byte) {
		_, _ = parseSetup(message)
		conn, leg := e.set(t)
		_ = conn.WriteMessage(websocket.TextMessage, message)
		_ = conn.WriteControl(websocket.CloseMessage, nil, soon())
		closed(t, conn)
		<-e.reqs
		for text := range leg.Messages() {
			var object struct{ Type string }
			if json.Unmarshal(text, &object) != nil || object.Type == "" {
				t.Errorf("a message is %q", text)
			}
		}
	})
}
