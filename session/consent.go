package session

import (
	"slices"

	"huike/member"
	"huike/session/journal"
)

// recordingConsent is what the caller's word on being recorded has led to.
type recordingConsent struct {
	off  bool // nothing is being recorded
	gone bool // and nothing will be: what there was is deleted
}

// unasked keeps a call from being recorded while nobody has been asked, where that is
// the rule. It runs before the first word.
func (c *conversation) unasked() {
	if c.config.RecordAsked && c.kept.recording != nil {
		c.consent.off = true
		c.kept.recording.Pause(true)
	}
}

// mayRecord follows the member's word on being recorded, as it is at this turn. Who had
// refused before the call is not recorded, and what was, until they were known, is
// deleted. What was recorded before a word in mid-call stays, and says so.
func (c *conversation) mayRecord(view member.View) {
	if c.kept.recording == nil || c.consent.gone {
		return
	}
	said := slices.IndexFunc(view.Consent, func(g member.Grant) bool { return g.Purpose == member.PurposeRecording })
	on := view.Allows(member.PurposeRecording)
	switch {
	case view.Stale && view.Consent == nil: // the word may be what has changed
		on = false
	case said < 0:
		on = !c.config.RecordAsked
	case !on && !c.person.known:
		c.discard()
	}
	if on == c.consent.off {
		c.record(on)
		c.uses(member.PurposeRecording)
	}
}

// record stops the recording, or lets it go on.
func (c *conversation) record(on bool) {
	c.consent.off = !on
	c.kept.recording.Pause(!on)
	c.write(journal.Event{Type: journal.TypeRecording, On: on})
}

// discard deletes what was recorded.
func (c *conversation) discard() {
	c.consent.gone = true
	if err := c.kept.discard(); err != nil {
		c.stepDown("recording", err)
	}
}
