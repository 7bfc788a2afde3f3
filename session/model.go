package session

import (
	"context"
	"strings"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/llm"
	"huike/member"
	"huike/session/journal"
)

// Model is a language model that helps with calls: dialog/llm's Guide. What it says is
// checked there, and what it wants done goes the way of every wish in dialog/flow.
type Model interface {
	Read(ctx context.Context, def *flow.Definition, q llm.Question) (*flow.Reading, error)
	Brief(ctx context.Context, c llm.Case) (string, error)
	NewTalk(def *flow.Definition, lang dialog.Lang) *llm.Talk
}

// modelPatience is how long a caller waits for the model where nothing else is said;
// then the shop's own flows answer.
const modelPatience = 1500 * time.Millisecond

// helping is where the model's help with a turn stands. Work carries the number of
// the help that it is for: an older one is stale.
type helping struct {
	number  uint32
	under   bool // way: an answer is due
	in      flow.Input
	cancel  context.CancelFunc
	began   time.Duration
	talk    *llm.Talk          // nil before the model has led
	tape    *journal.ModelTape // what a model answered in the call that is replayed; nil: this one is no replay of such
	said    []string           // by the model in this turn
	reads   uint32             // of the shop's records in this call, for their numbers
	inTurn  int                // those of this turn
	begun   bool               // the reply to this turn has begun
	keeping bool               // the flows go on in the reply that the model has begun
}

// What the model's work comes back as.
type (
	modelRead struct {
		number  uint32
		reading *flow.Reading
		took    time.Duration // in the call that is replayed
		err     error
	}
	modelSaid struct {
		number  uint32
		written string // as the model wrote it
		clause  string
		took    time.Duration
	}
	modelMoved struct {
		number uint32
		move   llm.Move
		talk   *llm.Talk // as it went on; nil in a replay
		took   time.Duration
		err    error
	}
	modelBrief struct {
		handoff dialog.Handoff
		text    string
		err     error
	}
)

// led is the number from which operations are the model's own, which only read.
const led = 1 << 31

// mostReads is how many operations a model may ask for in one turn.
const mostReads = 4

// helps says whether a language model helps with the call, and leads whether it leads.
func (c *conversation) helps() (helps, leads bool) {
	if t := c.helping.tape; t != nil {
		return true, t.Leads()
	}
	return c.config.Model != nil, c.config.ModelLeads
}

// answer takes the caller's words to the model, where its view could count, and else
// to the flows. A turn for which the model was still being asked is answered without
// it first: turns keep their order.
func (c *conversation) answer(in flow.Input) {
	c.withoutModel()
	helps, leads := c.helps()
	if !helps || in.Kind != flow.Words {
		c.dialogue(in)
		return
	}
	u, open := c.flow.Look(in)
	if !open {
		c.dialogue(in)
		return
	}
	day := c.caller.Day.Format(time.DateOnly)
	q := llm.Question{Lang: c.caller.Lang, Text: in.Text, Slots: u.Slots, Near: c.config.Flow.Near(in.Text, c.caller.Lang, day, 5)}
	if !c.shows(shownWords) {
		c.dialogue(in)
		return
	}
	c.settled()
	h := &c.helping
	h.number++
	h.under, h.in, h.began, h.said, h.inTurn, h.begun = true, in, c.now, nil, 0, false
	if leads && c.flow.Idle() {
		if h.talk == nil && h.tape == nil {
			h.talk = c.config.Model.NewTalk(c.config.Flow, c.caller.Lang)
		}
		if h.talk != nil {
			h.talk.Veil.Open = c.person.view.Allows(member.PurposeModel)
			h.talk.Hear(q)
		}
		c.lead()
		return
	}
	if h.tape != nil {
		c.readTape()
		return
	}
	number, model, def, patience := h.number, c.config.Model, c.config.Flow, c.patience.model
	h.cancel = c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		r, err := model.Read(ctx, def, q)
		post(modelRead{number: number, reading: r, err: err})
	})
}

// lead has the model go on with the turn.
func (c *conversation) lead() {
	if c.helping.tape != nil {
		c.readTape()
		return
	}
	number, talk, patience := c.helping.number, c.helping.talk.Clone(), c.patience.model
	c.helping.cancel = c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		late := time.AfterFunc(patience, func() { cancel(context.DeadlineExceeded) })
		defer late.Stop()
		move, err := talk.Next(ctx, func(written, clause string) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			late.Reset(patience)
			post(modelSaid{number: number, written: written, clause: clause})
			return nil
		})
		post(modelMoved{number: number, move: move, talk: talk, err: err})
	})
}

// withoutModel answers the turn that waits for the model without it.
func (c *conversation) withoutModel() {
	h := &c.helping
	if !h.under {
		return
	}
	h.under = false
	h.cancel()
	c.helped(journal.Event{State: stateGivenUp}, nil)
	if len(h.said) > 0 {
		c.modelDone()
		return
	}
	c.flowsGoOn()
}

// stepModel takes what the model's work has come to.
func (c *conversation) stepModel(ev event) {
	h := &c.helping
	switch ev := ev.(type) {
	case modelRead:
		if ev.number != h.number || !h.under {
			return
		}
		h.under = false
		c.helped(told(ev.reading, stateRead), ev.err)
		h.in.Reading = ev.reading // nil after an error: the flows' own understanding decides
		c.dialogue(h.in)
	case modelSaid:
		if ev.number == h.number && h.under {
			c.modelSays(ev)
		}
	case modelMoved:
		if ev.number == h.number && h.under {
			c.modelMoves(ev)
		}
	case modelBrief:
		c.modelBriefs(ev)
	}
}

// modelSays says a clause while the next are still to come.
func (c *conversation) modelSays(ev modelSaid) {
	c.modelBegins()
	c.helping.said = append(c.helping.said, ev.clause)
	c.helped(journal.Event{State: stateSaid, Text: ev.clause}, nil)
	c.reply.written = append(c.reply.written, piece{text: ev.written, letters: letters(ev.clause)})
	c.speak([]dialog.Act{{Name: flow.Answered, Text: ev.clause, Args: map[string]string{"entry": ofModel}}})
}

// ofModel is the entry of an answer that the model itself has worded.
const ofModel = "model"

// modelBegins begins the reply to the turn that the model is asked about.
func (c *conversation) modelBegins() {
	if !c.helping.begun {
		c.helping.begun = true
		c.newReply()
		c.reply.open = true
	}
}

// modelLooks bridges the wait for an operation of the model's that takes long.
func (c *conversation) modelLooks() {
	c.modelBegins()
	c.speak([]dialog.Act{{Name: "looking"}})
}

// modelMoves does what the model wants done, or has the flows answer in its place.
func (c *conversation) modelMoves(ev modelMoved) {
	h := &c.helping
	op := ev.move.Operation
	if ev.err == nil && ev.talk != nil {
		h.talk = ev.talk
	}
	if ev.err == nil && op != nil && h.inTurn < mostReads {
		h.inTurn++
		h.reads++
		op.ID = led + h.reads
		c.helped(journal.Event{State: stateAsks, Operation: &journal.Operation{ID: op.ID, Name: op.Name, Args: op.Args}}, nil)
		c.operations[op.ID] = c.now + shopSlow
		c.operate(*op)
		return
	}
	h.under = false
	c.helped(told(ev.move.Reading, stateLed), ev.err)
	if ev.err == nil {
		h.in.Reading = ev.move.Reading
	}
	if h.in.Reading == nil && len(h.said) > 0 {
		c.modelDone()
		return
	}
	c.flowsGoOn()
}

// flowsGoOn has the flows take the turn, in the reply that has begun, if one has.
func (c *conversation) flowsGoOn() {
	c.helping.keeping = c.helping.begun
	c.dialogue(c.helping.in)
	c.helping.keeping = false
}

// modelDone ends a turn that the model has answered.
func (c *conversation) modelDone() {
	c.flow.Step(flow.Input{Kind: flow.Told, At: c.now, Text: strings.Join(c.helping.said, " ")})
	c.expecting(dialog.Expect{Kind: "open"})
	c.reply.open = false
	c.speak(nil)
}

// modelResult gives the model what the shop has answered. Where the trail cannot say so,
// the model is not shown it, and the flows go on.
func (c *conversation) modelResult(op string, result flow.Result) {
	h := &c.helping
	if !h.under {
		return
	}
	if h.talk != nil {
		if !c.shows(shownRows(op, result, h.talk.Veil.Open)) {
			h.under = false
			c.helped(journal.Event{State: stateLed}, errUntraced)
			c.flowsGoOn()
			return
		}
		h.talk.Result(result)
	}
	c.lead()
}

// interruptModel drops what the model has still to say: the caller has taken the floor.
func (c *conversation) interruptModel() {
	if c.helping.under && c.helping.begun {
		c.helping.under = false
		c.helping.cancel()
		c.helped(journal.Event{State: stateInterrupted}, nil)
	}
}

// brief has the model write to the person who was asked for, who has the flows' own
// brief meanwhile.
func (c *conversation) brief(h dialog.Handoff) {
	if c.config.Model == nil || c.config.Desk == nil || !c.shows(shownBrief) {
		return
	}
	k := llm.Case{Lang: c.caller.Lang, Summary: h.Summary}
	for _, line := range c.passing.transcript.Lines {
		if line.Party == dialog.Caller {
			k.Said = append(k.Said, line.Text)
		}
	}
	model, patience := c.config.Model, 4*c.patience.model
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		text, err := model.Brief(ctx, k)
		post(modelBrief{h, text, err})
	})
}

// modelBriefs puts the model's sentences before the flows' own lines.
func (c *conversation) modelBriefs(ev modelBrief) {
	if ev.err != nil {
		c.stepDown("model", ev.err)
		return
	}
	if c.passing.withdraw == nil {
		return // nobody waits for it any more
	}
	ev.handoff.Summary = ev.text + "\n" + ev.handoff.Summary
	c.publish(briefed(ev.handoff))
}
