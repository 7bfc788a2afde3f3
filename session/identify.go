package session

import (
	"context"
	"slices"
	"strconv"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/identify"
	"huike/member"
	"huike/member/shop"
)

// Identifier finds the member whom a caller's answers name. An error means that nobody
// can be found at present.
type Identifier interface {
	Identify(ctx context.Context, lang dialog.Lang, answers identify.Answers) (identify.Decision, error)
}

// ask finds out who calls from what was said, and reads the record of who was found
// into who.
func (c *conversation) ask(op flow.Operation, who **person) func(context.Context) (shop.Result, error) {
	finder, members, access := c.config.Identifier, c.config.Members, c.access()
	answers := identify.Answers{Code: op.Args["code"], Name: op.Args["name"], Born: op.Args["born"], Sure: op.Args["prove"] != ""}
	known, lang := c.person, c.caller.Lang
	config, heard := c.config, slices.Clone(c.voice.speech)
	return func(ctx context.Context) (shop.Result, error) {
		passed := shop.Result{Code: string(identify.PassOn)}
		if finder == nil {
			return passed, nil
		}
		d, err := finder.Identify(ctx, lang, answers)
		switch {
		case err != nil:
			return shop.Result{Code: shop.CodeUnavailable}, err
		case d.Action == identify.Ask && d.Field == identify.Name && !answers.Sure && !known.known && d.Candidate.Agree > 0 && d.Candidate.Against == 0 &&
			config.soundsAs(ctx, member.ID(d.Candidate.ID), access, heard): // one detail and the voice: enough to read by
		case d.Action == identify.Ask:
			row := map[string]string{"field": string(d.Field), "attempt": strconv.Itoa(d.Attempt)}
			return shop.Result{Code: string(d.Action), Rows: []map[string]string{row}}, nil
		case d.Action != identify.Accept || known.known && string(known.id()) != d.Candidate.ID:
			return passed, nil // two people in one call are nobody's business here
		}
		view, err := members.Get(ctx, member.ID(d.Candidate.ID), access)
		if err != nil {
			return shop.Result{Code: shop.CodeUnavailable}, err
		}
		*who = &person{view: view, known: true, unproven: !answers.Sure}
		return shop.Result{OK: true, Rows: []map[string]string{{"found": "yes"}}}, nil
	}
}

// withheld says why an operation is refused, whatever the flow says, or whoever else asks
// for it: [flow.NotForAccount] where it is not there for the caller's type of account, or
// [flow.NotSure] where who calls is not known for sure. Empty: it is not refused.
func (c *conversation) withheld(op flow.Operation) (code string) {
	account := ""
	if a := c.person.view.Account; a != nil {
		account = string(*a)
	}
	switch {
	case c.person.known && !c.config.Flow.Permits(op.Name, account):
		return flow.NotForAccount
	case c.person.unproven && c.config.Flow.Sure(op.Name):
		return flow.NotSure
	}
	return ""
}
