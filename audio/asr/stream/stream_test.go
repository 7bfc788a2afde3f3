package stream

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/asr"
)

// each runs a test for every protocol, with a recogniser whose server has a fault.
func each(t *testing.T, set func(*server), test func(t *testing.T, s *server, r *Recognizer, want string)) {
	t.Helper()
	for _, p := range []struct {
		name, want string
		protocol   Protocol
	}{
		{"funasr", "你好。", FunASR{}},
		{"deepgram", "Hello", Deepgram{Model: "nova-3"}},
		{"realtime", "Hello", Realtime{Model: "m"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			s := &server{t: t, protocol: p.name}
			set(s)
			r := &Recognizer{Protocol: p.protocol, URL: s.start(), Key: "secret", Timeout: 5 * time.Second}
			defer r.Close()
			test(t, s, r, p.want)
		})
	}
}

func none(*server) {}

func hint(partial bool) asr.Hint {
	return asr.Hint{Lang: "zh-CN", Words: []string{"会客"}, Turn: "call/1", Partial: partial}
}

func TestATurnIsHeardWhileItGrows(t *testing.T) {
	each(t, none, func(t *testing.T, s *server, r *Recognizer, want string) {
		t.Helper()
		pcm := tone()
		for at := audio.Rate / 4; at < len(pcm); at += audio.Rate / 4 {
			got, err := r.Recognize(t.Context(), pcm[:at], hint(true))
			if err != nil || got.Final {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		got, err := r.Recognize(t.Context(), pcm, hint(false))
		if err != nil || got.Text != want || !got.Final {
			t.Errorf("heard %+v, %v, want %q", got, err, want)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.opened != 1 || s.heard[0] < len(pcm)-200 || s.heard[0] > len(pcm) {
			t.Errorf("%d connections heard %v samples, want 1 and %d", s.opened, s.heard, len(pcm))
		}
		if len(r.turns) != 0 {
			t.Error("the turn's connection is still there")
		}
	})
}

// whole holds that the last connection heard everything from the beginning.
func whole(t *testing.T, s *server, connections, samples int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.heard[len(s.heard)-1]; s.opened != connections || last < samples-200 {
		t.Errorf("%d connections, of which the last heard %d samples: want %d and all %d", s.opened, last, connections, samples)
	}
}

func TestAFaultInMidTurnLosesNoSound(t *testing.T) {
	first := func(f func(ws *websocket.Conn)) fault {
		return func(n int, _ http.ResponseWriter, _ *http.Request, ws *websocket.Conn) bool {
			if n > 0 {
				return false
			}
			f(ws)
			return true
		}
	}
	for name, set := range map[string]func(*server){
		"the connection breaks": func(s *server) { s.midway = first(func(ws *websocket.Conn) { _ = ws.NetConn().Close() }) },
		"the server closes it": func(s *server) {
			s.midway = first(func(ws *websocket.Conn) {
				_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1011, ""), time.Now().Add(time.Second))
			})
		},
		"garbage": func(s *server) {
			s.midway = first(func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.BinaryMessage, []byte{0xff, 0x00}) })
		},
		"it breaks at the end": func(s *server) { s.atEnd = first(func(ws *websocket.Conn) { _ = ws.NetConn().Close() }) },
		"429 at first": func(s *server) {
			s.before = func(n int, w http.ResponseWriter, _ *http.Request, _ *websocket.Conn) bool {
				if n == 0 {
					http.Error(w, "slow down", http.StatusTooManyRequests)
				}
				return n == 0
			}
		},
		"500 twice": func(s *server) {
			s.before = func(n int, w http.ResponseWriter, _ *http.Request, _ *websocket.Conn) bool {
				if n < 2 {
					http.Error(w, "oops", http.StatusInternalServerError)
				}
				return n < 2
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, set, func(t *testing.T, s *server, r *Recognizer, want string) {
				t.Helper()
				pcm := tone()
				if _, err := r.Recognize(t.Context(), pcm[:3*len(pcm)/4], hint(true)); err != nil {
					t.Fatal(err)
				}
				got, err := r.Recognize(t.Context(), pcm, hint(false))
				if err != nil || got.Text != want {
					t.Fatalf("heard %+v, %v, want %q", got, err, want)
				}
				connections := 2
				if name == "500 twice" {
					connections = 3
				}
				whole(t, s, connections, len(pcm))
			})
		})
	}
}

func TestAServerThatDoesNotAnswerIsUnavailable(t *testing.T) {
	wait := func(_ int, _ http.ResponseWriter, r *http.Request, ws *websocket.Conn) bool {
		if ws == nil {
			<-r.Context().Done()
			return true
		}
		_, _, _ = ws.ReadMessage() // until the other side goes
		return true
	}
	for name, set := range map[string]func(*server){
		"silent at the opening": func(s *server) { s.before = wait },
		"silent at the end":     func(s *server) { s.atEnd = wait },
		"always 500": func(s *server) {
			s.before = func(_ int, w http.ResponseWriter, _ *http.Request, _ *websocket.Conn) bool {
				http.Error(w, "oops", http.StatusInternalServerError)
				return true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, set, func(t *testing.T, _ *server, r *Recognizer, _ string) {
				t.Helper()
				r.Timeout = 200 * time.Millisecond
				_, err := r.Recognize(t.Context(), tone(), hint(false))
				if !errors.Is(err, asr.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
					t.Errorf("%v: want that the server is not available, without its key", err)
				}
			})
		})
	}
}

func TestAWrongKeyIsForGood(t *testing.T) {
	each(t, none, func(t *testing.T, s *server, r *Recognizer, _ string) {
		t.Helper()
		r.Key = "wrong"
		_, err := r.Recognize(t.Context(), tone(), hint(false))
		if err == nil || errors.Is(err, asr.ErrUnavailable) || s.opened != 1 {
			t.Errorf("%v after %d tries: want one, and an error for good", err, s.opened)
		}
	})
}

func TestACallThatEndsEndsItsRecognition(t *testing.T) {
	var ctx context.Context
	var cancel context.CancelFunc
	each(t, func(s *server) {
		ctx, cancel = context.WithCancel(t.Context()) //nolint:fatcontext // a new one for each server
		s.atEnd = func(_ int, _ http.ResponseWriter, _ *http.Request, ws *websocket.Conn) bool {
			cancel()
			_, _, _ = ws.ReadMessage()
			return true
		}
	}, func(t *testing.T, _ *server, r *Recognizer, _ string) {
		t.Helper()
		if _, err := r.Recognize(ctx, tone(), hint(false)); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want that the call has ended", err)
		}
	})
}

func TestSilenceIsNotSent(t *testing.T) {
	r := &Recognizer{Protocol: FunASR{}, URL: "ws://127.0.0.1:1"}
	if got, err := r.Recognize(t.Context(), make([]int16, audio.Rate), hint(false)); err != nil || got.Text != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range []string{
		`{"mode":"2pass-online","text":"a"}`, `{"type":"Results","is_final":true,"channel":{"alternatives":[{"transcript":"a","confidence":9}]}}`,
		`{"type":"error"}`, `[]`, "", "\xff", `{"type":1}`,
	} {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range []Protocol{FunASR{}, Deepgram{}, Realtime{}} {
			h, err := p.Read(Message{Data: data})
			if err == nil && (h.Confidence < 0 || h.Confidence > 1) {
				t.Errorf("%T: confidence %v", p, h.Confidence)
			}
		}
	})
}
