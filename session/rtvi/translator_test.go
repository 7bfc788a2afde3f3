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

// told gives events to a translator and returns what the client is told.
func told(t *testing.T, tr *translator, events ...string) []string {
	t.Helper()
	for _, ev := range events {
		tr.tell([]byte(ev))
	}
	_, out := tr.take()
	return compact(t, out)
}

func TestATurnAsTheClientIsToldOfIt(t *testing.T) {
	tr := script()
	got := told(t, tr,
		`{"type":"started","at":0,"call":"c_1","lang":"en"}`,
		`{"type":"speech","party":"caller","on":true,"at":10}`,
		`{"type":"caption","party":"caller","turn":1,"text":"where is","final":false}`,
		`{"type":"speech","party":"caller","on":false,"at":20}`,
		`{"type":"caption","party":"caller","turn":1,"text":"Where is it?","final":true}`,
		`{"type":"understood","turn":1,"intent":"order.status"}`,
		`{"type":"reply","turn":2,"clause":0,"text":"One moment,","final":false}`,
		`{"type":"reply","turn":2,"clause":1,"text":"it has left.","final":false}`,
		`{"type":"reply","turn":2,"clause":2,"final":true}`,
		`{"type":"speech","party":"agent","on":true,"at":30}`,
		`{"type":"latency","turn":2,"ms":650,"endpointing":450,"recognition":100,"dialog":1,"synthesis":90,"playout":9}`,
		`{"type":"caption","party":"agent","turn":2,"clause":0,"text":"One moment,","final":true}`,
		`{"type":"caption","party":"agent","turn":2,"clause":1,"text":"it has left.","final":true}`,
		`{"type":"speech","party":"agent","on":false,"at":40}`,
		`{"type":"notice","text":"x"}`,
	)
	want := []string{
		`server-message {"type":"started","at":0,"call":"c_1","lang":"en"}`,
		`user-started-speaking`,
		`user-transcription {"final":false,"text":"where is","timestamp":"2026-11-22T01:02:03Z","user_id":"caller"}`,
		`user-stopped-speaking`,
		`user-transcription {"final":true,"text":"Where is it?","timestamp":"2026-11-22T01:02:03Z","user_id":"caller"}`,
		`user-llm-text {"text":"Where is it?"}`,
		`server-message {"type":"understood","turn":1,"intent":"order.status"}`,
		`bot-llm-started`,
		`bot-llm-text {"text":"One moment, "}`,
		`bot-transcription {"text":"One moment,"}`,
		`bot-output {"aggregated_by":"sentence","segment_id":2000,"spoken_progress":{"accumulated_text":"","remaining_text":"One moment,"},"spoken_status":"new","text":"One moment,","will_be_spoken":true}`,
		`bot-llm-text {"text":"it has left. "}`,
		`bot-transcription {"text":"it has left."}`,
		`bot-output {"aggregated_by":"sentence","segment_id":2001,"spoken_progress":{"accumulated_text":"","remaining_text":"it has left."},"spoken_status":"new","text":"it has left.","will_be_spoken":true}`,
		`bot-llm-stopped`,
		`bot-tts-started`,
		`bot-started-speaking`,
		`metrics {"processing":[{"processor":"endpointing","value":0.45},{"processor":"recognition","value":0.1},{"processor":"dialog","value":0.001},{"processor":"synthesis","value":0.09},{"processor":"playout","value":0.009}],"ttfb":[{"processor":"huike","value":0.65}]}`,
		`bot-tts-text {"text":"One moment,"}`,
		`bot-output {"aggregated_by":"sentence","segment_id":2000,"spoken_progress":{"accumulated_text":"","remaining_text":"One moment,"},"spoken_status":"in-progress","text":"One moment,","will_be_spoken":true}`,
		`bot-output {"aggregated_by":"sentence","segment_id":2000,"spoken_progress":{"accumulated_text":"One moment,","remaining_text":""},"spoken_status":"completed","text":"One moment,","will_be_spoken":true}`,
		`bot-tts-text {"text":"it has left."}`,
		`bot-output {"aggregated_by":"sentence","segment_id":2001,"spoken_progress":{"accumulated_text":"","remaining_text":"it has left."},"spoken_status":"in-progress","text":"it has left.","will_be_spoken":true}`,
		`bot-tts-stopped`,
		`bot-stopped-speaking`,
		`bot-output {"aggregated_by":"sentence","segment_id":2001,"spoken_progress":{"accumulated_text":"it has left.","remaining_text":""},"spoken_status":"completed","text":"it has left.","will_be_spoken":true}`,
		`server-message {"type":"notice","text":"x"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnInterruptionTellsHowMuchWasHeard(t *testing.T) {
	tr := script()
	told(t, tr,
		`{"type":"reply","turn":2,"clause":0,"text":"One moment,"}`,
		`{"type":"reply","turn":2,"clause":1,"text":"it has left the house."}`,
		`{"type":"reply","turn":2,"clause":2,"text":"Anything else?"}`,
		`{"type":"speech","party":"agent","on":true}`,
		`{"type":"caption","party":"agent","turn":2,"clause":0,"text":"One moment,"}`,
		`{"type":"caption","party":"agent","turn":2,"clause":1,"text":"it has left the house."}`,
	)
	got := told(t, tr,
		`{"type":"speech","party":"agent","on":false}`,
		`{"type":"interrupted","turn":2,"heard":"One moment, it has"}`,
		`{"type":"reply","turn":3,"clause":0,"text":"Yes?"}`,
	)
	want := []string{
		`bot-tts-stopped`,
		`bot-stopped-speaking`,
		`bot-interrupted`,
		`bot-output {"aggregated_by":"sentence","segment_id":2001,"spoken_progress":{"accumulated_text":"it has","remaining_text":" left the house."},"spoken_status":"in-progress","text":"it has left the house.","will_be_spoken":true}`,
		`bot-llm-stopped`,
		`server-message {"type":"interrupted","turn":2,"heard":"One moment, it has"}`,
		`bot-llm-started`,
		`bot-llm-text {"text":"Yes? "}`,
		`bot-transcription {"text":"Yes?"}`,
		`bot-output {"aggregated_by":"sentence","segment_id":3000,"spoken_progress":{"accumulated_text":"","remaining_text":"Yes?"},"spoken_status":"new","text":"Yes?","will_be_spoken":true}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAnswerInWritingAloneHasNoSound(t *testing.T) {
	tr := script()
	tr.hear([]byte(rtviMessage("send-text", `{"content":"hi","options":{"audio_response":false}}`)))
	tr.take()
	if tr.agent.quiet {
		t.Error("the answer before it lost its sound")
	}
	got := told(t, tr,
		`{"type":"text","turn":4,"text":"hi"}`,
		`{"type":"caption","party":"caller","turn":4,"text":"hi","final":true}`,
		`{"type":"reply","turn":5,"clause":0,"text":"Hello!"}`,
		`{"type":"speech","party":"agent","on":true}`,
		`{"type":"caption","party":"agent","turn":5,"clause":0,"text":"Hello!"}`,
		`{"type":"speech","party":"agent","on":false}`,
	)
	want := []string{
		`user-transcription {"final":true,"text":"hi","timestamp":"2026-11-22T01:02:03Z","user_id":"caller"}`,
		`bot-llm-started`,
		`bot-llm-text {"text":"Hello! "}`,
		`bot-transcription {"text":"Hello!"}`,
		`bot-output {"aggregated_by":"sentence","segment_id":5000,"text":"Hello!","will_be_spoken":false}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !tr.agent.quiet {
		t.Error("the answer has sound")
	}
	told(t, tr, `{"type":"caption","party":"caller","turn":6,"text":"and now?","final":true}`)
	if tr.agent.quiet {
		t.Error("a spoken turn is answered without sound")
	}
}

func TestAnOlderClientIsToldInItsOwnWords(t *testing.T) {
	tr := script()
	tr.hear([]byte(rtviMessage("client-ready", `{"version":"1.1.0"}`)))
	tr.take()
	got := told(t, tr,
		`{"type":"reply","turn":2,"clause":0,"text":"Hello!"}`,
		`{"type":"speech","party":"agent","on":true}`,
		`{"type":"caption","party":"agent","turn":2,"clause":0,"text":"Hello!"}`,
		`{"type":"speech","party":"agent","on":false}`,
		`{"type":"operation","operation":{"id":3,"name":"order.status","args":{"order_number":"1"}}}`,
	)
	want := []string{
		`bot-llm-started`,
		`bot-llm-text {"text":"Hello! "}`,
		`bot-transcription {"text":"Hello!"}`,
		`bot-output {"aggregated_by":"sentence","spoken":false,"text":"Hello!"}`,
		`bot-tts-started`,
		`bot-started-speaking`,
		`bot-tts-text {"text":"Hello!"}`,
		`bot-output {"aggregated_by":"sentence","spoken":true,"text":"Hello!"}`,
		`bot-tts-stopped`,
		`bot-stopped-speaking`,
		`llm-function-call {"args":{"order_number":"1"},"function_name":"order.status","tool_call_id":"3"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFunctionIsCalledAndItsResultRead(t *testing.T) {
	for _, tt := range []struct{ name, result, want string }{
		{"one row", `{"status":"shipped","price":12.5,"gift":true,"note":null}`, `{"id":3,"ok":true,"rows":[{"gift":"true","note":"","price":"12.5","status":"shipped"}]}`},
		{"rows", `[{"a":"1"},{"a":"2"}]`, `{"id":3,"ok":true,"rows":[{"a":"1"},{"a":"2"}]}`},
		{"a whole result", `{"ok":true,"rows":[{"a":"1"}]}`, `{"id":3,"ok":true,"rows":[{"a":"1"}]}`},
		{"a refusal", `{"ok":false,"code":"not_found"}`, `{"id":3,"ok":false,"code":"not_found"}`},
		{"an error", `{"error":"offline"}`, `{"id":3,"ok":false,"code":"offline"}`},
		{"a plain value", `"shipped"`, `{"id":3,"ok":true,"rows":[{"result":"shipped"}]}`},
		{"nothing", `[]`, `{"id":3,"ok":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := script()
			got := told(t, tr, `{"type":"operation","operation":{"id":3,"name":"order.status","args":{"order_number":"1"}}}`)
			want := []string{
				`llm-function-call-started {"function_name":"order.status"}`,
				`llm-function-call-in-progress {"arguments":{"order_number":"1"},"function_name":"order.status","tool_call_id":"3"}`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			tr.hear([]byte(rtviMessage("llm-function-call-result", `{"tool_call_id":"3","function_name":"x","arguments":{},"result":`+tt.result+`}`)))
			in, out := tr.take()
			if diff := cmp.Diff([]string{`{"operation":` + tt.want + `,"type":"result"}`}, plainLines(in)); diff != "" {
				t.Errorf("the session was told (-want +got):\n%s", diff)
			}
			stopped := `llm-function-call-stopped {"cancelled":false,"function_name":"order.status","result":` + tt.result + `,"tool_call_id":"3"}`
			if diff := cmp.Diff([]string{stopped}, compact(t, out)); diff != "" {
				t.Errorf("the client was told (-want +got):\n%s", diff)
			}
			tr.hear([]byte(rtviMessage("llm-function-call-result", `{"tool_call_id":"3","result":`+tt.result+`}`)))
			if in, _ := tr.take(); len(in) != 0 {
				t.Errorf("a second result was given to the session: %s", in)
			}
		})
	}
}

func TestAFunctionIsOverWithItsCall(t *testing.T) {
	tr := script()
	told(t, tr, `{"type":"operation","operation":{"id":3,"name":"order.status"}}`)
	got := told(t, tr, `{"type":"ended","disposition":"failed","by":"system"}`)
	want := []string{
		`llm-function-call-stopped {"cancelled":true,"function_name":"order.status","tool_call_id":"3"}`,
		`error {"error":"the call has failed","fatal":true,"message":"the call has failed"}`,
		`server-message {"type":"ended","disposition":"failed","by":"system"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for id := range 2 * maxCalls {
		told(t, tr, fmt.Sprintf(`{"type":"operation","operation":{"id":%d,"name":"x"}}`, id+10))
	}
	if len(tr.calls) != maxCalls {
		t.Errorf("%d functions wait; want at most %d", len(tr.calls), maxCalls)
	}
	if _, ok := tr.calls[2*maxCalls+9]; !ok {
		t.Error("the newest was given up")
	}
}
