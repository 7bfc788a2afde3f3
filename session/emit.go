package session

import (
	"encoding/json"
	"time"

	"huike/dialog"
	"huike/member"
	"huike/session/journal"
)

// emit writes an event to the journal, and tells it to the caller's page and to
// the people who watch the call.
func (c *conversation) emit(ev journal.Event) {
	if ev.At == 0 {
		ev.At = journal.MS(c.now)
	}
	ev = c.masker.Mask(ev)
	c.send(ev)
	c.publish(ev)
}

// publish writes an event to the journal and tells it to who watches the call.
func (c *conversation) publish(ev journal.Event) {
	if ev.At == 0 {
		ev.At = journal.MS(c.now)
	}
	c.write(ev)
	c.passing.transcript.Add(ev)
	if c.config.Desk != nil {
		c.config.Desk.Publish(c.caller.Call, ev)
	}
}

// write writes an event to the journal alone.
func (c *conversation) write(ev journal.Event) {
	if ev.At == 0 {
		ev.At = journal.MS(c.now)
	}
	if c.config.Watch != nil {
		c.config.Watch(ev)
	}
	if err := c.kept.write(ev); err != nil && !c.unkept {
		c.unkept = true
		c.config.Log.Warn("journal not kept", "call", c.caller.Call, "err", err)
	}
}

// send tells an event to the caller's page. One that does not read loses its leg,
// which is the leg's matter.
func (c *conversation) send(ev journal.Event) {
	if ev.At == 0 {
		ev.At = journal.MS(c.now)
	}
	text, err := json.Marshal(ev)
	if err == nil {
		_ = c.leg.Send(text)
	}
}

// speech shows who sounds from when.
func (c *conversation) speech(party dialog.Party, on bool, at time.Duration) {
	c.emit(journal.Event{Type: journal.TypeSpeech, Party: party, On: on, At: journal.MS(at)})
}

// stepDown says in one line that a part has failed and the call goes on without.
func (c *conversation) stepDown(part string, err error) {
	c.config.Metrics.stepDown(part)
	c.config.Log.Warn("step down", "call", c.caller.Call, "part", part, "err", member.Mask(err.Error()))
}
