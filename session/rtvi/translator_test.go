package rtvi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script is a translator with a fixed clock.
func script() *translator {
	t := newTranslator("1.2.3")
	t.now = func() time.Time { return time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC) }
	return t
}

// compact writes messages in short: the type, and the data as it is.
func compact(t *testing.T, out [][]byte) []string {
	t.Helper()
	lines := make([]string, 0, len(out))
	for _, raw := range out {
		var m message
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if m.Label != label || len(m.ID) == 0 && m.Type != "bot-ready" {
			t.Errorf("%s has no label or no id", raw)
		}
		lines = append(lines, strings.TrimSpace(m.Type+" "+string(m.Data)))
	}
	return lines
}

func plainLines(in [][]byte) []string {
	lines := make([]string, 0, len(in))
	for _, raw := range in {
		lines = append(lines, string(raw))
	}
	return lines
}

func rtviMessage(kind, data string) string {
	return fmt.Sprintf(`{"label":"rtvi-ai","id":"7f","type":%q,"data":%s}`, kind, data)
}

func TestWhatTheClientSaysIsGivenToTheSession(t *testing.T) {
	for _, tt := range []struct {
		name string
		raw  string
		in   []string // for the session
		out  []string // for the client
	}{
		{
			"a client of this version", rtviMessage("client-ready", `{"version":"2.1.0","about":{"library":"x"}}`), nil,
			[]string{`bot-ready {"about":{"library":"huike","library_version":"1.2.3"},"version":"2.1.0"}`},
		},
		{
			"an older client is told its own version", rtviMessage("client-ready", `{"version":"1.4.0"}`), nil,
			[]string{`bot-ready {"about":{"library":"huike","library_version":"1.2.3"},"version":"1.4.0"}`},
		},
		{"a client of another age", rtviMessage("client-ready", `{"version":"3.0.0"}`), nil, []string{
			`error-response {"error":"this server speaks RTVI 2.1.0, which may not agree with the client's version"}`,
			`bot-ready {"about":{"library":"huike","library_version":"1.2.3"},"version":"2.1.0"}`,
		}},
		{"a client without a version", rtviMessage("client-ready", `null`), nil, []string{
			`error-response {"error":"client version unknown; this server speaks RTVI 2.1.0"}`,
			`bot-ready {"about":{"library":"huike","library_version":"1.2.3"},"version":"2.1.0"}`,
		}},
		{"a version that is none", rtviMessage("client-ready", `{"version":"1.-4.0"}`), nil, []string{
			`error-response {"error":"client version is not of the form 1.2.3; this server speaks RTVI 2.1.0"}`,
			`bot-ready {"about":{"library":"huike","library_version":"1.2.3"},"version":"2.1.0"}`,
		}},
		{
			"a text stops the agent and is a turn", rtviMessage("send-text", `{"content":" my order ","options":{}}`),
			[]string{`{"type":"interrupt"}`, `{"text":"my order","type":"text"}`},
			nil,
		},
		{
			"a text without options", rtviMessage("send-text", `{"content":"hi"}`),
			[]string{`{"type":"interrupt"}`, `{"text":"hi","type":"text"}`},
			nil,
		},
		{
			"a text that is not to be answered", rtviMessage("send-text", `{"content":"hi","options":{"run_immediately":false}}`), nil,
			[]string{`error-response {"error":"run_immediately false is not supported: a text is a turn of the caller's, and is answered"}`},
		},
		{
			"an empty text", rtviMessage("send-text", `{"content":"  "}`), nil,
			[]string{`error-response {"error":"the content of send-text must have 1 to 500 bytes"}`},
		},
		{
			"a text that is no text", rtviMessage("send-text", `{"content":[1]}`), nil,
			[]string{`error-response {"error":"send-text wants content and, if any, options"}`},
		},
		{"keys", rtviMessage("dtmf", `{"buttons":["1","#"]}`), []string{`{"key":"1","type":"key"}`, `{"key":"#","type":"key"}`}, nil},
		{"a key of protocol 2.0", rtviMessage("dtmf", `{"button":"5"}`), []string{`{"key":"5","type":"key"}`}, nil},
		{
			"a key that no telephone has", rtviMessage("dtmf", `{"buttons":["1","A"]}`), nil,
			[]string{`error-response {"error":"a button is one of 0-9, * and #"}`},
		},
		{"no keys", rtviMessage("dtmf", `{"buttons":[]}`), nil, []string{`error-response {"error":"dtmf wants 1 to 32 buttons"}`}},
		{"a key that came as sound", `{"type":"key","key":"5"}`, []string{`{"key":"5","type":"key"}`}, nil},
		{"the bot is sent away", rtviMessage("disconnect-bot", `{}`), []string{`{"type":"hangup"}`}, nil},
		{
			"the microphone is off", `{"type":"signalling","message":{"type":"trackStatus","receiver_index":0,"enabled":false}}`,
			[]string{`{"on":true,"type":"mute"}`},
			nil,
		},
		{"the microphone is on, as it was", `{"type":"signalling","message":{"type":"trackStatus","receiver_index":0,"enabled":true}}`, nil, nil},
		{"the camera is off", `{"type":"signalling","message":{"type":"trackStatus","receiver_index":1,"enabled":false}}`, nil, nil},
		{
			"another language", rtviMessage("client-message", `{"t":"lang","d":"zh"}`),
			[]string{`{"lang":"zh","type":"lang"}`},
			[]string{`server-response {"d":{"taken":true},"t":"lang"}`},
		},
		{
			"a request of huike's own", rtviMessage("client-message", `{"t":"floor","d":{"manual":true}}`),
			[]string{`{"manual":true,"type":"floor"}`},
			[]string{`server-response {"d":{"taken":true},"t":"floor"}`},
		},
		{
			"the same with a plain value", rtviMessage("client-message", `{"t":"operates","d":["order.status"]}`),
			[]string{`{"operations":["order.status"],"type":"operates"}`},
			[]string{`server-response {"d":{"taken":true},"t":"operates"}`},
		},
		{
			"one that has no value", rtviMessage("client-message", `{"t":"commit"}`),
			[]string{`{"type":"commit"}`},
			[]string{`server-response {"d":{"taken":true},"t":"commit"}`},
		},
		{
			"one that has null", rtviMessage("client-message", `{"t":"commit","d":null}`),
			[]string{`{"type":"commit"}`},
			[]string{`server-response {"d":{"taken":true},"t":"commit"}`},
		},
		{
			"its type cannot be smuggled in", rtviMessage("client-message", `{"t":"commit","d":{"type":"hangup"}}`),
			[]string{`{"type":"commit"}`},
			[]string{`server-response {"d":{"taken":true},"t":"commit"}`},
		},
		{
			"a request that nobody understands", rtviMessage("client-message", `{"t":"weather"}`), nil,
			[]string{`error-response {"error":"t is not one of commit, floor, hold, interrupt, lang and operates"}`},
		},
		{"append-to-context", rtviMessage("append-to-context", `{"role":"user"}`), nil, []string{
			`error-response {"error":"append-to-context is not supported: the conversation holds what was said and heard, and nothing else; use send-text"}`,
		}},
		{
			"a type of another age", rtviMessage("describe-config", `{}`), nil,
			[]string{`error-response {"error":"the type of the message is not supported"}`},
		},
		{
			"a result that nobody asked for", rtviMessage("llm-function-call-result", `{"tool_call_id":"1","result":"x"}`), nil,
			[]string{`error-response {"error":"the tool_call_id names no function that was asked for, or one that is over"}`},
		},
		{"the transport's sign of life", "ping: 1763772000000", nil, nil},
		{"another protocol's message", `{"type":"client-ready","data":{}}`, nil, nil},
		{
			"no JSON", `{"type"`, nil,
			[]string{`error {"error":"the message is not a JSON object with a type","fatal":false,"message":"the message is not a JSON object with a type"}`},
		},
		{
			"no object", `[1]`, nil,
			[]string{`error {"error":"the message is not a JSON object with a type","fatal":false,"message":"the message is not a JSON object with a type"}`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := script()
			tr.hear([]byte(tt.raw))
			in, out := tr.take()
			if diff := cmp.Diff(append([]string{}, tt.in...), plainLines(in)); diff != "" {
				t.Errorf("the session was told (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.out...), compact(t, out)); diff != "" {
				t.Errorf("the client was told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAnswerBearsTheIDOfWhatItAnswers(t *testing.T) {
	for id, want := range map[string]string{
		`"7f"`: `"7f"`, `12`: `12`, `null`: "", `{}`: "", `true`: "", `"` + strings.Repeat("x", 200) + `"`: "",
	} {
		tr := script()
		tr.hear([]byte(`{"label":"rtvi-ai","type":"client-message","id":` + id + `,"data":{"t":"commit"}}`))
		in, out := tr.take()
		if len(in) != 1 {
			t.Errorf("id %s: the session was told %q", id, in)
		}
		var m message
		if len(out) > 0 {
			if err := json.Unmarshal(out[0], &m); err != nil {
				t.Fatal(err)
			}
		}
		if string(m.ID) != want {
			t.Errorf("id %s came back as %s", id, m.ID)
		}
	}
}

func TestWhoComplainsInVainIsNotAnsweredForEver(t *testing.T) {
	tr := script()
	for range 10 * complaints {
		tr.hear([]byte(`{`))
	}
	if _, out := tr.take(); len(out) != complaints {
		t.Errorf("the client was told %d times; want %d", len(out), complaints)
	}
	for range 10 {
		tr = script()
		tr.hear([]byte(rtviMessage("ui-snapshot", `{}`)))
		tr.hear([]byte(rtviMessage("ui-snapshot", `{}`)))
		if _, out := tr.take(); len(out) != 1 {
			t.Errorf("two snapshots are refused %d times; want once", len(out))
		}
	}
}
