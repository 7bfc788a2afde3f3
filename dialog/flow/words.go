package flow

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// words takes what the caller said.
func (c *Conversation) words(in Input, out *Output) {
	expect := c.awaited()
	u := c.def.understand.Understand(c.state.Lang, in.Text, in.Alternatives, expect)
	if expect.Before != "" && u.Follows && u.Intent == expect.Before && !c.fits(u) {
		expect.Before = ""
		u = c.def.understand.Understand(c.state.Lang, in.Text, in.Alternatives, expect)
	}
	if in.Reading != nil && c.state.Phase == talking && c.readable(u) {
		c.advice = in.Reading
		u = c.advised(u, in.Reading, in.Text)
	}
	c.others = in.Alternatives
	c.understood(sounding(u, in.Sounds), in.Text, out)
	c.text, c.others, c.advice = "", nil, nil
}

// understood acts on what was understood, the most urgent meaning first.
func (c *Conversation) understood(u dialog.Understanding, text string, out *Output) {
	out.Understood = u
	c.text = text
	c.judge(u)
	c.notice(u, out)
	u = c.chosenBefore(c.wanting(u))
	w := c.ownFlow(c.def.intents[u.Intent])
	c.keep(u, w)
	o := c.state.Offered
	c.state.Offered = nil
	switch {
	case c.state.Phase == waiting:
		c.meanwhile(u, w, text, out)
	case c.telling(u, w, text):
		c.told(text, out)
	case c.route(onWords, "", u, out):
	case c.accepted(o, u, w, out):
	case w != nil && w.Urgent:
		c.urgent(w, u.Slots, out)
	case c.consult(u, w, text, out):
	case c.move(u, out):
	case c.pending(u, w, text, out):
	case w != nil:
		c.start(w, u, out)
	case o != nil && c.state.NoMatch == 0 && meaningless(u):
		c.offerAgain(o, out)
	default:
		c.loose(u, out)
	}
}

// ownFlow is the flow at work in place of the one that would change what it has done:
// nothing is done yet.
func (c *Conversation) ownFlow(w *flow) *flow {
	if f := c.top(); f != nil && w != nil && c.def.flows[f.Flow].Amend == w.Name && w.Name != f.Flow {
		return c.def.flows[f.Flow]
	}
	return w
}

// keep remembers the mood, and the need of a wish.
func (c *Conversation) keep(u dialog.Understanding, w *flow) {
	if u.Mood != "" {
		c.state.Mood = u.Mood
	}
	if w != nil {
		c.state.Need = u.Need
	}
}

// offerAgain puts an offer once more to who hesitates: "hmm, maybe".
func (c *Conversation) offerAgain(o *offered, out *Output) {
	c.state.Offered, c.state.NoMatch = o, 1
	out.Acts = c.state.Reply[max(0, len(c.state.Reply)-1):]
}

// meaningless says whether nothing was understood.
func meaningless(u dialog.Understanding) bool {
	return u.Intent == "" && !detailed(u) && slot(u, nlu.SlotAnswer).Name == ""
}

// wanting leaves what the caller does not want out of what was understood, and keeps
// the further wishes of the sentence for later.
func (c *Conversation) wanting(u dialog.Understanding) dialog.Understanding {
	if u.Negated && (c.def.intents[u.Intent] != nil || u.Intent == nlu.No) {
		if len(u.Others) > 0 {
			return c.wanting(instead(u))
		}
		u.Negated = false
		if c.against(u.Intent) {
			u.Intent, u.Slots = nlu.Cancel, unanswered(u.Slots)
		} else {
			u.Intent = nlu.No
		}
	}
	for _, other := range u.Others {
		w := c.def.intents[other.Intent]
		if w != nil && !other.Negated && !w.Urgent && len(c.state.Queue) < maxDepth {
			c.state.Queue = append(c.state.Queue, wish{other.Intent, other.Slots})
		}
	}
	return u
}

// instead is what is wanted in place of what is not: "not the points, my order".
func instead(u dialog.Understanding) dialog.Understanding {
	first := u.Others[0]
	if len(first.Slots) == 0 {
		first.Slots = unanswered(u.Slots)
	}
	first.Others, first.Mood, first.Moods = u.Others[1:], u.Mood, u.Moods
	return first
}

// against says whether the refusal of an intent, or of whatever is being done ([nlu.No]),
// is against the flow at work: "don't cancel it", while that is being done.
func (c *Conversation) against(refused dialog.Intent) bool {
	f := c.top()
	switch {
	case f == nil:
		return false
	case refused == nlu.No:
		return f.Waits && c.node(f).Confirm != ""
	}
	return c.def.intents[refused].Name == f.Flow
}

// unanswered are slots without a yes or no.
func unanswered(slots []dialog.Slot) []dialog.Slot {
	return slices.DeleteFunc(slices.Clone(slots), func(s dialog.Slot) bool { return s.Name == nlu.SlotAnswer })
}

// telling says whether the caller tells what went wrong, as was asked, so that
// words such as "rude" or "my order" are part of the story and no new wish.
func (c *Conversation) telling(u dialog.Understanding, w *flow, text string) bool {
	f := c.top()
	if f == nil || !f.Waits || f.Changing {
		return false
	}
	t := c.def.file.Slots[c.node(f).Ask]
	if t.tells != nil && t.tells.MatchString(text) {
		return u.Intent != nlu.Person
	}
	if !t.Story {
		return false
	}
	return u.Intent == "" || u.Intent == nlu.Unsolved || w != nil && u.Intent != nlu.Person
}

// told takes the story.
func (c *Conversation) told(text string, out *Output) {
	f := c.top()
	if text == "" {
		c.miss("", out)
		return
	}
	s := c.worded(c.node(f).Ask, text)
	if !c.valid(s) {
		c.miss("", out)
		return
	}
	c.state.NoMatch = 0
	c.fill(f, s)
	f.Waits = false
	c.run(out)
}

// judge closes the problem that was just answered, unless the caller objects.
func (c *Conversation) judge(u dialog.Understanding) {
	if c.state.Solved == "" || u.Intent == nlu.Repeat || u.Intent == nlu.Wait {
		return
	}
	if u.Intent != nlu.Unsolved && u.Intent != "" {
		delete(c.state.Failures, c.state.Solved)
	}
	c.state.Solved = ""
}

// pending answers what the conversation stands at: a read-back, a question, a
// choice, or an operation under way. It returns false where u has nothing to
// do with that.
func (c *Conversation) pending(u dialog.Understanding, w *flow, text string, out *Output) bool {
	f := c.top()
	if f == nil {
		return false
	}
	n := c.node(f)
	switch {
	case f.Op != nil:
		if w != nil && w.Name != f.Flow {
			return false
		}
		c.say(out, "looking")
		return true
	case n == nil || !f.Waits:
		return false
	case n.Confirm != "":
		return c.confirmed(f, n, u, w, out)
	case n.Choose != "":
		return c.chosen(f, n, u, w, out)
	}
	return c.answered(f, n, u, w, text, out)
}

// named returns slots by name.
func named(slots []dialog.Slot) map[string]dialog.Slot {
	out := make(map[string]dialog.Slot, len(slots))
	for _, s := range slots {
		out[s.Name] = s
	}
	return out
}

// start begins a flow, or goes back to it where it waits already.
func (c *Conversation) start(w *flow, u dialog.Understanding, out *Output) {
	c.state.NoMatch = 0
	for i, f := range c.state.Stack {
		if f.Flow != w.Name || f.Op != nil && f.Op.Write {
			continue
		}
		after := i + 1
		for after < len(c.state.Stack) && c.state.Stack[after].Sub { // what it had started, it starts again
			after++
		}
		c.state.Stack = append(append(c.state.Stack[:i:i], c.state.Stack[after:]...), f)
		c.fillAll(f, u.Slots)
		f.Node, f.Waits, f.Op = c.entrance(w, u.Intent), false, nil
		c.run(out)
		return
	}
	if last := c.state.Last; u.Follows && last != nil && last.Flow == w.Name && u.Intent == c.before() { // "and 10024?"
		c.again1(w, last, u)
	} else {
		slots := u.Slots
		if u.Follows {
			slots = slices.Collect(maps.Values(c.refilled(w, named(slots))))
		}
		c.begin(w, wish{u.Intent, slots}, out)
	}
	c.run(out)
}

// begin puts a flow on top, at the node to which the wish leads.
func (c *Conversation) begin(w *flow, wanted wish, _ *Output) {
	c.remember(wanted.Slots)
	f := c.push(w.Name, c.recall(w, named(wanted.Slots)))
	f.Intent = wanted.Intent
	f.Node = c.entrance(w, wanted.Intent)
}

// entrance is the node of w to which an intent leads.
func (c *Conversation) entrance(w *flow, intent dialog.Intent) int {
	if p, ok := c.def.nodes[intent]; ok && p.flow == w.Name {
		return w.index[p.node]
	}
	return 0
}

// loose takes words that name no wish: a correction of what was just dealt
// with, a detail alone, yes or no to "anything else?".
func (c *Conversation) loose(u dialog.Understanding, out *Output) {
	if c.reopen(u, out) {
		return
	}
	answer := slot(u, nlu.SlotAnswer).Value
	idle := c.top() == nil
	switch {
	case idle && answer == "no" && !detailed(u) && c.asked():
		c.noMore(out)
	case idle && u.Intent == nlu.No && !detailed(u): // "don't cancel it" where nothing is being done
		c.state.NoMatch = 0
		c.say(out, "kept")
	case idle && answer != "":
		c.state.NoMatch = 0
		c.say(out, "go_ahead")
	default:
		c.unclear(u, out)
	}
}

// noMore takes a no to "anything else?": the end of the call, if it is all that is said.
func (c *Conversation) noMore(out *Output) {
	if c.saysNothingMore() {
		c.goodbye(out)
		return
	}
	c.miss("what_exactly", out)
}

// unclear takes words that lead nowhere. Who does not know what to say is told what there
// is.
func (c *Conversation) unclear(u dialog.Understanding, out *Output) {
	switch {
	case c.top() == nil && u.Intent == nlu.Unknown:
		c.say(out, "help")
	case u.Intent == nlu.Unsolved:
		c.unsolved(out)
	default:
		c.miss("", out)
	}
}

// nothingMore is a no that is all that somebody says; "no, the other one" is none, and no
// end of the call.
var nothingMore = regexp.MustCompile(`(?i)^[\s\p{P}]*(?:(?:oh|um|uh|hm+|well|ok|okay|alright|all|right|no|nope|nah|not|now|really|today|thanks|thank|you|very|much|a|lot|that|is|that's|it|i'm|i|am|good|fine|nothing|else|more|for|the|moment|bye|goodbye|please|sorry|kind|so|never|mind|need|don't|do|rather|would)[\s\p{P}]*)+$|^[\s\p{P}]*(?:嗯|哦|啊|呃|那|不|用|要|了|没|有|别|的|其他|什么|事|需|必|谢|您|你|好|行|就|这|样|先|再见|暂时|目前|吧|呢|麻烦|多|是|问题|想|[\s\p{P}])+$`)

// saysNothingMore says whether the words in hand, where there are any, are such a no.
func (c *Conversation) saysNothingMore() bool {
	return c.text == "" || nothingMore.MatchString(c.text) && !strings.Contains(c.text, "不是")
}

// asked says whether the caller was just asked for another wish, or offered one, so
// that a no is the end of the call.
func (c *Conversation) asked() bool {
	n := len(c.state.Reply)
	if n == 0 {
		return true // nothing has been said yet that was kept: the greeting's question
	}
	return !strings.HasPrefix(c.state.Reply[n-1].Name, "no_match") && c.state.Reply[n-1].Name != "kept"
}

// reopen runs the flow again that ended last, or the one that a detail starts,
// with the details that u names.
func (c *Conversation) reopen(u dialog.Understanding, out *Output) bool {
	last := c.state.Last
	if last != nil {
		w := c.def.flows[last.Flow]
		for _, s := range u.Slots {
			if !w.takes(s.Name) || !c.valid(s) {
				continue
			}
			if u.Intent == nlu.Unsolved && c.failed(w.problem(), out) {
				return true
			}
			c.state.NoMatch = 0
			name := w.Name
			if last.Solved && w.Amend != "" { // what is done is changed, and not done once more
				name = w.Amend
			}
			f := c.push(name, last.Slots)
			c.fillAll(f, u.Slots)
			c.run(out)
			return true
		}
	}
	for _, w := range c.def.file.Flows {
		for _, name := range w.Starts {
			if s := slot(u, name); s.Name != "" && c.valid(s) {
				c.start(w, u, out)
				return true
			}
		}
	}
	return false
}
