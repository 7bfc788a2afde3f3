package turn

import (
	"time"

	"huike/dialog"
)

// floor is what the caller is doing.
type floor int

const (
	silent   floor = iota
	speaking       // sound that may be words
	pausing        // sound has ended; the turn may be over
)

// sound is what the agent is doing.
type sound int

const (
	quiet    sound = iota
	thinking       // a reply is on its way, no sound of it has been sent
	sounding
	held // paused by speech that may yet turn out to be none
)

// Engine holds the floor of one call. One goroutine steps it.
type Engine struct {
	config Config
	expect dialog.Expect

	last uint32 // the newest turn number given out

	// the caller
	floor     floor
	turn      uint32        // the caller's turn while the floor is not silent
	began     time.Duration // its first sound
	onset     time.Duration // the same, but for a turn that goes on with another: the first sound behind the pause
	first     half          // the turn that it goes on with
	half      half          // the turn before it, that the next may go on with
	ended     time.Duration // its latest sound, while pausing
	sustained bool          // it has had enough speech to be words
	cut       bool          // it was ended as too long while the caller speaks on
	revision  uint32        // of the newest recognition asked for
	wanted    uint32        // the recognition that the endpoint waits for
	words     string        // the newest words of this turn
	known     bool          // words are those of the whole turn so far
	failed    bool          // the recogniser could not say them
	tone      Tone          // of the sound that they are of
	nature    Nature        // of the same
	glanced   Nature        // of the sound since onset, when it was looked at last
	wait      time.Duration // how long the pause in progress must last to end the turn
	pauses    int           // in this turn, before the latest
	resumed   time.Duration // when the latest stretch of its sound began
	partialAt time.Duration // when to recognise next while speaking
	holdAt    time.Duration // when the agent's sound is to pause, if the caller speaks on
	glanceAt  time.Duration // when to look next whether this is a backchannel
	glance    uint32        // the newest recognition for that
	level     float32       // of this turn's loudest sound, dBFS
	habits    habits
	keys      string
	keyAt     time.Duration
	manual    bool // turns end when the caller's side says so
	committed bool // it has said so of this turn

	// the agent
	sound     sound
	agent     uint32 // its turn while not quiet
	begun     bool   // sound of it was sent
	silences  int    // no-inputs in a row
	silentAt  time.Duration
	stirred   time.Duration // silentAt after it was put off; it is put off once
	listening bool          // only listens: a person has the call
	guarded   bool          // what sounds must be heard whole
}

// New returns an engine for a call that begins in silence.
func New(config Config) *Engine {
	return &Engine{config: config.withDefaults(), silentAt: Never}
}

// Next gives out the number of the agent's next turn.
func (e *Engine) Next() uint32 {
	e.last++
	return e.last
}

// Upcoming returns the number that Next will give out.
func (e *Engine) Upcoming() uint32 { return e.last + 1 }

// Began returns the call time of the first sound of the caller's turn in progress, or
// of the half of it that is new.
func (e *Engine) Began() time.Duration { return e.onset }

// Caller returns the number of the caller's turn in progress, or 0.
func (e *Engine) Caller() uint32 {
	if e.floor == silent {
		return 0
	}
	return e.turn
}

// Step takes what happened and returns what to do about it, in order. The slice
// is the caller's.
func (e *Engine) Step(ev Event) []Action {
	switch ev.Kind {
	case Tick:
		return e.tick(ev.At)
	case SpeechStarted:
		return e.speechStarted(ev.At)
	case SpeechSustained:
		return e.speechSustained(ev)
	case SpeechEnded:
		e.level = max(e.level, loud(ev.Level))
		return e.speechEnded(ev.At)
	case Recognised:
		return e.recognised(ev)
	case Key:
		return e.key(ev)
	case Typed:
		return e.typed(ev)
	case Expecting:
		e.expect = ev.Expect
	case Listening:
		e.listening = ev.On
		e.awaitInput(ev.At)
	default:
		return e.told(ev)
	}
	return nil
}

// told takes what the agent does, or the caller's side says of turns.
func (e *Engine) told(ev Event) []Action {
	switch ev.Kind {
	case Settled:
		return e.settle()
	case Manual:
		e.manual = ev.On
		e.silentAt = Never
	case Guarding:
		return e.guard(ev)
	case Committed:
		return e.commit(ev.At)
	case Stopped:
		e.guarded = false
		return e.commitHeld(true)
	case Replying:
		return e.replying(ev.Turn)
	default:
		e.agentDid(ev)
	}
	return nil
}

// replying gives the agent the floor, unless the caller has gone on meanwhile:
// then its sound waits until it is known whether that was words.
func (e *Engine) replying(agent uint32) []Action {
	e.begun = e.begun && agent == e.agent
	e.guarded = e.guarded && e.begun
	e.sound, e.agent, e.silentAt = thinking, agent, Never
	if e.floor == silent || e.floor == pausing && !e.sustained || e.listening || e.manual {
		return nil
	}
	e.sound = held
	return []Action{{Do: Hold, Turn: agent}}
}

// agentDid follows the agent's own turn to its last sound.
func (e *Engine) agentDid(ev Event) {
	switch ev.Kind {
	case AgentBegan:
		if ev.Turn == e.agent && e.sound == thinking {
			e.sound, e.begun = sounding, true
		}
	case AgentFinished:
		if ev.Turn == e.agent {
			e.sound = quiet
			e.awaitInput(ev.At)
		}
	default: // the caller's events are Step's
	}
}

// awaitInput starts the patience with a silent caller at time at.
func (e *Engine) awaitInput(at time.Duration) {
	e.silentAt = Never
	if !e.listening && !e.manual && e.floor == silent && e.sound == quiet && e.keys == "" {
		e.silentAt = at
	}
}

func (e *Engine) speechStarted(at time.Duration) []Action {
	e.silentAt = Never
	switch e.floor {
	case silent:
		e.turn = e.Next()
		e.began, e.words, e.sustained, e.committed = at, "", false, false
		e.level, e.pauses, e.tone, e.onset = quietest, 0, Tone{}, at
		e.nature, e.glanced = Nature{}, Nature{}
		e.goOn(at)
	case pausing: // goes on: what was recognised is only the beginning
		e.habits.paused(at - e.ended)
		e.pauses++
	case speaking:
		return nil
	}
	e.floor, e.resumed = speaking, at
	e.holdAt, e.glanceAt = Never, Never
	e.known, e.failed, e.wanted = false, false, 0
	e.partialAt = at + e.config.Partial
	return nil
}

func (e *Engine) speechSustained(ev Event) []Action {
	if e.floor == silent {
		return nil
	}
	e.sustained = true
	e.level = max(e.level, loud(ev.Level))
	if !e.mayHold() {
		return nil
	}
	if e.sound == sounding && ev.At < e.onset+e.config.HoldAfter && e.floor == speaking {
		e.holdAt = e.onset + e.config.HoldAfter
		return nil
	}
	return e.hold()
}

// hold pauses the agent's sound, in a way that can be taken back, and has a first look
// at what it is as soon as there is enough of it.
func (e *Engine) hold() []Action {
	e.holdAt, e.sound = Never, held
	if e.begun && e.floor == speaking {
		e.glanceAt = e.onset + e.config.Glance
	}
	return []Action{{Do: Hold, Turn: e.agent}}
}

// resume takes the pause back.
func (e *Engine) resume() []Action {
	if e.sound != held {
		return nil
	}
	e.sound, e.glanceAt = thinking, Never
	if e.begun {
		e.sound = sounding
	}
	return []Action{{Do: Resume, Turn: e.agent}}
}

func (e *Engine) speechEnded(at time.Duration) []Action {
	if e.floor != speaking && (e.floor != pausing || !e.cut) {
		return nil
	}
	e.floor, e.cut, e.known = pausing, false, false
	e.holdAt, e.glanceAt = Never, Never
	e.ended = max(at, e.began)
	return e.recogniseAll()
}

// recogniseAll asks for the words of the turn so far.
func (e *Engine) recogniseAll() []Action {
	e.revision++
	e.wanted = e.revision
	return []Action{{Do: Recognise, Turn: e.turn, Revision: e.revision, From: e.began, To: e.ended}}
}

func (e *Engine) recognised(ev Event) []Action {
	switch {
	case e.floor == silent, ev.Revision > e.revision:
		return nil
	case ev.Partial:
		if e.floor != speaking || ev.Failed {
			return nil
		}
		e.tone = ev.Tone
		return e.partial(ev)
	case ev.Revision != e.wanted:
		return nil // the caller went on; newer words are on their way
	}
	e.words, e.known, e.failed, e.tone, e.nature = ev.Text, true, ev.Failed, ev.Tone, ev.Nature
	p := e.pause()
	if e.config.Watch != nil {
		e.config.Watch(p)
	}
	e.wait = e.patience(&p)
	return e.final(ev.At)
}

// partial takes words of a caller who still speaks.
func (e *Engine) partial(ev Event) []Action {
	if ev.Revision > e.glance {
		e.words = ev.Text
		fresh := e.fresh(ev.Text)
		if fold(fresh) != "" && Backchannel(fresh) || e.elsewhere(fresh) || ev.Nature.nothing() >= likelyNothing {
			return e.resumeBegun()
		}
		return e.commitHeld(!e.manual && fold(fresh) != "")
	}
	return e.glances(ev)
}

// final takes the words of the turn so far.
func (e *Engine) final(at time.Duration) []Action {
	if e.manual || e.committed {
		return e.tick(at)
	}
	if e.first.turn != 0 && !e.failed && (e.sustained && fold(e.fresh(e.words)) == "" || e.glanced.nothing() >= surelyNoise) {
		return e.settle() // the recogniser has heard nothing new in both; what does it hear in this half?
	}
	if e.wantsNothing() {
		return e.discard(at)
	}
	actions := e.commitHeld(true)
	if at >= e.endpoint() && !e.guards() {
		actions = append(actions, e.endTurn()...)
	}
	return actions
}

// commitHeld turns a pause that could be taken back into an interruption.
func (e *Engine) commitHeld(words bool) []Action {
	if !words || e.sound == quiet || e.listening || e.guards() {
		return nil
	}
	interrupted := e.agent
	e.sound = quiet
	return []Action{{Do: Interrupt, Turn: interrupted}}
}

// discard forgets a caller's turn that was nothing, and lets the agent go on.
func (e *Engine) discard(at time.Duration) []Action {
	if e.sound == quiet && e.habits.far(e.level, e.tone, false, e.config.Ducked, e.onset) && fold(e.words) != "" {
		e.habits.ignored = e.ended
	}
	actions := []Action{{Do: Discard, Turn: e.turn, Text: e.fresh(e.words)}}
	e.floor, e.cut, e.half = silent, false, e.first
	actions = append(actions, e.resume()...)
	e.awaitInput(at)
	return actions
}

func (e *Engine) endTurn() []Action {
	actions := e.commitHeld(true)
	e.floor = silent
	e.silences = 0
	e.wanted = 0
	e.habits.spoke(e.level, e.tone)
	joins := e.first.turn
	e.keepHalf()
	e.first = half{}
	actions = append(actions, Action{
		Do: EndOfTurn, Turn: e.turn, Text: e.words, Failed: e.failed, From: e.began, To: e.ended, Due: e.endpoint(), Joins: joins,
	})
	if e.cut {
		e.speechStarted(e.ended)
		e.sustained, e.cut = true, false
	}
	return actions
}
