package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen is what a terminal shows; said waits until it shows something.
type screen struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) said(t *testing.T, want string) {
	t.Helper()
	patience := time.After(limit)
	for !strings.Contains(s.String(), want) {
		select {
		case <-s.changed:
		case <-patience:
			t.Fatalf("%q did not come; the terminal shows:\n%s", want, s)
		}
	}
}

func TestChatInATerminal(t *testing.T) {
	keyboard, typed := io.Pipe()
	shown := &screen{changed: make(chan struct{}, 1)}
	done := make(chan error, 1)
	command := &chatCommand{Lang: "en", As: "13900005678", Models: "../../bin/models"}
	go func() { done <- command.chat(t.Context(), keyboard, true, streams{shown, io.Discard}) }()
	write := func(line string) {
		if _, err := io.WriteString(typed, line+"\n"); err != nil {
			t.Error(err)
		}
	}
	shown.said(t, "How can I help you")
	write("how many points do I have?")
	shown.said(t, "points.balance 0.9")
	shown.said(t, "1099 points")
	shown.said(t, "shop points.balance  {points=1099")
	write("on Tuesday")
	shown.said(t, "no wish  date=tue")
	write("#0")
	shown.said(t, "handoff waiting: caller_asked")
	if err := typed.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(limit):
		t.Fatal("the chat goes on after the end of the input")
	}
	shown.said(t, "hung_up, by the caller")
}

func TestAPipedChatIsAnsweredLineByLine(t *testing.T) {
	var shown bytes.Buffer
	command := &chatCommand{Lang: "en", As: "13900005678", Plain: true, Models: "../../bin/models"}
	in := strings.NewReader("how many points do I have?\nwhen are you open?\n")
	if err := command.chat(t.Context(), in, false, streams{&shown, io.Discard}); err != nil {
		t.Fatal(err)
	}
	rest := shown.String()
	for _, want := range []string{"How can I help you", "> how many points", "1099 points", "> when are you open?", "hung_up, by the caller"} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q does not come in its turn:\n%s", want, shown.String())
		}
		rest = after
	}
}

func TestAChatInJSONTellsEveryEvent(t *testing.T) {
	var shown bytes.Buffer
	command := &chatCommand{Lang: "en", As: "13900005678", JSON: true, Models: "../../bin/models"}
	if err := command.chat(t.Context(), strings.NewReader("how many points do I have?\n"), false, streams{&shown, io.Discard}); err != nil {
		t.Fatal(err)
	}
	types := map[string]int{}
	for line := range strings.Lines(shown.String()) {
		var ev struct{ Type string }
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		types[ev.Type]++
	}
	for _, want := range []string{"started", "member", "act", "text", "understood", "operation", "ended"} {
		if types[want] == 0 {
			t.Errorf("no event %q among %v", want, types)
		}
	}
}
