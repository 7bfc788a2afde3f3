package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huike/cmd/huike/web"
	"huike/dialog"
	"huike/member/api"
	"huike/member/demo"
	"huike/session"
	"huike/session/handoff/deskapi"
	"huike/session/problem"
	"huike/session/realtime"
	"huike/session/rtvi"
	"huike/session/webrtc"
	"huike/session/ws"
)

// front is the server's HTTP side: where calls arrive, the pages and the API.
type front struct {
	*http.ServeMux
	house   *house
	shelf   *shelf
	gate    gate
	drained chan struct{} // closed when calls in progress must end
	whip    *webrtc.Server
	ws      *ws.Server
	rtvi    *rtvi.Server
	live    *realtime.Server
	sip     telephone
	twilio  byTwilio
	asocket byAudioSocket
}

func newFront(h *house, address string) (*front, error) {
	f := &front{ServeMux: http.NewServeMux(), house: h, drained: make(chan struct{})}
	f.gate.most, f.gate.busy = h.config.MaxCalls, h.busy
	media, ipv6 := h.config.media(address)
	var err error
	if f.shelf, err = newShelf(h); err != nil {
		return nil, err
	}
	h.runWith(f.shelf.run)
	f.whip, err = f.newWhip(media, ipv6)
	if err != nil {
		return nil, fmt.Errorf("--media=%s: %w", media, err)
	}
	f.ws = ws.NewServer(ws.Config{
		Origins: h.config.Origins, Admit: f.gate.admit, Log: h.log,
		Handle: func(ctx context.Context, leg *ws.Leg, req ws.Request) {
			f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Channel: "websocket"})
		},
	})
	if f.rtvi, err = f.newRTVI(); err != nil {
		return nil, err
	}
	if f.sip, err = f.newSIP(); err != nil {
		return nil, err
	}
	f.live = f.newRealtime(address)
	if f.twilio, err = f.newTwilio(); err != nil {
		return nil, err
	}
	if f.asocket, err = f.newAudioSocket(); err != nil {
		return nil, err
	}
	f.routes()
	return f, nil
}

func (f *front) routes() {
	f.Handle("/v1/whip", f.whip)
	f.Handle("/v1/whip/", f.whip)
	f.Handle("/v1/ws", f.ws)
	f.Handle("/v1/rtvi/", f.rtvi)
	f.Handle("/v1/realtime", f.live)
	f.Handle("/v1/realtime/", f.live)
	desk := deskapi.New(deskapi.Config{
		Desk: f.house.desk, Store: f.house.calls, Token: f.house.config.DeskToken, Members: f.house.session.Members, Whip: f.deskWhip,
		Callbacks: f.house.callbacks, Audit: f.house.auditDesk, Log: f.house.log,
	})
	f.Handle("/v1/desk/", desk)
	f.Handle("/v1/calls", desk)
	f.Handle("/v1/calls/", desk)
	f.Handle("POST /v1/calls", f.placeCalls())
	f.shopRoutes()
	f.learnRoutes()
	f.Handle("/v1/events", f.events())
	f.Handle("/v1/events/", f.events())
	f.Handle("POST /v1/hooks/{name}", f.hooks())
	members := f.members()
	for _, pattern := range api.Patterns() {
		f.Handle(pattern, members)
	}
	f.HandleFunc("GET /v1/info", f.info)
	f.HandleFunc("GET /v1/demo/members", f.demoMembers)
	f.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	f.HandleFunc("GET /readyz", f.ready)
	f.Handle("GET /metrics", promhttp.HandlerFor(f.house.registry, promhttp.HandlerOpts{}))
	f.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusNotFound, "nothing here takes such a request; huike serve --help says what takes calls (Twilio's: --twilio-token)")
	})
	f.Handle("/", web.Handler())
}

// arrival is what a call brings with it.
type arrival struct {
	Lang     string            // "en" or "zh"; any other is English
	As       string            // who calls, as a telephone number; never to be logged
	Vouched  bool              // the transport vouches for As; otherwise only the demonstration believes it
	Operates bool              // the caller's side has shown a key: it may do operations of the shop itself
	Channel  string            // how the call came, such as "web" or "sip"; for the member's history
	Context  map[string]string // what else is known, such as a diversion; lower-case keys
}

// carry carries one call on its leg.
func (f *front) carry(ctx context.Context, leg session.Leg, a arrival) {
	f.gate.calls.Add(1)
	defer f.gate.calls.Add(-1)
	caller := session.Caller{
		Call: "c_" + strings.ToLower(rand.Text()[:16]), Lang: dialog.English, Day: time.Now(), Channel: a.Channel, Context: a.Context,
		Operates: a.Operates,
	}
	if a.Lang == string(dialog.Chinese) {
		caller.Lang = dialog.Chinese
	}
	if a.Vouched || f.house.config.Demo { // the demonstration trusts its callers; nobody else does
		caller.As = a.As
	}
	log := f.house.log.With("call", caller.Call)
	log.Info("call began", "lang", caller.Lang)
	began := time.Now()
	d, err := session.Run(ctx, f.shelf.config(), caller, leg, f.drained)
	if err != nil {
		log.Error("call failed", "disposition", d.Code, "err", err)
		return
	}
	log.Info("call ended", "disposition", d.Code, "by", d.By, "seconds", int(time.Since(began).Seconds()))
}

// deskWhip answers an agent's offer for their own sound in a call, on the media
// socket of the callers; the desk's API has checked the token. What it answers is a
// WHIP resource beside theirs.
func (f *front) deskWhip(call, agent string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.whip.Answer(w, r, func(ctx context.Context, leg *webrtc.Leg, _ webrtc.Request) {
			f.attach(ctx, leg, call, agent)
		})
	})
}

// attach gives an agent's leg to the desk for as long as the call needs it.
func (f *front) attach(ctx context.Context, leg *webrtc.Leg, call, agent string) {
	if err := f.house.desk.Attach(ctx, call, agent, leg); err != nil && ctx.Err() == nil {
		f.house.log.Warn("agent not connected", "call", call, "err", err)
	}
}

// close ends the legs and the media sockets.
func (f *front) close() {
	for name, closer := range map[string]interface{ Close() error }{"whip": f.whip, "ws": f.ws, "rtvi": f.rtvi, "realtime": f.live, "sip": f.sip, "twilio": f.twilio, "audiosocket": f.asocket} {
		if err := closer.Close(); err != nil {
			f.house.log.Warn("not closed", "part", name, "err", err)
		}
	}
}

// ready says whether new calls are taken, and why not.
func (f *front) ready(w http.ResponseWriter, r *http.Request) {
	if err := errors.Join(f.gate.open(), f.house.ping(r.Context())); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

func (f *front) info(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"asr": f.house.recognises(), "desk": true, "demo": f.house.config.Demo, "version": version})
}

func (f *front) demoMembers(w http.ResponseWriter, r *http.Request) {
	if !f.house.config.Demo {
		writeJSON(w, []any{})
		return
	}
	callers, err := demo.Callers(r.URL.Query().Get("lang"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, callers)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that has gone reads nothing
}
