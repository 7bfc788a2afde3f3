package turn

import "strings"

// guard follows a sentence that must be heard whole: it is neither paused nor stopped by
// speech that does not ask for a person, and what was said into it is a turn when it is
// over.
func (e *Engine) guard(ev Event) []Action {
	e.guarded = ev.On && e.sound != quiet
	if !e.guarded {
		return e.tick(ev.At)
	}
	return e.resume()
}

// guards tells whether a sentence that must be heard whole sounds, and the caller has
// not asked for a person.
func (e *Engine) guards() bool { return e.guarded && e.sound != quiet && !person(e.words) }

// person tells whether text asks for a person.
func person(text string) bool {
	words := " " + fold(text) + " "
	for _, said := range []string{
		" a person ", " real person ", " human ", " an agent ", " operator ", " representative ", " to somebody ", " to someone ", "人工", "真人", "客服",
	} {
		if strings.Contains(words, said) {
			return true
		}
	}
	return false
}
