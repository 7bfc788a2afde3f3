package flow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"huike/dialog"
)

// Conversation is one call's place in the flows. One goroutine uses it.
// Its JSON is its whole state: [Resume] goes on from it.
type Conversation struct {
	def   *Definition
	state state
	text  string // the words in hand

	others []string // other readings of them

	advice *Reading // of the words in hand
}

type phase string

const (
	talking phase = "talking"
	waiting phase = "waiting" // for a person
	ended   phase = "ended"
)

// state is all that Step remembers.
type state struct {
	Lang     dialog.Lang            `json:"lang"`
	Phase    phase                  `json:"phase"`
	Person   Person                 `json:"person"`
	Stack    []*frame               `json:"stack,omitempty"`  // the flow at work is the last
	Last     *frame                 `json:"last,omitempty"`   // the flow that ended last, to be corrected
	Before   *frame                 `json:"before,omitempty"` // the flow that ended before it, to go back to
	Failures map[string]int         `json:"failures"`         // by problem, since it was last solved
	Solved   string                 `json:"solved,omitempty"` // the problem just answered: solved unless the caller objects
	NoMatch  int                    `json:"no_match,omitempty"`
	NoInput  int                    `json:"no_input,omitempty"`
	Chats    int                    `json:"chats,omitempty"`
	NextOp   uint32                 `json:"next_op,omitempty"`
	Reply    []dialog.Act           `json:"reply,omitempty"`    // the last acts
	Said     []dialog.Act           `json:"said,omitempty"`     // the last that were not "I didn't get that", for "say that again"
	Memory   map[string]dialog.Slot `json:"memory"`             // every slot ever filled, its latest value
	Tried    []attempt              `json:"tried,omitempty"`    // for the brief
	Readings map[string][][]string  `json:"readings,omitempty"` // by slot: all readings of each answer
	Prove    bool                   `json:"prove,omitempty"`    // an operation wants to be sure who calls
	Reason   dialog.Reason          `json:"reason,omitempty"`   // of the last handoff
	Mood     string                 `json:"mood,omitempty"`
	Leaving  bool                   `json:"leaving,omitempty"` // goodbye was said while a write was under way
	Outcome  string                 `json:"outcome,omitempty"` // the disposition's code, where it is not Completed

	Day       string   `json:"day,omitempty"`
	Queue     []wish   `json:"queue,omitempty"`   // further wishes of one sentence, not begun
	Options   *options `json:"options,omitempty"` // what was read out last, for "the second one"
	Once      []string `json:"once,omitempty"`    // rules of the routing table that decide once
	Repeats   int      `json:"repeats,omitempty"`
	Lead      float64  `json:"lead,omitempty"`
	Need      string   `json:"need,omitempty"` // of the last wish
	NoSell    bool     `json:"no_sell,omitempty"`
	Offers    int      `json:"offers,omitempty"`
	Questions int      `json:"questions,omitempty"` // about the profile
	Suggested bool     `json:"suggested,omitempty"`
	Offered   *offered `json:"offered,omitempty"`
	Prepared  int      `json:"prepared,omitempty"`
	Preparing string   `json:"preparing,omitempty"` // the slot that the person's preparation has asked for
}

// frame is one flow at work.
type frame struct {
	Flow     string                 `json:"flow"`
	Node     int                    `json:"node"`
	Slots    map[string]dialog.Slot `json:"slots"`
	Rows     []map[string]string    `json:"rows,omitempty"`
	Code     string                 `json:"code,omitempty"`
	Op       *Operation             `json:"op,omitempty"`       // under way
	Asked    int                    `json:"asked,omitempty"`    // how often the present question was put
	Waits    bool                   `json:"waits,omitempty"`    // at an ask, choose or confirm node, for the caller
	Heard    bool                   `json:"heard,omitempty"`    // the read-back was heard whole, as far as is known
	Changing bool                   `json:"changing,omitempty"` // the read-back was refused: what should be different?
	Yes      string                 `json:"yes,omitempty"`      // the slots that the caller said yes to
	Writes   map[string]uint32      `json:"writes,omitempty"`   // operation and arguments: ID
	Intent   dialog.Intent          `json:"intent,omitempty"`   // that it was started for
	Sub      bool                   `json:"sub,omitempty"`      // started by the flow below, which goes on after it
	Solved   bool                   `json:"solved,omitempty"`   // it has come to a success
	Refusals int                    `json:"refusals,omitempty"` // of the present question
}

// wish is something that the caller wants, with what they have said of it.
type wish struct {
	Intent dialog.Intent `json:"intent"`
	Slots  []dialog.Slot `json:"slots,omitempty"`
}

// options are the things that were read out, by the slot's values.
type options struct {
	Slot   string   `json:"slot"`
	Values []string `json:"values"`
}

// attempt is one operation as the brief tells it.
type attempt struct {
	Flow string `json:"flow"`
	Op   string `json:"op"`
	Code string `json:"code"`
	Note string `json:"note,omitempty"` // what was found, in the language of the call
}

// New returns a conversation that has not begun.
func New(def *Definition, lang dialog.Lang) *Conversation {
	return &Conversation{def: def, state: state{
		Lang: lang, Phase: talking, Failures: map[string]int{}, Memory: map[string]dialog.Slot{},
	}}
}

// Speak goes on in another language. What was said so far stays as it was understood.
func (c *Conversation) Speak(lang dialog.Lang) { c.state.Lang = lang }

// MarshalJSON returns the conversation's state. It holds what the caller said
// and who the caller is, so it is kept where the profile may be kept.
func (c *Conversation) MarshalJSON() ([]byte, error) { return json.Marshal(c.state) }

// Resume returns the conversation whose JSON was kept in data, in the flows of
// def. A flow or a node that def no longer has is left.
func Resume(def *Definition, data []byte) (*Conversation, error) {
	c := New(def, "")
	if err := json.Unmarshal(data, &c.state); err != nil {
		return nil, fmt.Errorf("resume conversation: %w", err)
	}
	c.state.Stack = slices.DeleteFunc(c.state.Stack, func(f *frame) bool {
		w := def.flows[f.Flow]
		return w == nil || f.Node > len(w.Nodes) || f.Waits && f.Node == len(w.Nodes)
	})
	if c.state.Last != nil && def.flows[c.state.Last.Flow] == nil {
		c.state.Last = nil
	}
	if c.state.Before != nil && def.flows[c.state.Before.Flow] == nil {
		c.state.Before = nil
	}
	return c, nil
}

// calledAgain goes on after a call was lost: what was under way in the shop is asked
// for again under its own ID, which does a write once; a read-back is read again.
func (c *Conversation) calledAgain(out *Output) {
	if c.state.Phase != talking || c.top() == nil {
		c.state.Phase = talking
		c.state.Stack, c.state.Queue, c.state.Leaving = nil, nil, false
		c.push(c.def.file.Starts.Begin, nil)
		c.run(out)
		return
	}
	c.state.NoInput, c.state.NoMatch, c.state.Leaving, c.state.Solved = 0, 0, false, ""
	c.say(out, "resumed")
	for _, f := range c.state.Stack {
		f.Asked, f.Heard = 0, false
		if f.Op != nil {
			out.Operations = append(out.Operations, *f.Op)
		}
	}
	c.run(out)
}

// top returns the frame at work, or nil.
func (c *Conversation) top() *frame {
	if len(c.state.Stack) == 0 {
		return nil
	}
	return c.state.Stack[len(c.state.Stack)-1]
}

// maxDepth is how many flows may wait under the one at work; callers forget
// what lies deeper.
const maxDepth = 4

// push starts a flow on top of what is going on, with those of slots that it
// takes and that are valid.
func (c *Conversation) push(name string, slots map[string]dialog.Slot) *frame {
	f := &frame{Flow: name, Slots: map[string]dialog.Slot{}}
	c.state.NoSell = c.state.NoSell || c.def.flows[name].NoSell
	for _, s := range slots {
		if s = c.renamed(c.def.flows[name], s); c.def.flows[name].takes(s.Name) && c.valid(s) {
			c.fill(f, s)
		}
	}
	for _, name := range c.def.flows[f.Flow].Slots { // what was said before it was asked for
		from := c.def.file.Slots[name].From
		if s, known := c.state.Memory[from]; known && from != "" && len(c.state.Readings[name]) == 0 {
			c.fill(f, dialog.Slot{Name: name, Value: s.Value, Heard: s.Heard})
		}
	}
	if len(c.state.Stack) > maxDepth {
		for i, old := range c.state.Stack {
			if old.Op == nil || !old.Op.Write {
				c.state.Stack = slices.Delete(c.state.Stack, i, i+1)
				break
			}
		}
	}
	c.state.Stack = append(c.state.Stack, f)
	return f
}

// pop ends the flow at work.
func (c *Conversation) pop() {
	n := len(c.state.Stack) - 1
	f := c.state.Stack[n]
	c.state.Stack = c.state.Stack[:n]
	if !c.def.flows[f.Flow].Quiet && !f.Sub {
		if c.state.Last != nil && c.state.Last.Flow != f.Flow {
			c.state.Before = c.state.Last
		}
		c.state.Last = f
	}
}

// fill sets a slot of a frame, and remembers it.
func (c *Conversation) fill(f *frame, s dialog.Slot) {
	f.Slots[s.Name] = s
	if c.def.file.Slots[s.Name].Said {
		c.said(s)
		return // only for who makes out what it was
	}
	c.state.Memory[s.Name] = s
}

// said keeps all readings of an answer.
func (c *Conversation) said(s dialog.Slot) {
	readings := []string{s.Value}
	for _, other := range c.others {
		readings = append(readings, c.worded(s.Name, other).Value)
	}
	if c.state.Readings == nil {
		c.state.Readings = map[string][][]string{}
	}
	c.state.Readings[s.Name] = append(c.state.Readings[s.Name], readings)
}

// node returns the node at which f stands, or nil behind the last.
func (c *Conversation) node(f *frame) *node {
	nodes := c.def.flows[f.Flow].Nodes
	if f.Node >= len(nodes) {
		return nil
	}
	return nodes[f.Node]
}

// goTo moves f to the node id; "" is the following one.
func (c *Conversation) goTo(f *frame, id string) {
	w := c.def.flows[f.Flow]
	switch id {
	case "":
		f.Node++
	case done:
		f.Node = len(w.Nodes)
	default:
		f.Node = w.index[id]
	}
	f.Asked, f.Refusals, f.Waits, f.Changing = 0, 0, false, false
}

// fingerprint writes a frame's slots so that any change shows.
func (f *frame) fingerprint() string {
	names := make([]string, 0, len(f.Slots))
	for n := range f.Slots {
		names = append(names, n)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, "%s=%q;", n, f.Slots[n].Value)
	}
	return b.String()
}

// writing returns a write that is under way anywhere, or nil.
func (c *Conversation) writing() *Operation {
	for _, f := range c.state.Stack {
		if f.Op != nil && f.Op.Write {
			return f.Op
		}
	}
	return nil
}

// path names where the conversation stands: "order.status/which".
func (c *Conversation) path() string {
	if c.state.Phase != talking {
		return string(c.state.Phase)
	}
	f := c.top()
	if f == nil {
		return "idle"
	}
	n := c.node(f)
	if n == nil || n.ID == "" {
		return fmt.Sprintf("%s/%d", f.Flow, f.Node)
	}
	return f.Flow + "/" + n.ID
}

// Unfinished says whether the caller is in the middle of something, which another
// call can go on with: see [Resume].
func (c *Conversation) Unfinished() bool {
	if c.state.Phase != talking {
		return false
	}
	for _, f := range c.state.Stack {
		if !c.def.flows[f.Flow].Quiet && (f.Waits || f.Op != nil) {
			return true
		}
	}
	return false
}
