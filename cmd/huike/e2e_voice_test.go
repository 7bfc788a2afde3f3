package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestACallIsSpokenByAServerAndByItselfWhereThatFails has a speech server that speaks
// one sentence and is then out of order.
func TestACallIsSpokenByAServerAndByItselfWhereThatFails(t *testing.T) {
	t.Parallel()
	var asked, broken atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if r.URL.Path != "/v1/audio/speech" || r.Header.Get("Authorization") != "Bearer secret-key" || json.NewDecoder(r.Body).Decode(&body) != nil || body["voice"] != "nova" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		if asked.Add(1) > 1 {
			broken.Add(1)
			http.Error(w, "oops", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "audio/pcm")
		sound := make([]byte, 48000)
		for i := range sound {
			sound[i] = byte(i % 40)
		}
		_, _ = w.Write(sound)
	}))
	t.Cleanup(web.Close)
	s := startServer(t, "--tts-url="+web.URL+"/v1", "--tts-key=secret-key", "--tts-voice=nova", "--tts-langs=en")
	c := s.call(t, "ws", "en", zhangLi)
	c.hears("Zhang")
	c.types("how many points do I have")
	c.hears("1280")
	c.hangUp()
	until(t, "the server to be asked", func() bool { return broken.Load() > 0 })
	until(t, "the step down to be told", func() bool { return strings.Contains(s.log.String(), "speech server") })
	if strings.Contains(s.log.String(), "secret-key") {
		t.Error("the log tells the key")
	}
}
