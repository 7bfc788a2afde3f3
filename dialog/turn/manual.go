package turn

import "time"

// commit ends the caller's turn because the caller's side says so: as soon as its
// words are known, whatever they are. Who commits silence has said nothing that is
// understood, and is told so.
func (e *Engine) commit(at time.Duration) []Action {
	if e.floor == silent {
		return e.typed(Event{At: at})
	}
	var actions []Action
	if e.floor == speaking {
		actions = e.speechEnded(at)
	}
	e.committed = true
	return append(actions, e.tick(at)...)
}

func (e *Engine) typed(ev Event) []Action {
	e.guarded, e.half, e.first = false, half{}, half{}
	actions := e.commitHeld(true)
	e.floor, e.silences, e.silentAt = silent, 0, Never
	return append(actions, Action{Do: EndOfTurn, Turn: e.Next(), Text: ev.Text, Typed: true, From: ev.At, To: ev.At})
}
