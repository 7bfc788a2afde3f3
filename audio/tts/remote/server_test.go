package remote_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
)

// tone is ms milliseconds of a tone at rate hertz, as 16-bit little-endian bytes.
func tone(ms, rate int) []byte {
	var out []byte
	for i := range ms * rate / 1000 {
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(4000*math.Sin(2*math.Pi*220*float64(i)/float64(rate)))))
	}
	return out
}

// fault is what a server does wrong with a request, the first being 0. It tells whether
// that was all.
type fault func(n int, w http.ResponseWriter, r *http.Request) (over bool)

func always(f http.HandlerFunc) fault {
	return func(_ int, w http.ResponseWriter, r *http.Request) bool { f(w, r); return true }
}

func once(f http.HandlerFunc) fault {
	return func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 0 {
			return false
		}
		f(w, r)
		return true
	}
}

// answers is a fault that answers with a status and a text.
func answers(code int, kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}
}

// silent is a server that says nothing until its caller goes.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// speech is a server with OpenAI's API: each text is a second of sound at 24 kHz.
type speech struct {
	t     *testing.T
	fault fault
	asked atomic.Int32
	body  map[string]any
}

func (s *speech) start() string {
	web := httptest.NewServer(s)
	s.t.Cleanup(web.Close)
	return web.URL + "/v1"
}

func (s *speech) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := int(s.asked.Add(1)) - 1
	if r.Method != http.MethodPost || r.URL.Path != "/v1/audio/speech" || r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	s.body = map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&s.body); err != nil || s.body["response_format"] != "pcm" {
		http.Error(w, "what do you want", http.StatusBadRequest)
		return
	}
	if s.fault != nil && s.fault(n, w, r) {
		return
	}
	w.Header().Set("Content-Type", "audio/pcm")
	sound := tone(1000, 24000)
	for len(sound) > 0 { // in odd pieces
		k := min(4801, len(sound))
		_, _ = w.Write(sound[:k])
		w.(http.Flusher).Flush()
		sound = sound[k:]
	}
}

// half sends half a second of sound, and closes the connection without its end.
func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "48000")
	_, _ = w.Write(tone(500, 24000))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler breaks a connection
}

// stuck sends half a second of sound, and then nothing.
func stuck(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write(tone(500, 24000))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// eleven is a server with ElevenLabs' WebSocket: each character takes 50 ms, and each
// word comes as a message of its own.
type eleven struct {
	t      *testing.T
	before fault // the upgrade
	after  int   // messages, after which midway comes; 0: never
	midway func(ws *websocket.Conn)
	asked  atomic.Int32
	query  map[string]string
	first  map[string]any
}

func (s *eleven) start() string {
	web := httptest.NewServer(s)
	s.t.Cleanup(web.Close)
	return "ws" + strings.TrimPrefix(web.URL, "http")
}

func (s *eleven) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := int(s.asked.Add(1)) - 1
	if s.before != nil && s.before(n, w, r) {
		return
	}
	if r.Header.Get("Xi-Api-Key") != "secret" || !strings.HasPrefix(r.URL.Path, "/v1/text-to-speech/") || !strings.HasSuffix(r.URL.Path, "/stream-input") {
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	s.query = map[string]string{"voice": strings.Split(r.URL.Path, "/")[3]}
	for k := range r.URL.Query() {
		s.query[k] = r.URL.Query().Get(k)
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	text, ok := s.text(ws)
	if !ok {
		return
	}
	for k, word := range strings.SplitAfter(strings.TrimSpace(text), " ") {
		if s.midway != nil && k >= s.after {
			s.midway(ws)
			return
		}
		var chars []string
		var starts, lengths []int
		for i, c := range []rune(word) {
			chars, starts, lengths = append(chars, string(c)), append(starts, 50*i), append(lengths, 50)
		}
		_ = ws.WriteJSON(map[string]any{
			"audio": base64.StdEncoding.EncodeToString(tone(50*len(chars), 16000)), "isFinal": nil,
			"alignment": map[string]any{"chars": chars, "charStartTimesMs": starts, "charDurationsMs": lengths},
		})
	}
	_ = ws.WriteJSON(map[string]any{"isFinal": true})
}

// text reads what opens a connection, the text, and its end.
func (s *eleven) text(ws *websocket.Conn) (text string, ok bool) {
	for k := 0; ; k++ {
		var m map[string]any
		if ws.ReadJSON(&m) != nil {
			return "", false
		}
		part, _ := m["text"].(string)
		switch {
		case k == 0:
			if s.first = m; part != " " {
				return "", false
			}
		case part == "":
			return text, true
		default:
			text += part
		}
	}
}
