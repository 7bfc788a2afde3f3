package flow

import (
	"slices"
	"strings"

	"huike/dialog"
)

// brief is how a handoff's summary is worded for the person who reads it, by
// language and by what is said: "wanted", "tried", "failed", "mood", "why", the
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
	lines := []string{c.briefed("why") + c.briefed("reason."+string(reason))}
	var wanted []string
	for _, f := range c.state.Stack {
		wanted = c.title(wanted, f.Flow)
	}
	if len(wanted) == 0 && c.state.Last != nil {
		wanted = c.title(wanted, c.state.Last.Flow)
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

// title adds the title of a flow that has one.
func (c *Conversation) title(list []string, name string) []string {
	t := c.def.flows[name].Title[string(c.state.Lang)]
	if t == "" || slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}
