package rtvi

import (
	"encoding/json"
	"testing"
)

// FuzzHear gives a client's messages to a translator: whatever they are, what
// comes out is JSON, and bounded.
func FuzzHear(f *testing.F) {
	for _, seed := range []string{
		rtviMessage("client-ready", `{"version":"2.1.0","about":{"library":"x","platform_details":{}}}`),
		rtviMessage("client-ready", `{"version":"1.1.0"}`),
		rtviMessage("send-text", `{"content":"hi","options":{"run_immediately":true,"audio_response":false}}`),
		rtviMessage("dtmf", `{"buttons":["1","2"]}`), rtviMessage("dtmf", `{"button":"#"}`),
		rtviMessage("client-message", `{"t":"floor","d":{"manual":true}}`), rtviMessage("client-message", `{"t":"interrupt","d":"so far"}`),
		rtviMessage("llm-function-call-result", `{"tool_call_id":"3","result":{"ok":true,"rows":[{"a":1}]}}`),
		rtviMessage("llm-function-call-result", `{"tool_call_id":"4","result":[1,{"a":null}]}`),
		rtviMessage("disconnect-bot", `{}`), rtviMessage("append-to-context", `{}`), rtviMessage("ui-snapshot", `{}`),
		`{"type":"signalling","message":{"type":"trackStatus","receiver_index":0,"enabled":false}}`,
		`{"type":"key","key":"5"}`, "ping: 1", `null`, `[]`, `{"label":"rtvi-ai","id":{},"type":"x","data":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tr := script()
		for _, id := range []string{"3", "4"} {
			tr.tell([]byte(`{"type":"operation","operation":{"id":` + id + `,"name":"x"}}`))
		}
		tr.take()
		for range 2 {
			tr.hear(raw)
		}
		in, out := tr.take()
		if len(in) > 2*maxKeys || len(out) > 8 {
			t.Fatalf("one message makes %d for the session and %d for the client", len(in)/2, len(out)/2)
		}
		for _, text := range append(in, out...) {
			var m map[string]any
			if err := json.Unmarshal(text, &m); err != nil || m["type"] == nil {
				t.Fatalf("%q makes %q: %v", raw, text, err)
			}
		}
		tr.tell([]byte(`{"type":"text","turn":1,"text":"x"}`))
		tr.tell([]byte(`{"type":"ended"}`))
	})
}

// FuzzTell gives a session's events to a translator. They come from this program,
// but their texts come from a caller.
func FuzzTell(f *testing.F) {
	for _, seed := range []string{
		`{"type":"reply","turn":2,"clause":1,"text":"One moment,"}`, `{"type":"reply","turn":2,"clause":1,"final":true}`,
		`{"type":"caption","party":"agent","turn":2,"clause":999,"text":"x"}`, `{"type":"interrupted","turn":2,"heard":"One"}`,
		`{"type":"speech","party":"human","on":true}`, `{"type":"latency","ms":1}`, `{"type":"operation","operation":null}`,
		`{"type":"ended","disposition":"failed"}`, `{"type":"caption","party":"caller","turn":1,"text":"x","final":true}`, `7`,
	} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, legacy bool) {
		tr := script()
		if legacy {
			tr.hear([]byte(rtviMessage("client-ready", `{"version":"1.4.0"}`)))
		}
		for _, ev := range []string{
			`{"type":"reply","turn":2,"clause":0,"text":"One moment,"}`, `{"type":"speech","party":"agent","on":true}`,
			`{"type":"caption","party":"agent","turn":2,"clause":0,"text":"One moment,"}`, string(raw), `{"type":"speech","party":"agent","on":false}`,
			string(raw), `{"type":"interrupted","turn":2,"heard":"One"}`, `{"type":"ended"}`,
		} {
			tr.tell([]byte(ev))
		}
		_, out := tr.take()
		for _, text := range out {
			var m message
			if err := json.Unmarshal(text, &m); err != nil || m.Label != label || m.Type == "" {
				t.Fatalf("%q makes %q: %v", raw, text, err)
			}
		}
	})
}
