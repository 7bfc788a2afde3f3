package session

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/llm"
	"huike/member"
	"huike/member/audit"
	"huike/session/journal"
)

// How the journal says what came of asking the model: see [journal.TypeModel].
const (
	stateSaid        = "said"
	stateAsks        = "asks"
	stateRead        = "read"
	stateLed         = "led"
	stateGivenUp     = "given_up"
	stateInterrupted = "interrupted"
)

// Why the journal says that a model's answer did not count.
const (
	notAvailable = "not available"
	notUsable    = "refused"
)

// helped leaves a line in the journal of what came of asking the model: enough to replay
// the call without it.
func (c *conversation) helped(ev journal.Event, err error) {
	ev.Type, ev.Turn, ev.Waited = journal.TypeModel, c.asked, journal.MS(c.now-c.helping.began)
	if _, leads := c.helps(); leads {
		if ev.Model == nil {
			ev.Model = &journal.Model{}
		}
		ev.Model.Leads = true
	}
	if err != nil {
		c.stepDown("model", err)
		ev.Error = notAvailable
		if errors.Is(err, llm.ErrRefused) {
			ev.Error = notUsable
		}
	}
	c.write(ev)
}

// told is what the journal keeps of a reading; nil is none.
func told(r *flow.Reading, state string) journal.Event {
	ev := journal.Event{State: state}
	if r == nil {
		return ev
	}
	ev.Intent, ev.Need, ev.Model = r.Intent, r.Need, &journal.Model{Wish: true, Answer: r.Answer, Words: slices.Clone(r.Words)}
	for _, d := range r.Details {
		ev.Slots = append(ev.Slots, dialog.Slot{Name: d.Name, Heard: d.Heard})
	}
	return ev
}

// readingOf is the reading that told has written.
func readingOf(ev journal.Event) *flow.Reading {
	if ev.Model == nil || !ev.Model.Wish {
		return nil
	}
	r := &flow.Reading{Intent: ev.Intent, Need: ev.Need, Answer: ev.Model.Answer, Words: ev.Model.Words}
	for _, s := range ev.Slots {
		r.Details = append(r.Details, flow.Detail{Name: s.Name, Heard: s.Heard})
	}
	return r
}

// readTape goes on with the turn as the model did in the call that is replayed, in its
// time. What it did not come to answer then, it does not answer now.
func (c *conversation) readTape() {
	h := &c.helping
	number, tape, asked, late := h.number, h.tape, c.asked, c.now-h.began
	h.cancel = c.worker.Go(func(_ context.Context, post func(event)) {
		for {
			ev, err := tape.Next(asked)
			took := max(0, ev.Waited.Duration()-late)
			if err == nil && ev.Error != "" {
				err = errors.New(ev.Error)
			}
			switch {
			case ev.State == stateSaid && err == nil:
				post(modelSaid{number: number, clause: ev.Text, took: took})
				continue
			case ev.State == stateAsks && err == nil && ev.Operation != nil:
				op := &flow.Operation{Name: ev.Operation.Name, Args: maps.Clone(ev.Operation.Args)}
				post(modelMoved{number: number, move: llm.Move{Operation: op}, took: took})
			case ev.State == stateGivenUp, ev.State == stateInterrupted:
			case ev.State == stateRead:
				post(modelRead{number: number, reading: readingOf(ev), took: took, err: err})
			default: // led, or off the tape
				post(modelMoved{number: number, move: llm.Move{Reading: readingOf(ev)}, took: took, err: err})
			}
			return
		}
	})
}

// What a model is shown, as the audit trail says it.
const (
	shownWords = "words (numbers and names hidden)"
	shownBrief = "words, summary (numbers and names hidden)"
)

// shownRows names the columns that a model is shown of an operation's result.
func shownRows(op string, result flow.Result, open bool) string {
	columns := map[string]bool{}
	for _, row := range result.Rows {
		for column := range row {
			columns[column] = true
		}
	}
	how := " (values hidden)"
	if open {
		how = " (numbers, names and addresses hidden)"
	}
	return op + ": " + strings.Join(slices.Sorted(maps.Keys(columns)), " ") + how
}

var errUntraced = errors.New("the audit trail takes no row")

// shows leaves in the audit trail and in the journal what the model is shown next. It
// returns false where the trail does not take it: then it must not be shown.
func (c *conversation) shows(fields string) bool {
	if c.helping.tape != nil {
		return true
	}
	if c.config.Trail != nil {
		err := c.config.Trail.Append(audit.Row{
			At: time.Now(), Member: string(c.person.id()), Reader: ofModel, Role: string(member.RoleRobot), Purpose: string(member.PurposeModel),
			Call: c.caller.Call, Action: audit.Show, Fields: fields, Outcome: audit.OK,
		})
		if err != nil {
			c.stepDown("model", errUntraced)
			return false
		}
	}
	c.write(journal.Event{Type: journal.TypeAudit, Turn: c.asked, Audit: &journal.Audit{
		Action: audit.Show, Purpose: string(member.PurposeModel), Fields: []string{fields},
	}})
	return true
}

// piece is a part of a reply as a model that leads may know it, and how many letters
// of it are said.
type piece struct {
	text    string
	letters int
}

// tellModel tells a model that leads what the flows say in its place: the act alone.
func (c *conversation) tellModel(a dialog.Act, said int) {
	if c.helping.talk == nil || a.Args["entry"] == ofModel {
		return
	}
	c.helping.talk.Spoke(a.Name)
	c.reply.written = append(c.reply.written, piece{text: "(" + a.Name + ")", letters: said})
}

// mark is how far the model's talk has come.
func (c *conversation) mark() llm.Mark {
	if c.helping.talk == nil {
		return llm.Mark{}
	}
	return c.helping.talk.Mark()
}

// cutModel leaves the model what was heard of the agent's turn, and no more.
func (c *conversation) cutModel(heard string) {
	if c.helping.talk == nil || len(c.reply.written) == 0 {
		return
	}
	var known []string
	left := letters(heard)
	for _, w := range c.reply.written {
		if left <= 0 {
			break
		}
		words := strings.Fields(w.text)
		if left < w.letters && len(words) > 1 { // a share of it, in whole words
			words = words[:len(words)*left/w.letters]
		}
		known = append(known, words...)
		left -= w.letters
	}
	c.helping.talk.Cut(c.reply.mark, strings.Join(known, " "))
}
