package golden

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"huike/dialog"
	"huike/dialog/flow"
)

// Difference is one turn of a dialogue after which something else followed than
// must.
type Difference struct {
	Turn       int    // from 1
	Said       string // by the caller
	What       string // one line for each thing: "acts: want [a], got [b]"
	Understood dialog.Understanding
	State      string
}

// String tells the turn, the difference, and what was understood.
func (d Difference) String() string {
	u := d.Understood
	slots := make([]string, len(u.Slots))
	for i, s := range u.Slots {
		slots[i] = s.Name + "=" + s.Value
	}
	return fmt.Sprintf("turn %d, %q:\n%s    understood %q %.2f %v, at %s",
		d.Turn, d.Said, d.What, u.Intent, u.Score, slots, d.State)
}

// stage is a dialogue that is being played.
type stage struct {
	def  *flow.Definition
	talk *flow.Conversation
	shop *Shop
	held []flow.Operation // asked for and not answered
	who  *flow.Person
	lang dialog.Lang
}

// Play plays the dialogue on the flows of def, with a shop of its own. The call
// has begun unless the first turn says begin. It returns what was different.
func (s *Script) Play(def *flow.Definition) ([]Difference, error) {
	g := &stage{def: def, talk: flow.New(def, s.Lang), shop: NewShop(), who: Who(s.Who, s.Lang), lang: s.Lang}
	maps.Copy(g.shop.Faults, s.Faults)
	if !s.Turns[0].Begin {
		g.talk.Step(flow.Input{Kind: flow.Begin, Person: g.who, Day: Today})
	}
	var all []Difference
	for i, turn := range s.Turns {
		out, err := g.turn(turn)
		if err != nil {
			return nil, fmt.Errorf("%s: dialogue %q, turn %d: %w", s.File, s.Name, i+1, err)
		}
		if what := turn.compare(out); what != "" {
			all = append(all, Difference{i + 1, turn.Caller + turn.Keys, what, out.Understood, out.State})
		}
	}
	return all, nil
}

// turn gives one turn to the conversation.
func (g *stage) turn(t Turn) (flow.Output, error) {
	if t.Restart {
		return flow.Output{}, g.restart()
	}
	if t.Again {
		if err := g.restart(); err != nil {
			return flow.Output{}, err
		}
		g.held = nil
		return g.serve(g.talk.Step(flow.Input{Kind: flow.CalledAgain, Person: g.who})), nil
	}
	if t.Answer {
		held := g.held
		g.held = nil
		out := g.serve(flow.Output{Operations: held})
		out.Operations = out.Operations[len(held):]
		return out, nil
	}
	in := t.input()
	if in.Kind == flow.Begin {
		in.Person, in.Day = g.who, Today
	}
	out := g.talk.Step(in)
	if t.Hold {
		g.held = append(g.held, out.Operations...)
		return out, nil
	}
	return g.serve(out), nil
}

// restart goes on from the JSON, as another node would.
func (g *stage) restart() error {
	data, err := g.talk.MarshalJSON()
	if err != nil {
		return err
	}
	g.talk, err = flow.Resume(g.def, data)
	return err
}

// answer is what the shop says to one operation.
func (g *stage) answer(op flow.Operation) flow.Input {
	if op.Name == flow.Identify && g.shop.Faults[op.Name] == 0 {
		return g.identify(op)
	}
	return flow.Input{Kind: flow.Done, Result: g.shop.Do(op)}
}

// serve answers the operations of out, and adds up what follows.
func (g *stage) serve(out flow.Output) flow.Output {
	todo := out.Operations
	for len(todo) > 0 {
		next := g.talk.Step(g.answer(todo[0]))
		todo = append(slices.Clone(todo[1:]), next.Operations...)
		next.Acts = append(out.Acts, next.Acts...)
		next.Operations = append(out.Operations, next.Operations...)
		next.Understood = out.Understood
		next.Events = append(out.Events, next.Events...)
		if next.Route == nil {
			next.Route = out.Route
		}
		if next.Handoff == nil {
			next.Handoff = out.Handoff
		}
		if next.End == nil {
			next.End = out.End
		}
		next.Withdraw = next.Withdraw || out.Withdraw
		out = next
	}
	return out
}

func (t Turn) input() flow.Input {
	switch {
	case t.Begin:
		return flow.Input{Kind: flow.Begin}
	case t.Keys != "":
		return flow.Input{Kind: flow.Keys, Keys: t.Keys}
	case t.Silence:
		return flow.Input{Kind: flow.NoInput}
	case t.Returned:
		return flow.Input{Kind: flow.Returned}
	case t.Nobody:
		return flow.Input{Kind: flow.NobodyFree}
	case t.Interrupted:
		return flow.Input{Kind: flow.Interrupted}
	}
	return flow.Input{Kind: flow.Words, Text: t.Caller, Alternatives: t.Or}
}

// difference gathers lines of what is not as it must be.
type difference struct{ text strings.Builder }

func (d *difference) unless(same bool, what string, want, got any) {
	if !same {
		fmt.Fprintf(&d.text, "    %s: want %v, got %v\n", what, want, got)
	}
}

// given compares where the dialogue gives something.
func (d *difference) given(what, want, got string) {
	d.unless(want == "" || want == got, what, want, got)
}

// compare returns what is different from what must follow, a line each.
func (t Turn) compare(out flow.Output) string {
	var d difference
	if t.Intent != nil {
		d.unless(*t.Intent == out.Understood.Intent, "intent", *t.Intent, out.Understood.Intent)
	}
	for name, want := range t.Slots {
		got := ""
		for _, s := range out.Understood.Slots {
			if s.Name == name {
				got = s.Value
				break
			}
		}
		d.unless(got == want, "slot "+name, want, got)
	}
	for name, want := range t.Args {
		has := slices.ContainsFunc(out.Acts, func(a dialog.Act) bool { return a.Args[name] == want })
		d.unless(has, "an act with "+name, want, out.Acts)
	}
	for name, want := range t.Sent {
		has := slices.ContainsFunc(out.Operations, func(op flow.Operation) bool { return op.Args[name] == want })
		d.unless(has, "an operation with "+name, want, out.Operations)
	}
	d.given("mood", t.Mood, out.Understood.Mood)
	d.given("need", t.Need, out.Understood.Need)
	d.given("expect", t.Expect, out.Expect.Kind)
	d.given("state", t.State, out.State)
	t.compareDone(out, &d)
	return d.text.String()
}

// compareDone compares what the conversation said and asked for.
func (t Turn) compareDone(out flow.Output, d *difference) {
	var acts, operations []string
	for _, a := range out.Acts {
		acts = append(acts, a.Name)
	}
	for _, op := range out.Operations {
		operations = append(operations, op.Name)
	}
	d.unless(t.Acts == nil || slices.Equal(t.Acts, acts), "acts", t.Acts, acts)
	d.unless(t.Operations == nil || slices.Equal(t.Operations, operations), "operations", t.Operations, operations)
	var handoff dialog.Handoff
	if out.Handoff != nil {
		handoff = *out.Handoff
	}
	d.unless(t.Handoff == handoff.Reason, "handoff", t.Handoff, handoff.Reason)
	if out.Brief != nil {
		handoff.Summary = out.Brief.Summary
	}
	for _, want := range t.Brief {
		d.unless(strings.Contains(handoff.Summary, want), "brief", want, handoff.Summary)
	}
	rule := ""
	if out.Route != nil {
		rule = out.Route.Rule
	}
	d.given("rule", t.Rule, rule)
	has := slices.ContainsFunc(out.Events, func(e flow.Event) bool { return e.Name == t.Event })
	d.unless(t.Event == "" || has, "an event", t.Event, out.Events)
	end := ""
	if out.End != nil {
		end = out.End.Code
	}
	d.unless(t.End == end, "end", t.End, end)
	d.unless(t.Withdraw == out.Withdraw, "withdraw", t.Withdraw, out.Withdraw)
}
