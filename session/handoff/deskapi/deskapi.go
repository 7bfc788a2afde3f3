// Package deskapi is the HTTP side of the desk and of the kept calls: the REST
// routes with their OpenAPI 3.1 description, the stream of live events, and the
// recordings. It decides nothing that [handoff.Desk] and [journal.Store] do not.
//
// Every route asks for the desk's token, as "Authorization: Bearer TOKEN"; what a
// page can only link to (the event stream, recordings and the agent's sound) takes
// it as ?token= too. Without a configured token every request is refused. A page
// names its agent with ?agent=NAME or the header X-Agent.
//
//	GET    /v1/desk/events?agent=&call=      server-sent events: queue, closed, call
//	GET    /v1/desk/calls/{id}               the ticket
//	POST   /v1/desk/calls/{id}/take          the ticket, or 409 with who has it
//	POST   /v1/desk/calls/{id}/return        204
//	POST   /v1/desk/calls/{id}/end           204
//	POST   /v1/desk/calls/{id}/whip          the agent's own sound
//	GET    /v1/desk/callbacks                those who are to be called back
//	GET    /v1/calls                         kept calls, newest first
//	GET    /v1/calls/{id}                    summary, journal and transcript
//	GET    /v1/calls/{id}/recording.wav      stereo, with Range; "Huike-Recording: incomplete" where its end is missing
//	DELETE /v1/calls/{id}                    204
//	GET    /v1/desk/openapi.json
package deskapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"huike/member"
	"huike/session/handoff"
	"huike/session/journal"
	"huike/session/problem"
)

// Store is the kept calls, as the desk reads them.
type Store interface {
	List(limit int) []journal.Summary
	Open(id string) (journal.Call, error)
	Recording(id string) (io.ReadSeekCloser, error)
	Fault(id string) error // of its recording: [journal.ErrCutOff] or [journal.ErrForeign]
	Delete(id string) error
}

// Callback is a caller who is to be called back.
type Callback struct {
	Ticket  string    `json:"ticket"`
	Phone   string    `json:"phone,omitempty"` // masked
	When    string    `json:"when,omitempty"`  // the caller's wish
	Reason  string    `json:"reason,omitempty"`
	Written time.Time `json:"written"`
}

// Access is what an agent read or did, for the audit. The purpose is always service.
type Access struct {
	Agent  string
	Action string    // ticket, take, return, end, queue, watch, callbacks, list, open, listen or delete
	Call   string    // empty where it is about more than one
	Member member.ID // who calls, where it is known
	Fields string    // what was read, such as "ticket,transcript"; empty for nothing
}

// Members is the people who call. It leaves its own rows in the audit.
type Members interface {
	Get(ctx context.Context, id member.ID, access member.Access) (member.View, error)
}

// Config is what a desk is served with.
type Config struct {
	Desk  *handoff.Desk
	Store Store

	// Token opens the desk. Empty refuses everybody.
	Token string

	// Whip takes the agent's offer for their own sound in a call that they have
	// taken; nil answers 501.
	Whip func(call, agent string) http.Handler

	// Callbacks lists who is to be called back; nil is an empty list.
	Callbacks func(ctx context.Context) ([]Callback, error)

	// Audit is told of everything that an agent read or did; nil tells nobody.
	Audit func(ctx context.Context, did Access)

	// Members reads what an agent may see of who calls, for the tickets; nil leaves
	// them as the session wrote them.
	Members Members

	Log *slog.Logger // nil is [slog.Default]
}

// api is the handlers' common ground.
type api struct {
	Config
}

// New returns the handler of every route of this package.
func New(config Config) http.Handler {
	a := &api{Config: config}
	if a.Log == nil {
		a.Log = slog.Default()
	}
	if a.Audit == nil {
		a.Audit = func(context.Context, Access) {}
	}
	mux := http.NewServeMux()
	a.routes(humago.New(mux, openAPI()))
	mux.HandleFunc("GET /v1/desk/events", a.events)
	mux.HandleFunc("GET /v1/calls/{id}/recording.wav", a.recording)
	mux.HandleFunc("/v1/desk/calls/{id}/whip", a.whip)
	mux.HandleFunc("/v1/desk/calls/{id}/whip/{rest...}", a.whip)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusNotFound, "no such route at the desk")
	})
	return a.guard(mux)
}

func openAPI() huma.Config {
	config := huma.DefaultConfig("huike desk", "1")
	config.OpenAPIPath = "/v1/desk/openapi"
	config.DocsPath = ""    // its page would load scripts from elsewhere
	config.SchemasPath = "" // the description holds them all
	config.CreateHooks = nil
	config.Info.Description = "The agents' side of the calls, and the calls that are kept."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"desk": {Type: "http", Scheme: "bearer", Description: "the desk's token"},
	}
	config.Security = []map[string][]string{{"desk": {}}}
	return config
}

// whip hands the agent's offer on.
func (a *api) whip(w http.ResponseWriter, r *http.Request) {
	if a.Whip == nil {
		problem.Write(w, http.StatusNotImplemented, "this server takes no sound from agents")
		return
	}
	a.Whip(r.PathValue("id"), agentOf(r)).ServeHTTP(w, r)
}

// recording serves a call's sound, or the part of it that is asked for.
func (a *api) recording(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	sound, err := a.Store.Recording(id)
	if err != nil {
		status, detail := storeProblem(err)
		problem.Write(w, status, detail)
		return
	}
	a.Audit(r.Context(), Access{Agent: agentOf(r), Action: "listen", Call: id, Fields: "recording"})
	w.Header().Set("Content-Type", "audio/wav")
	if err := a.Store.Fault(id); err != nil {
		w.Header().Set("Huike-Recording", "incomplete")
	}
	w.Header().Set("Cache-Control", "private, no-store") // a deleted call stays deleted
	http.ServeContent(w, r, "", time.Time{}, sound)
	if err := sound.Close(); err != nil {
		a.Log.Warn("close recording", "call", id, "err", err)
	}
}
