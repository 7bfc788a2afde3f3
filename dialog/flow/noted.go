package flow

import (
	"huike/dialog"
	"huike/dialog/nlu"
)

// yesOrNo takes the answer to a question of yes or no.
func (c *Conversation) yesOrNo(f *frame, n *node, u dialog.Understanding, text string) bool {
	said := slot(u, nlu.SlotAnswer).Value
	if said == "" || c.def.file.Slots[n.Ask].Kind != "yesno" {
		return false
	}
	if said == "weak" {
		said = string(nlu.Yes)
	}
	c.fill(f, dialog.Slot{Name: n.Ask, Value: said, Heard: text})
	return true
}

// noted tells the caller that a detail was taken which was not asked for yet.
func (c *Conversation) noted(f *frame, u dialog.Understanding, out *Output) {
	w := c.def.flows[f.Flow]
	for _, s := range u.Slots {
		s = c.renamed(w, s)
		got, taken := f.Slots[s.Name]
		switch kind := c.def.file.Slots[s.Name].Kind; {
		case !taken || !w.takes(s.Name):
			continue
		case kind == "date":
			c.say(out, "noted.as", "what", inWords(got.Value, c.state.Lang))
		case kind == "name":
			c.say(out, "noted.as", "what", c.called(s.Name, got.Value))
		default:
			c.say(out, "noted")
		}
		f.Asked = 0
		return
	}
}
