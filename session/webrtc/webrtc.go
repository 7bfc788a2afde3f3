// Package webrtc carries a call's sound between a browser and a session: it
// answers WHIP requests (RFC 9725), gives each connected peer to a handler as
// a [Leg], and dials such a server as a peer would. It knows packets and JSON
// texts, not what either of them means, and decodes neither.
//
// Goroutines. pion runs its own for every peer connection (27 with a data
// channel). This package adds one for each UDP socket, which all calls share and
// which looks 400 times a second for the packets of all, and one for each server
// leg: the one that runs Config.Handle. Packets go from pion's SRTP reader straight
// into the leg's inbox, and whoever calls [Leg.Poll] or [Leg.ReadPacket] takes them
// from there; messages are pushed by pion's data channel reader.
package webrtc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"

	"huike/session/crash"
)

const (
	// connectTimeout is how long an answered peer may take to bring its media.
	connectTimeout = 15 * time.Second
	// defaultLost is how long a peer may be silent on the network, its ICE
	// keepalives included, before its leg is over. Silence of its packets alone
	// ends nothing.
	defaultLost = 15 * time.Second
	// defaultPath is where cmd mounts the server.
	defaultPath = "/v1/whip"
)

// ErrClosed is returned for a leg or a server that has been closed.
var ErrClosed = errors.New("webrtc: closed")

// Request says what the peer asked for when it called.
type Request struct {
	Lang   string // "en", "zh", or empty
	As     string // who the caller says to be; a handle, never to be logged
	Remote string // the peer's address as HTTP saw it, host:port
}

// Handler carries one connected leg until the call is over. The leg is closed
// when it returns. ctx ends when the server is closed, and a second after the
// leg is over.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Config is what a Server needs. Only Handle must be set.
type Config struct {
	Handle Handler // on a goroutine of its own for each leg

	// Admit reserves a line for an offer that has come to Config.Path. Its error,
	// told to the peer with status 503, refuses the call. Otherwise release is
	// called once: when the leg is over, or when it could not be started. Nil
	// admits every call.
	Admit func() (release func(), err error)

	// Listen is the UDP address that carries the media of all calls. Empty is
	// "127.0.0.1:0". A host that is not given or unspecified, as in ":8189",
	// opens one socket for each local address on that port.
	Listen string

	// PublicIPs are announced in place of the local addresses, for a server
	// behind one-to-one NAT.
	PublicIPs []string

	// IPv6 also carries media on IPv6 addresses: those of this machine when Listen
	// names no host, or the one that Listen names.
	IPv6 bool

	// Path is where this server is mounted; resources are below it. Empty is
	// "/v1/whip".
	Path string

	// Origins are the web origins that may call from another site, such as
	// "https://shop.example"; "*" is any. None by default.
	Origins []string

	// Tokens open Config.Path: a request must bear one of them (RFC 6750). None
	// opens it for everybody.
	Tokens []string

	// ICEServers are told to callers as Link headers. This side needs none.
	ICEServers []ICEServer

	// TurnSecret is shared with the TURN servers that have no credentials of
	// their own: each caller gets some that are good for TurnLife. Zero is 12 h.
	TurnSecret string
	TurnLife   time.Duration

	// Lost is how long a peer may be gone from the network before its leg is
	// over. Zero is 15 s; the least is 2 s.
	Lost time.Duration

	// Log gets a line for what no caller is told: a panic of Handle. Nil is
	// slog.Default.
	Log *slog.Logger
}

// Server answers WHIP requests. It is an http.Handler for Config.Path and all
// below it.
type Server struct {
	config  Config
	bearers bearers
	mux     ice.UDPMux
	engine  engine
	slow    time.Duration // that a request's body may take: bodyTimeout

	running sync.WaitGroup // one for each leg that Handle carries

	mu     sync.Mutex
	legs   map[string]held // by resource name
	closed bool
}

// held is a leg that Handle carries.
type held struct {
	leg    *Leg
	cancel context.CancelFunc // of Handle's context
	gone   bool               // deleted by its peer
}

// NewServer opens the media sockets. Close must be called to release them.
func NewServer(config Config) (*Server, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	mux, err := listen(config.Listen, config.IPv6)
	if err != nil {
		return nil, err
	}
	shared, err := newEngine(&config, mux)
	if err != nil {
		return nil, errors.Join(err, mux.Close())
	}
	return &Server{
		config:  config,
		bearers: newBearers(config.Tokens),
		mux:     mux,
		engine:  shared,
		slow:    bodyTimeout,
		legs:    make(map[string]held),
	}, nil
}

// complete fills in what is not set, and says what is wrong.
func (c *Config) complete() error {
	if c.Handle == nil {
		return errors.New("webrtc: Handle is not set")
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Path == "" {
		c.Path = defaultPath
	}
	if c.Lost == 0 {
		c.Lost = defaultLost
	}
	if c.Lost < 2*time.Second {
		return fmt.Errorf("webrtc: Lost is %v, but must be 2s or more", c.Lost)
	}
	if c.TurnLife == 0 {
		c.TurnLife = defaultTurnLife
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if slices.Contains(c.Tokens, "") {
		return errors.New("webrtc: a token is empty")
	}
	return c.checkServers()
}

// Legs returns how many legs are held: answered and not yet over.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Addrs returns the UDP addresses that carry media, as host:port.
func (s *Server) Addrs() []string {
	var addrs []string
	for _, addr := range s.mux.GetListenAddresses() {
		addrs = append(addrs, addr.String())
	}
	return addrs
}

// Close refuses new legs, closes those that are held, waits until Handle has
// returned for each of them, and closes the media sockets.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.legs))
	s.mu.Unlock()

	for _, h := range all {
		h.leg.over("server closed")
		h.cancel()
	}
	s.running.Wait()
	return s.mux.Close()
}

// add holds leg until forget, unless the server is closed. Each leg added is
// one more for running.
func (s *Server) add(leg *Leg, cancel context.CancelFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.legs[leg.id] = held{leg: leg, cancel: cancel}
	s.running.Add(1)
	return nil
}

// remove takes away leg's resource, and reports whether it was there.
func (s *Server) remove(leg *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.legs[leg.id]
	if !ok || h.gone {
		return false
	}
	h.gone = true
	s.legs[leg.id] = h
	return true
}

// forget ends the holding of leg, which is over.
func (s *Server) forget(leg *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, leg.id)
}

// carry waits for leg's media and runs handle, then forgets the leg. ctx
// outlives the HTTP request and ends when the server is closed.
func (s *Server) carry(ctx context.Context, leg *Leg, req Request, handle Handler) {
	defer func() {
		if value := recover(); value != nil {
			s.config.Log.Error("handler of a WebRTC leg panicked", crash.Attr(value))
		}
		_ = leg.Close("call over")
		s.forget(leg)
	}()
	timer := time.NewTimer(connectTimeout)
	defer timer.Stop()
	select {
	case <-leg.ready:
		handle(ctx, leg, req)
	case <-leg.done:
	case <-timer.C:
		leg.over("no media came")
	}
}

// leg returns the leg of that resource name, or nil.
func (s *Server) leg(id string) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.legs[id]; !h.gone {
		return h.leg
	}
	return nil
}
