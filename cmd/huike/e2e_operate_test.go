package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"huike/session/journal"
)

func TestAServerTellsHowItIs(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if status, body := s.ask(path); status != http.StatusOK || body != want {
			t.Errorf("%s answers %d %q", path, status, body)
		}
	}
	if ended, ok := s.metric(`huike_calls_ended_total{by="caller",disposition="hung_up"}`); ok {
		t.Errorf("%v calls have ended before the first", ended)
	}

	c := s.call(t, "http", "en", james)
	c.hears("How can I help")
	c.quiet()
	until(t, "a call in progress", func() bool { n, _ := s.metric("huike_calls"); return n == 1 })
	c.says("en", "How many points do I have?")
	c.wait("how long the answer took", func(ev journal.Event) bool { return ev.Type == journal.TypeLatency })
	c.hears("1099 points")
	c.hangUp()
	until(t, "the call to be counted", func() bool {
		n, _ := s.metric(`huike_calls_ended_total{by="caller",disposition="hung_up"}`)
		return n == 1
	})

	for name, least := range map[string]float64{
		`huike_turn_latency_seconds_count{part="total"}`:       1,
		`huike_turn_latency_seconds_sum{part="endpointing"}`:   0.1,
		`huike_turn_latency_seconds_count{part="recognition"}`: 1,
		`huike_turn_latency_seconds_count{part="dialog"}`:      1,
		`huike_turn_latency_seconds_count{part="synthesis"}`:   1,
		`huike_turn_latency_seconds_count{part="playout"}`:     1,
		`huike_jitter_buffer_delay_seconds_count`:              1,
		`huike_received_samples_total{kind="total"}`:           16000,
		`huike_received_samples_total{kind="concealed"}`:       0,
		`huike_received_packets_total{kind="received"}`:        50,
		`huike_received_packets_total{kind="late"}`:            0,
		`huike_received_packets_total{kind="lost"}`:            0,
		`huike_media_ticks_total`:                              50,
		`huike_media_late_ticks_total`:                         0,
		`huike_inference_done_total`:                           1,
		`huike_inference_wait_seconds_total`:                   0,
		`huike_inference_waiting`:                              0,
		`huike_inference_oldest_wait_seconds`:                  0,
		`process_resident_memory_bytes`:                        1,
		`go_goroutines`:                                        1,
	} {
		if value, ok := s.metric(name); !ok || value < least {
			t.Errorf("metric %s is %v (%v), want at least %v", name, value, ok, least)
		}
	}
	if n, _ := s.metric("huike_calls"); n != 0 {
		t.Errorf("%v calls in progress after the end", n)
	}
}

func TestACallTooManyIsAnswered503WithAReason(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub", "--max-calls=1")
	first := s.call(t, "ws", "en", "")
	first.hears("shop")

	refused := func(method, path, body string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, s.url(path), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/sdp")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %s, Retry-After %q; want 503 and when to call again", method, path, response.Status, response.Header.Get("Retry-After"))
		}
	}
	refused(http.MethodPost, "/v1/whip", "v=0\r\n")
	if status, body := s.ask("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "lines are busy") {
		t.Errorf("readyz of a full server: %d %q", status, body)
	}
	if status, _ := s.ask("/healthz"); status != http.StatusOK {
		t.Errorf("healthz of a full server: %d", status)
	}
	for _, scheme := range []string{"http", "ws"} {
		if _, err := s.dial(t, scheme, "en", ""); err == nil || !strings.Contains(err.Error(), "lines are busy") {
			t.Errorf("a second call by %s: %v; want the reason", scheme, err)
		}
	}

	first.hangUp()
	until(t, "room for a call", func() bool {
		status, _ := s.ask("/readyz")
		return status == http.StatusOK
	})
	s.call(t, "ws", "en", "").hears("shop")
}

func TestAServerThatIsToldToStopDrains(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub", "--drain=3s")
	c := s.call(t, "ws", "en", "")
	c.hears("shop")
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, "a new call to be refused", func() bool {
		_, err := s.dial(t, "ws", "en", "")
		return err != nil && strings.Contains(err.Error(), "stopping")
	})
	select {
	case <-c.ended:
		t.Error("the running call was cut off at once")
	default:
	}
	if ev := c.over(); ev.Disposition != "drained" {
		t.Errorf("the running call ended as %q", ev.Disposition)
	}
	s.ends(limit)
}
