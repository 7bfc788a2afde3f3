package realtime

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// response is one answer of the agent, from response.created to response.done:
// the whole of a turn, or as much of it as the client has asked for.
type response struct {
	id    string
	turn  uint32 // of the session; 0 is a person's
	asked bool   // the client has asked for it
	text  bool   // without sound
	meta  any

	item   string        // of the message; "" while there are no words
	index  int           // of the message among the output
	said   string        // the words so far
	began  int           // clauses whose sound has begun
	words  int           // clauses
	sound  time.Duration // sent
	sounds bool          // output_audio_buffer.started was told
	over   time.Time     // when the sound has ended; zero while it has not

	calls  int       // functions that were called
	called time.Time // when the last of them was
	output []fields
}

// open begins a response.
func (t *talk) open(turn uint32) *response {
	r := &response{id: t.id("resp"), turn: turn, text: t.settings.written, asked: t.wanted != nil}
	if t.wanted != nil {
		r.meta = t.wanted["metadata"]
		t.wanted = nil
	}
	t.response, t.answered = r, true
	t.tell("response.created", fields{"response": t.object(r, "in_progress", nil)})
	t.tell("rate_limits.updated", fields{"rate_limits": []any{}})
	return r
}

// object is a response as events hold it.
func (t *talk) object(r *response, status string, details any) fields {
	mode := "audio"
	if r.text {
		mode = "text"
	}
	output := make([]any, 0, len(r.output))
	for _, item := range r.output {
		output = append(output, item)
	}
	sound := t.settings.object["audio"].(fields)["output"].(fields)
	o := fields{
		"id": r.id, "object": "realtime.response", "status": status, "status_details": details, "output": output,
		"conversation_id": t.conversation, "output_modalities": []any{mode}, "metadata": r.meta,
		"max_output_tokens": t.settings.object["max_output_tokens"], "usage": nil,
		"audio": fields{"output": fields{"format": sound["format"], "voice": sound["voice"]}},
	}
	if t.beta {
		delete(o, "output_modalities")
		delete(o, "audio")
		o["modalities"] = []any{mode}
	}
	return o
}

// message begins the message of a response.
func (t *talk) message(r *response) {
	if r.item != "" {
		return
	}
	r.item, r.index = t.id("item"), r.calls
	item := fields{
		"id": r.item, "object": "realtime.item", "type": "message", "role": "assistant", "status": "in_progress", "content": []any{},
	}
	previous := t.items.add(item, "")
	t.tell("response.output_item.added", fields{"response_id": r.id, "output_index": r.index, "item": item})
	t.tell("conversation.item.added", fields{"previous_item_id": previous, "item": item})
	t.tell("response.content_part.added", t.part(r, fields{"part": r.part("")}))
}

// part is body with where in r it belongs.
func (t *talk) part(r *response, body fields) fields {
	body["response_id"], body["item_id"], body["output_index"], body["content_index"] = r.id, r.item, r.index, 0
	return body
}

func (r *response) part(words string) fields {
	if r.text {
		return fields{"type": "text", "text": words}
	}
	return fields{"type": "audio", "transcript": words}
}

// content is the message's content in an item.
func (r *response) content(words string) []any {
	if r.text {
		return []any{fields{"type": "output_text", "text": words}}
	}
	return []any{fields{"type": "output_audio", "transcript": words}}
}

func (r *response) name() string {
	if r.text {
		return "response.output_text"
	}
	return "response.output_audio_transcript"
}

// say adds words to the message.
func (t *talk) say(r *response, words string) {
	t.message(r)
	if last, _ := utf8.DecodeLastRuneInString(r.said); r.said != "" && last < utf8.RuneSelf {
		words = " " + words
	}
	r.said += words
	r.words++
	t.tell(r.name()+".delta", t.part(r, fields{"delta": words}))
}

// done ends a response. heard is what of its words the caller has heard.
func (t *talk) done(r *response, status, reason, heard string) {
	if t.response != r {
		return
	}
	if r.item != "" {
		t.messageDone(r, status, heard)
	}
	if reason == "" {
		t.tell("response.done", fields{"response": t.object(r, status, nil)})
	} else {
		t.tell("response.done", fields{"response": t.object(r, status, fields{"type": status, "reason": reason})})
	}
	t.response, t.before = nil, r
	t.doneAt = t.now
	if r.sounds {
		how := "output_audio_buffer.stopped"
		if status == "cancelled" {
			how = "output_audio_buffer.cleared"
		}
		t.tell(how, fields{"response_id": r.id})
	}
}

// finish ends the response in progress, if any, as it is.
func (t *talk) finish() {
	if r := t.response; r != nil {
		t.done(r, "completed", "", r.said)
	}
}

// messageDone ends the message of a response.
func (t *talk) messageDone(r *response, status, heard string) {
	r.said = strings.TrimSpace(heard)
	full, key := "completed", "transcript"
	if status == "cancelled" {
		full = "incomplete"
	}
	if r.text {
		key = "text"
	} else {
		t.tell("response.output_audio.done", t.part(r, fields{}))
	}
	t.tell(r.name()+".done", t.part(r, fields{key: r.said}))
	t.tell("response.content_part.done", t.part(r, fields{"part": r.part(r.said)}))
	item := fields{
		"id": r.item, "object": "realtime.item", "type": "message", "role": "assistant", "status": full, "content": r.content(r.said),
	}
	t.items.put(item)
	r.output = slices.Insert(r.output, min(r.index, len(r.output)), item)
	t.tell("conversation.item.done", fields{"previous_item_id": t.items.before(r.item), "item": item})
	t.tell("response.output_item.done", fields{"response_id": r.id, "output_index": r.index, "item": item})
	if full == "incomplete" && !t.socket { // over WebRTC the server alone knows what was heard
		t.tell("conversation.item.truncated", fields{
			"item_id": r.item, "content_index": 0, "audio_end_ms": milliseconds(r.sound),
		})
	}
}
