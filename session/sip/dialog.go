package sip

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo"
	wire "github.com/emiago/sipgo/sip"
)

// dialogID names a dialog on this side (RFC 3261 12).
type dialogID struct{ call, local, remote string }

// dialog is one dialog with a peer: who the sides are, the way to the other, and
// whose turn it is to change the session.
type dialog struct {
	server  *Server
	owner   atomic.Pointer[Leg] // another when the call is passed on
	id      dialogID
	network string              // of its messages: udp, tcp or tcpTLS
	source  string              // where the peer's messages come from, host:port
	nat     bool                // the peer is reached at source, whatever it says
	local   wire.FromHeader     // this side, with its tag
	remote  wire.ToHeader       // the other, with its tag
	contact *wire.ContactHeader // of this side
	shown   *credentials        // when the peer asks for a password; nil when there is none for it
	caller  bool                // this side placed the call
	trusted bool                // the peer is one that is believed

	mu        sync.Mutex
	target    wire.Uri   // where requests go: the peer's Contact
	route     []wire.Uri // by way of these
	seq       uint32     // of this side's last request
	remoteSeq uint32     // of the peer's last request
	allows    map[string]bool
	supports  map[string]bool
	offering  offering
	acks      map[uint32]chan *wire.Request // of this side's answers that are not acknowledged, by number
	confirmed bool                          // by an ACK
	ringing   *incoming                     // the call that this side has not answered yet
	rseq      int                           // of the peer's last reliable provisional answer
	over      chan struct{}                 // closed when the dialog has ended

	reliable reliable // this side's provisional answer
}

// leg returns the leg that stands on the dialog.
func (d *dialog) leg() *Leg { return d.owner.Load() }

// offering says who is changing the session, which is for one side at a time.
type offering int

const (
	idle offering = iota
	ours
	theirs
)

// errGlare refuses to change a session that is being changed.
var errGlare = errors.New("sip: the other side is changing the session")

// newTag returns a tag with the randomness that RFC 3261 19.3 wants.
func newTag() string { return wire.GenerateTagN(16) }

// newSeq returns a first sequence number that leaves room for many more.
func newSeq() uint32 { return rand.Uint32N(1 << 20) } //nolint:gosec // no secret

// take notes what a message of the peer says of itself: where it is reached and what
// it can do.
func (d *dialog) take(msg wire.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if contact := contactOf(msg); contact != nil {
		d.target = *contact.Address.Clone()
	}
	if allow := listOf(msg, "Allow"); len(allow) > 0 {
		d.allows = set(allow)
	}
	if supported := options(msg, "Supported", "k"); len(supported) > 0 {
		d.supports = set(supported)
	}
}

// begin takes the session for an offer of one side.
func (d *dialog) begin(who offering) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.offering != idle {
		return false
	}
	d.offering = who
	return true
}

// end gives the session back.
func (d *dialog) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = idle
}

// can reports whether the peer has said that it takes requests of a method.
func (d *dialog) can(method wire.RequestMethod) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.allows[string(method)]
}

// does reports whether the peer has said that it supports an extension.
func (d *dialog) does(option string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.supports[option]
}

// inOrder reports whether a request of the peer is not older than its last
// (RFC 3261 12.2.2), and notes it.
func (d *dialog) inOrder(req *wire.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	seq := req.CSeq().SeqNo
	if seq < d.remoteSeq {
		return false
	}
	d.remoteSeq = seq
	return true
}

// request makes a request within the dialog (RFC 3261 12.2.1.1), with the number
// after the last one's.
func (d *dialog) request(method wire.RequestMethod) *wire.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq++
	return d.numbered(method, d.seq)
}

// numbered makes a request of that number; mu is held.
func (d *dialog) numbered(method wire.RequestMethod, seq uint32) *wire.Request {
	recipient, routes := d.target, d.route
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router
		recipient = routes[0]
		routes = append(slices.Clone(routes[1:]), d.target)
	}
	req := wire.NewRequest(method, *recipient.Clone())
	req.Recipient.Headers = nil
	for _, route := range routes {
		req.AppendHeader(&wire.RouteHeader{Address: *route.Clone()})
	}
	from, to := d.local, d.remote
	from.Params, to.Params = from.Params.Clone(), to.Params.Clone()
	callID := wire.CallIDHeader(d.id.call)
	forwards := wire.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	req.AppendHeader(&callID)
	req.AppendHeader(&wire.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(&forwards)
	req.AppendHeader(d.contact.Clone())
	req.AppendHeader(wire.NewHeader("User-Agent", product))
	req.SetTransport(d.network)
	req.SetDestination(d.nextHop())
	return req
}

// nextHop returns where requests are sent, host:port; mu is held. A connection that
// the peer has opened is used again, as it may take none (RFC 5923).
func (d *dialog) nextHop() string {
	if d.network != udp && d.server.connected(d.network, d.source) {
		return d.source
	}
	if len(d.route) == 0 && d.nat {
		return d.source
	}
	hop := &d.target
	if len(d.route) > 0 {
		hop = &d.route[0]
	}
	port := hop.Port
	if port == 0 {
		port = wire.DefaultPort(d.network)
	}
	return joinHost(hop.Host, port)
}

// do sends a request within the dialog and returns its final answer, after showing
// a password if it is asked for one. A peer that says that there is no such dialog,
// or nothing at all, has no call any more (RFC 5057, RFC 3261 12.2.1.2).
func (d *dialog) do(ctx context.Context, req *wire.Request) (*wire.Response, error) {
	res, err := d.server.exchange(ctx, req)
	if err == nil && isChallenge(res) && d.shown.challenged(res) == nil {
		again := d.request(req.Method)
		copyContent(again, req)
		if err := d.shown.show(again); err != nil {
			return nil, err
		}
		res, err = d.server.exchange(ctx, again)
	}
	switch {
	case err != nil:
		if errors.Is(err, wire.ErrTransactionTimeout) {
			d.lost()
		}
		return nil, err
	case res.StatusCode == wire.StatusCallTransactionDoesNotExists || res.StatusCode == wire.StatusRequestTimeout:
		d.lost()
	}
	return res, nil
}

// lost ends the call of a dialog that the peer knows nothing of any more, unless the
// call has another: that of who took its place, or of the fork that answered.
func (d *dialog) lost() {
	if l := d.leg(); !l.replaced(d) {
		l.over("peer lost")
	}
}

// acknowledge sends the ACK of an answer to this side's INVITE of that number.
func (d *dialog) acknowledge(seq uint32) error {
	d.mu.Lock()
	ack := d.numbered(wire.ACK, seq)
	d.mu.Unlock()
	return d.server.write(ack)
}

// connected reports whether there is a connection with a peer, host:port.
func (s *Server) connected(network, peer string) bool {
	conn, err := s.agent.TransportLayer().GetConnection(network, peer)
	if err != nil {
		return false
	}
	_, _ = conn.TryClose() // gives back the reference; others are held
	return true
}

// exchange sends req in a transaction of its own and returns the final answer.
func (s *Server) exchange(ctx context.Context, req *wire.Request) (*wire.Response, error) {
	tx, err := s.client.TransactionRequest(ctx, req, s.addVia)
	if err != nil {
		return nil, &fault{req.Method, err}
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, &fault{req.Method, tx.Err()}
		case <-ctx.Done():
			return nil, &fault{req.Method, ctx.Err()}
		}
	}
}

// write sends a request without a transaction: an ACK.
func (s *Server) write(req *wire.Request) error {
	if err := s.client.WriteRequest(req, s.addVia); err != nil {
		return &fault{req.Method, err}
	}
	return nil
}

// addVia completes a request that is about to be sent: where its answers come to, and
// which socket it leaves by.
func (s *Server) addVia(_ *sipgo.Client, req *wire.Request) error {
	network := strings.ToUpper(req.Transport())
	host, port := s.local(network, req.Destination())
	via := &wire.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network, Host: host, Port: port}
	via.Params.Add("branch", wire.GenerateBranch())
	via.Params.Add("rport", "")
	req.PrependHeader(via)
	if req.ContentLength() == nil {
		req.SetBody(req.Body())
	}
	if l := s.line(network); l != nil && network == udp {
		req.Laddr = wire.Addr{IP: l.addr.Addr().AsSlice(), Port: int(l.addr.Port())}
	}
	return nil
}

// noVia sends a request as it is.
func noVia(*sipgo.Client, *wire.Request) error { return nil }

// finish ends the dialog, and reports whether it had not ended.
func (d *dialog) finish() bool {
	d.server.forget(d)
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.over:
		return false
	default:
		close(d.over)
		return true
	}
}

// accept notes that this side answers the call with yes, after which BYE ends it, and
// reports whether there is still a call to answer.
func (d *dialog) accept() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ringing = nil
	select {
	case <-d.over:
		return false
	default:
		return true
	}
}

// unanswered returns the call that this side has not answered yet, or nil.
func (d *dialog) unanswered() *incoming {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ringing
}

// add holds d until forget.
func (s *Server) add(d *dialog) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.dialogs[d.id] = d
	return nil
}

// forget ends the holding of d.
func (s *Server) forget(d *dialog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dialogs[d.id] == d {
		delete(s.dialogs, d.id)
	}
}

// match returns the dialog that a request of a peer belongs to, or nil.
func (s *Server) match(req *wire.Request) *dialog {
	return s.find(dialogID{call: req.CallID().Value(), local: tagOf(req.To().Params), remote: tagOf(req.From().Params)})
}

func (s *Server) find(id dialogID) *dialog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialogs[id]
}
