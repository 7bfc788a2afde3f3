package realtime

import (
	"encoding/json"
	"strings"
	"time"

	"huike/audio"
)

// news is an event of the session's, as its journal writes it.
type news struct {
	Type      string          `json:"type"`
	At        int64           `json:"at"` // ms of call time
	Party     string          `json:"party"`
	On        bool            `json:"on"`
	Turn      uint32          `json:"turn"`
	Text      string          `json:"text"`
	Final     bool            `json:"final"`
	Heard     string          `json:"heard"`
	Key       string          `json:"key"`
	State     string          `json:"state"`
	Error     string          `json:"error"`
	Operation json.RawMessage `json:"operation"`
}

// learn takes an event of the session's.
func (t *talk) learn(text []byte) {
	var n news
	if json.Unmarshal(text, &n) != nil {
		return
	}
	if r := t.response; r != nil && !r.over.IsZero() && n.Type != "interrupted" && n.Type != "latency" {
		t.finish()
	}
	switch n.Type {
	case "speech":
		t.speech(n)
	case "caption":
		t.caption(n)
	case "reply":
		t.reply(n)
	case "interrupted":
		t.interrupted(n)
	case "operation":
		t.call(n)
	case "text", "key":
		t.tapped(n)
	case "handoff":
		t.handedOff(n)
	case "error":
		t.refuse(&fault{kind: "invalid_request_error", code: "refused_by_session", message: n.Error}, "")
	case "ended":
		t.finish()
	}
}

// speech is who begins and ends to sound.
func (t *talk) speech(n news) {
	at := time.Duration(n.At) * time.Millisecond
	switch {
	case n.Party == "caller" && n.On:
		t.item()
		t.user.from = t.sound.position(at)
		t.tell("input_audio_buffer.speech_started", fields{"audio_start_ms": t.user.from, "item_id": t.user.id})
	case n.Party == "caller":
		t.item()
		end := max(t.sound.position(at), t.user.from)
		t.tell("input_audio_buffer.speech_stopped", fields{"audio_end_ms": end, "item_id": t.user.id})
		if t.settings.detected { // and the client asks for the answer
			t.commitItem()
			t.committed = true
		}
	case n.Party == "agent" && n.On:
		t.sounds()
	case n.Party == "agent":
		if r := t.response; r != nil && !r.text {
			r.over = t.now
		}
	}
}

// tapped is what the caller says without a voice.
func (t *talk) tapped(n news) {
	if n.Type == "text" {
		t.typed = n.Turn
		return
	}
	t.tell("input_audio_buffer.dtmf_event_received", fields{"event": n.Key, "received_at": t.now.Unix()})
}

// sounds says over WebRTC that the agent's sound has begun.
func (t *talk) sounds() {
	if r := t.response; r != nil && !r.text && !r.sounds && !t.socket {
		r.sounds = true
		t.tell("output_audio_buffer.started", fields{"response_id": r.id})
	}
}

// item is the message that the caller speaks now, which has an id from its first
// sound on.
func (t *talk) item() {
	if t.user.id == "" || t.user.committed && !t.settings.manual {
		t.user = spoken{id: t.id("item")}
	}
}

// commitItem makes an item of what the caller has said.
func (t *talk) commitItem() {
	if t.user.id == "" {
		t.user.id = t.id("item")
	}
	if t.user.committed {
		return
	}
	t.user.committed = true
	item := fields{
		"id": t.user.id, "object": "realtime.item", "type": "message", "role": "user", "status": "completed",
		"content": []any{fields{"type": "input_audio", "transcript": nil}},
	}
	t.tell("input_audio_buffer.committed", fields{"item_id": t.user.id, "previous_item_id": t.items.last()})
	previous := t.items.add(item, "")
	t.tell("conversation.item.added", fields{"previous_item_id": previous, "item": item})
	t.tell("conversation.item.done", fields{"previous_item_id": previous, "item": item})
}

// caption is what somebody has said.
func (t *talk) caption(n news) {
	switch n.Party {
	case "agent":
		if r := t.response; r != nil && r.turn == n.Turn {
			r.began++
		}
	case "caller":
		if n.Final && n.Turn != t.typed {
			t.heard(n.Text)
		}
	default:
		t.personSaid(n.Text)
	}
}

// heard is the caller's whole turn.
func (t *talk) heard(words string) {
	t.commitItem()
	id, from := t.user.id, t.user.from
	t.user, t.thinking = spoken{}, strings.TrimSpace(words) != ""
	content := fields{"type": "input_audio", "transcript": words}
	if !t.settings.transcribes {
		content["transcript"] = nil
	}
	t.items.put(fields{
		"id": id, "object": "realtime.item", "type": "message", "role": "user", "status": "completed", "content": []any{content},
	})
	if !t.settings.transcribes {
		return
	}
	const kind = "conversation.item.input_audio_transcription"
	if words != "" {
		t.tell(kind+".delta", fields{"item_id": id, "content_index": 0, "delta": words})
	}
	seconds := float64(t.sound.position(t.now.Sub(t.began))-from) / 1000
	t.tell(kind+".completed", fields{
		"item_id": id, "content_index": 0, "transcript": words, "usage": fields{"type": "duration", "seconds": max(seconds, 0)},
	})
}

// reply is a clause of the agent's, before it has sound.
func (t *talk) reply(n news) {
	r := t.response
	if r != nil && r.turn != n.Turn { // the session went on to another turn
		t.done(r, "completed", "", r.said)
		r = nil
	}
	if n.Text != "" {
		if r == nil {
			t.timeout()
			r = t.open(n.Turn)
		}
		t.thinking = false
		t.say(r, n.Text)
	}
	if n.Final && r != nil && r.text {
		t.done(r, "completed", "", r.said)
	}
}

// timeout says that the agent speaks because the caller does not.
func (t *talk) timeout() {
	if !t.settings.idle || !t.answered || t.thinking || t.wanted != nil || t.doneAt.IsZero() {
		return
	}
	id := t.id("item")
	t.tell("input_audio_buffer.timeout_triggered", fields{
		"item_id": id, "audio_start_ms": t.sound.position(t.doneAt.Sub(t.began)), "audio_end_ms": t.sound.position(t.now.Sub(t.began)),
	})
	t.user = spoken{id: id}
	t.commitItem()
	t.user = spoken{}
}

// interrupted is the end of a turn that was cut.
func (t *talk) interrupted(n news) {
	r := t.response
	if r == nil || r.turn != n.Turn {
		return
	}
	reason := "turn_detected"
	if t.cancelled {
		reason = "client_cancelled"
	}
	t.cancelled = false
	t.done(r, "cancelled", reason, n.Heard)
}

// call asks the client for an operation of the shop.
func (t *talk) call(n news) {
	var op struct {
		ID   json.RawMessage   `json:"id"`
		Name string            `json:"name"`
		Args map[string]string `json:"args"`
	}
	if json.Unmarshal(n.Operation, &op) != nil || t.settings.tools[op.Name] == "" {
		return
	}
	r := t.response
	if r == nil || r.turn != n.Turn {
		r = t.open(n.Turn)
	}
	if op.Args == nil {
		op.Args = map[string]string{}
	}
	arguments, _ := json.Marshal(op.Args) // strings alone
	item := fields{
		"id": t.id("item"), "object": "realtime.item", "type": "function_call", "status": "in_progress",
		"call_id": t.id("call"), "name": t.settings.tools[op.Name], "arguments": "",
	}
	index := r.calls
	if r.item != "" {
		index++
	}
	r.calls++
	r.called, t.thinking = t.now, false
	t.calls[item["call_id"].(string)] = &call{operation: op.ID}
	previous := t.items.add(item, "")
	t.tell("response.output_item.added", fields{"response_id": r.id, "output_index": index, "item": item})
	t.tell("conversation.item.added", fields{"previous_item_id": previous, "item": item})
	where := func(body fields) fields {
		body["response_id"], body["item_id"], body["output_index"], body["call_id"] = r.id, item["id"], index, item["call_id"]
		return body
	}
	t.tell("response.function_call_arguments.delta", where(fields{"delta": string(arguments)}))
	t.tell("response.function_call_arguments.done", where(fields{"arguments": string(arguments), "name": item["name"]}))
	item = clone(item)
	item["status"], item["arguments"] = "completed", string(arguments)
	t.items.put(item)
	r.output = append(r.output, item)
	t.tell("conversation.item.done", fields{"previous_item_id": previous, "item": item})
	t.tell("response.output_item.done", fields{"response_id": r.id, "output_index": index, "item": item})
}

// handedOff is how a handoff to a person goes.
func (t *talk) handedOff(n news) {
	was := t.person
	t.person = n.State == "taken"
	if was != t.person {
		t.finish()
	}
}

// personSaid is what the person said who has the call.
func (t *talk) personSaid(words string) {
	r := t.response
	if r == nil {
		r = t.open(0)
	}
	t.say(r, words)
	if !t.socket || r.text { // their sound is not told
		t.done(r, "completed", "", r.said)
	}
}

// sent notes a PTime of the agent's sound, and tells it to a client that takes
// its sound in events.
func (t *talk) sent(payload []byte) {
	r := t.response
	if r == nil && t.person && t.socket && !t.settings.written {
		r = t.open(0)
	}
	if r == nil || r.text || !r.over.IsZero() {
		return // silence behind the last word
	}
	t.message(r)
	t.lastSent = t.now
	r.sound += audio.PTime
	if t.socket {
		t.delta(r, payload)
	}
}
