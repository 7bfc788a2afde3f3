package realtime

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

// event is one message of the client's, with all that any of its types has.
type event struct {
	Type    string `json:"type"`
	EventID string `json:"event_id"`

	Session    fields          `json:"session"`
	Audio      string          `json:"audio"`
	Item       fields          `json:"item"`
	Previous   string          `json:"previous_item_id"`
	ItemID     string          `json:"item_id"`
	Content    json.Number     `json:"content_index"`
	AudioEnd   json.Number     `json:"audio_end_ms"`
	Response   fields          `json:"response"`
	ResponseID string          `json:"response_id"`
	Key        string          `json:"key"`
	Rest       json.RawMessage `json:"-"`

	sounds [][]byte // of an append or of a caller's message, in order; nil is none that is base64
}

// parse reads a client's event, its sound too. It takes as long as the event is, so
// that nothing waits for it that sound waits for.
func parse(text []byte) (event, *fault) {
	var e event
	if structure(text) > structureLimit {
		return e, &fault{
			kind: "invalid_request_error", code: "event_too_long", message: "An event may have 64 KiB beside what stands in its strings.",
		}
	}
	if err := json.Unmarshal(text, &e); err != nil {
		var head struct {
			EventID string `json:"event_id"`
		}
		_ = json.Unmarshal(text, &head) // so that the error says which event it is about
		return event{EventID: head.EventID}, &fault{
			kind: "invalid_request_error", code: "invalid_json", message: "The event is not a JSON object of the right types.",
		}
	}
	if e.Type == "" {
		return e, &fault{
			kind: "invalid_request_error", code: "missing_required_parameter", param: "type",
			message: "Missing required parameter: 'type'.",
		}
	}
	switch e.Type {
	case appendType:
		e.sounds = [][]byte{decoded(e.Audio)}
	case "conversation.item.create":
		e.takeSounds()
	}
	return e, nil
}

// takeSounds takes the sound out of a caller's message: it is not kept there.
func (e *event) takeSounds() {
	if e.Item["type"] != "message" || e.Item["role"] != "user" {
		return
	}
	parts, _ := e.Item["content"].([]any)
	for _, one := range parts {
		part, _ := one.(fields)
		if part["type"] != "input_audio" {
			continue
		}
		sound, _ := part["audio"].(string)
		delete(part, "audio")
		e.sounds = append(e.sounds, decoded(sound))
	}
}

// decoded is sound out of base64, or nil.
func decoded(text string) []byte {
	sound, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return sound
}

// structureLimit is how much of an event may be anything but strings: the rest can
// take fifty times its length once it is decoded.
const structureLimit = 64 << 10 // bytes, white space apart

// structure is how many bytes of a JSON text stand outside of its strings.
func structure(text []byte) (n int) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
		n++
	}
	return n
}

const appendType = "input_audio_buffer.append"

// appended is the sound in an input_audio_buffer.append, still in base64, that
// is written as clients write it: strings without escapes and nothing else. It
// makes no garbage. ok is false for any other text: parse says what that is.
func appended(text []byte) (sound []byte, ok bool) {
	rest, ok := bytes.CutPrefix(space(text), []byte("{"))
	if !ok {
		return nil, false
	}
	var kind []byte
	for more := true; more; {
		var key, value []byte
		if key, value, rest, ok = pair(rest); !ok {
			return nil, false
		}
		switch {
		case string(key) == "type" && kind == nil:
			kind = value
		case string(key) == "audio" && sound == nil:
			sound = value
		case string(key) == "event_id":
		default:
			return nil, false
		}
		rest, more = bytes.CutPrefix(space(rest), []byte(","))
	}
	end, ok := bytes.CutPrefix(rest, []byte("}"))
	return sound, ok && len(space(end)) == 0 && string(kind) == appendType && sound != nil
}

// pair cuts a key and its plain value from the front of text.
func pair(text []byte) (key, value, rest []byte, ok bool) {
	if key, rest, ok = plain(space(text)); !ok {
		return nil, nil, text, false
	}
	if rest, ok = bytes.CutPrefix(space(rest), []byte(":")); !ok {
		return nil, nil, text, false
	}
	value, rest, ok = plain(space(rest))
	return key, value, rest, ok
}

// plain cuts a JSON string of ASCII without escapes from the front of text.
func plain(text []byte) (value, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, text, false
	}
	end := bytes.IndexByte(text[1:], '"')
	if end < 0 {
		return nil, text, false
	}
	value = text[1 : 1+end]
	for _, c := range value {
		if c == '\\' || c < ' ' || c > '~' {
			return nil, text, false
		}
	}
	return value, text[2+end:], true
}

func space(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }
