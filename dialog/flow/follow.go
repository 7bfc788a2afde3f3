package flow

import (
	"slices"
	"strconv"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// before is the intent of what was done last, which "and 10024?" hangs on; empty
// where nothing was, or nothing that is asked for in words.
func (c *Conversation) before() dialog.Intent {
	last := c.state.Last
	switch {
	case last == nil:
		return ""
	case last.Intent != "":
		return last.Intent
	}
	if w := c.def.flows[last.Flow]; len(w.Intents) > 0 {
		return w.Intents[0]
	}
	return ""
}

// fits says whether the flow that ended last takes anything that u names. Else u
// hangs on something else: "what about the boots" is nothing to ask of opening
// hours.
func (c *Conversation) fits(u dialog.Understanding) bool {
	w := c.def.flows[c.state.Last.Flow]
	for _, s := range u.Slots {
		if s = c.renamed(w, s); w.takes(s.Name) && c.valid(s) {
			return true
		}
		if o := c.state.Options; s.Name == nlu.SlotChoice && o != nil && w.takes(o.Slot) {
			return true
		}
	}
	return false
}

// again1 runs the flow that ended last once more, with what u names in place of what
// was named then.
func (c *Conversation) again1(w *flow, last *frame, u dialog.Understanding) {
	c.remember(u.Slots)
	f := c.push(w.Name, last.Slots)
	f.Intent = u.Intent
	f.Node = c.entrance(w, u.Intent)
	c.fillAll(f, u.Slots)
}

// recall adds what "it" means to the slots of a wish: what was last spoken of.
func (c *Conversation) recall(w *flow, slots map[string]dialog.Slot) map[string]dialog.Slot {
	re := c.def.refers[c.state.Lang]
	if re == nil || c.text == "" || !re.MatchString(strings.ToLower(c.text)) {
		return slots
	}
	return c.refilled(w, slots)
}

// refilled adds to slots what was last spoken of.
func (c *Conversation) refilled(w *flow, slots map[string]dialog.Slot) map[string]dialog.Slot {
	for _, name := range w.Slots {
		if _, said := slots[name]; said || !c.def.file.Slots[name].Recall {
			continue
		}
		if s, ok := c.state.Memory[name]; ok {
			slots[name] = s
		}
	}
	return slots
}

// other is the choice of what was not spoken of last, as in "and the other one?".
const other = "other"

// otherOption is the place, from 1, of the option behind the one that was spoken of
// last, and 0 where none was.
func (c *Conversation) otherOption(o *options) int {
	spoken := c.state.Memory[o.Slot].Value
	i := slices.Index(o.Values, spoken)
	if i < 0 || len(o.Values) < 2 {
		return 0
	}
	return (i+1)%len(o.Values) + 1
}

// chosenBefore takes "the second one" for what was read out last, where nothing is
// being chosen.
func (c *Conversation) chosenBefore(u dialog.Understanding) dialog.Understanding {
	o := c.state.Options
	said := slot(u, nlu.SlotChoice).Value
	i, err := strconv.Atoi(said)
	if said == other && o != nil {
		i, err = c.otherOption(o), nil
	}
	if f := c.top(); f != nil && f.Waits && c.node(f).Choose != "" {
		return u
	}
	if o == nil || err != nil || slot(u, o.Slot).Name != "" {
		return u
	}
	if i < 0 {
		i += len(o.Values) + 1
	}
	if i < 1 || i > len(o.Values) {
		return u
	}
	u.Slots = append(slices.Clone(u.Slots), dialog.Slot{Name: o.Slot, Value: o.Values[i-1], Heard: slot(u, nlu.SlotChoice).Heard})
	return u
}
