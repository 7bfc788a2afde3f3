package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"huike/audio/asr"
	"huike/audio/enhance"
	"huike/audio/prosody"
	"huike/audio/vad"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/turn"
	"huike/member/shop"
	"huike/session/journal"
)

// recognize is a Recognizer that is told for which request the words are.
type recognize func(ctx context.Context, a turn.Action, speech []int16, hint asr.Hint) (asr.Result, error)

// asked is r, which need not know for which request.
func asked(r Recognizer) recognize {
	return func(ctx context.Context, _ turn.Action, speech []int16, hint asr.Hint) (asr.Result, error) {
		return r.Recognize(ctx, speech, hint)
	}
}

// recognise has a stretch of the caller's sound turned into words. A newer
// request makes an older one worthless, so the older one is given up.
func (c *conversation) recognise(a turn.Action) {
	speech := c.memory.cut(a.From, a.To)
	hint := c.hint(a)
	c.cancelRecognition()
	c.cancelRecognition = c.worker.Go(func(ctx context.Context, post func(event)) {
		tone, sound := measured(speech, a.Partial)
		c.config.prepare(speech)
		result, err := c.recognize(ctx, a, speech, hint)
		spoken := speech
		if a.Partial || c.config.Voices == nil {
			spoken = nil
		}
		post(recognised{
			revision: a.Revision, turn: a.Turn, partial: a.Partial, from: a.From, to: a.To, result: result, tone: tone, sound: sound, spoken: spoken, err: err,
		})
	})
}

// measured is how speech sounds. Of what is not over yet only its loudness is asked.
func measured(speech []int16, partial bool) (vad.Tone, prosody.Measure) {
	if partial {
		return vad.LoudnessOf(speech), prosody.Measure{}
	}
	tone := vad.ToneOf(speech)
	return tone, prosody.Of(speech, tone)
}

// prepare brings a stretch of speech to what recognisers are trained on, in place.
func (c *Config) prepare(speech []int16) {
	if c.Denoise {
		enhance.Denoise(speech)
	}
	enhance.Level(speech)
}

// noRecogniser is how the journal says [asr.ErrNoRecognizer].
const noRecogniser = "no recogniser for this language"

// recognised takes what the recogniser heard.
func (c *conversation) recognised(ev recognised) {
	if errors.Is(ev.err, context.Canceled) || errors.Is(ev.err, journal.ErrOffTape) {
		return // given up, now or in the call that is replayed
	}
	heard := &journal.Recognised{
		From: journal.MS(ev.from), To: journal.MS(ev.to), Text: ev.result.Text, Confidence: ev.result.Confidence,
		Alternatives: ev.result.Alternatives, Nature: natureOf(ev.result.Nature), Elapsed: journal.MS(ev.result.Elapsed), Partial: ev.partial, Lang: dialog.Lang(ev.result.Lang),
	}
	failed := ev.err != nil
	switch {
	case errors.Is(ev.err, asr.ErrNoRecognizer):
		heard.Error = noRecogniser
		c.deaf = true
	case failed:
		heard.Error = "recogniser failed"
		c.stepDown("recogniser", ev.err)
	}
	if !ev.partial {
		c.alternatives, c.sound, c.voice.latest = ev.result.Alternatives, ev.sound, ev.spoken
		c.spokenIn = dialog.Lang(ev.result.Lang)
	}
	c.write(journal.Event{Type: journal.TypeRecognised, Turn: ev.turn, Recognised: heard})
	if ev.partial && !failed && ev.turn == c.floor.Caller() {
		c.captionCaller(ev.turn, ev.result.Text, false)
	}
	c.act(c.floor.Step(turn.Event{
		Kind: turn.Recognised, At: c.now, Revision: ev.revision, Partial: ev.partial, Text: ev.result.Text, Failed: failed,
		Tone: turn.Tone(ev.tone), Nature: turn.Nature(ev.result.Nature),
	}))
	if !ev.partial && !failed && ev.turn == c.floor.Caller() {
		c.speculate(ev.result.Text, ev.result.Alternatives)
	}
}

// operate has the shop do an operation of the dialog. The key that makes a
// write happen once is the call's and the operation's.
func (c *conversation) operate(op flow.Operation) {
	t, id, patience, epoch := c.reply.turn, c.person.id(), c.patience.shop, c.before.epoch
	key := cmp.Or(c.origin, c.caller.Call) + "/" + strconv.FormatUint(uint64(op.ID), 10)
	args := make(map[string]string, len(op.Args)+2)
	maps.Copy(args, op.Args)
	args["lang"], args["call"] = string(c.caller.Lang), c.caller.Call
	c.write(journal.Event{Type: journal.TypeOperation, Turn: t, Operation: &journal.Operation{
		ID: op.ID, Name: op.Name, Args: op.Args, Write: op.Write,
	}})
	do := func(ctx context.Context) (shop.Result, error) { return c.config.Shop.Do(ctx, id, op.Name, args, key) }
	var who *person // set by do, before its result is posted
	switch withheld := c.withheld(op); {
	case op.Name == flow.Identify:
		do = c.ask(op, &who)
	case withheld != "":
		do = func(context.Context) (shop.Result, error) { //nolint:unparam // one of several that may fail
			return shop.Result{Code: withheld}, nil
		}
	case c.parties.do[op.Name]:
		do = c.entrust(op)
	}
	c.worker.Go(func(ctx context.Context, post func(event)) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		result, err := do(ctx)
		post(operated{turn: t, epoch: epoch, operation: op, result: result, who: who, err: err})
	})
}

// shopSlow is how long the shop may take for an operation before the caller is
// told that it takes a while.
const shopSlow = time.Second

// deadline is when the conversation wants to be stepped if nothing happens.
func (c *conversation) deadline() time.Duration {
	at := min(c.floor.Deadline(), c.endAt)
	for _, late := range c.operations {
		at = min(at, late)
	}
	return at
}

// bridgeWait has the dialog bridge the wait for an operation that takes long, unless
// somebody speaks.
func (c *conversation) bridgeWait() {
	for id, late := range c.operations {
		if c.now < late {
			continue
		}
		c.operations[id] = c.now + shopSlow
		if c.floor.Caller() == 0 && c.queue.Pending() == 0 && !c.passing.taken {
			c.operations[id] = turn.Never
			if id >= led {
				c.modelLooks()
				return
			}
			c.dialogue(flow.Input{Kind: flow.NoInput})
		}
		return
	}
}

// operated gives what came of an operation to the dialog. It counts even when
// the caller has interrupted the turn that asked for it: it has been done.
func (c *conversation) operated(ev operated) {
	result := flow.Result{ID: ev.operation.ID, OK: ev.result.OK, Code: ev.result.Code, Rows: ev.result.Rows}
	if ev.err != nil {
		result = flow.Result{ID: ev.operation.ID, Code: shop.CodeUnavailable}
		c.stepDown("shop", ev.err)
	}
	c.write(journal.Event{Type: journal.TypeOperation, Turn: ev.turn, Operation: &journal.Operation{
		ID: ev.operation.ID, Name: ev.operation.Name, Write: ev.operation.Write,
		Done: true, OK: result.OK, Code: result.Code, Rows: result.Rows,
	}})
	if ev.who != nil {
		c.know(ev.who.view)
		c.person.unproven = ev.who.unproven
		c.voice.proved = !ev.who.unproven
		c.foretell()
	}
	if ev.epoch != c.before.epoch && ev.operation.ID < led {
		return // the wish was not whole; it was read for nothing
	}
	c.name(ev.result.Rows)
	delete(c.operations, ev.operation.ID)
	delete(c.parties.due, ev.operation.ID)
	if ev.operation.ID >= led {
		c.modelResult(ev.operation.Name, result)
		return
	}
	c.dialogue(flow.Input{Kind: flow.Done, Result: &result})
}

// captionCaller shows the caller's words.
func (c *conversation) captionCaller(t uint32, text string, final bool) {
	c.emit(journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: t, Text: text, Final: final})
}
