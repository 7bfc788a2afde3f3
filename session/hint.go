package session

import (
	"slices"
	"strconv"
	"time"

	"huike/audio/asr"
	"huike/audio/prosody"
	"huike/dialog/nlu"
	"huike/dialog/turn"
)

// mostNamed is how many names of this call's business recognition leans to.
const mostNamed = 32

// hint is what the conversation knows of the words to come: which answer is due, and
// the names that this caller may well say. The sound of one turn goes on under one
// name as long as it begins at the same moment.
func (c *conversation) hint(a turn.Action) asr.Hint {
	expect := c.expect
	if joins := c.floor.Joins(); joins != 0 && joins == c.before.turn {
		expect = c.before.expect
	}
	hint := asr.Hint{
		Lang: string(c.caller.Lang), Expect: expect.Kind, Digits: expect.Digits, Partial: a.Partial, First: c.asked == 0,
		Turn: c.caller.Call + "/" + strconv.FormatUint(uint64(a.Turn), 10) + "@" + strconv.FormatInt(int64(a.From/time.Millisecond), 10),
	}
	if n := c.person.view.Name; n != nil {
		for _, name := range []string{n.Family + n.Given, n.FamilyEN, n.GivenEN} {
			if name != "" {
				hint.Words = append(hint.Words, name)
			}
		}
	}
	hint.Words = append(hint.Words, c.named...)
	return hint
}

// name keeps what the shop has named in this call: what the caller may name next.
func (c *conversation) name(rows []map[string]string) {
	for _, row := range rows {
		for _, key := range []string{"item", "name", "product"} {
			if v := row[key]; v != "" && !slices.Contains(c.named, v) {
				c.named = append(c.named, v)
			}
		}
	}
	c.named = c.named[max(len(c.named)-mostNamed, 0):]
}

// sounds is what the caller's turn sounds like beside how the caller began: moods, 0 to
// 1, that the dialog weighs with the words.
func (c *conversation) sounds() map[string]float64 {
	change := c.began.Hear(c.sound)
	c.sound = prosody.Measure{}
	moods := map[string]float64{}
	for mood, score := range map[string]float64{nlu.Angry: change.Anger(), nlu.Busy: change.Hurry()} {
		if score >= audible {
			moods[mood] = score
		}
	}
	return moods
}

// audible is the least that a mood in a voice is told for: people vary.
const audible = 0.3
