// Package ws carries a call's sound over a WebSocket (RFC 6455): 16-bit PCM in
// binary messages, events as JSON in text messages, after a short handshake
// that README.md beside this file describes. It gives each started call to a
// handler as a [Leg], and dials such a server as a caller would. It knows
// packets and JSON texts, not what either of them means.
//
// Goroutines. Config.Handle runs on the HTTP request's own goroutine. Each leg
// has one more, package wire's, which writes and sends the pings. Reading,
// control frames included, is done by whoever calls [Leg.ReadPacket].
package ws

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"huike/session/wire"
)

// startTimeout is how long a peer may take to say what call it wants.
const startTimeout = 5 * time.Second

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
	config Config
	wire   *wire.Server
}

// NewServer returns a Server. Close ends the calls that it carries.
func NewServer(config Config) *Server {
	s := &Server{config: config}
	s.wire = wire.NewServer(wire.Config{
		Handle: s.carry, Admit: config.Admit, Origins: config.Origins, Lost: config.Lost, Log: config.Log,
	})
	return s
}

// Legs returns how many legs are held: connected and not yet over.
func (s *Server) Legs() int { return s.wire.Conns() }

// Close refuses new legs, closes those that are held, and waits until Handle
// has returned for each of them.
func (s *Server) Close() error { return s.wire.Close() }

// ServeHTTP carries one call; it returns when the call is over.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.wire.ServeHTTP(w, r) }

// carry reads the start message and runs Handle.
func (s *Server) carry(ctx context.Context, conn *wire.Conn, r *http.Request) {
	leg := newLeg(conn)
	first, err := leg.readStart()
	if err != nil {
		return // told to the peer
	}
	s.config.Handle(ctx, leg, Request{Lang: first.Lang, As: first.As, Remote: r.RemoteAddr})
}
