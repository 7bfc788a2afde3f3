package deskapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"huike/session/journal"
)

const (
	heartbeat    = 10 * time.Second // a comment, so that a page that is gone shows
	writeTimeout = 5 * time.Second  // a page that does not read is gone
)

// stream is one page's connection.
type stream struct {
	api     *api
	w       http.ResponseWriter
	control *http.ResponseController
	call    string // the call that the page watches, or empty
	buffer  bytes.Buffer
}

// events streams the queue at each change, handoffs as they end, and the events
// of the call that the page watches. While it runs, the agent has a page.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	s := &stream{api: a, w: w, control: http.NewResponseController(w), call: r.URL.Query().Get("call")}
	did := Access{Agent: agentOf(r), Action: "queue", Fields: "list"}
	if s.call != "" {
		did.Action, did.Call, did.Member, did.Fields = "watch", s.call, a.person(s.call), "list,transcript"
	}
	a.Audit(r.Context(), did)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	defer a.Desk.Arrive(agentOf(r))()

	var watched <-chan journal.Event
	if s.call != "" {
		events, cancel := a.Desk.Watch(s.call)
		defer cancel()
		watched = events
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()

	_, last := a.Desk.ClosedAfter(-1)
	changed, last, err := s.queue(last)
	for err == nil {
		select {
		case <-changed:
			changed, last, err = s.queue(last)
		case event := <-watched:
			err = s.send("call", event)
		case <-beat.C:
			err = s.write([]byte(": still here\n\n"))
		case <-r.Context().Done():
			return
		}
	}
}

// queue sends what ended since the page was last told, and then the queue.
func (s *stream) queue(last int) (changed <-chan struct{}, newest int, err error) {
	tickets, changed := s.api.Desk.Queue()
	closed, newest := s.api.Desk.ClosedAfter(last)
	for i := range closed {
		if err := s.send("closed", closed[i]); err != nil {
			return nil, newest, err
		}
	}
	rows := make([]row, len(tickets))
	for i := range tickets {
		rows[i] = rowOf(tickets[i])
	}
	return changed, newest, s.send("queue", rows)
}

// send writes one event: its name, and its data as one line of JSON.
func (s *stream) send(name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("stream event %s: %w", name, err)
	}
	s.buffer.Reset()
	fmt.Fprintf(&s.buffer, "event: %s\ndata: %s\n\n", name, text)
	return s.write(s.buffer.Bytes())
}

func (s *stream) write(data []byte) error {
	// A server without deadlines serves the page all the same.
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.w.Write(data); err != nil {
		return err
	}
	return s.control.Flush()
}
