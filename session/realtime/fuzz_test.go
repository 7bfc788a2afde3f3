package realtime

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"huike/audio"
)

// FuzzHear gives lines to a call: a client's events, the session's with "< " in
// front, and sound. Whatever comes, each event that is told is whole, has an id
// of its own, and no response is told twice to be over.
func FuzzHear(f *testing.F) {
	for _, seed := range []string{
		`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}},"tools":[{"type":"function","name":"order_status"}]}}`,
		greeting + "\n" + finished + "\nsound\n" + began + "\n" + sounds + "\n" + quiet + "\nwait\n" + `{"type":"response.create"}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},"previous_item_id":"root"}` +
			"\n" + `{"type":"response.create","response":{"metadata":{"a":"b"}}}` + "\n" + greeting + "\n" + `{"type":"response.cancel"}` +
			"\n" + `< {"type":"interrupted","turn":1,"heard":"H"}`,
		`{"type":"session.update","session":{"tools":[{"type":"function","name":"order_status"}]}}` + "\n" +
			`< {"type":"operation","turn":2,"operation":{"id":7,"name":"order.status","args":{"a":"b"}}}` + "\nwait\n" +
			`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_1","output":"{}"}}`,
		`{"type":"input_audio_buffer.append","audio":"AAAA"}` + "\n" + `{"type":"input_audio_buffer.commit"}` + "\n" + `{"type":"input_audio_buffer.clear"}`,
		`{"type":"conversation.item.truncate","item_id":"x","content_index":0,"audio_end_ms":1.5}` + "\n" + `{"type":"conversation.item.retrieve","item_id":null}`,
		`{"type":"session.update","session":{"modalities":["text"],"input_audio_format":"g711_ulaw","audio":null,"metadata":{"a":"b"}}}`,
		`< {"type":"handoff","state":"taken"}` + "\nsound\n" + `< {"type":"caption","party":"person","turn":3,"text":"Hi","final":true}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, script string, socket bool) {
		d := newDesk(t, "")
		d.socket = socket
		for line := range strings.SplitSeq(script, "\n") {
			switch line {
			case "sound":
				d.sent([]byte{1, 2})
			case "wait":
				d.now = d.now.Add(2 * time.Second)
				d.tick()
			default:
				d.says(line)
			}
		}
		d.finish()
		ids, over := map[any]bool{}, map[any]bool{}
		for _, event := range d.client {
			if kind, _ := event["type"].(string); kind == "" || event["event_id"] == "" || ids[event["event_id"]] {
				t.Errorf("event %v", event)
			}
			ids[event["event_id"]] = true
			if event["type"] == "response.done" {
				id := event["response"].(fields)["id"]
				if over[id] {
					t.Errorf("%v is over twice", id)
				}
				over[id] = true
			}
		}
	})
}

// FuzzAppended compares the quick reader of sound with encoding/json.
func FuzzAppended(f *testing.F) {
	for _, seed := range []string{
		`{"type":"input_audio_buffer.append","audio":"AAAA"}`, ` { "audio" : "" , "event_id":"e", "type":"input_audio_buffer.append" } `,
		`{"type":"input_audio_buffer.append","audio":"A\/A","event_id":1}`, `{"type":"input_audio_buffer.append","audio":"A"}x`,
		`{"type":"input_audio_buffer.append","audio":"A","audio":"B"}`, `{"type":"input_audio_buffer.append",}`, `{`, `{"audio"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sound, ok := appended(text)
		if !ok {
			return
		}
		e, fault := parse(text)
		if fault != nil || e.Type != appendType || !bytes.Equal([]byte(e.Audio), sound) {
			t.Errorf("%q: %q, and encoding/json says %q %v", text, sound, e.Audio, fault)
		}
	})
}

// FuzzSettings updates sessions: what is refused changes nothing, and what is
// taken can be told and updated again.
func FuzzSettings(f *testing.F) {
	f.Add(`{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},"turn_detection":{"type":"semantic_vad"}}}}`)
	f.Add(`{"modalities":["audio"],"turn_detection":null,"tools":[{"type":"function","name":"a"}],"tool_choice":"none"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var given fields
		if json.Unmarshal([]byte(text), &given) != nil {
			return
		}
		s := newSettings("s", "m")
		before, _ := json.Marshal(s.object)
		next, fault := s.updated(given)
		if after, _ := json.Marshal(s.object); !bytes.Equal(before, after) {
			t.Errorf("the old session changed: %s", after)
		}
		if fault != nil {
			return
		}
		if _, err := json.Marshal(next.beta()); err != nil {
			t.Error(err)
		}
		if _, fault := next.updated(clone(next.object)); fault != nil {
			t.Errorf("%s cannot be said again: %v", text, fault)
		}
	})
}

// BenchmarkFrame is one PTime of sound both ways, without the socket.
func BenchmarkFrame(b *testing.B) {
	l := newLeg(nil, true, func(string) bool { return true }, slog.Default())
	l.talk.out, l.talk.loud = func([]byte) {}, func([]byte) {}
	l.talk.now = time.Now()
	l.talk.greet("huike")
	l.begin()
	l.talk.learn([]byte(strings.TrimPrefix(greeting, "< ")))
	event := []byte(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(make([]byte, 960)) + `"}`)
	sound := make([]byte, 960)
	frame := make([]byte, 960)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(audio.PTime)
		text, ok := appended(event)
		n, err := base64.StdEncoding.Decode(sound, text)
		if !ok || err != nil || l.pace.append(sound[:n], now) != nil {
			b.Fatal("not taken")
		}
		if _, _, ok := l.pace.next(frame, now); !ok {
			b.Fatal("not given")
		}
		l.talk.now = now
		l.talk.sent(sound)
	}
}
