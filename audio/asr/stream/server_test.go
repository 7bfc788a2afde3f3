package stream

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"huike/audio"
)

// fault is what a server does wrong with a connection, the first being 0.
type fault func(n int, w http.ResponseWriter, r *http.Request, ws *websocket.Conn) (gone bool)

// server speaks one of the protocols as its documents have it, and hears in any sound
// how many tenths of a second it lasts.
type server struct {
	t        *testing.T
	protocol string
	before   fault // the upgrade
	midway   fault // after half a second of sound
	atEnd    fault // instead of the last words

	mu     sync.Mutex
	opened int
	heard  []int // samples of each connection, at 16 kHz
}

func (s *server) start() string {
	web := httptest.NewServer(s)
	s.t.Cleanup(web.Close)
	return "ws" + strings.TrimPrefix(web.URL, "http")
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := s.opened
	s.opened++
	s.heard = append(s.heard, 0)
	s.mu.Unlock()
	if s.before != nil && s.before(n, w, r, nil) {
		return
	}
	if a := r.Header.Get("Authorization"); !strings.HasSuffix(a, " secret") {
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	up := websocket.Upgrader{Subprotocols: []string{"binary"}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	broken := false
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return
		}
		samples, end := s.read(data)
		s.mu.Lock()
		s.heard[n] += samples
		all := s.heard[n]
		s.mu.Unlock()
		if s.midway != nil && all >= audio.Rate/2 && !broken {
			broken = true
			if s.midway(n, w, r, ws) {
				return
			}
		}
		if end {
			if s.atEnd != nil && s.atEnd(n, w, r, ws) {
				return
			}
			s.say(ws, true)
			continue
		}
		if samples > 0 {
			s.say(ws, false)
		}
	}
}

// read tells how much sound a message holds, and whether it ends the turn.
func (s *server) read(data []byte) (samples int, end bool) {
	var m map[string]any
	if json.Unmarshal(data, &m) != nil {
		return len(data) / 2, false
	}
	switch s.protocol {
	case "funasr":
		return 0, m["is_speaking"] == false
	case "deepgram":
		return 0, m["type"] == "CloseStream"
	}
	if m["type"] == "input_audio_buffer.append" {
		b, _ := base64.StdEncoding.DecodeString(m["audio"].(string))
		return len(b) / 3, false // 24 kHz
	}
	return 0, m["type"] == "input_audio_buffer.commit"
}

// say sends words: "one" for each message of sound that may change, and at the end
// the same words for good.
func (s *server) say(ws *websocket.Conn, final bool) {
	var messages []string
	switch s.protocol {
	case "funasr":
		messages = []string{`{"mode":"2pass-online","text":"你","wav_name":"turn","is_final":false}`}
		if final {
			messages = []string{`{"mode":"2pass-offline","text":"你好。","wav_name":"turn","is_final":true}`}
		}
	case "deepgram":
		messages = []string{`{"type":"Results","is_final":false,"channel":{"alternatives":[{"transcript":"hel","confidence":0.4}]}}`}
		if final {
			messages = []string{
				`{"type":"Results","is_final":true,"channel":{"alternatives":[{"transcript":"Hello","confidence":0.9},{"transcript":"Yellow","confidence":0.2}]}}`,
				`{"type":"Metadata","request_id":"x"}`,
			}
		}
	default:
		messages = []string{`{"type":"conversation.item.input_audio_transcription.delta","delta":"h"}`}
		if final {
			messages = []string{`{"type":"input_audio_buffer.committed"}`, `{"type":"conversation.item.input_audio_transcription.completed","transcript":"Hello"}`}
		}
	}
	for _, m := range messages {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(m))
	}
}

// tone is a second of something to hear.
func tone() []int16 {
	pcm := make([]int16, audio.Rate)
	for i := range pcm {
		pcm[i] = int16(4000 * (i%40 - 20) / 20)
	}
	return pcm
}
