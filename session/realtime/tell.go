package realtime

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// teller writes events to the client, each with an id of its own.
type teller struct {
	out  func(text []byte) // takes an event; never blocks
	loud func(text []byte) // takes an event that holds sound, and copies it
	beta bool              // the client speaks the names of the beta

	seed   string
	count  uint64
	buffer []byte // of the event with sound
}

func newTeller(out, loud func([]byte)) teller {
	return teller{out: out, loud: loud, seed: rand.Text()[:14]}
}

// id is a new id of a kind such as "item".
func (t *teller) id(kind string) string { return string(t.appendID(nil, kind)) }

func (t *teller) appendID(to []byte, kind string) []byte {
	t.count++
	to = append(append(append(to, kind...), '_'), t.seed...)
	return strconv.AppendUint(to, t.count, 36)
}

// tell sends an event of that type. body is the teller's from here on.
func (t *teller) tell(kind string, body fields) {
	if t.beta {
		var told bool
		if kind, told = betaName(kind); !told {
			return
		}
	}
	body["type"], body["event_id"] = kind, t.id("event")
	text, err := json.Marshal(body)
	if err != nil {
		return // fields hold what JSON has
	}
	if t.beta {
		text = betaParts(text)
	}
	t.out(text)
}

// refuse tells the client why an event of its own had no effect.
func (t *teller) refuse(f *fault, eventID string) {
	body := fields{"type": f.kind, "code": f.code, "message": f.message, "param": nil, "event_id": nil}
	if f.param != "" {
		body["param"] = f.param
	}
	if eventID != "" {
		body["event_id"] = eventID
	}
	t.tell("error", fields{"error": body})
}

// delta sends sound of a response. It allocates nothing.
func (t *teller) delta(r *response, sound []byte) {
	kind := "response.output_audio.delta"
	if t.beta {
		kind = "response.audio.delta"
	}
	b := append(t.buffer[:0], `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","event_id":"`...)
	b = t.appendID(b, "event")
	b = append(b, `","response_id":"`...)
	b = append(b, r.id...)
	b = append(b, `","item_id":"`...)
	b = append(b, r.item...)
	b = append(b, `","output_index":`...)
	b = strconv.AppendInt(b, int64(r.index), 10)
	b = append(b, `,"content_index":0,"delta":"`...)
	b = base64.StdEncoding.AppendEncode(b, sound)
	t.buffer = append(b, `"}`...)
	t.loud(t.buffer)
}

// betaName is what the beta called an event, and whether it had it at all.
func betaName(kind string) (name string, told bool) {
	switch kind {
	case "conversation.item.added":
		return "conversation.item.created", true
	case "conversation.item.done":
		return "", false
	}
	if rest, ok := strings.CutPrefix(kind, "response.output_audio"); ok {
		return "response.audio" + rest, true
	}
	if rest, ok := strings.CutPrefix(kind, "response.output_text"); ok {
		return "response.text" + rest, true
	}
	return kind, true
}

// betaParts renames the parts of messages. Quotes in what people say are escaped
// in JSON, so only a type can look like this.
func betaParts(text []byte) []byte {
	return []byte(strings.NewReplacer(
		`"type":"output_audio"`, `"type":"audio"`, `"type":"output_text"`, `"type":"text"`,
	).Replace(string(text)))
}

// milliseconds is d in whole milliseconds.
func milliseconds(d time.Duration) int64 { return int64(d / time.Millisecond) }
