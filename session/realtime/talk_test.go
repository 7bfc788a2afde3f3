package realtime

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// desk is a talk with a client and a session in the test.
type desk struct {
	*talk
	t       *testing.T
	client  []fields // events that it was told
	session []fields // messages that it was given
	heard   int      // bytes of base64
}

func (d *desk) append(sound []byte) *fault      { d.heard += len(sound); return nil }
func (d *desk) commit()                         { d.send(fields{"type": "commit"}) }
func (d *desk) clear()                          { d.heard = 0 }
func (d *desk) uncommitted() time.Duration      { return time.Duration(d.heard) * ms }
func (d *desk) position(at time.Duration) int64 { return milliseconds(at) }
func read(t *testing.T, text []byte) (object fields) {
	t.Helper()
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}

// newDesk is a call that has begun. update is the client's first session.update.
func newDesk(t *testing.T, update string) *desk {
	t.Helper()
	d := &desk{t: t}
	tell := func(text []byte) { d.client = append(d.client, read(t, text)) }
	d.talk = &talk{
		teller: newTeller(tell, tell), socket: true, sound: d, may: func(string) bool { return true },
		in:  func(text []byte) { d.session = append(d.session, read(t, text)) },
		now: time.Unix(1000, 0),
	}
	d.greet("huike")
	if update != "" {
		d.hear([]byte(`{"type":"session.update","session":` + update + `}`))
	}
	d.start()
	return d
}

// says gives the client's events and the session's ("< …") to the talk.
func (d *desk) says(lines ...string) {
	for _, line := range lines {
		d.now = d.now.Add(ms)
		if text, ok := strings.CutPrefix(line, "< "); ok {
			d.learn([]byte(text))
		} else {
			d.hear([]byte(line))
		}
	}
}

// told is the types of what the client was told since the last call.
func (d *desk) told() []string {
	var types []string
	for _, event := range d.client {
		kind := event["type"].(string)
		if kind == "error" {
			kind += " " + fmt.Sprint(event["error"].(fields)["code"])
		}
		types = append(types, kind)
	}
	d.client = nil
	return types
}

// given is what the session was given since the last call.
func (d *desk) given() (messages []string) {
	for _, message := range d.session {
		text, _ := json.Marshal(message)
		messages = append(messages, string(text))
	}
	d.session = nil
	return messages
}

func (d *desk) wants(what string, got []string, want ...string) {
	d.t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		d.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

const (
	greeting = `< {"type":"reply","turn":1,"clause":0,"text":"Hello.","final":false}`
	finished = `< {"type":"reply","turn":1,"clause":1,"final":true}`
	began    = `< {"type":"caption","party":"agent","turn":1,"clause":0,"text":"Hello.","final":true}`
	sounds   = `< {"type":"speech","party":"agent","on":true,"at":100}`
	quiet    = `< {"type":"speech","party":"agent","on":false,"at":900}`
)

// greeted is a call whose greeting was heard.
func greeted(t *testing.T, update string) *desk {
	t.Helper()
	d := newDesk(t, update)
	d.says(greeting, finished)
	d.sent([]byte{1, 2})
	d.says(sounds, began, quiet)
	d.now = d.now.Add(settling)
	d.tick()
	d.told()
	d.given()
	return d
}

func TestAResponseHasItsEventsInTheDocumentedOrder(t *testing.T) {
	d := newDesk(t, "")
	d.wants("the session", d.told(), "session.created", "conversation.created")
	d.says(greeting, finished)
	d.sent([]byte{1, 2, 3, 4})
	d.says(sounds, began, quiet)
	d.sent([]byte{0, 0, 0, 0}) // silence behind the last word
	d.now = d.deadline()
	d.tick()
	delta := d.client[6]
	if delta["delta"] != "AQIDBA==" || delta["response_id"] == "" || delta["item_id"] == "" || delta["event_id"] == "" {
		t.Errorf("sound: %v", delta)
	}
	ids := map[any]bool{}
	for _, event := range d.client {
		if ids[event["event_id"]] {
			t.Errorf("an id twice: %v", event)
		}
		ids[event["event_id"]] = true
	}
	d.wants("the greeting", d.told(), "response.created", "rate_limits.updated", "response.output_item.added",
		"conversation.item.added", "response.content_part.added", "response.output_audio_transcript.delta",
		"response.output_audio.delta", "response.output_audio.done", "response.output_audio_transcript.done",
		"response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done")
}

func TestWhatTheCallerSaysBecomesAnItemWithATranscript(t *testing.T) {
	d := greeted(t, "")
	d.says(`< {"type":"speech","party":"caller","on":true,"at":2000}`, `< {"type":"speech","party":"caller","on":false,"at":2500}`,
		`< {"type":"caption","party":"caller","turn":2,"text":"Hours?","final":false}`,
		`< {"type":"caption","party":"caller","turn":2,"text":"Opening hours?","final":true}`)
	item := d.client[0]["item_id"]
	for _, event := range d.client {
		of := event["item_id"]
		if whole, ok := event["item"].(fields); ok {
			of = whole["id"]
		}
		if of != item {
			t.Errorf("of another item: %v", event)
		}
	}
	d.wants("a spoken turn", d.told(), "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped",
		"input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
		"conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed")
	if got := d.items.get(item.(string))["content"].([]any)[0].(fields)["transcript"]; got != "Opening hours?" {
		t.Errorf("the item holds %v", got)
	}
	d = greeted(t, `{"type":"realtime","audio":{"input":{"transcription":null}}}`)
	d.says(`< {"type":"caption","party":"caller","turn":2,"text":"Opening hours?","final":true}`)
	d.wants("without transcription", d.told(), "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done")
}

func TestAnInterruptionTellsWhatWasHeard(t *testing.T) {
	d := newDesk(t, "")
	d.says(greeting, `< {"type":"reply","turn":1,"clause":1,"text":"How can I help?","final":false}`, finished)
	d.sent([]byte{1, 2})
	d.says(sounds, began)
	d.told()
	d.says(quiet, `< {"type":"interrupted","turn":1,"heard":"Hello."}`)
	done := d.client[len(d.client)-1]["response"].(fields)
	how, _ := json.Marshal([]any{done["status"], done["status_details"], done["output"].([]any)[0].(fields)["content"], done["output"].([]any)[0].(fields)["status"]})
	if want := `["cancelled",{"reason":"turn_detected","type":"cancelled"},[{"transcript":"Hello.","type":"output_audio"}],"incomplete"]`; string(how) != want {
		t.Errorf("%s, want %s", how, want)
	}
}

func TestTheClientStopsTheAgentAndSaysHowMuchWasHeard(t *testing.T) {
	d := newDesk(t, "")
	d.says(greeting, finished)
	for range 50 {
		d.sent([]byte{1, 2})
	}
	item := d.response.item
	d.told()
	d.says(`{"type":"conversation.item.truncate","item_id":"`+item+`","content_index":0,"audio_end_ms":700}`,
		`{"type":"conversation.item.truncate","item_id":"`+item+`","content_index":0,"audio_end_ms":1001}`,
		`{"type":"conversation.item.truncate","item_id":"nobody","content_index":0,"audio_end_ms":1}`,
		`{"type":"response.cancel"}`, `< {"type":"interrupted","turn":1,"heard":"Hel"}`, `{"type":"response.cancel"}`)
	d.wants("the session", d.given(), `{"heard_ms":700,"type":"interrupt"}`)
	told := d.told()
	d.wants("the client", []string{told[0], told[1], told[2], told[len(told)-2], told[len(told)-1]},
		"conversation.item.truncated", "error invalid_value", "error item_truncate_invalid_item_id", "response.done",
		"error response_cancel_not_active")
}

func TestWordsWaitForAResponseCreate(t *testing.T) {
	d := greeted(t, "")
	d.says(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"Where is"}]}}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"my order?"}]}}`)
	d.wants("before it is asked for", d.given())
	d.says(`{"type":"response.create","response":{"metadata":{"a":"b"}}}`)
	d.wants("when it is", d.given(), `{"text":"Where is my order?","type":"text"}`)
	d.told()
	d.says(`< {"type":"text","turn":2,"text":"Where is my order?"}`,
		`< {"type":"caption","party":"caller","turn":2,"text":"Where is my order?","final":true}`,
		`< {"type":"reply","turn":3,"clause":0,"text":"On its way.","final":false}`)
	if meta := d.client[0]["response"].(fields)["metadata"]; meta.(fields)["a"] != "b" {
		t.Errorf("metadata: %v", meta)
	}
	d.wants("no item twice", d.told()[:2], "response.created", "rate_limits.updated")
	d.says(`{"type":"response.create","event_id":"e1"}`)
	if e := d.client[0]["error"].(fields); e["code"] != "conversation_already_has_active_response" || e["event_id"] != "e1" {
		t.Errorf("while it answers: %v", e)
	}
}

func TestAResponseCreateWithNothingToAnswer(t *testing.T) {
	d := newDesk(t, "")
	d.says(`{"type":"response.create","response":{"metadata":{"a":"b"}}}`, greeting)
	told := d.client
	if len(told) < 3 || told[2]["type"] != "response.created" || told[2]["response"].(fields)["metadata"].(fields)["a"] != "b" {
		t.Errorf("the greeting is not what was asked for: %v", d.told())
	}
	d = greeted(t, "")
	d.says(`{"type":"response.create"}`)
	d.wants("after it", d.told(), "error nothing_to_answer")
}

func TestTheClientDoesAnOperation(t *testing.T) {
	d := greeted(t, `{"type":"realtime","tools":[{"type":"function","name":"order_status"}]}`)
	d.says(`< {"type":"operation","turn":3,"operation":{"id":7,"name":"order.status","args":{"order_number":"10027"}}}`)
	call := d.client[6]
	if call["type"] != "response.function_call_arguments.done" && d.client[5]["type"] != "response.function_call_arguments.done" {
		t.Errorf("told: %v", d.told())
	}
	d.now = d.deadline()
	d.tick()
	done := d.client[len(d.client)-1]["response"].(fields)["output"].([]any)[0].(fields)
	if done["name"] != "order_status" || done["arguments"] != `{"order_number":"10027"}` || done["status"] != "completed" {
		t.Errorf("the call: %v", done)
	}
	d.wants("its events", d.told(), "response.created", "rate_limits.updated", "response.output_item.added", "conversation.item.added",
		"response.function_call_arguments.delta", "response.function_call_arguments.done", "conversation.item.done",
		"response.output_item.done", "response.done")
	output, _ := json.Marshal(fields{"type": "conversation.item.create", "item": fields{
		"type": "function_call_output", "call_id": done["call_id"], "output": `[{"status":"shipped","days":2}]`,
	}})
	d.says(string(output))
	d.wants("before it is asked for", d.given())
	d.says(`{"type":"response.create"}`)
	d.wants("then", d.given(), `{"operation":{"id":7,"ok":true,"rows":[{"days":"2","status":"shipped"}]},"type":"result"}`)
	d.told()
	d.says(string(output))
	d.wants("a second output", d.told(), "error invalid_tool_call_id")
}

func TestAnOutputThatNobodyAsksAnAnswerForGoesOutAlone(t *testing.T) {
	d := greeted(t, `{"type":"realtime","tools":[{"type":"function","name":"order_status"}]}`)
	d.says(`< {"type":"operation","turn":3,"operation":{"id":7,"name":"order.status"}}`)
	d.now = d.deadline()
	d.tick()
	for id := range d.calls {
		d.says(`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"` + id + `","output":"{\"error\":\"down\"}"}}`)
	}
	d.now = d.deadline()
	d.tick()
	d.wants("after a while", d.given(), `{"operation":{"code":"unavailable","id":7,"ok":false},"type":"result"}`)
	if at := d.deadline(); !at.IsZero() {
		t.Errorf("something is still due at %v", at)
	}
}

func TestWithoutTurnDetectionACommitWaitsForAResponseCreate(t *testing.T) {
	d := newDesk(t, `{"type":"realtime","audio":{"input":{"turn_detection":null}}}`)
	d.wants("the floor", d.given(), `{"manual":true,"type":"floor"}`)
	d.says(greeting, finished)
	d.told()
	d.says(`{"type":"input_audio_buffer.commit"}`)
	d.wants("nothing to commit", d.told(), "error input_audio_buffer_commit_empty")
	d.says(`{"type":"input_audio_buffer.append","audio":"`+strings.Repeat("A", 200)+`"}`, `{"type":"input_audio_buffer.commit"}`)
	d.wants("committed", d.told(), "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done")
	d.wants("not yet", d.given())
	d.says(`{"type":"response.create"}`, `{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad"}}}}}`)
	d.wants("asked for", d.given(), `{"type":"commit"}`, `{"manual":false,"type":"floor"}`)
}

func TestALanguageMayChangeInMidCall(t *testing.T) {
	d := newDesk(t, `{"type":"realtime","audio":{"input":{"transcription":{"language":"en"}}}}`)
	d.wants("known from the request", d.given())
	d.says(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"language":"en-GB"}}}}}`)
	d.wants("the same", d.given())
	d.says(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"language":"zh-CN"}}}}}`)
	d.wants("another", d.given(), `{"lang":"zh","type":"lang"}`)
}

func TestTextHasNoSound(t *testing.T) {
	d := newDesk(t, `{"type":"realtime","output_modalities":["text"]}`)
	d.told()
	d.says(greeting, finished)
	d.sent([]byte{1, 2})
	d.wants("in writing", d.told(), "response.created", "rate_limits.updated", "response.output_item.added", "conversation.item.added",
		"response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done",
		"conversation.item.done", "response.output_item.done", "response.done")
	d.says(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"Hours?"}]}}`,
		`{"type":"response.create"}`)
	d.wants("what was read counts as heard", d.given(), `{"heard":"Hello.","type":"interrupt"}`, `{"text":"Hours?","type":"text"}`)
}

func TestAClientOfTheBetaHearsItsOwnNames(t *testing.T) {
	d := newDesk(t, "")
	d.told()
	d.beta = true
	d.says(`{"type":"session.update","session":{"modalities":["audio","text"],"input_audio_format":"pcm16","voice":"x","turn_detection":{"type":"server_vad"}}}`,
		greeting, finished)
	if session, _ := d.client[0]["session"].(fields); session["input_audio_format"] != "pcm16" || session["voice"] != "x" {
		t.Errorf("the session: %v", d.client[0])
	}
	d.sent([]byte{1, 2})
	d.says(quiet, `< {"type":"ended"}`)
	d.wants("in its names", d.told(), "session.updated", "response.created", "rate_limits.updated", "response.output_item.added",
		"conversation.item.created", "response.content_part.added", "response.audio_transcript.delta", "response.audio.delta",
		"response.audio.done", "response.audio_transcript.done", "response.content_part.done", "response.output_item.done", "response.done")
}

func TestAPersonWhoHasTheCallIsHeardAndRead(t *testing.T) {
	d := greeted(t, "")
	d.says(`< {"type":"handoff","state":"taken"}`)
	d.sent([]byte{1, 2})
	d.says(`< {"type":"caption","party":"person","turn":9,"text":"This is Anna.","final":true}`, `< {"type":"handoff","state":"returned"}`)
	d.wants("a person", d.told(), "response.created", "rate_limits.updated", "response.output_item.added", "conversation.item.added",
		"response.content_part.added", "response.output_audio.delta", "response.output_audio_transcript.delta",
		"response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done",
		"conversation.item.done", "response.output_item.done", "response.done")
}
