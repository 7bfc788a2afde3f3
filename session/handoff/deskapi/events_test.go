package deskapi_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"huike/dialog"
	"huike/session/handoff"
	"huike/session/handoff/deskapi"
	"huike/session/journal"
)

// page reads the event stream.
type page struct {
	t     *testing.T
	lines *bufio.Scanner
	close func() error
}

func (h *house) open(query string) *page {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+"/v1/desk/events?token=open+sesame&"+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r) //nolint:bodyclose // by the page
	if err != nil {
		h.t.Fatal(err)
	}
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		h.t.Fatalf("type %s", kind)
	}
	p := &page{t: h.t, lines: bufio.NewScanner(answer.Body), close: answer.Body.Close}
	h.t.Cleanup(func() { _ = p.close() })
	return p
}

// event returns the next event of that name, passing over others.
func (p *page) event(name string) string {
	p.t.Helper()
	for p.lines.Scan() {
		if p.lines.Text() != "event: "+name {
			continue
		}
		p.lines.Scan()
		data, ok := strings.CutPrefix(p.lines.Text(), "data: ")
		if !ok {
			p.t.Fatalf("event %s with %q", name, p.lines.Text())
		}
		return data
	}
	p.t.Fatalf("the stream ended before an event %s: %v", name, p.lines.Err())
	return ""
}

func TestThePageSeesTheQueueAndTheCall(t *testing.T) {
	h := newHouse(t, nil)
	p := h.open("agent=Li&call=c_1")
	if got := p.event("queue"); got != "[]" {
		t.Errorf("the queue at first: %s", got)
	}
	h.request()
	got := p.event("queue")
	for _, want := range []string{`"call":"c_1"`, `"state":"waiting"`, `"reason":"complaint"`, `"waited_ms":`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	h.desk.Publish("c_2", journal.Event{Type: journal.TypeNotice, Text: "of another call"})
	h.desk.Publish("c_1", journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "it is 13800001234", Final: true})
	if got := p.event("call"); !strings.Contains(got, "it is 138****1234") {
		t.Errorf("the call: %s", got)
	}
	if _, err := h.desk.Take("c_1", "Li"); err != nil {
		t.Fatal(err)
	}
	if got := p.event("queue"); !strings.Contains(got, `"state":"taken"`) || !strings.Contains(got, `"agent":"Li"`) {
		t.Errorf("the queue: %s", got)
	}
	if err := h.desk.End("c_1", "Li"); err != nil {
		t.Fatal(err)
	}
	if got := p.event("closed"); !strings.Contains(got, `"state":"ended"`) {
		t.Errorf("closed: %s", got)
	}
	if got := p.event("queue"); got != "[]" {
		t.Errorf("the queue at last: %s", got)
	}
	if got := h.rows(); got != "Li watch c_1 list,transcript" {
		t.Errorf("audited: %s", got)
	}
}

func TestThePageThatIsClosedLosesItsCallWithTheLease(t *testing.T) {
	desk := handoff.New(handoff.Config{Lease: 20 * time.Millisecond})
	h := newHouse(t, func(c *deskapi.Config) { c.Desk = desk })
	p := h.open("agent=Li")
	p.event("queue")
	pending := desk.Request(t.Context(), handoff.Ticket{Call: "c_1"})
	if _, err := desk.Take("c_1", "Li"); err != nil {
		t.Fatal(err)
	}
	if got, err := pending.Wait(t.Context()); err != nil || got.State != handoff.Taken {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if got, err := pending.Wait(t.Context()); err != nil || got.State != handoff.Waiting || !got.Vanish {
		t.Errorf("%+v, %v", got, err)
	}
}
