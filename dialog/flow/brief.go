package flow

import (
	"slices"
	"strings"

	"huike/dialog"
)

// brief is how a handoff's summary is worded for the person who reads it, by
// language and by what is said: "who", "wanted", "tried", "mood", "why", the
// codes of results ("code.none") and the reasons ("reason.complaint").
type brief map[string]map[string]string

func (c *Conversation) briefed(key string) string {
	if s := c.def.file.Brief[string(c.state.Lang)][key]; s != "" {
		return s
	}
	_, bare, ok := strings.Cut(key, ".")
	if !ok {
		return key
	}
	return bare
}

// summary says in one line per fact what was wanted, what was tried, what came
// of it and why a person is asked for. It names no one and quotes nothing: the
// ticket has the profile and the transcript beside it.
func (c *Conversation) summary(reason dialog.Reason) string {
	lines := []string{c.briefed("why") + c.briefed("reason."+string(reason)), c.briefed("who") + c.who()}
	wanted := c.titles(c.wanted())
	for _, w := range c.state.Queue {
		if f := c.def.intents[w.Intent]; f != nil {
			wanted = c.title(wanted, f.Name)
		}
	}
	if len(wanted) > 0 {
		lines = append(lines, c.briefed("wanted")+strings.Join(wanted, ", "))
	}
	var tried []string
	for _, a := range c.state.Tried {
		titles := c.title(nil, a.Flow)
		if len(titles) == 0 {
			continue
		}
		line := titles[0] + ": " + c.briefed("code."+a.Code)
		if a.Note != "" {
			line += " (" + a.Note + ")"
		}
		if !slices.Contains(tried, line) {
			tried = append(tried, line)
		}
	}
	if len(tried) > 0 {
		lines = append(lines, c.briefed("tried")+strings.Join(tried, "; "))
	}
	if c.state.Mood != "" {
		lines = append(lines, c.briefed("mood")+c.briefed("mood."+c.state.Mood))
	}
	return strings.Join(lines, "\n")
}

// who says what kind of caller it is; the ticket has the name.
func (c *Conversation) who() string {
	switch {
	case !c.state.Person.Known:
		return c.briefed("who.unknown")
	case c.state.Person.Tier != "":
		return c.briefed("who.member") + " " + c.tier()
	}
	return c.briefed("who.member")
}

// title adds the title of a flow that has one.
func (c *Conversation) title(list []string, name string) []string {
	t := c.def.flows[name].Title[string(c.state.Lang)]
	if t == "" || slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}
