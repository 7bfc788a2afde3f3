package rtvi

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
