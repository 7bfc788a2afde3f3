package turn

import "time"

// Nature is how likely a short sound is none that wants the floor, as the recogniser
// hears it whatever words it makes of it. A zero one says nothing.
type Nature struct {
	Listener float64 // it is what listeners say: "mm-hm", "okay"
	Noise    float64 // it is no word: a cough, laughter, "um"
	Words    float64 // it is, or begins, anything else
}

// How likely a sound has to be what.
const (
	likelyNothing = 0.42 // for the agent to speak on while it lasts
	surelyNothing = 0.70 // to be forgotten when it is over, though words were recognised
	surelyNoise   = 0.85 // the same of one in silence
)

// nothing is how likely the sound wants nothing.
func (n Nature) nothing() float64 { return n.Listener + n.Noise }

// look has what is there of a sound over the agent recognised: twice, the second
// time soon enough for the agent to go on before its pause is noticed.
func (e *Engine) look(now time.Duration) Action {
	e.glanceAt = now + e.config.Glance/3
	if e.glanceAt > e.onset+e.config.Glance*3/2 {
		e.glanceAt = Never
	}
	e.partialAt = max(e.partialAt, now+e.config.Partial)
	e.revision++
	e.glance = e.revision
	return Action{Do: Recognise, Turn: e.turn, Revision: e.revision, From: e.onset, To: now, Partial: true}
}

// glances takes what was heard in a look at a sound over the agent that still lasts.
func (e *Engine) glances(ev Event) []Action {
	e.glanced = ev.Nature
	nothing := Backchannel(ev.Text) && e.glanceAt == Never // too early before
	if ev.Nature != (Nature{}) {
		nothing = ev.Nature.nothing() >= likelyNothing
	}
	switch {
	case nothing, e.faint(): // known before it is over
		return e.resume()
	default:
		return nil
	}
}

// resumeBegun takes back a pause in what the agent was saying; what it has yet to say
// waits for the end of the sound.
func (e *Engine) resumeBegun() []Action {
	if !e.begun {
		return nil
	}
	return e.resume()
}

// mayHold tells whether the agent's sound may be paused.
func (e *Engine) mayHold() bool {
	return (e.sound == sounding || e.sound == thinking) && !e.listening && !e.manual && !e.guarded && !e.faint()
}

// decide ends a pause of the agent's that has lasted for long: as an interruption, unless
// the sound is faint or nothing.
func (e *Engine) decide() []Action {
	if e.faint() || e.glanced.nothing() >= surelyNothing {
		return e.resume()
	}
	return e.commitHeld(true)
}

// wantsNothing tells whether the turn, of which all words are known, is none.
func (e *Engine) wantsNothing() bool {
	switch {
	case fold(e.fresh(e.words)) != "":
		return !e.listening && !e.failed && (e.asksNothing() || e.unwanted())
	case e.failed:
		return !e.sustained
	default:
		return !e.mumbled()
	}
}

// unwanted tells whether the sound of the turn, which is over, is none that wants the
// floor, though words were recognised in it.
func (e *Engine) unwanted() bool {
	n := e.nature
	if n == (Nature{}) || e.first.turn != 0 || e.pauses > 0 {
		return false
	}
	if e.sound == quiet { // a listener's word may be an answer
		return (n.Noise >= surelyNoise || n.nothing() >= surelyNoise && e.expect.Kind != "yesno") && !e.pause().Understood
	}
	return n.nothing() >= surelyNothing && !e.pause().Understood
}

// A voice of that length and so much of it voiced said something, though no words were
// recognised.
const (
	leastMumble  = 0.7 // seconds
	mumbleVoiced = 0.35
)

// mumbled tells whether the caller has said something into the agent's silence that the
// recogniser could make nothing of: they are told so, and are not left without an answer.
func (e *Engine) mumbled() bool {
	return e.sustained && e.sound == quiet && !e.listening && e.first.turn == 0 && e.nature.nothing() < likelyNothing &&
		e.tone.Length >= leastMumble && e.tone.Voiced >= mumbleVoiced && e.tone.Pitch > 0 &&
		!e.habits.far(e.level, e.tone, false, e.config.Ducked, e.onset)
}
