// Package realtime speaks OpenAI's Realtime protocol, so that clients written
// for it can call: over a WebSocket, where sound travels in events, and over
// WebRTC, where the events have a data channel. It turns that wire into a leg
// for a handler, and knows of the call only what the session tells any leg. It
// has no model: what steers one is echoed, and README.md beside this file says
// what is done, echoed and refused.
//
// Goroutines. Config.Handle runs on the HTTP request's own goroutine, or on one
// of session/webrtc's. Each leg has one more, which reads the client's events,
// besides the writer of its connection. A timer calls the translator when it
// has something to say by itself.
package realtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"huike/session/webrtc"
	"huike/session/wire"
)

// startWait is how long a client may take to say what session it wants, before
// the call begins without.
const startWait = 700 * time.Millisecond

// Request says what the client asked for before the call began.
type Request struct {
	Lang     string            // "en", "zh", or empty: query lang, metadata.lang, or the transcription's language
	As       string            // who the caller says to be: query as or metadata.as; never to be logged
	Remote   string            // the peer's address as HTTP saw it, host:port
	Operates bool              // the client may do operations of the shop: its key is the server's own, or was made for that
	Context  map[string]string // the session's metadata; lower-case keys
}

// Handler carries one leg until the call is over. The leg is closed when it
// returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Config is what a Server needs. Only Handle must be set, and keys.
type Config struct {
	Handle Handler
	// Admit reserves a line. Its error, told to the client with status 503, refuses
	// the call. Nil admits every call.
	Admit func() (release func(), err error)
	// WebRTC takes the calls of clients that offer SDP; nil refuses them.
	WebRTC *webrtc.Server
	// Keys open calls, and make ephemeral keys for pages.
	Keys []string
	// AnyKey lets every key in: for a demonstration on loopback.
	AnyKey bool
	// Origins are the web sites that may call while AnyKey is set, as in
	// wire.Config. A key is a credential, so with Keys alone any site may.
	Origins []string
	Log     *slog.Logger // nil is slog.Default
}

// Server answers the paths under /v1/realtime. It is an http.Handler.
type Server struct {
	config Config
	keys   *keys
	wire   *wire.Server
	mux    *http.ServeMux
}

// New returns a Server. Close ends the calls that it carries over WebSockets;
// those of Config.WebRTC end with that.
func New(config Config) *Server {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	s := &Server{config: config, keys: newKeys(config.Keys, config.AnyKey), mux: http.NewServeMux()}
	origins := config.Origins
	if !config.AnyKey {
		origins = []string{"*"}
	}
	s.wire = wire.NewServer(wire.Config{
		Handle: s.carry, Admit: config.Admit, Origins: origins, Subprotocols: []string{"realtime"}, Log: config.Log,
	})
	s.mux.HandleFunc("GET /v1/realtime", s.upgrade)
	s.mux.HandleFunc("POST /v1/realtime", s.offer) // where the beta had it
	s.mux.HandleFunc("POST /v1/realtime/calls", s.offer)
	s.mux.HandleFunc("POST /v1/realtime/calls/{id}/hangup", s.hangup)
	s.mux.HandleFunc("POST /v1/realtime/client_secrets", s.clientSecret)
	s.mux.HandleFunc("POST /v1/realtime/sessions", s.betaSession)
	return s
}

// Close refuses new calls, ends those over WebSockets, and waits for them.
func (s *Server) Close() error { return s.wire.Close() }

// Legs returns how many WebSockets are held.
func (s *Server) Legs() int { return s.wire.Conns() }

// ServeHTTP answers a request. One without a right key is answered 401.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.cross(w, r) {
		return
	}
	who, ok := s.keys.guest(shown(r), time.Now())
	if !ok {
		refuse(w, http.StatusUnauthorized, "invalid_api_key", s.noKey(r))
		return
	}
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), guestKey{}, who)))
}

// noKey says why a request is answered 401, and what would open the door; never the
// key that it showed.
func (s *Server) noKey(r *http.Request) string {
	switch {
	case len(s.config.Keys) == 0 && !s.config.AnyKey:
		return "This server has no API keys: start it with --api-keys."
	case shown(r) == "":
		return "You did not provide an API key: send one as Authorization: Bearer KEY."
	}
	return "Incorrect API key provided."
}

// guestKey is where a request's context has its guest.
type guestKey struct{}

func guestOf(r *http.Request) guest {
	who, _ := r.Context().Value(guestKey{}).(guest)
	return who
}

// upgrade answers a WebSocket.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Has("call_id") || query.Get("intent") == "transcription" {
		refuse(w, http.StatusBadRequest, "unsupported_value", "This server holds conversations: connect with a model.")
		return
	}
	s.wire.ServeHTTP(w, r)
}

// carry carries one WebSocket.
func (s *Server) carry(ctx context.Context, conn *wire.Conn, r *http.Request) {
	who := guestOf(r)
	leg := newLeg(conn, true, who.may, s.config.Log)
	leg.conn = conn
	over := make(chan struct{})
	leg.step(func(t *talk) {
		t.beta = r.Header.Get("OpenAI-Beta") == "realtime=v1" || strings.Contains(r.Header.Get("Sec-Websocket-Protocol"), "openai-beta.realtime-v1")
		who.open(t, r.URL.Query().Get("model"))
	})
	go func() {
		defer close(over)
		leg.read()
	}()
	defer func() {
		_ = leg.Close("call over")
		<-over
	}()
	s.run(ctx, leg, r)
}

// run waits for what the client wants, and carries the call.
func (s *Server) run(ctx context.Context, leg *Leg, r *http.Request) {
	patience := time.NewTimer(startWait)
	defer patience.Stop()
	select {
	case <-leg.begun:
	case <-leg.done:
		return
	case <-ctx.Done():
		return
	case <-patience.C:
		leg.step(func(*talk) { leg.begin() })
	}
	var req Request
	leg.step(func(t *talk) { req = request(&t.settings, r) })
	req.Operates = guestOf(r).operates()
	s.config.Handle(ctx, leg, req)
}

// request says what the client has asked for.
func request(s *settings, r *http.Request) Request {
	query := r.URL.Query()
	req := Request{Lang: query.Get("lang"), As: query.Get("as"), Remote: r.RemoteAddr, Context: maps.Clone(s.metadata)}
	if req.Lang == "" {
		req.Lang = s.language()
	}
	if req.As == "" {
		req.As = s.metadata["as"]
	}
	delete(req.Context, "as")
	delete(req.Context, "lang")
	return req
}

// open greets a guest in the session that its key was made for.
func (g guest) open(t *talk, model string) {
	if g.settings != nil {
		t.settings = *g.settings
		t.settings.object = clone(t.settings.object)
	}
	t.now = time.Now()
	t.greet(model)
}

// may tells whether a guest may do an operation: with a key made for a page,
// those alone that it was made with.
func (g guest) may(name string) bool {
	return g.own || g.settings != nil && g.settings.tools[name] != ""
}

func (g guest) operates() bool { return g.own || g.settings != nil && len(g.settings.tools) > 0 }

// refuse answers a request as the protocol does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	kind := "invalid_request_error"
	if status >= http.StatusInternalServerError {
		kind = "server_error"
	}
	answer(w, status, fields{"error": fields{"type": kind, "code": code, "message": message, "param": nil}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone reads nothing
}
