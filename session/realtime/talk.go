package realtime

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	// settling is how long the end of the agent's sound waits for the news that it
	// was cut: that comes in the same step of the session.
	settling = 30 * time.Millisecond
	// drained is how long no packet comes until the agent's sound is over that waits
	// for the client to do something.
	drained = 200 * time.Millisecond
	// patience is how long the output of a function waits for the response.create
	// that follows it. The session waits eight seconds for both.
	patience = time.Second
	// leastCommit is the least sound that a client may commit.
	leastCommit = 100 * time.Millisecond
)

// talk is the conversation of one call as the protocol has it. It translates
// both ways, does no I/O and reads no clock: who calls it sets now before.
type talk struct {
	teller
	in     func(message []byte)   // for the session; never blocks
	socket bool                   // sound is told in events; otherwise it goes beside them
	may    func(name string) bool // whether the client may do an operation

	now          time.Time
	began        time.Time // the session's zero
	settings     settings
	conversation string
	items        items
	started      bool // the session runs
	fixed        bool // what sound travels cannot change any more
	person       bool // a person has the call

	response  *response // in progress; nil for none
	before    *response // the one before
	answered  bool      // there has been a response
	doneAt    time.Time // when the last one was done
	lastSent  time.Time // when the last packet was sent
	wanted    fields    // what a response.create asked for that has no response yet
	cancelled bool      // the client has cancelled it

	user      spoken   // what the caller says now
	typed     uint32   // the caller's turn that was typed
	thinking  bool     // the caller has said something that has no answer yet
	texts     []string // typed, and not asked to be answered
	committed bool     // sound was committed, and not asked to be answered
	heardMS   int64    // how much of the response in progress the client says was heard; -1 unknown
	calls     map[string]*call
	resultsAt time.Time // when the results go out though nobody asked for an answer; zero for never

	sound sounding
}

// spoken is a message that the caller speaks.
type spoken struct {
	id        string // "" while there is none
	committed bool   // the client knows it as an item
	from      int64  // ms of sound
}

// call is a function that the client was asked for.
type call struct {
	operation json.RawMessage // its id in the session
	result    json.RawMessage // nil while there is none
}

// sounding is what the talk asks of the client's sound; the leg has it.
type sounding interface {
	append(sound []byte) *fault // nil is refused: it was no base64
	commit()                    // tell the session once all of it was heard
	clear()
	uncommitted() time.Duration      // came since the last commit or clear
	position(at time.Duration) int64 // ms of sound at a moment of the call
}

// greet opens the session with the client.
func (t *talk) greet(model string) {
	t.conversation = t.id("conv")
	if t.settings.object == nil {
		t.settings = newSettings(t.id("sess"), model)
	}
	t.heardMS, t.calls = -1, map[string]*call{}
	t.tell("session.created", fields{"session": t.session()})
	t.tell("conversation.created", fields{"conversation": fields{"id": t.conversation, "object": "realtime.conversation"}})
}

func (t *talk) session() fields {
	if t.beta {
		return t.settings.beta()
	}
	return t.settings.object
}

// start begins what the session must know from the first moment on.
func (t *talk) start() {
	t.started, t.fixed, t.began = true, true, t.now
	t.floor(false)
	t.operate(nil)
}

// send gives the session a message.
func (t *talk) send(message fields) {
	if text, err := json.Marshal(message); err == nil && t.started {
		t.in(text)
	}
}

// floor tells the session whose voice ends turns, if it was otherwise.
func (t *talk) floor(was bool) {
	if t.started && t.settings.manual != was {
		t.send(fields{"type": "floor", "manual": t.settings.manual})
	}
}

// speak tells the session another language, if it was otherwise. The session says so
// when it does not speak it.
func (t *talk) speak(was string) {
	if lang := t.settings.language(); t.started && lang != was && lang != "" {
		t.send(fields{"type": "lang", "lang": lang})
	}
}

// operate tells the session which operations the client does, if it were others.
func (t *talk) operate(were []string) {
	names := slices.DeleteFunc(t.settings.operations(), func(name string) bool { return !t.may(name) })
	if t.started && !slices.Equal(names, were) {
		t.send(fields{"type": "operates", "operations": names})
	}
}

// deadline is when tick wants to be called; zero for never.
func (t *talk) deadline() time.Time {
	var at time.Time
	sooner := func(other time.Time) {
		if !other.IsZero() && (at.IsZero() || other.Before(at)) {
			at = other
		}
	}
	sooner(t.resultsAt)
	if r := t.response; r != nil {
		if !r.over.IsZero() {
			sooner(r.over.Add(settling))
		}
		sooner(t.drainedAt(r))
	}
	return at
}

// drainedAt is when a response that called functions is over; zero when it did
// not, or its words have not all begun to sound.
func (t *talk) drainedAt(r *response) time.Time {
	if r.calls == 0 || !r.text && r.began < r.words {
		return time.Time{}
	}
	if r.sound == 0 || r.text {
		return r.called.Add(settling)
	}
	return t.lastSent.Add(drained)
}

// tick does what is due at now.
func (t *talk) tick() {
	if !t.resultsAt.IsZero() && !t.now.Before(t.resultsAt) {
		t.results()
	}
	r := t.response
	if r == nil {
		return
	}
	over := !r.over.IsZero() && !t.now.Before(r.over.Add(settling))
	if at := t.drainedAt(r); over || !at.IsZero() && !t.now.Before(at) {
		t.done(r, "completed", "", r.said)
	}
}

// results gives the session what the functions gave.
func (t *talk) results() {
	t.resultsAt = time.Time{}
	for id, c := range t.calls {
		if c.result != nil {
			t.send(fields{"type": "result", "operation": c.result})
			delete(t.calls, id)
		}
	}
}

// forward gives the session what the client wants answered.
func (t *talk) forward() {
	if t.committed {
		t.committed, t.thinking = false, true
		t.sound.commit()
	}
	for _, c := range t.calls {
		t.thinking = t.thinking || c.result != nil
	}
	t.results()
	if len(t.texts) > 0 {
		t.thinking = true
		if r := t.before; t.settings.written && r != nil && r.text { // it was read, whatever its silent sound
			t.send(fields{"type": "interrupt", "heard": r.said})
		}
		t.send(fields{"type": "text", "text": strings.Join(t.texts, " ")})
		t.texts = nil
	}
}
