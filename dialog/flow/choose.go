package flow

import (
	"maps"
	"slices"
	"strconv"

	"huike/dialog"
	"huike/dialog/nlu"
)

// maxChoices is how many things are read out to choose from.
const maxChoices = 3

// choose takes the only row, or asks which.
func (c *Conversation) choose(f *frame, n *node, out *Output) (wait bool) {
	if row := c.described(f, n.By, f.Slots); row >= 0 {
		c.take(f, n, row)
	}
	if _, ok := f.Slots[n.Choose]; ok || len(f.Rows) == 0 {
		c.goTo(f, n.Next)
		return false
	}
	name := n.Say
	if name == "" {
		name = "choose." + n.Choose
	}
	if f.Asked > 0 {
		name += ".again"
	}
	f.Asked++
	f.Waits = true
	o := &options{Slot: n.Choose}
	for _, r := range f.Rows[:min(maxChoices, len(f.Rows))] {
		o.Values = append(o.Values, r[n.Value])
	}
	c.state.Options = o
	out.Acts = append(out.Acts, dialog.Act{Name: name})
	for i := range min(maxChoices, len(f.Rows)) {
		out.Acts = append(out.Acts, c.option(f, n, i))
	}
	out.Expect = c.expect(n)
	return true
}

// option is how one of the rows is read out.
func (c *Conversation) option(f *frame, n *node, row int) dialog.Act {
	number := strconv.Itoa(row + 1)
	if n.Label != "" {
		return dialog.Act{Name: "choose.option", Args: map[string]string{"n": number, "label": c.called(n.Choose, f.Rows[row][n.Label])}}
	}
	a := c.act(f, n, "choose."+n.Choose+".option", row)
	if a.Args == nil {
		a.Args = map[string]string{}
	}
	a.Args["n"] = number
	return a
}

// take takes one of the rows, which is the only one from here on.
func (c *Conversation) take(f *frame, n *node, row int) {
	c.fill(f, dialog.Slot{Name: n.Choose, Value: f.Rows[row][n.Value]})
	f.Rows = f.Rows[row : row+1]
}

// described is the only row, or the only one that slots describe, and -1 where there is
// none or are several.
func (c *Conversation) described(f *frame, by map[string]string, slots map[string]dialog.Slot) int {
	if len(f.Rows) == 1 {
		return 0
	}
	found := -1
	for i, row := range f.Rows {
		switch fits := c.fitsRow(by, row, slots); {
		case fits && found >= 0:
			return -1
		case fits:
			found = i
		}
	}
	return found
}

// answers are the slots that choose a row in the answer to "which of these".
func (n *node) answers() map[string]string {
	by := map[string]string{}
	maps.Copy(by, n.By)
	maps.Copy(by, n.Answer)
	return by
}

// fitsRow says whether slots name anything that stands in a row, and nothing else.
func (c *Conversation) fitsRow(by, row map[string]string, slots map[string]dialog.Slot) (fits bool) {
	for name, column := range by {
		s, said := slots[name]
		if !said {
			continue
		}
		value := s.Value
		if c.def.file.Slots[name].Kind == "date" {
			value, _ = calendar(value, c.state.Day)
		}
		if row[column] != value {
			return false
		}
		fits = true
	}
	return fits
}

// chosen takes the answer to "which of these": by place or by name.
func (c *Conversation) chosen(f *frame, n *node, u dialog.Understanding, w *flow, out *Output) bool {
	row := slices.IndexFunc(f.Rows, func(r map[string]string) bool { return r[n.Value] != "" && r[n.Value] == slot(u, n.Choose).Value })
	if v := slot(u, nlu.SlotChoice).Value; v != "" {
		i, err := strconv.Atoi(v)
		if i < 0 {
			i += min(maxChoices, len(f.Rows)) + 1
		}
		if err == nil && i >= 1 && i <= min(maxChoices, len(f.Rows)) {
			row = i - 1
		}
	}
	if row < 0 {
		row = c.described(f, n.answers(), named(u.Slots))
	}
	if s := slot(u, n.Choose); row < 0 && s.Value != "" { // another, which was not read out
		c.state.NoMatch = 0
		c.fill(f, s)
		c.goTo(f, n.Next)
		c.run(out)
		return true
	}
	if row < 0 {
		if w != nil && w.Name != f.Flow {
			return false
		}
		c.miss("", out)
		return true
	}
	c.state.NoMatch = 0
	c.take(f, n, row)
	c.goTo(f, n.Next)
	c.run(out)
	return true
}
