// Package api serves the shop's members over HTTP to people and their pages: search,
// the view of one member with timeline, tags and predictions, consent, merges, segments,
// figures, imports, the audit trail, export and erasure. What it takes and answers is
// written in openapi.yaml, to which its tests hold it.
//
// It decides nothing about who may see what of a member: every read of one goes through
// a [member.Directory], with the reader's name, role and purpose, and leaves an audit
// row. Who asks, and whether they may at all, is member/access's to say.
//
// Goroutines: one for each import under way, for which [API.Wait] waits, and one while a
// snapshot of all members is read.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/member/event"
	"huike/member/identity"
	"huike/member/privacy"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/tag"
)

// Members reads and writes single members; [member.Directory] is one.
type Members interface {
	Find(ctx context.Context, handle member.Handle, by member.Access) (member.View, error)
	Get(ctx context.Context, id member.ID, by member.Access) (member.View, error)
	Update(ctx context.Context, id member.ID, by member.Access, change func(*member.Profile) error) error
}

// Config shapes an [API]. Store, Members, Tags, Outlook, Identity, Events, Trail and Guard must be there.
type Config struct {
	Store    *store.Store
	Members  Members
	Tags     *tag.Keeper
	Outlook  Outlook
	Identity *identity.Desk
	Trail    member.Trail
	Guard    *access.Guard  // knows the tokens
	Events   *event.Inbox   // takes files of events
	Privacy  privacy.Config // who must forget when a person is erased; Reader and Now are set here

	Log *slog.Logger     // nil: none
	Now func() time.Time // nil is the machine's clock
}

// API is the HTTP side of the members. It is safe from any goroutine.
type API struct {
	cfg  Config
	mux  *http.ServeMux
	book books

	shelf  *segment.Shelf
	trying chan struct{} // holds one while somebody's rules are tried

	jobs    jobs
	working sync.WaitGroup // the imports under way
}

// New returns the API. Its handler serves what [Patterns] lists.
func New(cfg Config) *API {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &API{cfg: cfg, mux: http.NewServeMux(), shelf: &segment.Shelf{Store: cfg.Store, Now: cfg.Now}, trying: make(chan struct{}, 1)}
	a.book.load = func(ctx context.Context) (*segment.Book, error) { return segment.Load(ctx, cfg.Store, cfg.Now(), nil) }
	for _, r := range a.routes() {
		a.mux.HandleFunc(r.method+" "+r.path, a.serve(r))
	}
	a.mux.HandleFunc("GET /openapi.yaml", document)
	a.mux.HandleFunc("GET /openapi.json", document)
	return a
}

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if _, pattern := a.mux.Handler(r); pattern == "" {
		refuse(w, r, a.unknownRoute(r))
		return
	}
	a.mux.ServeHTTP(w, r)
}

// route is one way to ask.
type route struct {
	method, path string
	op           access.Op // what the reader must be allowed; empty: the handler asks
	do           func(w http.ResponseWriter, r *request) error
}

// request is what a handler is asked, by whom.
type request struct {
	*http.Request

	who    access.Principal
	access member.Access
}

// id is the member whom the path names.
func (r *request) id() member.ID { return member.ID(r.PathValue("id")) }

const longestBody = 1 << 20 // bytes of a request, but for a file that is imported

// serve lets in who may, and turns a handler's error into an answer.
func (a *API) serve(to route) http.HandlerFunc {
	return func(w http.ResponseWriter, plain *http.Request) {
		w.Header().Set("Cache-Control", "private, no-cache")
		w.Header().Set("Vary", "Authorization, Accept-Language")
		if to.op != access.OpImport {
			plain.Body = http.MaxBytesReader(w, plain.Body, longestBody)
		}
		r := &request{Request: plain}
		err := a.admit(r, to)
		if err == nil {
			err = to.do(w, r)
		}
		if err != nil {
			a.failed(w, r, to, err)
		}
	}
}

// admit finds out who asks and what for.
func (a *API) admit(r *request, to route) (err error) {
	r.who, err = a.cfg.Guard.Principal(r.Request)
	switch {
	case errors.Is(err, access.ErrToken):
		return errToken
	case err != nil:
		return err
	}
	r.access = r.who.Access(member.PurposeService, "")
	if name, err := url.PathUnescape(r.Header.Get("X-Agent")); err == nil && name != "" && r.who.ID == r.who.Name && plainName(name) {
		r.access.Reader = name // of one of those who share the desk's token
	}
	if text := r.URL.Query().Get("purpose"); text != "" {
		r.access.Purpose = member.Purpose(text)
	}
	if !r.access.Purpose.Known() {
		return wrong("purpose", member.Mask(string(r.access.Purpose)), wantPurpose, wantPurposeZH)
	}
	if r.access.Call = r.Header.Get("X-Call"); r.access.Call != "" && !plainID(r.access.Call) {
		return wrong("X-Call", "…", "a call's id", "通话编号")
	}
	if id := r.PathValue("id"); id != "" && !plainID(id) {
		return errNoMember
	}
	if to.op == "" {
		return nil
	}
	return a.allow(r, to.op)
}

const (
	wantPurpose   = "service, marketing, profiling, recording, voiceprint or location"
	wantPurposeZH = "service、marketing、profiling、recording、voiceprint 或 location"
)

// allow returns why the reader may not do something at all, which the trail is told.
func (a *API) allow(r *request, op access.Op) error {
	if r.who.Can(op) {
		return nil
	}
	if err := a.trace(r, "", "access", string(op), audit.Denied); err != nil {
		return err
	}
	return denied(r.who.Role, op)
}

// trace leaves a row in the audit trail, without which nothing is answered. It is for what
// does not go through the [Members], which leave their own.
func (a *API) trace(r *request, id member.ID, action, fields, outcome string) error {
	err := a.cfg.Trail.Append(audit.Row{
		At: a.cfg.Now(), Member: string(id), Reader: r.access.Reader, Role: string(r.access.Role), Purpose: string(r.access.Purpose),
		Call: r.access.Call, Action: action, Fields: fields, Outcome: outcome,
	})
	if err != nil {
		return member.ErrUntraced
	}
	return nil
}

// plainName reports whether a text may be an agent's name.
func plainName(text string) bool {
	return len(text) <= 64 && member.Mask(text) == text && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// plainID reports whether a text may be an id: ids are safe in paths and logs.
func plainID(text string) bool {
	if len(text) > 128 {
		return false
	}
	for _, r := range text {
		if r <= ' ' || r > '~' || r == '/' || r == '"' {
			return false
		}
	}
	return true
}
