package session

import (
	"context"
	"time"

	"huike/audio/playout"
	"huike/audio/prosody"
	"huike/audio/vad"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/turn"
	"huike/member"
	"huike/session/journal"
)

// worker runs work beside the conversation. What the work posts comes back to
// the conversation as an event.
type worker interface {
	Go(work func(ctx context.Context, post func(event))) context.CancelFunc
	Now() time.Duration       // call time, for what the work itself must time
	Context() context.Context // the call's
	Post(ev event)            // from the media loop: never waits
}

// conversation is the turn and dialog state of one call and its only writer: it
// is stepped by the converse loop, or by the driver of a replay.
type conversation struct {
	config *Config
	caller Caller
	leg    Leg
	queue  *playout.Queue
	memory *memory
	worker worker
	kept   kept

	speaker Speaker
	peer    reporter
	masker  journal.Masker // what is sent and kept

	patience patience
	now      time.Duration // call time of the event in hand
	floor    *turn.Engine
	flow     *flow.Conversation
	person   person
	consent  recordingConsent
	reply    reply
	// question is the caller's turn that the next reply answers.
	question          question
	sound             prosody.Measure // of the recognition that came last
	began             prosody.Caller
	voice             voice
	spokenIn          dialog.Lang // the language of the recognition that came last, where it is not the call's
	asked             uint32      // its number
	recognize         recognize
	cancelRecognition context.CancelFunc
	forgone           context.CancelFunc // gives up what is readied for an answer; nil when nothing is
	before            before             // the caller's latest turn
	passing           passing
	helping           helping             // of a language model
	guarding          bool                // what sounds must be heard whole
	bridge            func(*bridge)       // puts a person's leg in the robot's place, or takes it away
	ending            *dialog.Disposition // the goodbye is being said
	stopped           stopped             // how the caller's side has stopped the agent, while it does
	endAt             time.Duration       // when it will have been heard; turn.Never before it was sent
	ended             *dialog.Disposition
	contact           member.Interaction       // what the call leaves in the member's history
	notes             []member.Note            // and what it has shown of the member
	expect            dialog.Expect            // the answer that is due
	operations        map[uint32]time.Duration // those without an answer yet, by number: when that is late
	parties           parties                  // operations that the caller's side does
	park              func(bool)               // puts the sound on hold, both ways
	alternatives      []string                 // other readings of the caller's latest words
	named             []string                 // what the shop has named in this call
	deaf              bool                     // nothing recognises this call's language
	unkept            bool                     // the journal cannot be written; said once
	origin            string                   // the call in which what is going on began: this one, or one that was lost
	place
}

// begin opens the call: who is it, and the greeting.
func (c *conversation) begin(ctx context.Context) {
	c.emit(journal.Event{
		Type: journal.TypeStarted, Call: c.caller.Call, Lang: c.caller.Lang, Channel: c.caller.Channel, Context: c.caller.Context,
	})
	c.unasked()
	c.identify(ctx)
	if c.takeUp(ctx) {
		c.placed = true
		c.dialogue(flow.Input{Kind: flow.CalledAgain})
		return
	}
	c.dialogue(flow.Input{Kind: flow.Begin})
}

// step takes one event at call time now and does what follows from it. A nil
// event is the deadline's.
func (c *conversation) step(now time.Duration, ev event) {
	c.now = max(c.now, now)
	c.letGo()
	switch ev := ev.(type) {
	case nil:
		c.act(c.floor.Step(turn.Event{Kind: turn.Tick, At: c.now}))
		c.bridgeWait()
		if c.now >= c.endAt {
			c.end(c.ending.Code, c.ending.By)
		}
	case heardEdge:
		c.edge(ev.Event)
	case recognised:
		c.recognised(ev)
	case synthesised:
		c.synthesised(ev)
	case clauseBegan:
		c.clauseBegan(ev)
	case turnFinished:
		c.turnFinished(ev)
	case operated:
		c.operated(ev)
	case message:
		c.message(ev)
	default:
		c.stepWork(ev)
	}
}

// stepWork takes an event of the desk, the person who has the call, or other work
// beside the conversation.
func (c *conversation) stepWork(ev event) {
	switch ev := ev.(type) {
	case desked:
		c.desked(ev)
	case personEdge:
		c.personSpeaks(ev)
	case personSaid:
		c.emit(journal.Event{Type: journal.TypeCaption, Party: dialog.Human, Turn: ev.turn, Text: ev.text, Final: true})
	case refreshed:
		c.refreshed(ev)
	case foretold:
		c.foretold(ev)
	case transferred:
		c.transferred(ev)
	case pressed:
		c.pressed(ev)
	case voiced:
		c.voiced(ev)
	case draining:
		c.drain()
	case placeKept:
		c.placeKept()
	default:
		c.stepModel(ev)
	}
}

// act does what the turn engine asks for.
func (c *conversation) act(actions []turn.Action) {
	for _, a := range actions {
		switch a.Do {
		case turn.Recognise:
			c.recognise(a)
		case turn.Hold:
			c.queue.Hold()
		case turn.Resume:
			c.queue.Resume()
			c.config.Metrics.bargeIn("resumed")
		case turn.Interrupt:
			c.interrupt(a.Turn)
		case turn.EndOfTurn:
			c.endOfTurn(a)
		case turn.NoInput:
			c.dialogue(flow.Input{Kind: flow.NoInput})
		case turn.Discard:
			if c.now > c.before.until { // else the turn before it may yet be gone on with
				c.memory.keep(turn.Never)
			}
			c.emit(journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: a.Turn, Text: a.Text, Final: true})
		}
	}
}

// edge takes an edge of the caller's speech.
func (c *conversation) edge(ev vad.Event) {
	kind := turn.SpeechSustained
	switch ev.Kind {
	case vad.Started:
		kind = turn.SpeechStarted
		c.forgo()
		c.speech(dialog.Caller, true, ev.At)
	case vad.Ended:
		kind = turn.SpeechEnded
		c.speech(dialog.Caller, false, ev.At)
	case vad.Sustained:
	}
	before := c.floor.Caller()
	c.act(c.floor.Step(turn.Event{Kind: kind, At: ev.At, Level: ev.Level}))
	if before == 0 && c.floor.Caller() != 0 {
		c.memory.keep(c.floor.Sound())
	}
}

// endOfTurn gives the caller's whole turn to the dialog.
func (c *conversation) endOfTurn(a turn.Action) {
	c.memory.keep(a.From)      // the caller may go on
	if c.floor.Caller() != 0 { // the turn was cut and another goes on
		c.memory.keep(a.To)
	}
	c.goOn(a)
	c.asked = a.Turn
	in := flow.Input{Kind: flow.Words, Text: a.Text}
	switch {
	case a.Keys != "":
		in = flow.Input{Kind: flow.Keys, Keys: a.Keys}
		c.emit(journal.Event{Type: journal.TypeKey, Turn: a.Turn, Key: a.Keys})
	case a.Typed:
		c.emit(journal.Event{Type: journal.TypeText, Turn: a.Turn, Text: a.Text})
		c.captionCaller(a.Turn, a.Text, true)
	default:
		c.emit(journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: a.Turn, Text: a.Text, Final: true, Joins: a.Joins})
		in.Alternatives, in.Sounds = c.alternatives, c.sounds()
		c.hearVoice()
		c.follow()
	}
	if c.passing.taken {
		return // a person listens; the words are in the journal
	}
	c.passing.said = in.Text
	if a.Keys == "" && !a.Typed {
		c.question = question{ended: a.To, due: min(a.Due, c.now), decided: c.now}
	}
	if a.Failed && c.deaf {
		c.newReply()
		c.speak([]dialog.Act{{Name: "no_recogniser"}})
		return
	}
	c.worker.Go(c.refresh(in))
}

// speakIn goes on in a language.
func (c *conversation) speakIn(lang dialog.Lang) {
	if lang == c.caller.Lang {
		return
	}
	c.publish(journal.Event{Type: journal.TypeLang, Lang: lang})
	c.caller.Lang, c.deaf = lang, false
	c.flow.Speak(lang)
}

// follow goes on in the language that the caller has spoken in the first turn.
func (c *conversation) follow() {
	lang := c.spokenIn
	c.spokenIn = ""
	if lang == "" {
		return
	}
	deaf := c.deaf
	c.speakIn(lang)
	c.deaf = deaf // whether that language is heard is known
}

// interrupt drops what is left of the agent's turn and tells the dialog how
// much of it was heard.
func (c *conversation) interrupt(t uint32) {
	in := flow.Input{Kind: flow.Interrupted, At: c.now}
	if t == c.reply.turn {
		in.Text, in.HeardAll = c.reply.heard(c.queue.Heard(t), c.stopped)
	}
	c.interruptModel()
	if t == c.reply.turn {
		c.cutModel(in.Text)
	}
	c.hush()
	c.emit(journal.Event{Type: journal.TypeInterrupted, Turn: t, Heard: in.Text})
	c.config.Metrics.bargeIn("taken")
	c.ending, c.endAt = nil, turn.Never // a caller who speaks into the goodbye has more to say
	c.expecting(c.flow.Step(in).Expect)
}

// guard follows a clause that must be heard whole, and its end. What was said into it
// is no yes to it: the dialog is told as if it had been interrupted, and reads it again.
func (c *conversation) guard(at time.Duration, whole bool) {
	if !whole && !c.guarding {
		return
	}
	over := c.guarding && !whole
	c.guarding = whole
	if over && c.floor.Caller() != 0 && c.floor.Began() < at-overlap {
		c.expecting(c.flow.Step(flow.Input{Kind: flow.Interrupted, At: c.now}).Expect)
	}
	c.act(c.floor.Step(turn.Event{Kind: turn.Guarding, At: at, On: whole}))
}

// expecting says what answer is due.
func (c *conversation) expecting(e dialog.Expect) {
	c.expect = e
	c.floor.Step(turn.Event{Kind: turn.Expecting, Expect: e})
}

// dialogue steps the dialog and does what it says.
func (c *conversation) dialogue(in flow.Input) {
	in.At, in.Day = c.now, c.caller.Day.Format(time.DateOnly)
	in.Person = c.toFlow()
	out := c.flow.Step(in)
	c.settle(out)
	c.understood(in, out)
	if out.Lang != "" {
		c.speakIn(out.Lang)
	}
	if out.Brief != nil { // what has come to be known since the person was asked for
		c.publish(briefed(*out.Brief))
	}
	c.noted(out.Events)
	c.related(out.Related)
	c.keepPlace()
	c.expecting(out.Expect)
	if !c.goesOn(in) {
		c.newReply()
	}
	for _, op := range out.Operations {
		c.operations[op.ID] = c.now + shopSlow
	}
	c.reply.open = len(c.operations) > 0
	if out.End != nil {
		c.ending = out.End
	}
	c.speak(out.Acts)
	for _, op := range out.Operations {
		c.operate(op)
	}
	if out.Handoff != nil {
		c.handOff(*out.Handoff)
	}
	if out.Withdraw && c.passing.withdraw != nil {
		c.passing.withdraw()
	}
}

// goesOn says whether what follows from in belongs to the reply that has begun: it is
// what an open turn waits for, or bridges.
func (c *conversation) goesOn(in flow.Input) bool {
	return c.reply.open && (in.Kind == flow.Done || in.Kind == flow.NoInput || c.helping.keeping)
}

// drain says goodbye because the server stops, unless a person has the call.
func (c *conversation) drain() {
	if c.passing.taken {
		c.end(dialog.Drained, dialog.System)
		return
	}
	c.newReply()
	c.ending = &dialog.Disposition{Code: dialog.Drained, By: dialog.System}
	c.speak([]dialog.Act{{Name: "draining"}})
}

// end ends the call; the first reason stands.
func (c *conversation) end(code string, by dialog.Party) {
	if c.ended == nil {
		c.ended = &dialog.Disposition{Code: code, By: by}
	}
}
