package completions

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/flow/golden"
	"huike/dialog/llm"
)

// answer is one answer of a scripted server: a text in pieces, a call of a tool, or
// something else than a model's answer.
type answer struct {
	text   []string
	tool   string
	args   string
	status int
	raw    string
	waits  <-chan struct{} // before the last piece
	hangs  bool            // until the client gives up
}

// scripted is a compatible server that answers as it is told, and keeps what it was
// asked.
type scripted struct {
	*httptest.Server
	mu      sync.Mutex
	answers []answer
	asked   []string
}

func serve(t *testing.T, answers ...answer) *scripted {
	t.Helper()
	s := &scripted{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.asked = append(s.asked, string(body))
	var a answer
	if len(s.answers) > 0 {
		a = s.answers[0]
		s.answers = s.answers[1:]
	}
	s.mu.Unlock()
	switch {
	case a.hangs:
		<-r.Context().Done()
		return
	case a.status != 0:
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.raw)
		return
	case a.raw != "":
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, a.raw)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for i, piece := range a.text {
		if i == len(a.text)-1 && a.waits != nil {
			<-a.waits
		}
		event(w, map[string]any{"content": piece})
	}
	if a.tool != "" {
		event(w, map[string]any{"tool_calls": []any{map[string]any{
			"index": 0, "id": "call_1", "type": "function", "function": map[string]any{"name": a.tool, "arguments": a.args[:len(a.args)/2]},
		}}})
		event(w, map[string]any{"tool_calls": []any{map[string]any{"index": 0, "function": map[string]any{"arguments": a.args[len(a.args)/2:]}}}})
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func event(w http.ResponseWriter, delta map[string]any) {
	data, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": delta}}})
	fmt.Fprintf(w, "data: %s\n\n", data)
	w.(http.Flusher).Flush()
}

// requests is all that the server was asked.
func (s *scripted) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.asked, "\n")
}

// line is a call in writing that a model helps with: the shop's flows, a stand-in for
// the shop, and what was said and done.
type line struct {
	*testing.T
	def   *flow.Definition
	conv  *flow.Conversation
	shop  *golden.Shop
	guide *llm.Guide
	talk  *llm.Talk
	said  []string
	last  flow.Output
}

// shop is loaded once: a definition is read-only.
var shop = sync.OnceValues(func() (*flow.Definition, error) { return flow.Load(flow.Shop, "shop") })

func newLine(t *testing.T, s *scripted) *line {
	t.Helper()
	def, err := shop()
	if err != nil {
		t.Fatal(err)
	}
	guide := llm.New(&Server{URL: s.URL + "/v1", Key: "k", Model: "m"})
	l := &line{T: t, def: def, conv: flow.New(def, dialog.English), shop: golden.NewShop(), guide: guide, talk: guide.NewTalk(def, dialog.English)}
	l.step(flow.Input{Kind: flow.Begin, Person: golden.Who("member", dialog.English), Day: golden.Today})
	return l
}

// step steps the flows, and the shop for as long as they ask it.
func (l *line) step(in flow.Input) {
	for {
		l.last = l.conv.Step(in)
		for _, a := range l.last.Acts {
			l.said = append(l.said, a.Name+" "+a.Text)
		}
		if len(l.last.Operations) == 0 {
			return
		}
		in = flow.Input{Kind: flow.Done, Result: l.shop.Do(l.last.Operations[0])}
	}
}

func (l *line) question(text string) (llm.Question, bool) {
	u, open := l.conv.Look(flow.Input{Kind: flow.Words, Text: text})
	return llm.Question{Lang: dialog.English, Text: text, Slots: u.Slots, Near: l.def.Near(text, dialog.English, golden.Today, 5)}, open
}

// reads has the model read words before the flows take them, as a call does.
func (l *line) reads(text string) error {
	in := flow.Input{Kind: flow.Words, Text: text}
	q, open := l.question(text)
	var err error
	if open {
		in.Reading, err = l.guide.Read(l.Context(), l.def, q)
	}
	l.step(in)
	return err
}

// leads has the model answer words, as a call does that it leads.
func (l *line) leads(text string) error {
	in := flow.Input{Kind: flow.Words, Text: text}
	q, open := l.question(text)
	if !open || !l.conv.Idle() {
		l.step(in)
		return nil
	}
	l.talk.Hear(q)
	for range 5 {
		move, err := l.talk.Next(l.Context(), func(_, clause string) error { l.said = append(l.said, "model "+clause); return nil })
		switch {
		case err != nil:
			l.step(in)
			return err
		case move.Operation != nil:
			l.talk.Result(*l.shop.Do(*move.Operation))
			continue
		case move.Reading != nil:
			in.Reading = move.Reading
			l.step(in)
		}
		return nil
	}
	l.Fatal("the model's turn does not end")
	return nil
}

// heard says whether something was said.
func (l *line) heard(want string) bool { return strings.Contains(strings.Join(l.said, "\n"), want) }

// reading is a structured answer.
func reading(intent, details, entry, quote string) answer {
	if details == "" {
		details = "[]"
	}
	return answer{text: []string{fmt.Sprintf(`{"intent":%q,"need":"explicit","details":%s,"entry":%q,"quote":%q}`, intent, details, entry, quote)}}
}

// generous is how long a test waits for what must happen.
const generous = 30 * time.Second
