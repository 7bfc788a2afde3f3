package event

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Limits of a request.
const (
	longestBatch = 8 << 20 // bytes of a JSON array; lines of JSON have no limit but each line's
	listedDead   = 200
)

// Media types (CloudEvents 1.0.2, HTTP Protocol Binding 3).
const (
	typeEvent = "application/cloudevents+json"
	typeBatch = "application/cloudevents-batch+json"
	typeLines = "application/x-ndjson"
	typeJSON  = "application/json"
)

// problem is RFC 9457's answer to a request that is wrong as a whole.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

func fail(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{http.StatusText(status), status, detail}) // a client that has gone reads nothing
}

// answer is what became of a request's events. Events lists those that were not
// accepted, and of a single event that one.
type answer struct {
	Accepted  int      `json:"accepted"`
	Duplicate int      `json:"duplicate"`
	Refused   int      `json:"refused"`
	Events    []listed `json:"events,omitempty"`
}

type listed struct {
	Index int `json:"index"` // in the request, from 0
	Outcome
}

const longestAnswer = 1000 // events listed; the dead letters have them all

func (a *answer) add(from int, out []Outcome) {
	for i, o := range out {
		switch o.Status {
		case Accepted:
			a.Accepted++
			continue
		case Duplicate:
			a.Duplicate++
			continue
		case Refused:
			a.Refused++
		}
		if len(a.Events) < longestAnswer {
			a.Events = append(a.Events, listed{from + i, o})
		}
	}
}

// Handler serves POST /v1/events, where events come in, GET /v1/events/dead?after=N with
// the dead letters, POST /v1/events/dead/{number}/retry and DELETE
// /v1/events/dead/{number}, to whoever shows the bearer token (RFC 6750). An empty token
// lets nobody in.
//
// Events come as CloudEvents 1.0: one in the structured JSON mode
// (application/cloudevents+json or application/json), one in the binary mode (ce-
// headers), several as an array (application/cloudevents-batch+json or
// application/json), or as lines (application/x-ndjson) that are taken as they arrive.
// The answer is 200 with the counts, 422 where a single event was refused, and 503 where
// the store does not answer: send the same again, nothing counts twice.
func (in *Inbox) Handler(token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/events", in.post)
	mux.HandleFunc("GET /v1/events/dead", in.listDead)
	mux.HandleFunc("POST /v1/events/dead/{number}/retry", in.retry)
	mux.HandleFunc("DELETE /v1/events/dead/{number}", in.drop)
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(shown))
		if !bearer || token == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="events"`)
			fail(w, http.StatusUnauthorized, "want the header Authorization: Bearer and the server's events token")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (in *Inbox) post(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case kind == typeLines:
		in.postLines(w, r)
		return
	case kind != typeEvent && kind != typeBatch && kind != typeJSON:
		fail(w, http.StatusUnsupportedMediaType, "want "+strings.Join([]string{typeEvent, typeBatch, typeLines, typeJSON}, ", "))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBatch))
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, "want at most 8 MiB, or lines of JSON as "+typeLines)
		return
	}
	body = bytes.TrimSpace(body)
	bodies, single := []json.RawMessage{body}, true
	switch {
	case r.Header.Get("Ce-Id") != "" && kind == typeJSON:
		bodies[0], err = structured(r.Header, body)
	case kind == typeBatch || kind == typeJSON && bytes.HasPrefix(body, []byte("[")):
		bodies, single = nil, false // nil: what body holds is not written over
		err = json.Unmarshal(body, &bodies)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "the body is no JSON as its Content-Type says; a batch is an array of events")
		return
	}
	in.answerTo(w, r, bodies, single)
}

func (in *Inbox) answerTo(w http.ResponseWriter, r *http.Request, bodies []json.RawMessage, single bool) {
	all := make([][]byte, len(bodies))
	for i := range bodies {
		all[i] = bodies[i]
	}
	out, err := in.Take(r.Context(), all)
	if err != nil {
		fail(w, http.StatusServiceUnavailable, "the store does not answer; send the same events again")
		return
	}
	var a answer
	a.add(0, out)
	status := http.StatusOK
	if single && a.Refused == 1 {
		status = http.StatusUnprocessableEntity
	}
	reply(w, status, a)
}

// postLines takes lines of JSON as they arrive, a batch at a time.
func (in *Inbox) postLines(w http.ResponseWriter, r *http.Request) {
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(make([]byte, 0, LongestEvent), 4*LongestEvent)
	var a answer
	var waiting [][]byte
	n := 0
	flush := func() error { //nolint:contextcheck // the request's
		out, err := in.Take(r.Context(), waiting)
		a.add(n-len(waiting), out)
		waiting = nil
		return err
	}
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		waiting = append(waiting, bytes.Clone(line))
		if n++; len(waiting) < BatchEvents {
			continue
		}
		if err := flush(); err != nil {
			fail(w, http.StatusServiceUnavailable, "the store does not answer; send the same events again")
			return
		}
	}
	if err := flush(); err != nil {
		fail(w, http.StatusServiceUnavailable, "the store does not answer; send the same events again")
		return
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		fail(w, http.StatusRequestEntityTooLarge, "line "+strconv.Itoa(n+1)+" is longer than an event may be; those before it are taken")
		return
	}
	reply(w, http.StatusOK, a)
}

// structured puts an event of the binary mode together (HTTP Protocol Binding 3.1).
func structured(head http.Header, data []byte) ([]byte, error) {
	if len(data) == 0 {
		data = []byte("null")
	}
	return json.Marshal(map[string]any{
		"specversion": head.Get("Ce-Specversion"), "id": head.Get("Ce-Id"), "source": head.Get("Ce-Source"), "type": head.Get("Ce-Type"),
		"subject": head.Get("Ce-Subject"), "time": head.Get("Ce-Time"), "data": json.RawMessage(data),
	})
}

func (in *Inbox) listDead(w http.ResponseWriter, r *http.Request) {
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil {
			fail(w, http.StatusBadRequest, "after is not a dead letter's number")
			return
		}
	}
	dead, err := in.Dead(r.Context(), after, listedDead)
	if err != nil {
		fail(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	reply(w, http.StatusOK, map[string]any{"dead": dead})
}

func (in *Inbox) retry(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.ParseInt(r.PathValue("number"), 10, 64)
	o, err := in.Retry(r.Context(), number)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		fail(w, http.StatusNotFound, "no dead letter has this number")
	case err != nil:
		fail(w, http.StatusServiceUnavailable, "the store does not answer")
	default:
		reply(w, http.StatusOK, o)
	}
}

func (in *Inbox) drop(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err := in.Drop(r.Context(), number); err != nil {
		fail(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone reads nothing
}
