package rtvi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// translator turns one call's RTVI messages into the session's and back. It does
// no I/O; who calls it takes what it leaves in `in` and `out`.
type translator struct {
	now     func() time.Time // for the timestamps of transcriptions
	library string           // version that bot-ready tells

	in  [][]byte // for the session
	out [][]byte // for the client

	version    [3]int // of the client's protocol; zero before client-ready
	ready      bool   // client-ready has come
	muted      bool
	said       uint64          // messages of the server's own
	complained int             // refusals so far
	refused    map[string]bool // types that were refused once and for all
	typed      []bool          // texts on their way to the session: whether each wants sound
	calls      map[uint32]call // functions that the client is doing
	agent      agent
	caller     caller
}

func newTranslator(library string) *translator {
	return &translator{now: time.Now, library: library, refused: map[string]bool{}, calls: map[uint32]call{}}
}

// take returns what is to be sent, and forgets it.
func (t *translator) take() (in, out [][]byte) {
	in, out = t.in, t.out
	t.in, t.out = nil, nil
	return in, out
}

// hear takes one message of the client's.
func (t *translator) hear(raw []byte) {
	if bytes.HasPrefix(raw, []byte("ping")) {
		return // ICE says whether the peer is there
	}
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		t.refuse(nil, "the message is not a JSON object with a type")
		return
	}
	if m.Type == "signalling" {
		t.signalled(raw)
		return
	}
	if m.Label != label {
		t.pressed(m, raw)
		return // some other protocol's
	}
	m.ID = usable(m.ID)
	switch m.Type {
	case "client-ready":
		t.clientReady(m)
	case "send-text":
		t.sendText(m)
	case "dtmf":
		t.dtmf(m)
	case "client-message":
		t.clientMessage(m)
	case "llm-function-call-result":
		t.functionResult(m)
	case "disconnect-bot":
		t.pass(fields{"type": "hangup"})
	default:
		t.unsupported(m)
	}
}

// pressed passes on a key that came as sound, RFC 4733's.
func (t *translator) pressed(m message, raw []byte) {
	var ev struct {
		Key string `json:"key"`
	}
	if m.Label == "" && m.Type == "key" && json.Unmarshal(raw, &ev) == nil && isKey(ev.Key) {
		t.pass(fields{"type": "key", "key": ev.Key})
	}
}

func isKey(text string) bool { return len(text) == 1 && strings.Contains("0123456789*#", text) }

// pass adds a message for the session.
func (t *translator) pass(m fields) { t.in = append(t.in, encode(m)) }

// signalled takes a message of the transport: which of the client's tracks are on.
func (t *translator) signalled(raw []byte) {
	var m struct {
		Message struct {
			Type     string `json:"type"`
			Receiver *int   `json:"receiver_index"`
			Enabled  bool   `json:"enabled"`
		} `json:"message"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Message.Type != "trackStatus" {
		return
	}
	microphone := m.Message.Receiver != nil && *m.Message.Receiver == 0
	if microphone && t.muted == m.Message.Enabled {
		t.muted = !m.Message.Enabled
		t.pass(fields{"type": "mute", "on": t.muted})
	}
}

// clientReady answers with bot-ready. A client of another major version is told
// so, and is served all the same.
func (t *translator) clientReady(m message) {
	var data struct {
		Version string `json:"version"`
	}
	_ = json.Unmarshal(m.Data, &data) // no version is an unknown version
	version, ok := parseVersion(data.Version)
	t.version, t.ready = version, true
	told := protocol
	switch {
	case data.Version == "":
		t.refuse(m.ID, "client version unknown; this server speaks RTVI "+protocol)
	case !ok:
		t.refuse(m.ID, "client version is not of the form 1.2.3; this server speaks RTVI "+protocol)
	case version[0] == 1:
		told = data.Version // whose bot-output it is sent
	case version[0] != 2:
		t.refuse(m.ID, "this server speaks RTVI "+protocol+", which may not agree with the client's version")
	}
	t.answer(m.ID, "bot-ready", fields{
		"version": told, "about": fields{"library": "huike", "library_version": t.library},
	})
}

// parseVersion reads "1.2.3".
func parseVersion(text string) (version [3]int, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != len(version) {
		return version, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return [3]int{}, false
		}
		version[i] = int(n)
	}
	return version, true
}

// legacy says that the client speaks RTVI 1.
func (t *translator) legacy() bool { return t.version[0] == 1 }

// sendText takes words that the client's user has typed: a whole turn, which
// stops the agent.
func (t *translator) sendText(m message) {
	var data struct {
		Content string `json:"content"`
		Options struct {
			Run   *bool `json:"run_immediately"`
			Audio *bool `json:"audio_response"`
		} `json:"options"`
	}
	if json.Unmarshal(m.Data, &data) != nil {
		t.refuse(m.ID, "send-text wants content and, if any, options")
		return
	}
	content := strings.TrimSpace(data.Content)
	switch {
	case content == "" || len(content) > longestText:
		t.refuse(m.ID, "the content of send-text must have 1 to "+strconv.Itoa(longestText)+" bytes")
		return
	case data.Options.Run != nil && !*data.Options.Run:
		t.refuse(m.ID, "run_immediately false is not supported: a text is a turn of the caller's, and is answered")
		return
	case len(t.typed) == maxTyped:
		t.refuse(m.ID, "too many texts wait for their turn")
		return
	}
	t.typed = append(t.typed, data.Options.Audio == nil || *data.Options.Audio)
	t.pass(fields{"type": "interrupt"})
	t.pass(fields{"type": "text", "text": content})
}

// maxTyped is how many texts may wait for their turn.
const maxTyped = 16

// dtmf takes keys, as protocol 2.1 sends them or as 2.0 did.
func (t *translator) dtmf(m message) {
	var data struct {
		Button  string   `json:"button"`
		Buttons []string `json:"buttons"`
	}
	err := json.Unmarshal(m.Data, &data)
	if data.Button != "" {
		data.Buttons = append(data.Buttons, data.Button)
	}
	if err != nil || len(data.Buttons) == 0 || len(data.Buttons) > maxKeys {
		t.refuse(m.ID, "dtmf wants 1 to "+strconv.Itoa(maxKeys)+" buttons")
		return
	}
	for _, key := range data.Buttons {
		if !isKey(key) {
			t.refuse(m.ID, "a button is one of 0-9, * and #")
			return
		}
	}
	for _, key := range data.Buttons {
		t.pass(fields{"type": "key", "key": key})
	}
}

// maxKeys is how many keys one message may hold.
const maxKeys = 32

// own returns the messages of the session's that a client may send as a
// client-message: the type, and the field that a plain value is for.
func own() map[string]string {
	return map[string]string{
		"interrupt": "heard", "commit": "", "floor": "manual", "hold": "on", "lang": "lang", "operates": "operations",
	}
}

// clientMessage passes on what huike itself understands. The client may wait for
// the answer.
func (t *translator) clientMessage(m message) {
	var data struct {
		T string          `json:"t"`
		D json.RawMessage `json:"d"`
	}
	if json.Unmarshal(m.Data, &data) != nil {
		t.refuse(m.ID, "client-message wants t, and d if there is more to say")
		return
	}
	field, ok := own()[data.T]
	if !ok {
		t.refuse(m.ID, "t is not one of commit, floor, hold, interrupt, lang and operates")
		return
	}
	told := fields{}
	if len(data.D) > 0 && json.Unmarshal(data.D, &told) != nil && field != "" {
		told = fields{field: data.D}
	}
	if told == nil { // d was null
		told = fields{}
	}
	told["type"] = data.T
	t.pass(told)
	if len(m.ID) > 0 {
		t.answer(m.ID, "server-response", fields{"t": data.T, "d": fields{"taken": true}})
	}
}

// unsupported refuses a type, once: some clients repeat theirs with every change
// of their page.
func (t *translator) unsupported(m message) {
	var reason string
	switch m.Type {
	case "append-to-context":
		reason = "append-to-context is not supported: the conversation holds what was said and heard, and nothing else; use send-text"
	case "raw-audio", "raw-audio-batch":
		reason = "raw audio is not supported: sound comes over WebRTC"
	case "ui-event", "ui-snapshot", "ui-cancel-job-group":
		reason = "the messages of the user interface are not supported"
	default:
		t.refuse(m.ID, "the type of the message is not supported")
		return
	}
	if !t.refused[m.Type] {
		t.refused[m.Type] = m.Type != "append-to-context"
		t.refuse(m.ID, reason)
	}
}
