// Package audiosocket takes calls from an Asterisk whose dialplan says
// AudioSocket: a TCP connection for each call, a UUID that names it, sound both
// ways and the caller's keys. It gives each started call to a handler as a [Leg].
// It knows packets and keys, not what they mean.
//
// Goroutines. [Server.Serve] accepts. Each connection has one that runs
// Config.Handle, and one that writes: Asterisk must be sent sound all the time,
// or it waits for it and sends none. Reading is done by whoever calls
// [Leg.ReadPacket].
package audiosocket

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"huike/session/crash"
)

const (
	startTimeout = 5 * time.Second // for the UUID
	soundTimeout = 2 * time.Second // for the first sound, which tells the rate
	defaultLost  = time.Minute
)

// Request says what Asterisk told of the call: its UUID in Context, as "uuid".
// Nothing in the protocol tells who calls.
type Request struct {
	Lang    string // empty: the protocol does not tell
	As      string // empty: the protocol does not tell
	Remote  string // the peer's address, host:port
	Context map[string]string
}

// Handler carries one started leg until the call is over. The leg is closed when
// it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Config is what a Server needs. Only Handle must be set.
type Config struct {
	Handle Handler // on a goroutine of the connection's own

	// Allow are the networks that may connect: the protocol has no password. Empty
	// is this machine alone.
	Allow []netip.Prefix

	// Admit reserves a line for a connection. Its error refuses the call: Asterisk
	// goes on in its dialplan. Otherwise release is called once. Nil admits every
	// call.
	Admit func() (release func(), err error)

	// Lost is how long Asterisk may send nothing. Zero is a minute.
	Lost time.Duration

	// Log gets a line for what no caller is told. Nil is slog.Default.
	Log *slog.Logger
}

// Server takes calls from Asterisk.
type Server struct {
	config  Config
	running sync.WaitGroup // one for each connection

	mu        sync.Mutex
	legs      map[*Leg]context.CancelFunc
	listeners map[net.Listener]bool
	closed    bool
}

// NewServer returns a Server. Close ends the calls that it carries.
func NewServer(config Config) *Server {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Lost == 0 {
		config.Lost = defaultLost
	}
	if len(config.Allow) == 0 {
		config.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return &Server{config: config, legs: map[*Leg]context.CancelFunc{}, listeners: map[net.Listener]bool{}}
}

// Serve takes connections until the server is closed, when it returns nil, or
// listener fails. It closes listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer func() { _ = listener.Close() }()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.listeners[listener] = true
	s.mu.Unlock()
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil && temporary(err): // out of files: the calls in progress go on
			continue
		case err != nil:
			return fmt.Errorf("audiosocket: %w", err)
		case !s.may(conn.RemoteAddr()):
			_ = conn.Close()
			continue
		}
		s.accept(ctx, conn)
	}
}

// temporary tells whether another connection may succeed, after a pause.
func temporary(err error) bool {
	var network net.Error
	if !errors.As(err, &network) || errors.Is(err, net.ErrClosed) {
		return false
	}
	pause := time.NewTimer(100 * time.Millisecond)
	defer pause.Stop()
	<-pause.C
	return true
}

// may tells whether address is in an allowed network.
func (s *Server) may(address net.Addr) bool {
	from, err := netip.ParseAddrPort(address.String())
	return err == nil && slices.ContainsFunc(s.config.Allow, func(network netip.Prefix) bool {
		return network.Contains(from.Addr().Unmap().WithZone(""))
	})
}

// accept starts a connection's goroutine.
func (s *Server) accept(ctx context.Context, conn net.Conn) {
	leg := newLeg(conn, s.config.Lost)
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		cancel()
		_ = conn.Close()
		return
	}
	s.legs[leg] = cancel
	s.running.Add(1)
	go func() {
		defer s.forget(leg)
		defer cancel()
		s.carry(ctx, leg)
	}()
}

// carry runs one call.
func (s *Server) carry(ctx context.Context, leg *Leg) {
	go leg.write()
	defer func() {
		if value := recover(); value != nil {
			s.config.Log.Error("handler of an AudioSocket panicked", crash.Attr(value))
		}
		_ = leg.Close("call over")
	}()
	if s.config.Admit != nil {
		release, err := s.config.Admit()
		if err != nil {
			leg.over(err.Error())
			return
		}
		defer release()
	}
	name, err := leg.start()
	if err != nil {
		s.config.Log.Warn("an AudioSocket was not started", "err", err)
		return
	}
	s.config.Handle(ctx, leg, Request{
		Remote: leg.conn.RemoteAddr().String(), Context: map[string]string{"uuid": name},
	})
}

func (s *Server) forget(leg *Leg) {
	s.mu.Lock()
	delete(s.legs, leg)
	s.mu.Unlock()
	s.running.Done()
}

// Legs returns how many connections are held.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Close takes no more connections, ends those that are held, and waits until
// Handle has returned for each of them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var err error
	for listener := range s.listeners {
		err = errors.Join(err, listener.Close())
	}
	clear(s.listeners)
	for leg, cancel := range s.legs {
		leg.over("server closed")
		cancel()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// uuid writes a UUID as RFC 9562 section 4 has it.
func uuid(raw []byte) string {
	text := hex.EncodeToString(raw)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
