package rtp

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestKeysThatAreNoLongerTakenAreLeftOut(t *testing.T) {
	e := fuzzEndpoint(t)
	for _, lines := range []string{
		"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		"m=audio 4000 RTP/AVP 0\r\n",
	} {
		if _, err := e.Answer([]byte(seedOffer + lines)); err != nil {
			t.Fatal(err)
		}
	}
	// What waited behind keys that were being sent as the second offer came.
	if !e.pressAll("1", time.NewTimer(0)) {
		t.Error("the endpoint is closed")
	}
	if n := e.out.seq; e.out.began {
		t.Errorf("a key was sent as packet %d", n)
	}
}

func TestAPanicOfAWorkerIsTheCallsOwn(t *testing.T) {
	var log bytes.Buffer
	ports, err := Open(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	e, err := ports.New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.work(func() { _ = any(e).(error) })
	if err := e.Close(); err != nil { // which waits for it
		t.Error(err)
	}
	if !strings.Contains(log.String(), "panicked") {
		t.Error("the log tells nothing of it")
	}
}
