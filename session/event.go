package session

import (
	"time"

	"huike/audio/asr"
	"huike/audio/prosody"
	"huike/audio/tts"
	"huike/audio/vad"
	"huike/dialog/flow"
	"huike/member/shop"
)

// event is one thing that the conversation is told. Each is a struct below.
type event any

// heardEdge is an edge of the caller's speech.
type heardEdge struct{ vad.Event }

// clauseBegan says that the first sound of a clause of the agent was sent.
type clauseBegan struct {
	at     time.Duration
	turn   uint32
	clause int
	first  bool // it is the first of its turn
}

// turnFinished says that the last sound of the agent's turn was sent.
type turnFinished struct {
	at   time.Duration
	turn uint32
}

// recognised is what a recogniser made of a stretch of the caller's sound.
type recognised struct {
	revision uint32
	turn     uint32
	partial  bool
	from, to time.Duration
	result   asr.Result
	tone     vad.Tone
	sound    prosody.Measure // of a final's
	spoken   []int16         // of a final's, where voices are known
	err      error
}

// synthesised says that a clause of the agent's turn has sound, or has none
// because of err.
type synthesised struct {
	turn   uint32
	clause int
	length time.Duration
	marks  []tts.Mark // of its words, as far as the voice tells; shared
	made   bool       // no more will come of it
	err    error
}

// operated is what came of an operation of the shop.
type operated struct {
	turn      uint32
	epoch     int // before.epoch when it was asked for
	operation flow.Operation
	result    shop.Result
	who       *person // whom it has found
	err       error
}

// message is a JSON text from the caller's page.
type message []byte

// draining says that the server wants to stop.
type draining struct{}
