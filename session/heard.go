package session

import (
	"huike/audio/asr"
	"huike/session/journal"
)

// natureOf is a sound's nature as the journal has it: nil where nothing is known.
func natureOf(n asr.Nature) *journal.Nature {
	if n == (asr.Nature{}) {
		return nil
	}
	told := journal.Nature(n)
	return &told
}

// heardNature is the other way.
func heardNature(n *journal.Nature) asr.Nature {
	if n == nil {
		return asr.Nature{}
	}
	return asr.Nature(*n)
}
