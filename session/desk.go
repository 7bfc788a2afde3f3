package session

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"huike/audio/asr"
	"huike/audio/vad"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/turn"
	"huike/member"
	"huike/session/handoff"
	"huike/session/journal"
)

// passing is where a call's handoff stands, and what its ticket will say.
type passing struct {
	taken      bool // a person has the call; the robot only listens
	reason     dialog.Reason
	intent     dialog.Intent
	slots      map[string]dialog.Slot
	mood       string
	transcript journal.Transcript
	said       string        // the caller's words that are being answered
	spoke      time.Duration // when the person began to speak
	withdraw   func()        // takes the request back
}

// desked is what the desk says of a call that waits for a person or has one.
type desked struct {
	pending *handoff.Pending
	outcome handoff.Outcome
	err     error
}

// follow keeps what the dialog has understood so far for the ticket.
func (p *passing) follow(u dialog.Understanding) {
	if p.slots == nil {
		p.slots = map[string]dialog.Slot{}
	}
	p.intent = cmp.Or(u.Intent, p.intent)
	for _, slot := range u.Slots {
		p.slots[slot.Name] = slot
	}
	if u.Mood != "" {
		p.mood = u.Mood
	}
}

// handOff asks the desk for a person. The words that caused it are the last line
// of the transcript by now.
func (c *conversation) handOff(h dialog.Handoff) {
	c.passing.reason = h.Reason
	c.emit(journal.Event{Type: journal.TypeHandoff, State: string(handoff.Waiting), Reason: h.Reason})
	c.config.Metrics.handoff(handoff.Waiting)
	if c.config.Desk == nil {
		c.passing.withdraw = c.worker.Go(func(_ context.Context, post func(event)) {
			post(desked{outcome: handoff.Outcome{State: handoff.Nobody}})
		})
		return
	}
	pending := c.config.Desk.Request(c.worker.Context(), c.ticket(h))
	c.brief(h)
	c.passing.withdraw = pending.Cancel
	c.worker.Go(func(ctx context.Context, post func(event)) {
		for {
			outcome, err := pending.Wait(ctx)
			if ctx.Err() != nil {
				return
			}
			post(desked{pending: pending, outcome: outcome, err: err})
			if err != nil || outcome.State.Final() {
				return
			}
		}
	})
}

// ticket is what the person is told before they speak. The words that caused the
// handoff are the last of the caller's lines by now.
func (c *conversation) ticket(h dialog.Handoff) handoff.Ticket {
	t := handoff.Ticket{
		Call: c.caller.Call, Lang: c.caller.Lang, Reason: h.Reason, Summary: h.Summary, Intent: c.passing.intent,
		Mood: c.passing.mood, Transcript: slices.Clone(c.passing.transcript.Lines), Said: member.Mask(c.passing.said), Context: c.masker.Mask(journal.Event{Context: c.caller.Context}).Context,
	}
	for _, name := range slices.Sorted(maps.Keys(c.passing.slots)) {
		t.Slots = append(t.Slots, c.passing.slots[name])
	}
	if c.person.known {
		t.Person = c.person.id()
		view := c.person.view
		t.Member, t.Tags = &view, tagNames(view.Tags)
		if view.Tier != nil {
			t.Priority = c.rights(*view.Tier).Priority
		}
	}
	return t
}

// briefed tells the desk what has come to be known since the person was asked for.
func briefed(h dialog.Handoff) journal.Event {
	ev := journal.Event{Type: journal.TypeHandoff, State: string(handoff.Waiting), Reason: h.Reason, Text: h.Summary}
	for _, name := range slices.Sorted(maps.Keys(h.Slots)) {
		ev.Slots = append(ev.Slots, dialog.Slot{Name: name, Value: h.Slots[name]})
	}
	return ev.Masked()
}

// desked follows the handoff: waiting, a person's voice, back to the robot, the
// end.
func (c *conversation) desked(ev desked) {
	c.settled() // what the desk does is not taken back
	if ev.err != nil {
		c.stepDown("desk", ev.err)
		ev.outcome.State = handoff.Nobody
	}
	if ev.outcome.To != "" || ev.outcome.Keys != "" {
		c.wished(ev.outcome)
		return
	}
	state := ev.outcome.State
	if state.Final() {
		c.passing.withdraw = nil
	}
	c.emit(journal.Event{
		Type: journal.TypeHandoff, State: string(state), Reason: c.passing.reason, Agent: ev.outcome.Agent,
		Waited: journal.MS(ev.outcome.Waited),
	})
	if again := state == handoff.Taken && c.passing.taken; !again { // a second time with the person's sound
		c.config.Metrics.handoff(state)
	}
	switch state {
	case handoff.Taken:
		c.passing.taken = true
		if ev.outcome.Leg != nil {
			c.join(ev.pending, ev.outcome.Leg)
		}
	case handoff.Waiting: // again: the person's page is gone
		c.part()
		c.newReply()
		c.speak([]dialog.Act{{Name: "handoff.again"}})
	case handoff.Returned:
		c.part()
		c.dialogue(flow.Input{Kind: flow.Returned})
	case handoff.Ended:
		c.part()
		c.end(dialog.HandedOff, dialog.Human)
	case handoff.Nobody:
		c.part()
		c.dialogue(flow.Input{Kind: flow.NobodyFree})
	case handoff.Cancelled:
		c.part()
	}
}

// join puts the person's leg in the robot's place.
func (c *conversation) join(pending *handoff.Pending, leg handoff.Leg) {
	b, err := newBridge(leg, c.leg.Format(), c.config, c.worker.Post)
	if err != nil {
		c.stepDown("bridge", err)
		return
	}
	c.hush()
	c.floor.Step(turn.Event{Kind: turn.Listening, On: true})
	c.bridge(b)
	c.worker.Go(func(ctx context.Context, _ func(event)) {
		b.receive(ctx, c.worker.Now)
		if ctx.Err() == nil {
			pending.LegLost(leg)
		}
	})
}

// giveUpHandoff takes the request for a person back as the call ends, if there is
// one.
func (c *conversation) giveUpHandoff() {
	if c.passing.withdraw == nil {
		return
	}
	c.passing.withdraw()
	c.passing.withdraw = nil
	c.publish(journal.Event{Type: journal.TypeHandoff, State: string(handoff.Cancelled), Reason: c.passing.reason})
	c.config.Metrics.handoff(handoff.Cancelled)
}

// hush drops what the robot was saying: it is stale from here on.
func (c *conversation) hush() {
	if c.reply.begun {
		c.speech(dialog.Agent, false, c.now)
	}
	c.guarding = false
	c.reply = reply{turn: c.floor.Next(), mark: c.mark()}
	c.queue.Begin(c.reply.turn)
}

// part gives the floor back to the robot.
func (c *conversation) part() {
	c.passing.taken = false
	c.bridge(nil)
	c.floor.Step(turn.Event{Kind: turn.Listening, At: c.now, On: false})
}

// personEdge is an edge of the speech of the person who has the call.
type personEdge struct {
	vad.Event
	memory *memory // their sound
}

// personSpeaks shows when the person speaks, and has their words written down.
func (c *conversation) personSpeaks(ev personEdge) {
	switch ev.Kind {
	case vad.Started:
		c.speech(dialog.Human, true, ev.At)
		ev.memory.keep(ev.At)
		c.passing.spoke = ev.At
	case vad.Ended:
		c.speech(dialog.Human, false, ev.At)
		c.transcribe(ev.memory.cut(c.passing.spoke, ev.At))
		ev.memory.keep(turn.Never)
	case vad.Sustained:
	}
}

// transcribe writes down what the person said. Words that cannot be had are left
// out: the recording has them.
func (c *conversation) transcribe(speech []int16) {
	number := c.floor.Next()
	hint := asr.Hint{Lang: string(c.caller.Lang)}
	c.worker.Go(func(ctx context.Context, post func(event)) {
		result, err := c.config.Recognizer.Recognize(ctx, speech, hint)
		if err == nil && result.Text != "" {
			post(personSaid{turn: number, text: result.Text})
		}
	})
}

// personSaid is what the person who has the call said.
type personSaid struct {
	turn uint32
	text string
}
