package session

import (
	"maps"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/llm"
	"huike/dialog/turn"
	"huike/member"
)

// before is how things stood when the caller's latest turn ended: who goes on after a
// pause meant one wish, and the answer to its first half is withdrawn. No half-made state
// is left of it; what cannot be taken back, such as a write to the shop, settles the turn,
// and what the caller says then is a turn of its own.
type before struct {
	turn      uint32 // the caller's; 0: it is settled, or there is none
	flow      []byte
	talk      llm.Mark // of a model that leads
	expect    dialog.Expect
	contact   member.Interaction
	notes     int
	slots     map[string]dialog.Slot
	intent    dialog.Intent
	mood      string
	withdrawn uint32        // the turn that was withdrawn last, whose answer need not begin any more
	epoch     int           // counts them: operations of an older one are for nobody
	until     time.Duration // the turn's sound is kept until then
}

// goesOnFor is how long the sound of a turn is kept for what may follow.
const goesOnFor = 2 * time.Second

// goOn withdraws the turn that another goes on with, and keeps how things stand before
// that one is answered.
func (c *conversation) goOn(a turn.Action) {
	b := &c.before
	if a.Joins != 0 && a.Joins == b.turn {
		c.withdraw()
	}
	b.turn, b.until = a.Turn, c.now+goesOnFor
	state, err := c.flow.MarshalJSON()
	if err != nil || a.Keys != "" || a.Typed || a.Failed || c.passing.taken || len(c.operations) > 0 { // what an earlier turn has begun stays begun
		c.settled()
		return
	}
	b.talk = c.mark()
	b.flow, b.expect, b.contact, b.notes = state, c.expect, c.contact, len(c.notes)
	b.slots, b.intent, b.mood = copied(c.passing.slots), c.passing.intent, c.passing.mood
}

// withdraw takes back what came of the caller's latest turn.
func (c *conversation) withdraw() {
	b := &c.before
	talk, err := flow.Resume(c.config.Flow, b.flow)
	if err != nil { // it was written a moment ago
		return
	}
	talk.Speak(c.caller.Lang)
	c.flow, c.contact, c.notes = talk, b.contact, c.notes[:b.notes]
	c.passing.slots, c.passing.intent, c.passing.mood = b.slots, b.intent, b.mood
	if c.helping.talk != nil {
		c.helping.talk.Back(b.talk)
	}
	clear(c.operations)
	b.withdrawn = b.turn
	b.epoch++
	c.hush()
	c.expecting(b.expect)
	c.keepPlace()
}

// settle looks whether what the dialog does can be taken back.
func (c *conversation) settle(out flow.Output) {
	if out.End != nil || out.Handoff != nil || out.Withdraw || out.Brief != nil || out.Lang != "" {
		c.settled()
	}
	for _, op := range out.Operations {
		if op.Write || op.Name == flow.Identify || c.parties.do[op.Name] {
			c.settled()
		}
	}
}

// settled parts what the caller says next from the latest turn.
func (c *conversation) settled() {
	if c.before.turn != 0 {
		c.before.turn = 0
		c.act(c.floor.Step(turn.Event{Kind: turn.Settled, At: c.now}))
	}
}

// letGo forgets the sound of the caller's latest turn when nothing can follow it.
func (c *conversation) letGo() {
	if b := &c.before; b.until != 0 && c.now > b.until {
		b.until = 0
		if c.floor.Caller() == 0 {
			c.memory.keep(turn.Never)
		}
	}
}

func copied(slots map[string]dialog.Slot) map[string]dialog.Slot {
	out := make(map[string]dialog.Slot, len(slots))
	maps.Copy(out, slots)
	return out
}
