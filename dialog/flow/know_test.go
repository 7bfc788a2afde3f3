package flow

import (
	"testing"
	"testing/fstest"

	"huike/dialog"
	"huike/dialog/nlu"
)

// book answers one question with what it is told.
type book map[string]dialog.Answer

func (b book) Find(text string, _ dialog.Lang, _ string) (dialog.Answer, bool) {
	a, ok := b[text]
	return a, ok && a.Score >= 0.5
}

func TestAnAnswerGoesOnInTheFlowThatItIsLinkedTo(t *testing.T) {
	c := New(load(t).WithAnswers(book{"zorbl": {ID: "z", Text: "One moment.", Flow: "points.balance", Score: 0.8}}), dialog.English)
	c.Step(Input{Kind: Begin, Person: &Person{Known: true}})
	out := c.Step(Input{Kind: Words, Text: "zorbl"})
	if len(out.Acts) != 1 || out.Acts[0].Text != "One moment." || len(out.Operations) != 1 || out.Operations[0].Name != "points.balance" {
		t.Errorf("got acts %+v, operations %+v", out.Acts, out.Operations)
	}
}

func TestOnlyTheShopsOwnWordsGoBeforeAFlowThatExamplesFound(t *testing.T) {
	def := load(t)
	def.understand = told{"hours": {Intent: "store.hours", Score: 0.8}, "sure": {Intent: "store.hours", Score: 0.95}, "person": {Intent: nlu.Person, Score: 0.5}}
	for _, tt := range []struct {
		text  string
		score float64
		known bool
	}{{"hours", 0.97, true}, {"hours", 0.9, false}, {"sure", 1, false}, {"person", 1, false}, {"what", 0.4, false}, {"what", 0.6, true}} {
		c := New(def.WithAnswers(book{tt.text: {ID: "a", Text: "All day.", Score: tt.score}}), dialog.English)
		c.Step(Input{Kind: Begin, Person: &Person{Known: true}})
		out := c.Step(Input{Kind: Words, Text: tt.text})
		if got := len(out.Acts) > 0 && out.Acts[0].Name == Answered; got != tt.known {
			t.Errorf("%q with an answer of %v: answered %v, want %v: %+v", tt.text, tt.score, got, tt.known, out.Acts)
		}
	}
}

func TestKnowledgeThatLeadsNowhereIsNotLoaded(t *testing.T) {
	files := fstest.MapFS{"s/knowledge.json": {Data: []byte("[\n{\"question\": \"where is it\", \"flow\": \"order.lost\"}]")}}
	def := load(t)
	if err := (&Definition{flows: def.flows}).readKnowledge(files, "s/knowledge.json"); err == nil {
		t.Error("a flow that does not exist is taken")
	}
}
