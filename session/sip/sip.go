// Package sip takes calls from telephone exchanges, carriers and phones, and
// places calls to them: a SIP user agent (RFC 3261) on UDP, TCP and TLS. Each
// answered call is given to a handler as a [Leg]. It knows dialogs, and neither
// what is said in them nor how their sound travels: that is a [Media], which
// the owner makes for each call.
//
// It stands on sipgo's parser, transports and transactions. Dialogs, offers and
// answers, timers and who may call are its own.
//
// Goroutines. sipgo runs one for each socket or connection that is read, and
// one for each message. This package adds:
//
//   - serve, one for each listening address, which ends with [Server.Close];
//   - carry, one for each leg, which runs Config.Handle;
//   - keys, one for each leg, from the media's keys to the leg's messages;
//   - watch, one for each leg: session timers and the test whether a silent
//     peer is still there;
//   - one for each account that is registered, and one for the trunk.
//
// Requests of a peer are handled on the goroutine of their message, for as long
// as their transaction needs: that of an INVITE until its ACK.
package sip

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	wire "github.com/emiago/sipgo/sip"

	"huike/audio"
	"huike/session/crash"
)

// ErrClosed is returned for a leg or a server that has been closed.
var ErrClosed = errors.New("sip: closed")

// Media is how the sound of one call travels: the half of a leg that this
// package does not know. Offer, Accept and Answer may be called again while
// sound flows; they are called by one goroutine at a time.
type Media interface {
	// Offer returns an offer of what this side can do (RFC 3264).
	Offer() ([]byte, error)
	// Accept takes the answer to the last Offer.
	Accept(answer []byte) error
	// Answer returns the answer to an offer of the peer. An error leaves
	// everything as it was.
	Answer(offer []byte) ([]byte, error)
	// Hold makes the next Offer say that the peer is put on hold, or taken off it.
	Hold(on bool)
	// Held reports whether the peer's last description puts this side on hold.
	Held() bool

	// Format is the encoding agreed upon.
	Format() audio.Format
	// ReadPacket blocks for the next packet, whose payload stays valid until the
	// next call, and returns io.EOF once closed.
	ReadPacket(p *audio.Packet) error
	// Poll is ReadPacket for one who comes by every few milliseconds: it never waits.
	// ok is false when nothing is left; age is for how long the packet has waited.
	Poll(p *audio.Packet) (age time.Duration, ok bool, err error)
	// WritePacket sends a packet whose sequence and timestamp count from 0.
	WritePacket(p *audio.Packet) error
	// SendKeys sends keys as telephone events (RFC 4733), or an error if those
	// were not agreed upon.
	SendKeys(keys string) error
	// Keys delivers the peer's keys; it is closed with the media.
	Keys() <-chan string
	// Ready is closed when sound can be sent.
	Ready() <-chan struct{}

	// RoundTrip is how long a packet takes there and back; 0 when not known.
	RoundTrip() time.Duration
	// Loss is the part of our packets that the peer reports lost.
	Loss() float64
	// Nack asks for packets again.
	Nack(seqs []uint16)
	// Stats are what was counted, by the names of the WebRTC statistics API.
	Stats() map[string]float64

	// Close releases the sockets.
	Close() error
}

// MediaOptions is what a call asks of the media that are made for it.
type MediaOptions struct {
	// Only is the one encoding to offer, because a call in progress goes on with
	// it; none when its Name is empty.
	Only audio.Format
	// Peer is the address that signals for the other side, without a port.
	Peer netip.Addr
	// Secure says that the signalling is protected by TLS, and so may carry keys.
	Secure bool
}

// Request says what is known of a call when it arrives.
type Request struct {
	Lang   string // "en", "zh", or empty: from the URI's parameter lang, X-Lang or Accept-Language
	As     string // the caller's number, digits only; never to be logged; empty when unknown or withheld
	Remote string // the address that the call was signalled from, host:port
	// Vouched says that a trusted peer has said so: one of Config.Peers by a
	// prefix that is not everybody, or one that has shown a password.
	Vouched bool
	// Context is what else was said, in lower-case keys: "called", "diversion",
	// "call-id" and each header that begins with X-. Bounded in count and size.
	Context map[string]string
}

// Handler carries one answered leg until the call is over. The leg is closed
// when it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg *Leg, req Request)

// Server is a SIP user agent. Make it with [New].
type Server struct {
	config Config
	agent  *sipgo.UserAgent
	client *sipgo.Client
	lines  []*line
	guard  *guard
	nonces *nonces

	stop    context.CancelFunc // ends all that the server runs
	closing chan struct{}      // closed by Close
	running sync.WaitGroup     // all but serve
	serving sync.WaitGroup

	counts    counts
	trunkDown atomic.Bool
	carryOn   func(*Leg, Request) bool // gives an answered call to Handle
	// within bounds what is done for a leg, and ends it with the server; beyond is
	// for what is done when that has ended.
	within, beyond func(time.Duration) (context.Context, context.CancelFunc)

	mu      sync.Mutex
	dialogs map[dialogID]*dialog
	byes    map[chan struct{}]bool // and INVITEs that wait for their answer
	merged  map[string]string      // the branch of an INVITE being answered, by call, tag and number
	trusted map[netip.Addr]bool
	closed  bool
}

// New opens the addresses of config and answers calls on them. Close must be
// called to release them.
func New(config Config) (*Server, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		config: config, dialogs: map[dialogID]*dialog{}, merged: map[string]string{}, byes: map[chan struct{}]bool{}, trusted: map[netip.Addr]bool{},
		guard: newGuard(config.Rate), nonces: newNonces(), closing: make(chan struct{}),
	}
	ctx, stop := context.WithCancel(context.Background()) //nolint:forbidigo // a server outlives who opens it
	s.stop = stop
	s.carryOn = func(leg *Leg, req Request) bool { return s.tryRun(func() { s.carry(ctx, leg, req) }) }
	s.within = func(d time.Duration) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	s.beyond = func(d time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.WithoutCancel(ctx), d)
	}
	if err := s.open(ctx); err != nil {
		stop()
		return nil, errors.Join(err, s.shut())
	}
	for _, l := range s.lines {
		s.serving.Go(func() { s.serve(l) })
		if l.network == udp {
			<-l.ready
		}
	}
	for _, account := range config.Register {
		s.run(func() { s.register(ctx, account) })
	}
	if config.Trunk != nil {
		s.run(func() { s.keepAlive(ctx, *config.Trunk) })
	}
	return s, nil
}

// run starts f, which Close waits for. It does nothing once the server is closed.
func (s *Server) run(f func()) { s.tryRun(f) }

// tryRun is run, and reports whether f was started.
func (s *Server) tryRun(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Go(func() {
		defer s.survive()
		f()
	})
	return true
}

// survive is deferred where a panic must cost the one call, or the one account, that
// it is in.
func (s *Server) survive() {
	if value := recover(); value != nil {
		s.config.Log.Error("what a SIP call runs beside panicked", crash.Attr(value))
	}
}

// Addrs returns the addresses that are listened on, such as "udp:127.0.0.1:5060",
// in the order of Config.Listen.
func (s *Server) Addrs() []string {
	addrs := make([]string, len(s.lines))
	for i, l := range s.lines {
		addrs[i] = l.String()
	}
	return addrs
}

// Legs returns how many dialogs are held: begun and not yet over.
func (s *Server) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dialogs)
}

// Close refuses new calls and those that ring, cancels those that are being placed,
// ends those in progress with BYE, waits until Handle has
// returned for each of them, takes back what was registered and closes the sockets.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	var legs []*Leg
	for _, d := range s.dialogs {
		legs = append(legs, d.leg())
	}
	s.mu.Unlock()
	var goodbyes sync.WaitGroup
	for _, leg := range legs {
		goodbyes.Go(func() { _ = leg.Close(closing) })
	}
	goodbyes.Wait()
	s.heardOut()
	s.stop()
	s.running.Wait() // accounts are taken back as they end
	err := s.shut()
	s.serving.Wait()
	return err
}

// saying notes a BYE that is on its way, or an INVITE; said, that it has been answered or
// never will.
func (s *Server) saying(sent chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-sent:
	default:
		s.byes[sent] = true
	}
}

func (s *Server) said(sent chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(sent)
	delete(s.byes, sent)
}

// heardOut waits for the answers to what is on its way, for goodbyeWait.
func (s *Server) heardOut() {
	s.mu.Lock()
	waiting := slices.Collect(maps.Keys(s.byes))
	s.mu.Unlock()
	late := time.NewTimer(goodbyeWait)
	defer late.Stop()
	for _, sent := range waiting {
		select {
		case <-sent:
		case <-late.C:
			return
		}
	}
}

// shut closes the sockets and what sipgo holds.
func (s *Server) shut() error {
	var errs []error
	if s.agent != nil {
		errs = append(errs, s.agent.Close())
	}
	for _, l := range s.lines {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// product is how huike names itself in User-Agent and Server.
const product = "huike"

// wireOnce sets what sipgo keeps in variables of its package.
var wireOnce sync.Once //nolint:gochecknoglobals // sipgo's variables are global too

func prepareWire() {
	wireOnce.Do(func() {
		wire.SetDefaultLogger(slog.New(slog.DiscardHandler)) // it logs addresses of people
		// A message over 1300 bytes should go by TCP (RFC 3261 18.1.1), which few
		// peers on UDP have: it is sent in fragments, as phones and carriers do.
		wire.UDPMTUSize = messageLimit + 200
	})
}
