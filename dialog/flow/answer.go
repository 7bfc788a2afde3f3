package flow

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// confirmed takes the answer to a read-back. Only an explicit yes to what was
// heard whole counts, and a change of any slot is read back again.
func (c *Conversation) confirmed(f *frame, n *node, u dialog.Understanding, w *flow, out *Output) bool {
	if changed, _ := c.fillAll(f, c.tails(f, u)); changed {
		c.state.NoMatch = 0
		f.Node, f.Waits, f.Changing = 0, false, false
		c.run(out)
		return true
	}
	if w != nil && w.Name != f.Flow {
		return false
	}
	if c.given(f, u, out) {
		return true
	}
	if w != nil && !f.Changing && slot(u, nlu.SlotAnswer).Value == "" { // asks for what is being read back
		c.run(out)
		return true
	}
	c.agree(f, n, u, out)
	return true
}

// tails adds the number that a correction of its last digits makes: "no, it ends in
// 2222".
func (c *Conversation) tails(f *frame, u dialog.Understanding) []dialog.Slot {
	said := slot(u, nlu.SlotNumber).Value
	if m := lastDigit.FindStringSubmatch(c.text); m != nil && said == "" {
		said = digitOf(cmp.Or(m[1], m[2]))
	}
	if said == "" || !tail.MatchString(c.text) {
		return u.Slots
	}
	for _, name := range c.def.flows[f.Flow].Slots {
		old, filled := f.Slots[name]
		if filled && len(old.Value) > len(said) && strings.Trim(old.Value, "+0123456789") == "" {
			value := old.Value[:len(old.Value)-len(said)] + said
			return append(slices.Clone(u.Slots), dialog.Slot{Name: name, Value: value, Heard: value})
		}
	}
	return u.Slots
}

// lastDigit is a correction of the last digit alone.
var lastDigit = regexp.MustCompile(`(?i)\blast (?:digit|number|one) (?:is |was |should be )?(?:an? )?([0-9]|zero|oh|one|two|three|four|five|six|seven|eight|nine)\b|最后一(?:位|个)?(?:数字?|号)?(?:应该)?是?([0-9零一二三四五六七八九])`)

// digitOf is a digit that is written or said.
func digitOf(word string) string {
	for i, names := range [...]string{"0 zero oh 零", "1 one 一", "2 two 二", "3 three 三", "4 four 四", "5 five 五", "6 six 六", "7 seven 七", "8 eight 八", "9 nine 九"} {
		if slices.Contains(strings.Fields(names), strings.ToLower(word)) {
			return strconv.Itoa(i)
		}
	}
	return ""
}

var tail = regexp.MustCompile(`(?i)最后|后面?.{0,2}位|尾号|末尾|\blast (?:two|three|four|five|six|[2-6])\b|\bends? (?:in|with)\b|\bending\b|\blast (?:digit|number|one)\b`)

// given takes what was named and the flow has no slot for, such as a number, for the detail
// in the caller's own words that takes it: at its read-back it is what should be read.
func (c *Conversation) given(f *frame, u dialog.Understanding, out *Output) bool {
	if slot(u, nlu.SlotAnswer).Value == "yes" {
		return false
	}
	w := c.def.flows[f.Flow]
	for _, s := range u.Slots {
		if s.Value == "" || w.takes(s.Name) {
			continue
		}
		for _, name := range w.Slots {
			if _, filled := f.Slots[name]; filled && c.stands(f, name, s.Name) {
				return c.reworded(f, name, s.Value, out)
			}
		}
	}
	return false
}

// stands says whether the slot name takes what was named as another.
func (c *Conversation) stands(f *frame, name, other string) bool {
	return slices.ContainsFunc(c.def.file.Slots[name].Takes, func(t string) bool { return c.expand(f, t, 0) == other })
}

// agree takes yes or no to a read-back.
func (c *Conversation) agree(f *frame, n *node, u dialog.Understanding, out *Output) {
	said := slot(u, nlu.SlotAnswer).Value
	if u.Intent == nlu.Cancel {
		said = "cancel"
	}
	switch {
	case said == "no", said == "cancel":
		c.state.NoMatch = 0
		c.refused(f, n, said, out)
	case f.Changing && said == "" && c.reworded(f, c.wordedSlot(f), c.text, out):
	case f.Changing && said == "yes": // what was read was right after all, and is read once more
		f.Changing = false
		c.run(out)
	case f.Changing, said == "":
		c.unsaid(f, out)
	case !f.Heard:
		c.miss("confirm.unheard", out)
	case said == "yes":
		c.state.NoMatch = 0
		f.Yes = agreed + f.fingerprint()
		c.goTo(f, n.Next)
		c.run(out)
	default:
		c.miss("confirm.explicit", out)
	}
}

// unsaid takes what is neither yes nor no nor a change.
func (c *Conversation) unsaid(f *frame, out *Output) {
	if !f.Changing && c.murmured() {
		c.miss("confirm.explicit", out)
		return
	}
	c.miss("", out)
}

// murmured says whether the words are likelier half an answer, "yeah no" or "I guess
// so", than a question.
func (c *Conversation) murmured() bool {
	const half = 12 // bytes
	return len(c.text) <= half && !nlu.Asks(c.text)
}

// wordedSlot is the one detail that was given in the caller's own words; empty where there
// is none, or are several.
func (c *Conversation) wordedSlot(f *frame) (name string) {
	for _, s := range c.def.flows[f.Flow].Slots {
		if t := c.def.file.Slots[s]; f.Slots[s].Value != "" && t.Kind == "text" && !t.Own {
			if name != "" {
				return ""
			}
			name = s
		}
	}
	return name
}

// reworded takes what should be different for a detail in the caller's own words. It is
// read back again.
func (c *Conversation) reworded(f *frame, name, text string, out *Output) bool {
	s := c.worded(name, text)
	if name == "" || !c.valid(s) {
		return false
	}
	c.state.NoMatch = 0
	c.fill(f, s)
	f.Node, f.Waits, f.Changing = 0, false, false
	c.run(out)
	return true
}

// worded is a slot of kind text, as the caller said it.
func (c *Conversation) worded(name, text string) dialog.Slot {
	value := text
	if strip := c.def.file.Slots[name].strip; strip != nil {
		value = strip.ReplaceAllString(value, "")
	}
	return dialog.Slot{Name: name, Value: strings.Trim(value, " ,.!?，。！？、"), Heard: text}
}

// refused takes a no to a read-back: what should be different? A second no, or
// "never mind", leaves the flow.
func (c *Conversation) refused(f *frame, n *node, said string, out *Output) {
	switch {
	case said == "cancel" || f.Changing:
		c.leave()
		c.say(out, "cancelled")
	case n.No != "":
		c.goTo(f, n.No)
	default:
		f.Changing = true
		c.say(out, "confirm.change")
		return
	}
	c.run(out)
}

// fillAll sets what the flow of f takes of slots. It says whether a slot that
// was filled has changed, and whether any was set.
func (c *Conversation) fillAll(f *frame, slots []dialog.Slot) (changed, filled bool) {
	w := c.def.flows[f.Flow]
	for _, s := range slots {
		s = c.renamed(w, s)
		old, had := f.Slots[s.Name]
		if before := cmp.Or(old.Value, c.base(f, s.Name)); before != "" && c.def.file.Slots[s.Name].Kind == "date" {
			if v := redated(before, s.Value, s.Heard, c.state.Day); v != s.Value {
				s.Value, s.Heard = v, inWords(v, c.state.Lang)
			}
		}
		if !w.takes(s.Name) || c.def.file.Slots[s.Name].Own || !c.valid(s) || had && old.Value == s.Value {
			continue
		}
		if had { // what was said of the other thing says nothing of this one
			for _, name := range c.def.file.Slots[s.Name].Clears {
				if slot(dialog.Understanding{Slots: slots}, name).Name == "" {
					delete(f.Slots, name)
				}
			}
		}
		c.fill(f, s)
		filled = true
		changed = changed || had
	}
	return changed, filled
}

// base is what a date that is asked for is completed from.
func (c *Conversation) base(f *frame, name string) string {
	if n := c.node(f); n != nil && n.Ask == name {
		return c.expand(f, n.Base, 0)
	}
	return ""
}

// renamed takes a number for the slot of the flow that it fits where the flow has
// none of its name.
func (c *Conversation) renamed(w *flow, s dialog.Slot) dialog.Slot {
	if w.takes(s.Name) || s.Name != nlu.SlotOrder && s.Name != nlu.SlotNumber {
		return s
	}
	for _, name := range w.Slots {
		t := dialog.Slot{Name: name, Value: s.Value, Heard: s.Heard}
		if c.def.file.Slots[name].Kind == "digits" && name != nlu.SlotPhone && c.valid(t) {
			return t
		}
	}
	return s
}

// valid checks a slot's value against its type, wherever it came from.
func (c *Conversation) valid(s dialog.Slot) bool {
	t, ok := c.def.file.Slots[s.Name]
	if !ok || s.Value == "" {
		return false
	}
	if t.Kind == "date" && strings.HasPrefix(s.Value, "later") { // than no day that is known
		return false
	}
	if t.Kind != "digits" {
		return t.form == nil || t.form.MatchString(s.Value)
	}
	plain := strings.TrimPrefix(s.Value, "+")
	for _, d := range plain {
		if d < '0' || d > '9' {
			return false
		}
	}
	return t.Digits == 0 || len(plain) == t.Digits || plain != s.Value
}

// answered takes the answer to the question for a slot.
func (c *Conversation) answered(f *frame, n *node, u dialog.Understanding, w *flow, text string, out *Output) bool {
	changed, filled := c.fillAll(f, u.Slots)
	if given, is := f.Slots[n.Given]; is && filled && slot(u, nlu.SlotAnswer).Value == "" && slot(u, n.Given).Value != "" {
		c.fill(f, dialog.Slot{Name: n.Ask, Value: string(nlu.Yes), Heard: given.Heard})
	}
	if !filled {
		filled = c.yesOrNo(f, n, u, text)
	}
	other := w != nil && w.Name != f.Flow
	if !filled {
		if !other {
			c.unfilled(f, n, u, text, out)
		}
		return !other
	}
	c.state.NoMatch = 0
	if _, asked := f.Slots[n.Ask]; !asked && !changed && !other {
		c.noted(f, u, out)
	}
	if changed {
		f.Node = 0
	}
	f.Waits = false
	if other { // answers and asks in one sentence
		c.push(w.Name, named(u.Slots))
	}
	c.run(out)
	return true
}

// unfilled takes what is no answer to the question, and no other wish.
func (c *Conversation) unfilled(f *frame, n *node, u dialog.Understanding, text string, out *Output) {
	kind := c.def.file.Slots[n.Ask].Kind
	switch {
	case kind != "yesno" && refuses(u):
		c.declined(f, n, out)
	case u.Intent == nlu.Unknown && n.Unknown != "":
		c.goTo(f, n.Unknown)
		c.run(out)
	case kind == "digits" && c.digits(u) != "":
		c.miss("invalid."+n.Ask, out)
	case kind == "text" && text != "" && u.Intent != nlu.Yes:
		c.textual(f, n, u, text, out)
	case n.Free != "" && u.Intent == "" && text != "":
		c.fill(f, dialog.Slot{Name: n.Free, Value: text, Heard: text})
		c.run(out)
	default:
		c.miss("", out)
	}
}

// refuses says whether u is a no to a question that is none of yes or no.
func refuses(u dialog.Understanding) bool {
	return u.Intent != nlu.Unknown && (slot(u, nlu.SlotAnswer).Value == "no" || u.Intent == nlu.No)
}

// textual takes an answer in the caller's own words.
func (c *Conversation) textual(f *frame, n *node, u dialog.Understanding, text string, out *Output) {
	s := c.worded(n.Ask, c.plainly(f, n.Ask, u, text))
	if !c.valid(s) {
		c.miss("", out)
		return
	}
	c.state.NoMatch = 0
	c.fill(f, s)
	c.run(out)
}

// plainly is the number, or whatever else the detail takes, that an answer in the caller's
// own words spells out, or else the words.
func (c *Conversation) plainly(f *frame, ask string, u dialog.Understanding, text string) string {
	for _, s := range u.Slots {
		if s.Value != "" && c.stands(f, ask, s.Name) {
			return s.Value
		}
	}
	return text
}

// declined takes a no to a question for a detail: where the flow says; and else the
// caller hears what it is for, and may then leave it.
func (c *Conversation) declined(f *frame, n *node, out *Output) {
	c.state.NoMatch = 0
	f.Refusals++
	switch {
	case n.No != "":
		c.goTo(f, n.No)
		c.run(out)
	case f.Refusals > 1:
		c.leave()
		c.say(out, "cancelled")
		c.run(out)
	default:
		c.say(out, whyOf(n))
		c.run(out)
	}
}

// digits returns the digits that the caller gave, whatever they are.
func (c *Conversation) digits(u dialog.Understanding) string {
	for _, s := range u.Slots {
		if c.def.file.Slots[s.Name].Kind == "digits" || s.Name == nlu.SlotNumber {
			return s.Value
		}
	}
	return ""
}
