package asr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/wav"
)

// server is a transcription server that checks what it is sent and answers with
// a fault when it has one.
type server struct {
	t      *testing.T
	fault  http.HandlerFunc
	fields map[string]string
	pcm    []int16
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/audio/transcriptions" || r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "no such thing", http.StatusNotFound)
		return
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		s.t.Error(err)
		return
	}
	body, _ := io.ReadAll(file)
	channels, err := wav.Read(bytes.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return
	}
	s.pcm = channels[0]
	s.fields = map[string]string{}
	for name := range r.MultipartForm.Value {
		s.fields[name] = r.FormValue(name)
	}
	if s.fault != nil {
		s.fault(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"text":" 我的订单到哪里了？","segments":[{"start":0,"end":1,"avg_logprob":-0.1},{"start":1,"end":2,"avg_logprob":-0.3}]}`)
}

// tone is half a second of something to hear.
func tone() []int16 {
	pcm := make([]int16, audio.Rate/2)
	for i := range pcm {
		pcm[i] = int16(4000 * (i%40 - 20) / 20)
	}
	return pcm
}

func TestOpenAISendsSoundAndLanguage(t *testing.T) {
	s := &server{t: t}
	web := httptest.NewServer(s)
	defer web.Close()
	o := &OpenAI{URL: web.URL + "/v1/", Key: "secret", Model: "whisper-1"}
	got, err := o.Recognize(t.Context(), tone(), Hint{Lang: "zh-CN", Words: []string{"会客", "跑鞋"}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != "我的订单到哪里了？" || !got.Final || got.Confidence < 0.81 || got.Confidence > 0.83 {
		t.Errorf("got %+v", got)
	}
	for name, want := range map[string]string{"model": "whisper-1", "language": "zh", "prompt": "会客, 跑鞋"} {
		if s.fields[name] != want {
			t.Errorf("field %s is %q, want %q", name, s.fields[name], want)
		}
	}
	if len(s.pcm) != audio.Rate/2 || s.pcm[7] != tone()[7] {
		t.Errorf("the server got %d samples, not those that were sent", len(s.pcm))
	}
}

func TestOpenAIStepsDown(t *testing.T) {
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	for _, c := range []struct {
		name  string
		fault http.HandlerFunc
		again bool // may be tried again
	}{
		{"a server that is too slow is not available", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, true},
		{"a server that is too busy is not available", status(429, `{"error":{"message":"slow down"}}`), true},
		{"a server that breaks is not available", status(500, `oops`), true},
		{"a wrong key is an error for good", status(401, `{"error":{"message":"who are you"}}`), false},
		{"an answer that is no JSON is an error", status(200, `<html>`), false},
		{"an answer that ends early is an error", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"text":"ab`)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			web := httptest.NewServer(&server{t: t, fault: c.fault})
			defer web.Close()
			o := &OpenAI{URL: web.URL + "/v1", Key: "secret", Model: "m", Timeout: 200 * time.Millisecond}
			got, err := o.Recognize(t.Context(), tone(), Hint{Lang: "zh"})
			if err == nil {
				t.Fatalf("got %+v and no error", got)
			}
			if errors.Is(err, ErrUnavailable) != c.again {
				t.Errorf("may be tried again: %v, want %v (%v)", !c.again, c.again, err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}

func TestOpenAIEndsWithItsCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	web := httptest.NewServer(&server{t: t, fault: func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	defer web.Close()
	o := &OpenAI{URL: web.URL + "/v1", Key: "secret", Model: "m"}
	_, err := o.Recognize(ctx, tone(), Hint{})
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want that the call has ended", err)
	}
}

func TestOpenAIDoesNotSendSilence(t *testing.T) {
	o := &OpenAI{URL: "http://127.0.0.1:1/v1"}
	got, err := o.Recognize(t.Context(), make([]int16, audio.Rate), Hint{})
	if err != nil || got.Text != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRouterGoesByLanguage(t *testing.T) {
	english := said("hello")
	router := Router{"en": english}
	for lang, want := range map[string]error{"en": nil, "en-GB": nil, "zh": ErrNoRecognizer, "": ErrNoRecognizer, "english": ErrNoRecognizer} {
		got, err := router.Recognize(t.Context(), tone(), Hint{Lang: lang})
		if !errors.Is(err, want) || (want == nil && got.Text != "hello") {
			t.Errorf("language %q: got %q, %v, want %v", lang, got.Text, err, want)
		}
	}
}

// said is a recogniser that hears the same words in everything.
type said string

func (s said) Recognize(context.Context, []int16, Hint) (Result, error) {
	return Result{Text: string(s), Final: true}, nil
}

// bodies answers every request with the same bytes.
type bodies []byte

func (b bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(b)), Request: r,
	}, nil
}

func FuzzOpenAIAnswer(f *testing.F) {
	f.Add([]byte(`{"text":"yes","segments":[{"start":0,"end":1,"avg_logprob":-0.1}]}`))
	f.Add([]byte(`{"text":"","segments":[{"start":1e308,"end":-1e308,"avg_logprob":1e308}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o := &OpenAI{URL: "http://127.0.0.1/v1", Client: &http.Client{Transport: bodies(body)}}
		got, err := o.Recognize(t.Context(), tone(), Hint{})
		if err == nil && (got.Confidence < 0 || got.Confidence > 1 || got.Confidence != got.Confidence) {
			t.Errorf("confidence is %v", got.Confidence)
		}
	})
}
