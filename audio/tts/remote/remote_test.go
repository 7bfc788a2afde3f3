package remote_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/tts"
	"huike/audio/tts/remote"
)

const text = "Your parcel is on its way."

func TestOpenAIStreamsItsSound(t *testing.T) {
	s := &speech{t: t}
	v := (&remote.OpenAI{URL: s.start(), Key: "secret", Model: "tts-1", Voice: "alloy"}).
		Styled(tts.Style{Pace: 1.1, Manner: "kindly", Voice: "nova", Pitch: 3})
	pieces, samples := 0, 0
	err := v.(tts.Streamer).Stream(t.Context(), text, func(pcm []int16) error {
		pieces++
		samples += len(pcm)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pieces < 3 || samples < audio.Rate*95/100 || samples > audio.Rate*105/100 {
		t.Errorf("%d samples in %d pieces, want a second as it comes", samples, pieces)
	}
	want := map[string]any{"model": "tts-1", "input": text, "voice": "nova", "speed": 1.1, "instructions": "kindly", "response_format": "pcm"}
	if d := cmp.Diff(want, s.body); d != "" {
		t.Error(d)
	}
}

// patience is how long a server may be silent: no longer than the test must wait.
func patience(name string) time.Duration {
	if strings.Contains(name, "silent") || strings.Contains(name, "sticks") {
		return 300 * time.Millisecond
	}
	return time.Minute
}

func TestOpenAIStepsDown(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault
		again bool // may be tried again
		asked int32
	}{
		{"a server that is silent is not available", always(silent), true, 1},
		{"a server that is too busy is not available", always(answers(429, "application/json", `{"error":{"message":"slow down"}}`)), true, 2},
		{"a server that breaks is not available", always(answers(500, "text/plain", "oops")), true, 2},
		{"one that says nothing is not available", always(answers(200, "audio/pcm", "")), true, 2},
		{"one that breaks off is not available, and is not asked again", always(half), true, 1},
		{"one that sticks is not available", always(stuck), true, 1},
		{"a wrong key is an error for good", always(answers(401, "application/json", `{"error":{"message":"who are you"}}`)), false, 1},
		{"a page is no sound", always(answers(200, "text/html", "<html>")), false, 1},
		{"an MP3 is not the sound that was asked for", always(answers(200, "application/octet-stream", "ID3\x04\x00")), false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &speech{t: t, fault: c.fault}
			v := &remote.OpenAI{URL: s.start(), Key: "secret", Timeout: patience(c.name)}
			_, err := v.Synthesize(t.Context(), text)
			if err == nil || errors.Is(err, remote.ErrUnavailable) != c.again {
				t.Errorf("%v: may be tried again: want %v", err, c.again)
			}
			if n := s.asked.Load(); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "parcel")) {
				t.Errorf("the error tells the key or the words: %v", err)
			}
		})
	}
}

func TestOpenAIIsAskedAgainBeforeAnythingWasHeard(t *testing.T) {
	s := &speech{t: t, fault: once(answers(500, "text/plain", "oops"))}
	v := &remote.OpenAI{URL: s.start(), Key: "secret", Timeout: time.Minute}
	if pcm, err := v.Synthesize(t.Context(), text); err != nil || len(pcm) == 0 || s.asked.Load() != 2 {
		t.Errorf("%d samples, %v, asked %d times", len(pcm), err, s.asked.Load())
	}
}

func TestACallThatEndsIsNotTheServersFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &speech{t: t, fault: always(func(w http.ResponseWriter, r *http.Request) { cancel(); silent(w, r) })}
	v := &remote.OpenAI{URL: s.start(), Key: "secret"}
	if _, err := v.Synthesize(ctx, text); !errors.Is(err, context.Canceled) || errors.Is(err, remote.ErrUnavailable) {
		t.Errorf("%v, want that the call has ended", err)
	}
}

// atOnce answers each request with a second of sound, without a network.
type atOnce struct{}

func (atOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"audio/pcm"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(tone(1000, 24000))),
	}, nil
}

func TestACallerWhoTakesTimeIsNotASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &remote.OpenAI{URL: "http://speech.example/v1", Timeout: time.Second, Client: &http.Client{Transport: atOnce{}}}
		err := v.Stream(t.Context(), text, func([]int16) error {
			<-time.After(5 * time.Second)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		stop := errors.New("enough")
		if err := v.Stream(t.Context(), text, func([]int16) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v, want the caller's own error", err)
		}
	})
}

// tell gathers what a voice tells of the text.
func tell(t *testing.T, v tts.Teller) (samples int, marks []tts.Mark, other bool, err error) {
	t.Helper()
	err = v.Tell(t.Context(), text, tts.Output{
		Sound: func(pcm []int16) error { samples += len(pcm); return nil },
		Mark:  func(m tts.Mark) { marks = append(marks, m) },
		Other: func() { other = true },
	})
	return samples, marks, other, err
}

func TestElevenLabsTellsItsWords(t *testing.T) {
	s := &eleven{t: t}
	v := &remote.ElevenLabs{URL: s.start(), Key: "secret", Model: "flash", Voice: "someone", Lang: "en"}
	samples, marks, _, err := tell(t, v.Styled(tts.Style{Pace: 3}).(tts.Teller))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(text) * audio.Rate / 20; samples < want*95/100 || samples > want*105/100 {
		t.Errorf("%d samples, want about %d", samples, want)
	}
	want := tts.Guess(text)
	if len(marks) != len(want) {
		t.Fatalf("marks %v, want %d", marks, len(want))
	}
	for i, m := range marks {
		at := time.Duration(len(strings.TrimSpace(text[:m.End]))) * 50 * time.Millisecond
		if m.End != want[i].End || (m.At-at).Abs() > 80*time.Millisecond {
			t.Errorf("word %d: %v, want byte %d at %v", i, m, want[i].End, at)
		}
	}
	if d := cmp.Diff(map[string]string{
		"voice": "someone", "model_id": "flash", "output_format": "pcm_16000", "language_code": "en", "sync_alignment": "true", "auto_mode": "true",
	}, s.query); d != "" {
		t.Error(d)
	}
	if settings, _ := s.first["voice_settings"].(map[string]any); settings["speed"] != 1.2 {
		t.Errorf("opened with %v: want the fastest it knows", s.first)
	}
}

func TestElevenLabsStepsDown(t *testing.T) {
	write := func(text string) func(ws *websocket.Conn) {
		return func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, []byte(text)) }
	}
	for _, c := range []struct {
		name   string
		before fault
		after  int
		midway func(ws *websocket.Conn)
		again  bool
		asked  int32
	}{
		{"silent before it opens", always(silent), 0, nil, true, 1},
		{"too busy", always(answers(429, "text/plain", "")), 0, nil, true, 2},
		{"broken", always(answers(500, "text/plain", "")), 0, nil, true, 2},
		{"a wrong key", always(answers(401, "text/plain", "")), 0, nil, false, 1},
		{"silent in the middle", nil, 2, func(ws *websocket.Conn) { _, _, _ = ws.ReadMessage() }, true, 1},
		{"closed before its first sound", nil, 0, func(*websocket.Conn) {}, true, 2},
		{"closed in the middle", nil, 2, func(*websocket.Conn) {}, true, 1},
		{"garbage in the middle", nil, 2, write("\x00\xff"), true, 1},
		{"sound that is none", nil, 2, write(`{"audio":"???"}`), true, 1},
		{"a refusal", nil, 0, write(`{"error":"voice_not_found","message":"no such voice","code":1008}`), false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &eleven{t: t, before: c.before, after: c.after, midway: c.midway}
			v := &remote.ElevenLabs{URL: s.start(), Key: "secret", Voice: "v", Timeout: patience(c.name)}
			_, _, _, err := tell(t, v)
			if err == nil || errors.Is(err, remote.ErrUnavailable) != c.again {
				t.Errorf("%v: may be tried again: want %v", err, c.again)
			}
			if n := s.asked.Load(); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}

// local is a voice that notes what it was given, and says it in 100 ms.
type local struct{ said []string }

func (l *local) String() string { return "local" }

func (l *local) Synthesize(_ context.Context, text string) ([]int16, error) {
	l.said = append(l.said, text)
	pcm := make([]int16, audio.Rate/10)
	for i := range pcm {
		pcm[i] = int16(i % 40 * 200)
	}
	return pcm, nil
}

func TestTheSentenceGoesOnInAnotherVoice(t *testing.T) {
	s := &eleven{t: t, after: 3, midway: func(*websocket.Conn) {}}
	own := &local{}
	v := &tts.Fallback{First: &remote.ElevenLabs{URL: s.start(), Key: "secret", Voice: "v", Timeout: time.Minute}, Second: own}
	_, marks, other, err := tell(t, v)
	if err != nil || !other {
		t.Fatalf("%v, other %v", err, other)
	}
	if want := []string{"on its way."}; !cmp.Equal(own.said, want) {
		t.Errorf("the other voice said %q, want %q", own.said, want)
	}
	if want := tts.Guess(text); len(marks) != len(want) || marks[5].End != len(text) || marks[5].At <= marks[2].At {
		t.Errorf("marks %v, want %d words", marks, len(want))
	}
}

func TestAServerThatIsDownIsLeftAlone(t *testing.T) {
	s := &speech{t: t, fault: always(answers(500, "text/plain", ""))}
	own := &local{}
	now := time.Unix(0, 0)
	failures := 0
	v := &tts.Fallback{
		First: &remote.OpenAI{URL: s.start(), Key: "secret", Timeout: time.Minute}, Second: own,
		Now: func() time.Time { return now }, Failed: func(error) { failures++ },
	}
	for range 6 {
		if _, _, other, err := tell(t, v); err != nil || !other {
			t.Fatalf("%v, other %v", err, other)
		}
	}
	if n := s.asked.Load(); n != 6 || failures != 3 || !v.Open() || len(own.said) != 6 {
		t.Errorf("asked %d times (want 3 texts of two tries), %d failures, open %v, the other said %d", n, failures, v.Open(), len(own.said))
	}
	now, s.fault = now.Add(time.Minute), nil
	if _, _, other, err := tell(t, v); err != nil || other || v.Open() {
		t.Errorf("after the rest: %v, other %v, open %v", err, other, v.Open())
	}
}

// TestAStuckServerSpeaksInTheSameSentence has sound that tells no words: where it broke
// off is reckoned, and a word is said twice rather than lost.
func TestAStuckServerSpeaksInTheSameSentence(t *testing.T) {
	s := &speech{t: t, fault: always(stuck)}
	own := &local{}
	v := &tts.Fallback{First: &remote.OpenAI{URL: s.start(), Key: "secret", Timeout: 2 * time.Second}, Second: own}
	samples, marks, _, err := tell(t, v)
	if err != nil || len(own.said) != 1 {
		t.Fatalf("%v, the other said %q", err, own.said)
	}
	if rest := own.said[0]; rest == text || !strings.HasSuffix(text, rest) {
		t.Errorf("the other said %q: want the rest of the sentence", rest)
	}
	if len(marks) != len(tts.Guess(text)) || samples < audio.Rate/2 {
		t.Errorf("%d marks, %d samples", len(marks), samples)
	}
}
