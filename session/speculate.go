package session

import (
	"context"
	"time"

	"huike/audio/playout"
	"huike/audio/tts"
	"huike/dialog/flow"
	"huike/dialog/wording"
)

// speculate readies the voice for what the dialog will answer, if the pause in progress
// ends the caller's turn: a copy of the dialog is stepped with the words so far, and the
// first clause of its answer is spoken to nobody, so that the voice has it when it is
// due. Nothing else comes of it: the copy is dropped, its operations are not done, no
// event is told and no line is written.
func (c *conversation) speculate(text string, alternatives []string) {
	c.forgo()
	if !c.floor.Likely() || c.passing.taken || c.ending != nil || written(c.leg.Format()) {
		return
	}
	state, err := c.flow.MarshalJSON()
	if err != nil {
		return
	}
	in := flow.Input{
		Kind: flow.Words, Text: text, Alternatives: alternatives, At: c.now, Day: c.caller.Day.Format(time.DateOnly),
		Person: c.toFlow(),
	}
	lang, format, moment := c.caller.Lang, c.format(), wording.Moment{Turn: c.floor.Upcoming(), Today: c.caller.Day}
	c.forgone = c.worker.Go(func(ctx context.Context, _ func(event)) {
		talk, err := flow.Resume(c.config.Flow, state)
		if err != nil {
			return
		}
		for _, act := range talk.Step(in).Acts {
			if clauses := c.config.Wording.Say(lang, act, moment); len(clauses) > 0 {
				saying := tts.Saying{Lang: string(lang), Text: clauses[0].Spoken, Act: act.Name}
				_ = say(ctx, c.speaker, saying, format, unheard) // who needs it will see
				return
			}
		}
	})
}

// unheard is where sound goes that nobody hears.
func unheard([]playout.Item) error { return nil }

// forgo gives up what was readied for a turn that goes on.
func (c *conversation) forgo() {
	if c.forgone != nil {
		c.forgone()
		c.forgone = nil
	}
}

// understands tells whether the flows could act on words if they were all that the
// caller has to say now.
func (c *conversation) understands(words string) bool {
	u, _ := c.flow.Look(flow.Input{
		Kind: flow.Words, Text: words, At: c.now, Day: c.caller.Day.Format(time.DateOnly), Person: c.toFlow(),
	})
	return u.Intent != "" || len(u.Slots) > 0 && !c.flow.Idle()
}
