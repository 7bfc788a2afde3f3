package deskapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"huike/dialog"
	"huike/member"
	"huike/session/handoff"
	"huike/session/journal"
)

// AboutCall is a request about one call. It is exported for the reflection that fills it.
type AboutCall struct {
	ID     string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"the call's id"`
	Agent  string `query:"agent" doc:"who asks"`
	Header string `header:"X-Agent" doc:"who asks, where the query does not say"`
}

func (in *AboutCall) agent() string { return cmp.Or(in.Agent, in.Header, handoff.Unnamed) }

// Asker is who asks about all calls. It is exported for the reflection that fills it.
type Asker struct {
	Agent  string `query:"agent" doc:"who asks"`
	Header string `header:"X-Agent" doc:"who asks, where the query does not say"`
}

func (in *Asker) agent() string { return cmp.Or(in.Agent, in.Header, handoff.Unnamed) }

// ticket is a ticket with the wait by the server's clock.
type ticket struct {
	handoff.Ticket

	Waited journal.Milliseconds `json:"waited_ms"`
}

func ticketOf(t handoff.Ticket) ticket {
	return ticket{Ticket: t, Waited: max(0, journal.MS(time.Since(t.Since)))}
}

type ticketOutput struct{ Body ticket }

type callsInput struct {
	Asker

	Limit int `query:"limit" default:"200" minimum:"1" maximum:"10000"`
}

type callsOutput struct{ Body []journal.Summary }

type callOutput struct {
	Body struct {
		Summary    journal.Summary `json:"summary"`
		Transcript []journal.Line  `json:"transcript"`
		Journal    []journal.Event `json:"journal"`
		Damaged    bool            `json:"damaged,omitempty" doc:"the journal could not be read to its end"`
		Fault      string          `json:"recording_fault,omitempty" enum:"cut_off,foreign" doc:"cut_off: the recording lacks its end, as the server stopped in the call or somebody has cut it; foreign: the file is not the one that was recorded, and is not played"`
	}
}

type callbacksOutput struct{ Body []Callback }

// routes registers what is JSON.
func (a *api) routes(to huma.API) {
	huma.Register(to, operation(http.MethodGet, "/v1/desk/calls/{id}", "The ticket of a call that waits or is taken"), a.get)
	huma.Register(to, operation(http.MethodPost, "/v1/desk/calls/{id}/take", "Take a call"), a.take)
	huma.Register(to, operation(http.MethodPost, "/v1/desk/calls/{id}/return", "Give a call back to the robot"), a.giveBack)
	huma.Register(to, operation(http.MethodPost, "/v1/desk/calls/{id}/end", "End a call"), a.end)
	huma.Register(to, operation(http.MethodPost, "/v1/desk/calls/{id}/transfer", "Pass a call on to another address"), a.transfer)
	huma.Register(to, operation(http.MethodPost, "/v1/desk/calls/{id}/keys", "Press keys on the caller's line"), a.press)
	huma.Register(to, operation(http.MethodGet, "/v1/desk/callbacks", "Callers who are to be called back"), a.callbacks)
	huma.Register(to, operation(http.MethodGet, "/v1/calls", "The kept calls, newest first"), a.list)
	huma.Register(to, operation(http.MethodGet, "/v1/calls/{id}", "A kept call: summary, transcript and journal"), a.open)
	huma.Register(to, operation(http.MethodDelete, "/v1/calls/{id}", "Delete a call's journal and recording"), a.remove)
}

func operation(method, path, summary string) huma.Operation {
	op := huma.Operation{
		OperationID: huma.GenerateOperationID(method, path, new(struct{})),
		Method:      method, Path: path, Summary: summary,
		Errors: []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict},
	}
	return op
}

func (a *api) get(ctx context.Context, in *AboutCall) (*ticketOutput, error) {
	t, err := a.Desk.Get(in.ID)
	if err != nil {
		return nil, deskError(err)
	}
	return a.show(ctx, in, "ticket", t), nil
}

func (a *api) take(ctx context.Context, in *AboutCall) (*ticketOutput, error) {
	t, err := a.Desk.Take(in.ID, in.agent())
	if err != nil {
		return nil, deskError(err)
	}
	return a.show(ctx, in, "take", t), nil
}

// show tells the agent the ticket, with what an agent may see of who calls: the
// session wrote it with what the robot may see. Where that cannot be read the agent
// has the ticket without a profile.
func (a *api) show(ctx context.Context, in *AboutCall, action string, t handoff.Ticket) *ticketOutput {
	if a.Members != nil && t.Person != "" {
		view, err := a.Members.Get(ctx, t.Person, member.Access{
			Reader: in.agent(), Role: member.RoleAgent, Purpose: member.PurposeService, Call: in.ID,
		})
		t.Member = &view
		if err != nil {
			a.Log.Warn("ticket without a profile", "call", in.ID, "err", err)
			t.Member = nil
		}
	}
	did := Access{Agent: in.agent(), Action: action, Call: in.ID, Member: t.Person, Fields: "ticket,transcript"}
	if t.Member != nil {
		did.Fields += ",profile"
	}
	a.Audit(ctx, did)
	return &ticketOutput{Body: ticketOf(t)}
}

func (a *api) giveBack(ctx context.Context, in *AboutCall) (*struct{}, error) {
	return a.finish(ctx, in, "return", a.Desk.Return)
}

func (a *api) end(ctx context.Context, in *AboutCall) (*struct{}, error) {
	return a.finish(ctx, in, "end", a.Desk.End)
}

type transferInput struct {
	AboutCall
	Body struct {
		To string `json:"to" minLength:"1" maxLength:"256" pattern:"^(sips?:[^\\s]+|\\+?[0-9]{1,20})$" doc:"A SIP address, such as sip:accounts@pbx.example, or a number"`
	}
}

func (a *api) transfer(ctx context.Context, in *transferInput) (*struct{}, error) {
	return a.finish(ctx, &in.AboutCall, "transfer", func(call, agent string) error {
		return a.Desk.Transfer(call, agent, in.Body.To)
	})
}

type pressInput struct {
	AboutCall
	Body struct {
		Keys string `json:"keys" minLength:"1" maxLength:"32" pattern:"^[0-9*#]+$" doc:"Pressed one after the other"`
	}
}

func (a *api) press(ctx context.Context, in *pressInput) (*struct{}, error) {
	return a.finish(ctx, &in.AboutCall, "keys", func(call, agent string) error {
		return a.Desk.Press(call, agent, in.Body.Keys)
	})
}

func (a *api) finish(ctx context.Context, in *AboutCall, action string, how func(call, agent string) error) (*struct{}, error) {
	who := a.person(in.ID) // the ticket is gone afterwards
	if err := how(in.ID, in.agent()); err != nil {
		return nil, deskError(err)
	}
	a.Audit(ctx, Access{Agent: in.agent(), Action: action, Call: in.ID, Member: who})
	return &struct{}{}, nil
}

// person returns who calls, or nothing where the desk does not know.
func (a *api) person(call string) member.ID {
	t, err := a.Desk.Get(call)
	if err != nil {
		return ""
	}
	return t.Person
}

func (a *api) callbacks(ctx context.Context, in *Asker) (*callbacksOutput, error) {
	out := &callbacksOutput{Body: []Callback{}}
	if a.Callbacks == nil {
		return out, nil
	}
	list, err := a.Callbacks(ctx)
	if err != nil {
		a.Log.Error("list call-backs", "err", err)
		return nil, huma.Error500InternalServerError("the call-backs could not be read")
	}
	a.Audit(ctx, Access{Agent: in.agent(), Action: "callbacks", Fields: "callbacks"})
	out.Body = append(out.Body, list...)
	return out, nil
}

func (a *api) list(ctx context.Context, in *callsInput) (*callsOutput, error) {
	a.Audit(ctx, Access{Agent: in.agent(), Action: "list", Fields: "list"})
	return &callsOutput{Body: a.Store.List(in.Limit)}, nil
}

func (a *api) open(ctx context.Context, in *AboutCall) (*callOutput, error) {
	call, err := a.Store.Open(in.ID)
	if err != nil && len(call.Events) == 0 {
		status, detail := storeProblem(err)
		return nil, huma.NewError(status, detail)
	}
	a.Audit(ctx, Access{Agent: in.agent(), Action: "open", Call: in.ID, Fields: "summary,transcript,journal"})
	out := &callOutput{}
	out.Body.Damaged, out.Body.Fault = err != nil, fault(a.Store.Fault(in.ID))
	out.Body.Summary, out.Body.Journal = call.Summary, call.Events
	out.Body.Transcript = append([]journal.Line{}, journal.TranscriptOf(call.Events).Lines...)
	return out, nil
}

func fault(err error) string {
	switch {
	case errors.Is(err, journal.ErrForeign):
		return "foreign"
	case errors.Is(err, journal.ErrCutOff):
		return "cut_off"
	}
	return ""
}

func (a *api) remove(ctx context.Context, in *AboutCall) (*struct{}, error) {
	if err := a.Store.Delete(in.ID); err != nil {
		status, detail := storeProblem(err)
		if status == http.StatusInternalServerError {
			a.Log.Error("delete call", "call", in.ID, "err", err)
		}
		return nil, huma.NewError(status, detail)
	}
	a.Audit(ctx, Access{Agent: in.agent(), Action: "delete", Call: in.ID})
	return &struct{}{}, nil
}

// deskError says in HTTP what the desk said; nil stays nil.
func deskError(err error) error {
	var taken *handoff.TakenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &taken):
		return huma.Error409Conflict(taken.Error())
	case errors.Is(err, handoff.ErrUnknown):
		return huma.Error404NotFound("the call is no longer at the desk")
	case errors.Is(err, handoff.ErrNotYours), errors.Is(err, handoff.ErrNotTaken):
		return huma.Error409Conflict(err.Error())
	default:
		return huma.Error400BadRequest(err.Error())
	}
}

// storeProblem says in HTTP what the store said.
func storeProblem(err error) (status int, detail string) {
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return http.StatusNotFound, "no such call is kept"
	case errors.Is(err, journal.ErrBadID):
		return http.StatusBadRequest, err.Error()
	case errors.Is(err, journal.ErrForeign):
		return http.StatusConflict, err.Error()
	default:
		return http.StatusInternalServerError, "the kept call could not be read or changed"
	}
}

// rowOf is a ticket as a queue shows it.
func rowOf(t handoff.Ticket) row {
	r := row{
		Call: t.Call, State: t.State, Agent: t.Agent, Reason: t.Reason, Summary: t.Summary, Lang: t.Lang,
		Member: t.Card, Tags: t.Tags, Priority: t.Priority, Since: t.Since,
	}
	r.Waited = ticketOf(t).Waited
	return r
}

// row is one call of the queue.
type row struct {
	Call     string               `json:"call"`
	State    handoff.State        `json:"state"`
	Agent    string               `json:"agent,omitempty"`
	Reason   dialog.Reason        `json:"reason"`
	Summary  string               `json:"summary,omitempty"`
	Lang     dialog.Lang          `json:"lang"`
	Member   *journal.Member      `json:"member,omitempty"`
	Tags     []string             `json:"tags,omitempty"`
	Priority int                  `json:"priority,omitempty"`
	Since    time.Time            `json:"since"`
	Waited   journal.Milliseconds `json:"waited_ms"`
}
