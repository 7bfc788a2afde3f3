package wire

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"huike/session/crash"
	"huike/session/problem"
)

// handshakeTimeout is how long an upgrade's answer may take to be written.
const handshakeTimeout = 5 * time.Second

// Handler carries one connection until the call is over. The connection is
// closed when it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, conn *Conn, r *http.Request)

// Config is what a Server needs. Only Handle must be set.
type Config struct {
	Handle Handler // on the goroutine of the HTTP request

	// Admit reserves a line before the connection is upgraded. Its error, told to
	// the peer with status 503, refuses the call. Otherwise release is called once:
	// when the call is over, or when it could not be started. Nil admits every call.
	Admit func() (release func(), err error)

	// Origins are the web origins that may call from another site, such as
	// "https://shop.example"; "*" is any. None by default: a page calls the
	// server that it came from. Clients that are no browser send no origin.
	Origins []string

	// Subprotocols are those that the server speaks, the preferred ones first.
	Subprotocols []string

	// Lost is how long a peer may send nothing, not even an answer to a ping,
	// before its connection is over. Zero is [DefaultLost].
	Lost time.Duration

	// Log gets a line for what no caller is told: a panic of Handle. Nil is
	// slog.Default.
	Log *slog.Logger
}

// Server upgrades requests and holds their connections. It is an http.Handler
// for one path.
type Server struct {
	config   Config
	upgrader websocket.Upgrader

	running sync.WaitGroup // one for each connection

	mu     sync.Mutex
	held   map[*Conn]context.CancelFunc
	closed bool
}

// NewServer returns a Server. Close ends the calls that it carries.
func NewServer(config Config) *Server {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	s := &Server{config: config, held: make(map[*Conn]context.CancelFunc)}
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: handshakeTimeout, Subprotocols: config.Subprotocols, CheckOrigin: s.mayCall,
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) { Refuse(w, status, reason) },
	}
	return s
}

// Conns returns how many connections are held.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}

// Close refuses new connections, closes those that are held, and waits until
// Handle has returned for each of them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for conn, cancel := range s.held {
		conn.Over(websocket.CloseGoingAway, "server closed")
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
			Refuse(w, http.StatusServiceUnavailable, err)
			return
		}
		defer release()
	}
	upgraded, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	conn := New(upgraded, s.config.Lost)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if !s.hold(conn, cancel) {
		conn.Over(websocket.CloseGoingAway, "server closed")
		_ = conn.Close("server closed")
		return
	}
	defer s.forget(conn)
	defer func() {
		if value := recover(); value != nil {
			s.config.Log.Error("handler of a WebSocket panicked",
				slog.String("path", r.URL.Path), crash.Attr(value))
		}
		_ = conn.Close("call over")
	}()
	s.config.Handle(ctx, conn, r)
}

// hold holds conn until forget, unless the server is closed.
func (s *Server) hold(conn *Conn, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.held[conn] = cancel
	s.running.Add(1)
	return true
}

func (s *Server) forget(conn *Conn) {
	s.mu.Lock()
	delete(s.held, conn)
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

// Refuse answers a request with an RFC 9457 problem document. reason is told to
// the peer.
func Refuse(w http.ResponseWriter, status int, reason error) {
	problem.Write(w, status, strings.TrimPrefix(reason.Error(), "websocket: "))
}
