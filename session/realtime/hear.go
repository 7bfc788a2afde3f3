package realtime

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	longestText   = 500 // bytes of a typed turn, the same as of any other leg
	longestItemID = 64
	mostRows      = 100 // of what a function gives
)

// hear takes one event of the client's, but for the common form of sound.
func (t *talk) hear(text []byte) {
	e, f := parse(text)
	t.take(&e, f)
}

// take does what a parsed event wants, or refuses what parse says of it.
func (t *talk) take(e *event, f *fault) {
	if f == nil {
		f = t.obey(e)
	}
	if f != nil {
		t.refuse(f, e.EventID)
	}
}

func (t *talk) obey(e *event) *fault {
	switch e.Type {
	case "session.update":
		return t.update(e)
	case appendType:
		return t.sound.append(e.sounds[0])
	case "input_audio_buffer.commit":
		return t.commit()
	case "input_audio_buffer.clear":
		t.sound.clear()
		t.tell("input_audio_buffer.cleared", fields{})
	case "conversation.item.create":
		return t.create(e)
	case "conversation.item.retrieve", "conversation.item.delete", "conversation.item.truncate":
		return t.about(e)
	case "response.create":
		return t.respond(e)
	case "response.cancel":
		return t.cancel(e)
	case "output_audio_buffer.clear":
		return t.clearOutput()
	case "key":
		t.send(fields{"type": "key", "key": e.Key})
	default:
		return wrongValue("type", fmt.Sprintf("Unknown event type '%.64s'.", e.Type))
	}
	return nil
}

// update takes a session.update, whole or not at all.
func (t *talk) update(e *event) *fault {
	if e.Session == nil {
		return &fault{
			kind: "invalid_request_error", code: "missing_required_parameter", param: "session",
			message: "Missing required parameter: 'session'.",
		}
	}
	next, f := t.settings.updated(e.Session)
	if f != nil {
		return f
	}
	if t.socket && t.fixed && (next.input != t.settings.input || next.output != t.settings.output) {
		return unsupported("session.audio", "The format of the sound can be chosen only before anything else was sent: "+
			"let session.update be the first event.")
	}
	was, were, spoken := t.settings.manual, t.settings.operations(), t.settings.language()
	t.settings = next
	t.speak(spoken)
	t.floor(was)
	t.operate(were)
	t.tell("session.updated", fields{"session": t.session()})
	return nil
}

// commit takes what was said as a turn. In a session without turn detection it
// waits for a response.create.
func (t *talk) commit() *fault {
	if come := t.sound.uncommitted(); come < leastCommit {
		return &fault{
			kind: "invalid_request_error", code: "input_audio_buffer_commit_empty",
			message: fmt.Sprintf("The buffer must hold at least 100ms of sound to be committed; it holds %dms.", milliseconds(come)),
		}
	}
	t.commitItem()
	t.committed = true
	if !t.settings.manual {
		t.forward()
	}
	return nil
}

// create takes an item of the client's.
func (t *talk) create(e *event) *fault {
	if weight(e.Item)-soundIn(e.Item) > itemLimit {
		return wrongValue("item", "An item may have 64 KiB, its sound apart.")
	}
	item := clone(e.Item)
	id, given := item["id"].(string)
	switch {
	case !given || id == "":
		item["id"] = t.id("item")
	case len(id) > longestItemID:
		return wrongValue("item.id", "An item's id may have 64 bytes.")
	case t.items.get(id) != nil:
		return wrongValue("item.id", "There is an item of that id.")
	}
	if e.Previous != "" && e.Previous != "root" && t.items.get(e.Previous) == nil {
		return missing("create", "previous_item_id")
	}
	f := wrongValue("item.type", "Items that can be created are message, function_call and function_call_output.")
	switch item["type"] {
	case "message":
		f = t.typedMessage(item, e.sounds)
	case "function_call_output":
		f = t.output(item)
	case "function_call":
		f = nil // history: it says nothing here
	}
	if f != nil {
		return f
	}
	item["object"], item["status"] = "realtime.item", "completed"
	previous := t.items.add(item, e.Previous)
	t.tell("conversation.item.added", fields{"previous_item_id": previous, "item": item})
	t.tell("conversation.item.done", fields{"previous_item_id": previous, "item": item})
	return nil
}

// missing says that there is no such item.
func missing(verb, param string) *fault {
	return &fault{
		kind: "invalid_request_error", code: "item_" + verb + "_invalid_item_id", param: param,
		message: "There is no item of that id in the conversation.",
	}
}

// typedMessage takes what a message says: a caller's waits for a response.create,
// all others are history.
func (t *talk) typedMessage(item fields, sounds [][]byte) *fault {
	parts, ok := item["content"].([]any)
	role, _ := item["role"].(string)
	if !ok || !slices.Contains([]string{"user", "assistant", "system"}, role) {
		return wrongValue("item", "A message needs a role of user, assistant or system, and a list as its content.")
	}
	if role != "user" {
		return nil
	}
	var words []string
	for _, one := range parts {
		part, _ := one.(fields)
		switch part["type"] {
		case "input_text", "text":
			text, _ := part["text"].(string)
			words = append(words, strings.TrimSpace(text))
		case "input_audio":
			if f := t.sound.append(sounds[0]); f != nil {
				return f
			}
			sounds, t.committed = sounds[1:], true
		default:
			return unsupported("item.content", "A caller's message may hold input_text and input_audio.")
		}
	}
	text := strings.TrimSpace(strings.Join(words, " "))
	if len(text)+len(strings.Join(t.texts, " ")) >= longestText {
		return wrongValue("item.content", "A turn may have 500 bytes of text.")
	}
	if text != "" {
		t.texts = append(t.texts, text)
	}
	return nil
}

// output takes what a function gave, which waits a moment for a response.create.
func (t *talk) output(item fields) *fault {
	id, _ := item["call_id"].(string)
	c := t.calls[id]
	if c == nil {
		return &fault{
			kind: "invalid_request_error", code: "invalid_tool_call_id", param: "item.call_id",
			message: "No function call of that call_id waits for its output.",
		}
	}
	given, _ := item["output"].(string)
	result, err := json.Marshal(outcome(given))
	if err != nil {
		return wrongValue("item.output", err.Error())
	}
	c.result = append(append(append([]byte(`{"id":`), c.operation...), ','), result[1:]...)
	t.resultsAt = t.now.Add(patience)
	return nil
}

// result is what came of an operation, for the session.
type result struct {
	OK   bool                `json:"ok"`
	Code string              `json:"code,omitempty"`
	Rows []map[string]string `json:"rows,omitempty"`
}

// outcome reads what a function gave: {"ok","code","rows"}, rows alone, one row,
// {"error"}, or words.
func outcome(output string) result {
	var whole struct {
		OK    *bool    `json:"ok"`
		Code  string   `json:"code"`
		Error any      `json:"error"`
		Rows  []fields `json:"rows"`
	}
	var rows []fields
	var row fields
	switch {
	case json.Unmarshal([]byte(output), &rows) == nil:
		return result{OK: true, Rows: cells(rows)}
	case json.Unmarshal([]byte(output), &row) != nil:
		if strings.TrimSpace(output) == "" {
			return result{OK: true}
		}
		return result{OK: true, Rows: []map[string]string{{"text": output}}}
	case json.Unmarshal([]byte(output), &whole) != nil:
		return result{OK: true, Rows: cells([]fields{row})}
	case whole.Error != nil:
		if whole.Code == "" {
			whole.Code = "unavailable"
		}
		return result{Code: whole.Code}
	case whole.OK != nil || whole.Rows != nil || whole.Code != "":
		return result{OK: whole.OK == nil && whole.Code == "" || whole.OK != nil && *whole.OK, Code: whole.Code, Rows: cells(whole.Rows)}
	}
	return result{OK: true, Rows: cells([]fields{row})}
}

// cells is rows as the dialog reads them: texts alone.
func cells(rows []fields) []map[string]string {
	if len(rows) > mostRows {
		rows = rows[:mostRows]
	}
	texts := make([]map[string]string, 0, len(rows))
	for _, row := range rows {
		text := make(map[string]string, len(row))
		for key, value := range row {
			switch value := value.(type) {
			case string:
				text[key] = value
			case nil:
				text[key] = ""
			default:
				written, _ := json.Marshal(value) // it was JSON
				text[key] = string(written)
			}
		}
		texts = append(texts, text)
	}
	return texts
}

// about takes what a client does with an item that is there.
func (t *talk) about(e *event) *fault {
	verb := e.Type[strings.LastIndexByte(e.Type, '.')+1:]
	item := t.items.get(e.ItemID)
	if item == nil {
		return missing(verb, "item_id")
	}
	switch verb {
	case "retrieve":
		t.tell("conversation.item.retrieved", fields{"item": item})
	case "delete":
		t.items.remove(e.ItemID)
		t.tell("conversation.item.deleted", fields{"item_id": e.ItemID})
	default:
		return t.truncate(e, item)
	}
	return nil
}

// truncate notes how much of the agent's message was heard. Sound goes out in
// real time, so only what is being said can be cut.
func (t *talk) truncate(e *event, item fields) *fault {
	end, err := e.AudioEnd.Int64()
	if item["role"] != "assistant" {
		return wrongValue("item_id", "Only the agent's messages can be truncated.")
	}
	if content, _ := e.Content.Int64(); err != nil || end < 0 || content != 0 {
		return wrongValue("audio_end_ms", "audio_end_ms must be 0 or more whole milliseconds, and content_index 0.")
	}
	for _, r := range []*response{t.response, t.before} {
		if r == nil || r.item != e.ItemID {
			continue
		}
		if end > milliseconds(r.sound) {
			return wrongValue("audio_end_ms", fmt.Sprintf("Only %dms of this message were sent.", milliseconds(r.sound)))
		}
		if r == t.response {
			t.heardMS = end
		}
	}
	t.tell("conversation.item.truncated", fields{"item_id": e.ItemID, "content_index": 0, "audio_end_ms": end})
	return nil
}

// respond takes a response.create: it forwards what waits for an answer, or asks
// for the response that comes anyhow.
func (t *talk) respond(e *event) *fault {
	if e.Response["conversation"] == "none" || e.Response["input"] != nil {
		return unsupported("response.conversation", "The agent holds one conversation: there is no response beside it.")
	}
	if weight(e.Response["metadata"]) > itemLimit {
		return wrongValue("response.metadata", "metadata may have 64 KiB.")
	}
	r := t.response
	waits := t.committed || len(t.texts) > 0 || !t.resultsAt.IsZero()
	if r != nil && r.over.IsZero() && (r.asked || !waits) {
		if r.asked {
			return &fault{
				kind: "invalid_request_error", code: "conversation_already_has_active_response",
				message: "The conversation has a response in progress. Wait for response.done before another response.create.",
			}
		}
		r.asked, r.meta = true, e.Response["metadata"]
		return nil
	}
	if !waits && t.answered && !t.thinking {
		return &fault{
			kind: "invalid_request_error", code: "nothing_to_answer", param: "response",
			message: "The agent has answered all that was said: create an item first, or let the caller speak.",
		}
	}
	t.wanted = fields{"metadata": e.Response["metadata"]}
	t.forward()
	return nil
}

// cancel stops the agent.
func (t *talk) cancel(e *event) *fault {
	r := t.response
	if r == nil || e.ResponseID != "" && e.ResponseID != r.id {
		return &fault{
			kind: "invalid_request_error", code: "response_cancel_not_active",
			message: "No such response is in progress.",
		}
	}
	message := fields{"type": "interrupt"}
	if t.heardMS > 0 {
		message["heard_ms"] = t.heardMS
	}
	t.cancelled, t.heardMS = true, -1
	t.send(message)
	return nil
}

// clearOutput stops the agent's sound over WebRTC.
func (t *talk) clearOutput() *fault {
	if t.socket {
		return unsupported("type", "output_audio_buffer.clear is of WebRTC. Over a WebSocket use response.cancel.")
	}
	if t.response != nil && !t.cancelled {
		return t.cancel(&event{})
	}
	return nil
}
