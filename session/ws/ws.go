// Package ws carries a call's sound over a WebSocket (RFC 6455): 16-bit PCM in
// binary messages, events as JSON in text messages, after a short handshake
// that README.md beside this file describes. It gives each started call to a
// handler as a [Leg], and dials such a server as a caller would. It knows
// packets and JSON texts, not what either of them means.
//
// Goroutines. Config.Handle runs on the HTTP request's own goroutine. Each leg
// has one more, which writes: it takes packets and texts from a bounded queue
// so that nobody waits for a slow peer, and sends the pings. Reading, control
// frames included, is done by whoever calls [Leg.ReadPacket].
package ws

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// startTimeout is how long a peer may take to say what call it wants.
	startTimeout = 5 * time.Second
	// defaultLost lets two pings of three be lost in a stall.
	defaultLost = 30 * time.Second
)

// Request says what the peer asked for in its start message.
type Request struct {
	Lang   string // "en", "zh", or empty
	As     string // who the caller says to be; a handle, never to be logged
	Remote string // the peer's address as HTTP saw it, host:port
}

// Handler carries one started leg until the call is over. The leg is closed
// when it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Config is what a Server needs. Only Handle must be set.
type Config struct {
	Handle Handler // on the goroutine of the HTTP request

	// Admit reserves a line before the connection is upgraded. Its error, told to
	// the peer with status 503, refuses the call. Otherwise release is called once:
	// when the leg is over, or when it could not be started. Nil admits every call.
	Admit func() (release func(), err error)

	// Origins are the web origins that may call from another site, such as
	// "https://shop.example"; "*" is any. None by default: a page calls the
	// server that it came from. Clients that are no browser send no origin.
	Origins []string

	// Lost is how long a peer may send nothing, not even an answer to a ping,
	// before its leg is over. Zero is 30 s.
	Lost time.Duration

	// Log gets a line for what no caller is told: a panic of Handle. Nil is
	// slog.Default.
	Log *slog.Logger
}

// Server answers WebSocket calls. It is an http.Handler for one path.
type Server struct {
	config   Config
	upgrader websocket.Upgrader

	running sync.WaitGroup // one for each connection

	mu     sync.Mutex
	legs   map[*Leg]context.CancelFunc
	closed bool
}

// NewServer returns a Server. Close ends the calls that it carries.
func NewServer(config Config) *Server {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Lost == 0 {
		config.Lost = defaultLost
	}
	s := &Server{config: config, legs: make(map[*Leg]context.CancelFunc)}
	s.upgrader = websocket.Upgrader{HandshakeTimeout: startTimeout, CheckOrigin: s.mayCall, Error: refuse}
	return s
}

// Legs returns how many legs are held: connected and not yet over.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Close refuses new legs, closes those that are held, and waits until Handle
// has returned for each of them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for leg, cancel := range s.legs {
		leg.over(websocket.CloseGoingAway, "server closed")
		cancel()
	}
	s.mu.Unlock()
	s.running.Wait()
	return nil
}

// ServeHTTP carries one call; it returns when the call is over.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.Admit != nil {
		release, err := s.config.Admit()
		if err != nil {
			w.Header().Set("Retry-After", "5")
			refuse(w, r, http.StatusServiceUnavailable, err)
			return
		}
		defer release()
	}
	conn, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	leg := newLeg(conn, r.RemoteAddr, s.config.Lost)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if !s.add(leg, cancel) {
		leg.over(websocket.CloseGoingAway, "server closed")
		_ = leg.Close("server closed")
		return
	}
	defer s.forget(leg)
	s.carry(ctx, leg, r.RemoteAddr)
}

// carry reads the start message and runs Handle.
func (s *Server) carry(ctx context.Context, leg *Leg, remote string) {
	defer func() {
		if fault := recover(); fault != nil {
			s.config.Log.Error("handler of a WebSocket leg panicked",
				"fault", fault, "stack", string(debug.Stack()))
		}
		_ = leg.Close("call over")
	}()
	first, err := leg.readStart()
	if err != nil {
		return // told to the peer
	}
	s.config.Handle(ctx, leg, Request{Lang: first.Lang, As: first.As, Remote: remote})
}

// add holds leg until forget, unless the server is closed.
func (s *Server) add(leg *Leg, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.legs[leg] = cancel
	s.running.Add(1)
	return true
}

func (s *Server) forget(leg *Leg) {
	s.mu.Lock()
	delete(s.legs, leg)
	s.mu.Unlock()
	s.running.Done()
}

// mayCall tells whether a page of r's origin may call.
func (s *Server) mayCall(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(s.config.Origins, "*") || slices.Contains(s.config.Origins, origin) {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && strings.EqualFold(from.Host, r.Host)
}

// refuse answers a request that is not upgraded with an RFC 9457 problem
// document.
func refuse(w http.ResponseWriter, _ *http.Request, status int, reason error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, strings.TrimPrefix(reason.Error(), "websocket: ")})
}
