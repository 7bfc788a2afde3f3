package golden

import (
	"strconv"
	"time"

	"huike/dialog/flow"
	"huike/dialog/identify"
)

// register holds the members who may be found by what they say: 李明's record has no
// birthday.
func register() *identify.Register {
	return identify.New([]identify.Record{
		{ID: "li", Code: "13800001234", First: "丽", Last: "张", Born: time.Date(1988, 5, 3, 0, 0, 0, 0, time.UTC)},
		{ID: "lily", Code: "13900004321", First: "Lily", Last: "Zhang", Born: time.Date(1988, 5, 3, 0, 0, 0, 0, time.UTC)},
		{ID: "ming", Code: "13700005555", First: "明", Last: "李"},
		{ID: "james", Code: "13900005678", First: "James", Last: "Smith"},
	}, identify.Config{})
}

// identify finds out who calls, as [flow.Identify] has it.
func (g *stage) identify(op flow.Operation) flow.Input {
	d := register().Weigh(identify.Answers{Code: op.Args["code"], Name: op.Args["name"], Born: op.Args["born"], Sure: op.Args["prove"] != ""})
	r := &flow.Result{ID: op.ID, Code: string(d.Action)}
	in := flow.Input{Kind: flow.Done, Result: r}
	switch d.Action {
	case identify.Accept:
		r.OK, r.Code = true, ""
		r.Rows = []map[string]string{{"found": "yes"}}
		g.who = Who("member", g.lang)
		g.who.Unproven = op.Args["prove"] == ""
		in.Person = g.who
	case identify.Ask:
		r.Rows = []map[string]string{{"field": string(d.Field), "attempt": strconv.Itoa(d.Attempt)}}
	case identify.PassOn:
	}
	return in
}
