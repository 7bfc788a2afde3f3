package turn

import "time"

// Deadline returns the call time at which the engine wants a [Tick], or [Never].
func (e *Engine) Deadline() time.Duration {
	at := Never
	switch e.floor {
	case speaking:
		at = min(e.partialAt, e.longest(), e.holdAt, e.glanceAt)
		if e.sound == held && e.begun {
			at = min(at, e.onset+e.config.Commit)
		}
	case pausing:
		at = e.ended + e.config.WordsWait
		if e.known {
			at = e.endpoint()
		}
		if e.known && e.guards() {
			at = Never // the agent's last word comes first
		}
	case silent:
		if e.silentAt != Never {
			at = e.silentAt + e.config.NoInput
		}
	}
	if e.keys != "" {
		at = min(at, e.keyAt+e.config.KeyPause)
	}
	return at
}

func (e *Engine) tick(now time.Duration) []Action {
	if e.keys != "" && now >= e.keyAt+e.config.KeyPause {
		return e.endKeys(now)
	}
	switch e.floor {
	case speaking:
		return e.tickSpeaking(now)
	case pausing:
		if !e.known && now >= e.ended+e.config.WordsWait {
			e.known, e.failed, e.words, e.wait = true, true, "", e.config.WordsWait
		}
		if e.known && now >= e.endpoint() && !e.guards() {
			return e.endTurn()
		}
	case silent:
		if e.silentAt != Never && now >= e.silentAt+e.config.NoInput {
			if e.stirs(now) {
				return nil
			}
			e.silences++
			e.silentAt = Never
			return []Action{{Do: NoInput, Turn: e.Next(), Count: e.silences}}
		}
	}
	return nil
}

// longest is when the turn is cut though the caller goes on speaking.
func (e *Engine) longest() time.Duration {
	if e.manual {
		return Never
	}
	return e.began + e.config.Longest
}

func (e *Engine) tickSpeaking(now time.Duration) []Action {
	if now >= e.longest() {
		actions := e.speechEnded(now)
		e.cut = true
		return actions
	}
	var actions []Action
	if now >= e.holdAt {
		actions = e.hold()
	}
	if now >= e.glanceAt {
		return append(actions, e.look(now))
	}
	if e.sound == held && e.begun && now >= e.onset+e.config.Commit {
		actions = append(actions, e.decide()...)
	}
	if now >= e.partialAt {
		e.partialAt = now + max(e.config.Partial, (now-e.began)/4) // each takes longer than the one before
		e.revision++
		actions = append(actions, Action{
			Do: Recognise, Turn: e.turn, Revision: e.revision, From: e.began, To: now, Partial: true,
		})
	}
	return actions
}

// key takes one key. Digits gather until as many as are due have come, a #, or
// a pause; a key that begins no number (a choice, or 0 for a person) counts at once.
func (e *Engine) key(ev Event) []Action {
	e.guarded = false
	actions := append(e.settle(), e.commitHeld(true)...)
	e.silences, e.silentAt = 0, Never
	e.keyAt = ev.At
	if ev.Text == "#" && e.keys != "" {
		return append(actions, e.endKeys(ev.At)...)
	}
	e.keys += ev.Text
	due := 1
	if e.expect.Kind == "digits" {
		due = e.expect.Digits
	}
	if due > 0 && len(e.keys) >= due {
		return append(actions, e.endKeys(ev.At)...)
	}
	return actions
}

func (e *Engine) endKeys(now time.Duration) []Action {
	keys := e.keys
	e.keys = ""
	e.floor = silent
	return []Action{{Do: EndOfTurn, Turn: e.Next(), Keys: keys, From: e.keyAt, To: now}}
}

// stirring is how much longer an agent waits before it asks again, once, when it has just
// heard something that is no speech.
const stirring = 2500 * time.Millisecond

// stirs lets the agent wait a little longer where something was just heard.
func (e *Engine) stirs(now time.Duration) bool {
	if e.stirred == e.silentAt || e.config.Stirs == nil || !e.config.Stirs(now) {
		return false
	}
	e.silentAt += stirring
	e.stirred = e.silentAt
	return true
}
