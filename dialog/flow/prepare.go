package flow

import (
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"huike/dialog"
	"huike/dialog/nlu"
)

// preparation is one question that is put to a caller who waits for a person, for
// the person: the call has been passed on already, so that nobody waits for it.
type preparation struct {
	Slot string `yaml:"slot"`
	When string `yaml:"when"` // an expression over preparing
	Say  string `yaml:"say"`
	when *vm.Program
}

// preparing is what a preparation's condition can speak of.
type preparing struct {
	Person person            `expr:"person"`
	Slot   map[string]string `expr:"slot"`   // everything filled in the call
	Wanted []string          `expr:"wanted"` // the flows that were asked for
	Reason string            `expr:"reason"`
}

// maxPreparations is how many questions prepare a person.
const maxPreparations = 2

// prepare puts the next question to a caller who waits in silence for a person.
func (c *Conversation) prepare(out *Output) bool {
	c.state.Preparing = ""
	if c.state.Prepared >= maxPreparations {
		return false
	}
	e := preparing{Person: c.known(), Slot: c.slots(), Wanted: c.wanted(), Reason: string(c.state.Reason)}
	for _, p := range c.def.file.Prepare {
		if _, filled := c.state.Memory[p.Slot]; filled {
			continue
		}
		if p.when != nil {
			if v, err := expr.Run(p.when, e); err != nil || v != true {
				continue
			}
		}
		c.state.Prepared++
		c.state.Preparing = p.Slot
		c.say(out, p.Say)
		out.Expect = c.expectSlot(p.Slot)
		return true
	}
	return false
}

// prepared takes the answer, and tells the person. It returns false where the words
// are none.
func (c *Conversation) prepared(u dialog.Understanding, text string, out *Output) bool {
	name := c.state.Preparing
	if name == "" {
		return false
	}
	c.state.Preparing = ""
	s := slot(u, name)
	if s.Name == "" && c.def.file.Slots[name].Kind == "text" && text != "" && u.Intent != nlu.Person && u.Intent != nlu.Wait && u.Intent != nlu.No {
		s = dialog.Slot{Name: name, Value: text, Heard: text}
	}
	if s.Name == "" || !c.valid(s) {
		return false
	}
	c.state.Memory[name] = s
	c.remember(u.Slots)
	c.say(out, "prepare.noted")
	out.Brief = c.brief(c.state.Reason)
	return true
}

// wanted is what the caller has asked for, by flow, the latest last.
func (c *Conversation) wanted() []string {
	var list []string
	for _, f := range c.state.Stack {
		if c.def.flows[f.Flow].Title != nil && c.def.flows[f.Flow].Path != "person" {
			list = append(list, f.Flow)
		}
	}
	if len(list) == 0 && c.state.Last != nil {
		list = append(list, c.state.Last.Flow)
	}
	return list
}
