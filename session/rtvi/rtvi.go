// Package rtvi lets the client SDKs of Pipecat call huike: it answers their
// small-webrtc transport's signalling over HTTP, and turns RTVI messages on the
// data channel into the session's and back. Sound and connections are
// [huike/session/webrtc]'s; what the words mean is the session's.
//
// Goroutines. Each call has one, which runs Config.Handle, and each of its
// connections has two: the one of session/webrtc's that takes its messages here,
// and one that waits for its end. Packets go from the connection's inbox to who
// calls [Leg.ReadPacket]; the session's events go from [Leg.Send] to the
// connection's data channel.
package rtvi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"huike/session/crash"
	"huike/session/webrtc"
)

// readyWait is how long a call whose sound can go both ways waits for the client
// to say client-ready. One that never does has its sound all the same.
const readyWait = 3 * time.Second

// defaultPath is where cmd mounts the server.
const defaultPath = "/v1/rtvi"

// errClosed is why a server that has been closed takes no call.
var errClosed = errors.New("rtvi: closed")

// errTooMany is why a client gets no more connections for now.
var errTooMany = errors.New("rtvi: other connections of the call are on their way")

// Request says what the client asked for when it called.
type Request struct {
	Lang     string            // "en", "zh", or empty
	As       string            // who the caller says to be; a handle, never to be logged
	Remote   string            // the client's address as HTTP saw it, host:port
	Operates bool              // the client has shown one of Config.Tokens
	Context  map[string]string // what else its request data says; lower-case keys
}

// Handler carries one connected leg until the call is over. The leg is closed
// when it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Config is what a Server needs. Handle and WebRTC must be set.
type Config struct {
	Handle Handler // on a goroutine of its own for each call

	// WebRTC carries the sound and the data channel. It is not closed with the
	// Server, and must be closed after it.
	WebRTC *webrtc.Server

	// Admit reserves a line for a call. Its error, told to the client with status
	// 503, refuses the call. Otherwise release is called once, when the call is
	// over. Nil admits every call.
	Admit func() (release func(), err error)

	// Path is where this server is mounted. Empty is "/v1/rtvi".
	Path string

	// Tokens open the server: a request must bear one of them (RFC 6750). None
	// opens it for everybody.
	Tokens []string

	// Origins are the web origins that may call from another site, such as
	// "https://shop.example"; "*" is any. None by default.
	Origins []string

	// Version of huike, told in bot-ready.
	Version string

	// Log gets a line for what no caller is told: a panic of Handle. Nil is
	// slog.Default.
	Log *slog.Logger
}

// Server answers small-webrtc requests. It is an http.Handler for Config.Path and
// all below it.
type Server struct {
	config    Config
	tokens    [][sha256.Size]byte
	readyWait time.Duration

	running sync.WaitGroup // of calls, and of what waits for their connections

	mu       sync.Mutex
	calls    map[string]*conversation // by pc_id
	sessions sessions
	closed   bool
}

// conversation is a call as its signalling sees it.
type conversation struct {
	id     string // its pc_id, which cannot be guessed: who knows it may steer the call
	leg    *Leg
	req    Request
	cancel context.CancelFunc // of Handle's context

	signalling sync.Mutex       // one offer and its answer at a time
	resource   *webrtc.Resource // of the newest connection; guarded by signalling
}

// NewServer returns a server that has no goroutine before its first call. Close
// ends its calls.
func NewServer(config Config) (*Server, error) {
	if config.Handle == nil || config.WebRTC == nil {
		return nil, errors.New("rtvi: Handle and WebRTC must be set")
	}
	if config.Path == "" {
		config.Path = defaultPath
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	s := &Server{config: config, readyWait: readyWait, calls: map[string]*conversation{}, sessions: sessions{}}
	for _, token := range config.Tokens {
		if token == "" {
			return nil, errors.New("rtvi: a token is empty")
		}
		s.tokens = append(s.tokens, sha256.Sum256([]byte(token)))
	}
	return s, nil
}

// Close refuses new calls, ends those that are held, and waits until Handle has
// returned for each of them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	all := slices.Collect(maps.Values(s.calls))
	s.mu.Unlock()
	for _, c := range all {
		_ = c.leg.Close("server closed") // it is over all the same
		c.cancel()
	}
	s.running.Wait()
	return nil
}

// Calls returns how many calls are held: answered and not yet over.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// open makes a call and runs it. The caller connects it.
func (s *Server) open(ctx context.Context, req Request, release func()) (*conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	// The call outlives the HTTP request.
	carried, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &conversation{id: strings.ToLower(rand.Text()), leg: newLeg(s.config.Version), req: req, cancel: cancel}
	s.calls[c.id] = c
	s.running.Go(func() {
		defer release()
		defer cancel()
		s.run(carried, c)
	})
	return c, nil
}

// call returns the call of that pc_id, or nil.
func (s *Server) call(id string) *conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[id]
}

// run waits for a call's connection and its client-ready, and carries it.
func (s *Server) run(ctx context.Context, c *conversation) {
	defer func() {
		if value := recover(); value != nil {
			s.config.Log.Error("handler of an RTVI leg panicked", crash.Attr(value))
		}
		_ = c.leg.Close("call over") // it is over either way
		s.mu.Lock()
		delete(s.calls, c.id)
		s.mu.Unlock()
	}()
	select {
	case <-c.leg.begun:
	case <-c.leg.done:
		return
	}
	timer := time.NewTimer(s.readyWait)
	defer timer.Stop()
	select {
	case <-c.leg.ready:
	case <-timer.C:
	case <-c.leg.done:
		return
	}
	s.config.Handle(ctx, c.leg, c.req)
}

// connect answers an offer with another connection of the call's.
func (s *Server) connect(ctx context.Context, c *conversation, offer string) (answer string, err error) {
	if err := s.hold(); err != nil {
		return "", err
	}
	k := c.leg.expect()
	if k == nil {
		s.running.Done()
		return "", errTooMany
	}
	answer, resource, err := s.config.WebRTC.Accept(ctx, offer, webrtc.Accepting{
		Channel: webrtc.AnyChannel, MessageLimit: messageSize,
		Request: webrtc.Request{Remote: c.req.Remote},
		Handle: func(_ context.Context, connection *webrtc.Leg, _ webrtc.Request) {
			c.leg.carry(k, connection)
		},
	})
	if err != nil {
		c.leg.lost(k)
		s.running.Done()
		return "", err
	}
	c.resource = resource
	go func() {
		defer s.running.Done()
		select {
		case <-resource.Done():
		case <-c.leg.done:
			if !c.leg.attached(k) {
				resource.Close()
			}
			<-resource.Done() // the leg closes what it has
		}
		c.leg.lost(k)
	}()
	return answer, nil
}

// hold counts one more goroutine, unless the server is closed.
func (s *Server) hold() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.running.Add(1)
	return nil
}
