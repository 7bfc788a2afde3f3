package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"huike/audio/wav"
	"huike/session/journal"
)

// asrServer speaks OpenAI's transcription API. It knows no speech: it returns
// what it is told to, and counts what it was asked.
type asrServer struct {
	*httptest.Server
	words  atomic.Value // string
	status atomic.Int64 // answered instead of words; 0 for none
	hang   atomic.Bool  // keeps requests until they are given up
	asked  atomic.Int64

	mu   sync.Mutex
	last map[string]string // fields of the last form
	pcm  int               // samples in its file
}

func startASR(t *testing.T) *asrServer {
	t.Helper()
	a := &asrServer{}
	a.words.Store("")
	over := make(chan struct{})
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		if err := a.take(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if a.hang.Load() {
			select {
			case <-r.Context().Done():
			case <-over:
			}
			return
		}
		if status := int(a.status.Load()); status != 0 {
			http.Error(w, `{"error":{"message":"out of order"}}`, status)
			return
		}
		writeJSON(w, map[string]any{"text": a.words.Load(), "language": "chinese"})
	}))
	t.Cleanup(func() {
		close(over)
		a.Close()
	})
	return a
}

// take reads a request as a recogniser would.
func (a *asrServer) take(r *http.Request) error {
	if err := r.ParseMultipartForm(1 << 22); err != nil {
		return err
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		return err
	}
	sound, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	channels, err := wav.Read(bytes.NewReader(sound))
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pcm = len(channels[0])
	a.last = map[string]string{
		"path": r.URL.Path, "key": r.Header.Get("Authorization"), "model": r.FormValue("model"), "language": r.FormValue("language"),
	}
	return nil
}

func TestAChineseCallIsUnderstoodThroughARecognitionServer(t *testing.T) {
	t.Parallel()
	a := startASR(t)
	s := startServer(t, "--asr-url="+a.URL+"/v1", "--asr-key=secret-key", "--asr-model=paraformer")
	if _, info := s.ask("/v1/info"); !strings.Contains(info, `"zh":true`) {
		t.Errorf("/v1/info says %s; Chinese is recognised", info)
	}
	c := s.call(t, "ws", "zh", zhangLi)
	c.hears("张女士")

	a.words.Store("我有多少积分？")
	c.says("zh", "我有多少积分") // into the greeting
	c.wait("what was understood", func(ev journal.Event) bool { return ev.Intent == "points.balance" })
	c.hears("1280")
	a.mu.Lock()
	if a.last["path"] != "/v1/audio/transcriptions" || a.last["key"] != "Bearer secret-key" || a.last["model"] != "paraformer" || a.last["language"] != "zh" || a.pcm < 8000 {
		t.Errorf("the server was asked %v with %d samples", a.last, a.pcm)
	}
	a.mu.Unlock()

	for _, fault := range []struct {
		name string
		set  func(on bool)
	}{
		{"out of order", func(on bool) { a.status.Store(map[bool]int64{true: http.StatusInternalServerError}[on]) }},
		{"too slow", a.hang.Store},
	} {
		before := a.asked.Load()
		downs, _ := s.metric(`huike_step_downs_total{part="recogniser"}`)
		fault.set(true)
		c.says("zh", "我有多少积分")
		c.hears("抱歉")
		fault.set(false)
		if a.asked.Load() == before {
			t.Errorf("%s: it was not asked", fault.name)
		}
		until(t, "a step down to be counted", func() bool {
			now, _ := s.metric(`huike_step_downs_total{part="recogniser"}`)
			return now > downs
		})
		c.types("我有多少积分") // typed words need no recogniser, and the call goes on
		c.hears("1280")
	}
	c.says("zh", "我有多少积分") // nor is the recogniser given up
	c.hears("1280")
	if strings.Contains(s.log.String(), "secret-key") {
		t.Error("the log tells the key")
	}
	c.hangUp()
}

func TestWithoutARecogniserChineseIsTypedAndSpoken(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	if _, info := s.ask("/v1/info"); !strings.Contains(info, `"zh":false`) || !strings.Contains(info, `"en":true`) {
		t.Errorf("/v1/info says %s", info)
	}
	c := s.call(t, "ws", "zh", zhangLi)
	c.hears("张女士")
	c.says("zh", "我有多少积分")
	c.wait("the caller to be answered", func(ev journal.Event) bool { return ev.Type == journal.TypeLatency })
	c.types("我的订单到哪了")
	c.hears("10023")
	c.hangUp()
	if n, counted := s.metric(`huike_step_downs_total{part="recogniser"}`); counted {
		t.Errorf("%v step downs of a recogniser that there is not", n)
	}
}
