package sip

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	wire "github.com/emiago/sipgo/sip"

	"huike/session/crash"
)

// routes says what is done with requests of each method.
func (s *Server) routes(ctx context.Context, server *sipgo.Server) {
	server.OnInvite(s.checked(func(req *wire.Request, tx wire.ServerTransaction) {
		if tagOf(req.To().Params) == "" {
			s.invite(ctx, req, tx)
			return
		}
		s.inside(current(func(d *dialog, req *wire.Request, tx wire.ServerTransaction) { d.reinvite(ctx, req, tx) }))(req, tx)
	}))
	server.OnAck(s.guarded(s.acked))
	server.OnCancel(s.guarded(func(req *wire.Request, tx wire.ServerTransaction) { s.refuse(tx, req, 481) }))
	server.OnOptions(s.checked(s.options))
	server.OnBye(s.checked(s.inside((*dialog).ended)))
	server.OnUpdate(s.checked(s.inside(current((*dialog).update))))
	server.OnInfo(s.checked(s.inside(current((*dialog).info))))
	server.OnPrack(s.checked(s.inside(current((*dialog).prack))))
	server.OnRefer(s.checked(s.inside(current(func(d *dialog, req *wire.Request, tx wire.ServerTransaction) { d.refer(ctx, req, tx) }))))
	server.OnNotify(s.checked(s.inside((*dialog).notify)))
	server.OnNoRoute(s.checked(func(req *wire.Request, tx wire.ServerTransaction) { s.refuse(tx, req, 405, "Allow", allowed) }))
}

// guarded is a handler whose panic costs its own transaction alone.
func (s *Server) guarded(handle sipgo.RequestHandler) sipgo.RequestHandler {
	return func(req *wire.Request, tx wire.ServerTransaction) {
		defer func() {
			if value := recover(); value != nil {
				s.config.Log.Error("a SIP request panicked", slog.String("method", string(req.Method)), crash.Attr(value))
				if !req.IsAck() {
					s.refuse(tx, req, 500)
				}
			}
		}()
		handle(req, tx)
	}
}

// checked is a handler of requests that are whole and ask for nothing unknown.
func (s *Server) checked(handle sipgo.RequestHandler) sipgo.RequestHandler {
	return s.guarded(func(req *wire.Request, tx wire.ServerTransaction) {
		status, fields := check(req)
		if status != 0 {
			s.refuse(tx, req, status, fields...)
			return
		}
		handle(req, tx)
	})
}

// inside is a handler of requests within a dialog, in the order that their sender
// gave them.
func (s *Server) inside(handle func(*dialog, *wire.Request, wire.ServerTransaction)) sipgo.RequestHandler {
	return func(req *wire.Request, tx wire.ServerTransaction) {
		d := s.match(req)
		if d == nil {
			s.refuse(tx, req, 481)
			return
		}
		if !d.inOrder(req) {
			s.refuse(tx, req, 500, "Retry-After", "0")
			return
		}
		handle(d, req, tx)
	}
}

// current is a handler of requests that steer the call, which are for the one it is held
// with: who was replaced is told that there is no such call.
func current(handle func(*dialog, *wire.Request, wire.ServerTransaction)) func(*dialog, *wire.Request, wire.ServerTransaction) {
	return func(d *dialog, req *wire.Request, tx wire.ServerTransaction) {
		if d.leg().passed(d) {
			d.server.refuse(tx, req, 481)
			return
		}
		handle(d, req, tx)
	}
}

// acked takes an ACK to the answer that waits for it.
func (s *Server) acked(req *wire.Request, _ wire.ServerTransaction) {
	if req.CallID() == nil || req.To() == nil || req.From() == nil || req.CSeq() == nil {
		return
	}
	d := s.match(req)
	if d == nil {
		return
	}
	d.mu.Lock()
	acked := d.acks[req.CSeq().SeqNo]
	d.mu.Unlock()
	select {
	case acked <- req: // a nil channel takes nothing
	default:
	}
}

// ended takes a BYE.
func (d *dialog) ended(req *wire.Request, tx wire.ServerTransaction) {
	_ = tx.Respond(answer(req, 200))
	d.finish()
	if d.leg().replaced(d) {
		return // the call goes on with another peer
	}
	d.leg().over(byPeer)
}

// options answers who asks what this side can do, and whether it takes calls.
func (s *Server) options(req *wire.Request, tx wire.ServerTransaction) {
	from := sourceOf(req)
	if tagOf(req.To().Params) != "" { // a peer that asks whether its call is still there
		s.inside(func(_ *dialog, req *wire.Request, tx wire.ServerTransaction) { s.tell(tx, req, 200) })(req, tx)
		return
	}
	if s.trustOf(from.Addr()) == stranger && len(s.config.Users) == 0 {
		s.refuse(tx, req, 403)
		return
	}
	if s.config.Ready != nil {
		if err := s.config.Ready(); err != nil {
			s.tell(tx, req, 503, "Retry-After", retryAfter, "Warning", warning(err.Error()))
			return
		}
	}
	s.tell(tx, req, 200)
}

// tell answers req with what this side can do.
func (s *Server) tell(tx wire.ServerTransaction, req *wire.Request, status int, fields ...string) {
	res := answer(req, status, fields...)
	res.AppendHeader(wire.NewHeader("Allow", allowed))
	res.AppendHeader(wire.NewHeader("Accept", accepted))
	res.AppendHeader(wire.NewHeader("Supported", supported))
	_ = tx.Respond(res)
}

// reinvite takes an INVITE within the dialog: new sound, hold, or that the call
// still stands.
func (d *dialog) reinvite(ctx context.Context, req *wire.Request, tx wire.ServerTransaction) {
	in := &incoming{req: req, tx: tx, from: sourceOf(req), canceled: make(chan struct{}), dialog: d, leg: d.leg()}
	if !d.offered(in) || !d.changes(in) {
		return
	}
	end := sync.OnceFunc(d.end)
	defer end()
	res, agree, err := d.server.accept(in)
	if err != nil {
		d.server.refuse(tx, req, statusOf(err), fieldsOf(err)...)
		return
	}
	_, sound := d.leg().parts()
	if in.offer == nil {
		in.sdp, err = sound.Offer()
	} else {
		in.sdp, err = sound.Answer(in.offer)
	}
	if err != nil {
		d.server.refuse(tx, req, statusOf(err), "Warning", warning(err.Error()))
		return
	}
	agree()
	setSDP(res, in.sdp)
	d.take(req)
	d.leg().tellHold()
	d.await(req.CSeq().SeqNo)
	if in.offer != nil {
		end() // both have said what they can: a next offer may come before the ACK
	}
	if tx.Respond(res) != nil {
		return
	}
	ack := d.confirm(ctx, in, res)
	switch {
	case d.leg().replaced(d): // the call goes on with another peer
	case ack == nil:
		if d.leg().Reason() == "" {
			_ = d.leg().Close("no acknowledgement")
		}
	case in.offer == nil:
		if body := contentOf(ack); body.kind == typeSDP && sound.Accept(body.body) != nil {
			_ = d.leg().Close("no common description")
		}
		d.leg().tellHold()
	}
}

// offered takes the peer's offer, if there is one; what else a request holds is refused.
func (d *dialog) offered(in *incoming) bool {
	body := contentOf(in.req)
	switch {
	case body.kind == typeSDP:
		in.offer = body.body
	case len(body.body) > 0 && !isOptional(in.req):
		d.server.refuse(in.tx, in.req, 415, "Accept", typeSDP)
		return false
	}
	return true
}

// changes takes the session for a change by the peer, or refuses it.
func (d *dialog) changes(in *incoming) bool {
	if d.begin(theirs) {
		return true
	}
	d.mu.Lock()
	who := d.offering
	d.mu.Unlock()
	if who == ours { // RFC 3261 14.2
		d.server.refuse(in.tx, in.req, 491)
	} else {
		d.server.refuse(in.tx, in.req, 500, "Retry-After", strconv.Itoa(1+time.Now().Nanosecond()%10))
	}
	return false
}

// update takes an UPDATE (RFC 3311), which may come before the call is answered.
func (d *dialog) update(req *wire.Request, tx wire.ServerTransaction) {
	in := &incoming{req: req, tx: tx, dialog: d, leg: d.leg()}
	if !d.offered(in) {
		return
	}
	end := func() {}
	if in.offer != nil { // without one it is for the session's time alone (RFC 3311 5.2)
		if !d.changes(in) {
			return
		}
		end = sync.OnceFunc(d.end)
		defer end()
	}
	res, agree, err := d.server.accept(in)
	if err != nil {
		d.server.refuse(tx, req, statusOf(err), fieldsOf(err)...)
		return
	}
	if in.offer != nil {
		_, sound := d.leg().parts()
		sdp, err := sound.Answer(in.offer)
		if err != nil {
			d.server.refuse(tx, req, statusOf(err), "Warning", warning(err.Error()))
			return
		}
		setSDP(res, sdp)
		d.leg().tellHold()
	}
	agree()
	d.take(req)
	end() // before the answer, after which the peer may offer again
	_ = tx.Respond(res)
}
