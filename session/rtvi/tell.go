package rtvi

import (
	"encoding/json"
	"strings"
	"time"
)

// agent is what the client has been told of the agent's turn in progress.
type agent struct {
	turn    uint32
	clauses []clause
	talking bool // bot-llm-started and not yet stopped
	sounds  bool // bot-started-speaking and not yet stopped
	quiet   bool // this turn and its sound are for the eye alone
	settles bool // its sound is over; the next event says whether it was cut
}

// clause is a part of the agent's turn.
type clause struct {
	text  string
	begun bool // its sound
	done  bool
}

// caller is what the client has been told of the caller's turn in progress.
type caller struct {
	turn  uint32 // of text
	text  string // final, and not yet known to have been understood
	typed uint32 // the last turn that was typed
}

// tell takes one event of the session's. What RTVI has no word for goes as a
// server-message, whole.
func (t *translator) tell(raw []byte) {
	var ev event
	if json.Unmarshal(raw, &ev) != nil {
		return
	}
	if ev.Type != "interrupted" {
		t.settle()
	}
	switch ev.Type {
	case "speech":
		t.speech(ev)
	case "caption":
		t.caption(ev)
	case "reply":
		t.reply(ev)
	case "text":
		t.typedTurn(ev)
	case "operation":
		t.functionCall(ev.Operation)
	case "latency":
		t.metrics(ev)
	case "interrupted":
		t.interrupted(ev)
		t.say("server-message", json.RawMessage(raw))
	case "understood":
		t.understood(ev)
		t.say("server-message", json.RawMessage(raw))
	case "error":
		t.say("error", fields{"error": ev.Error, "message": ev.Error, "fatal": false})
	case "ended":
		t.ended(ev)
		t.say("server-message", json.RawMessage(raw))
	case "started", "member", "handoff", "notice":
		t.say("server-message", json.RawMessage(raw))
	default: // the client's own doings
	}
}

// speech tells who begins and stops to sound. The person who took the call is
// the client's bot too.
func (t *translator) speech(ev event) {
	switch {
	case ev.Party == "caller" && ev.On:
		t.say("user-started-speaking", nil)
	case ev.Party == "caller":
		t.say("user-stopped-speaking", nil)
	case t.agent.quiet:
	case ev.On:
		t.sounding(ev.Party == "agent")
	default:
		t.silent(ev.Party == "agent")
	}
}

// sounding says that the bot's sound begins, once.
func (t *translator) sounding(robot bool) {
	if t.agent.sounds {
		return
	}
	t.agent.sounds = true
	if robot {
		t.say("bot-tts-started", nil)
	}
	t.say("bot-started-speaking", nil)
}

// silent says that the bot's sound is over. Whether all that began to sound was
// heard is not known before the next event, or settle.
func (t *translator) silent(robot bool) {
	if !t.agent.sounds {
		return
	}
	t.agent.sounds = false
	if robot {
		t.agent.settles = true
		t.say("bot-tts-stopped", nil)
	}
	t.say("bot-stopped-speaking", nil)
}

// settle says that the agent's turn was heard to its end: no interruption was told
// right behind the end of its sound.
func (t *translator) settle() {
	if t.agent.settles {
		t.agent.settles = false
		t.finish(len(t.agent.clauses))
	}
}

// caption tells words that were said. The agent's come as they begin to sound.
func (t *translator) caption(ev event) {
	switch ev.Party {
	case "caller":
		if ev.Final {
			t.newTurn(ev)
		}
		t.say("user-transcription", fields{
			"text": ev.Text, "final": ev.Final, "user_id": "caller",
			"timestamp": t.now().UTC().Format(time.RFC3339Nano),
		})
	case "agent":
		t.announce(ev)
		t.begin(ev.Clause)
	default:
		t.say("bot-output", fields{
			"text": ev.Text, "aggregated_by": "sentence", "spoken": true, "will_be_spoken": true, "spoken_status": "completed",
			"spoken_progress": fields{"accumulated_text": ev.Text, "remaining_text": ""},
		})
	}
}

// newTurn notes a whole turn of the caller's. One that was spoken is answered
// with sound.
func (t *translator) newTurn(ev event) {
	t.caller.turn, t.caller.text = ev.Turn, ev.Text
	if ev.Turn != t.caller.typed {
		t.agent.quiet, t.typed = false, nil
	}
}

// typedTurn notes that a text of send-text is the caller's turn now, and whether
// its answer is to sound.
func (t *translator) typedTurn(ev event) {
	t.caller.typed = ev.Turn
	if len(t.typed) > 0 {
		t.agent.quiet, t.typed = !t.typed[0], t.typed[1:]
	}
}

// understood tells the words that were given to the dialog.
func (t *translator) understood(ev event) {
	if t.caller.text != "" && t.caller.turn == ev.Turn {
		t.say("user-llm-text", fields{"text": t.caller.text})
		t.caller.text = ""
	}
}

// reply tells the agent's words, which have no sound yet.
func (t *translator) reply(ev event) {
	if ev.Final && ev.Text == "" {
		if ev.Turn == t.agent.turn {
			t.wordsOver()
		}
		return
	}
	t.announce(ev)
}

func (t *translator) wordsOver() {
	if t.agent.talking {
		t.agent.talking = false
		t.say("bot-llm-stopped", nil)
	}
}

// announce tells a clause that the client has not been told.
func (t *translator) announce(ev event) {
	if ev.Turn != t.agent.turn {
		t.wordsOver()
		t.agent.turn, t.agent.clauses = ev.Turn, nil
	}
	if ev.Clause < 0 || ev.Clause >= maxClauses {
		return
	}
	for len(t.agent.clauses) <= ev.Clause {
		t.agent.clauses = append(t.agent.clauses, clause{})
	}
	c := &t.agent.clauses[ev.Clause]
	if c.text != "" || ev.Text == "" {
		return
	}
	c.text = ev.Text
	if !t.agent.talking {
		t.agent.talking = true
		t.say("bot-llm-started", nil)
	}
	t.say("bot-llm-text", fields{"text": spaced(ev.Text)})
	t.say("bot-transcription", fields{"text": ev.Text})
	t.output(ev.Clause, "new", "")
}

// maxClauses is how many clauses of one turn are told: far more than any has.
const maxClauses = 1000

// spaced ends a clause with the space that stands before the next one: a client
// joins these texts as they come.
func spaced(text string) string {
	for _, mark := range []string{"。", "，", "？", "！", "、", "；", "："} {
		if strings.HasSuffix(text, mark) {
			return text
		}
	}
	return text + " "
}

// begin says that a clause begins to sound, and so those before it are over.
func (t *translator) begin(number int) {
	if t.agent.quiet || number < 0 || number >= len(t.agent.clauses) || t.agent.clauses[number].begun {
		return
	}
	t.finish(number)
	t.agent.clauses[number].begun = true
	t.say("bot-tts-text", fields{"text": t.agent.clauses[number].text})
	t.output(number, "in-progress", "")
}

// finish says that the clauses before this number have sounded.
func (t *translator) finish(before int) {
	for i := range t.agent.clauses[:before] {
		if c := &t.agent.clauses[i]; c.begun && !c.done {
			c.done = true
			t.output(i, "completed", c.text)
		}
	}
}

// interrupted tells how much of the agent's turn was heard.
func (t *translator) interrupted(ev event) {
	t.agent.settles = false
	t.say("bot-interrupted", nil)
	if ev.Turn != t.agent.turn {
		return
	}
	heard := strings.TrimSpace(ev.Heard)
	for i := range t.agent.clauses {
		c := &t.agent.clauses[i]
		rest, whole := strings.CutPrefix(heard, c.text)
		switch {
		case whole:
			heard = strings.TrimSpace(rest)
		case c.begun && !c.done:
			t.output(i, "in-progress", heard)
			heard, c.done = "", true
		default:
			heard, c.done = "", true
		}
	}
	t.wordsOver()
}

// output tells how far a clause has sounded: accumulated is what was heard of it.
func (t *translator) output(number int, status, accumulated string) {
	c := t.agent.clauses[number]
	data := fields{"text": c.text, "aggregated_by": "sentence"}
	if t.legacy() {
		if status == "in-progress" && accumulated != "" || status == "completed" {
			return // which RTVI 1 does not tell
		}
		data["spoken"] = status == "in-progress"
		t.say("bot-output", data)
		return
	}
	data["segment_id"] = uint64(t.agent.turn)*maxClauses + uint64(number)
	data["will_be_spoken"] = !t.agent.quiet
	if !t.agent.quiet {
		remaining, ok := strings.CutPrefix(c.text, accumulated)
		if !ok {
			accumulated, remaining = "", c.text
		}
		data["spoken_status"] = status
		data["spoken_progress"] = fields{"accumulated_text": accumulated, "remaining_text": remaining}
	}
	t.say("bot-output", data)
}

// metrics tells where the time went until the answer was heard, in seconds.
func (t *translator) metrics(ev event) {
	part := func(name string, ms float64) fields { return fields{"processor": name, "value": ms / 1000} }
	t.say("metrics", fields{
		"ttfb": []fields{part("huike", ev.MS)},
		"processing": []fields{
			part("endpointing", ev.Endpointing), part("recognition", ev.Recognition), part("dialog", ev.Dialog),
			part("synthesis", ev.Synthesis), part("playout", ev.Playout),
		},
	})
}

// ended tells a fault of the server's as one: the client disconnects by itself
// when it is told that the bot has left.
func (t *translator) ended(ev event) {
	t.silent(true)
	t.settle()
	for id := range t.calls {
		t.stopped(id, fields{"cancelled": true})
	}
	if ev.Disposition == "failed" {
		t.say("error", fields{"error": "the call has failed", "message": "the call has failed", "fatal": true})
	}
}

// left is the transport's last message: the bot has gone.
func left() []byte { return []byte(`{"type":"signalling","message":{"type":"peerLeft"}}`) }
