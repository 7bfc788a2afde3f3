package sip

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	sourcesKept    = 4096 // of whom something is remembered; the one unseen for longest is forgotten
	messageRate    = 100  // a second, of one source that is no peer
	peerFactor     = 20   // x messageRate, of a peer
	halfOpenLimit  = 32   // calls of one source that ring, or were answered, and are not acknowledged
	connectionsOne = 64   // connections of one source
	connectionsAll = 1024
)

// guard remembers what each source address does, so that a flood of one of them
// costs the others nothing.
type guard struct {
	invites rate.Limit

	mu          sync.Mutex
	sources     map[netip.Prefix]*list.Element // of *source
	order       *list.List                     // the one seen last is in front
	connections int
}

// source is one address, or one /64 of IPv6.
type source struct {
	prefix      netip.Prefix
	peer        bool // so messages are those of a peer
	messages    *rate.Limiter
	invites     *rate.Limiter
	halfOpen    int
	connections int
}

func newGuard(invites rate.Limit) *guard {
	return &guard{invites: invites, sources: map[netip.Prefix]*list.Element{}, order: list.New()}
}

// source returns what is remembered of addr, of which no more may be known than its
// connection; mu is held.
func (g *guard) source(addr netip.Addr) *source {
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, _ := addr.Prefix(bits)
	if element, ok := g.sources[prefix]; ok {
		g.order.MoveToFront(element)
		return element.Value.(*source) //nolint:forcetypeassert // it holds nothing else
	}
	if g.order.Len() >= sourcesKept {
		g.forget()
	}
	src := &source{
		prefix: prefix, messages: rate.NewLimiter(messageRate, 2*messageRate),
		invites: rate.NewLimiter(g.invites, max(1, int(2*g.invites))),
	}
	g.sources[prefix] = g.order.PushFront(src)
	return src
}

// forget forgets the source that was unseen for longest and holds nothing; mu is
// held. What they hold is bounded, so there is one.
func (g *guard) forget() {
	for element := g.order.Back(); element != nil; element = element.Prev() {
		src := element.Value.(*source) //nolint:forcetypeassert // it holds nothing else
		if src.halfOpen == 0 && src.connections == 0 {
			g.order.Remove(element)
			delete(g.sources, src.prefix)
			return
		}
	}
}

// pace returns what limits the messages of a source, which may have become a peer since
// its last, or ceased to be one.
func (src *source) pace(peer bool) *rate.Limiter {
	if src.peer != peer {
		src.peer = peer
		limit := messageRate
		if peer {
			limit *= peerFactor
		}
		src.messages = rate.NewLimiter(rate.Limit(limit), 2*limit)
	}
	return src.messages
}

// message reports whether addr may have one more message read.
func (g *guard) message(addr netip.Addr, peer bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.source(addr).pace(peer).Allow()
}

// due returns how long one more message of addr has to wait until it is read.
func (g *guard) due(addr netip.Addr, peer bool) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.source(addr).pace(peer).Reserve().Delay()
}

// invite reports whether addr may place one more call, which is half open until
// settled is called, once.
func (g *guard) invite(addr netip.Addr) (settled func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.source(addr)
	if src.halfOpen >= halfOpenLimit || !src.invites.AllowN(time.Now(), 1) {
		return nil, false
	}
	src.halfOpen++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		src.halfOpen--
	}), true
}

// connect reports whether addr may have one more connection, which is its until
// gone is called, once.
func (g *guard) connect(addr netip.Addr) (gone func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	src := g.source(addr)
	if src.connections >= connectionsOne || g.connections >= connectionsAll {
		return nil, false
	}
	src.connections++
	g.connections++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		src.connections--
		g.connections--
	}), true
}
