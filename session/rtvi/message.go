package rtvi

import (
	"encoding/json"
	"strconv"
)

const (
	label       = "rtvi-ai"
	protocol    = "2.1.0" // the version of RTVI that this room speaks
	messageSize = 64 << 10
	longestID   = 128 // bytes of a client's message id that is repeated to it
	longestText = 500 // bytes of a send-text, the same as of any typed turn
	complaints  = 64  // that a client is told of; later ones are dropped in silence
)

// message is one RTVI message, either way. A signalling message has no label.
type message struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Label string          `json:"label,omitempty"`
	Type  string          `json:"type"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// event is what a session tells its leg, as far as RTVI has words for it.
type event struct {
	Type   string `json:"type"`
	Party  string `json:"party"`
	Turn   uint32 `json:"turn"`
	Clause int    `json:"clause"`
	Text   string `json:"text"`
	Heard  string `json:"heard"`
	On     bool   `json:"on"`
	Final  bool   `json:"final"`

	MS          float64 `json:"ms"`
	Endpointing float64 `json:"endpointing"`
	Recognition float64 `json:"recognition"`
	Dialog      float64 `json:"dialog"`
	Synthesis   float64 `json:"synthesis"`
	Playout     float64 `json:"playout"`

	Operation   *operation `json:"operation"`
	Disposition string     `json:"disposition"`
	Error       string     `json:"error"`
}

// operation is something that the session asks of the client, or its result.
type operation struct {
	ID    uint32              `json:"id"`
	Name  string              `json:"name,omitempty"`
	Args  map[string]string   `json:"args,omitempty"`
	Write bool                `json:"write,omitempty"`
	OK    bool                `json:"ok"`
	Code  string              `json:"code,omitempty"`
	Rows  []map[string]string `json:"rows,omitempty"`
}

// fields is an object of JSON that is written in the order of its keys.
type fields map[string]any

// encode returns v as JSON. What this package encodes is made of strings,
// numbers and JSON that was read before, so it cannot fail.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte(`{}`)
	}
	return text
}

// say adds a message of the server's own to out.
func (t *translator) say(kind string, data any) {
	t.said++
	t.answer(encode("s"+strconv.FormatUint(t.said, 10)), kind, data)
}

// answer adds a message with the id of the client's that it answers.
func (t *translator) answer(id json.RawMessage, kind string, data any) {
	m := message{ID: id, Label: label, Type: kind}
	if data != nil {
		m.Data = encode(data)
	}
	t.out = append(t.out, encode(m))
}

// refuse says why a message of the client's has no effect. A client that goes on
// and on is no longer told.
func (t *translator) refuse(id json.RawMessage, reason string) {
	if t.complained++; t.complained > complaints {
		return
	}
	if len(id) == 0 {
		t.say("error", fields{"error": reason, "message": reason, "fatal": false})
		return
	}
	t.answer(id, "error-response", fields{"error": reason})
}

// usable returns id if it is one that may be repeated: a short string or number.
func usable(id json.RawMessage) json.RawMessage {
	if len(id) == 0 || len(id) > longestID || id[0] == '{' || id[0] == '[' || id[0] == 'n' || id[0] == 't' || id[0] == 'f' {
		return nil
	}
	return id
}
