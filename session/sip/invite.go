package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"

	"huike/audio"
)

// retryAfter is what a caller is told to wait when there is no line, in seconds.
const retryAfter = "5"

// incoming is a call that is being answered.
type incoming struct {
	req      *wire.Request
	tx       wire.ServerTransaction
	from     netip.AddrPort
	trust    trust
	offer    []byte // nil when the caller leaves it to this side
	dialog   *dialog
	leg      *Leg
	canceled chan struct{} // closed by CANCEL
	answered bool          // the answer to the offer is in a provisional answer already
	sdp      []byte        // the answer, or this side's offer
	final    sync.Once     // of refuse
}

// invite answers an INVITE outside of any dialog, and returns when it has been
// acknowledged or is over.
func (s *Server) invite(ctx context.Context, req *wire.Request, tx wire.ServerTransaction) {
	// A clone, because it gets this side's tag while sipgo may read its own.
	in := &incoming{req: req.Clone(), tx: tx, from: sourceOf(req), canceled: make(chan struct{})}
	if !tx.OnCancel(func(*wire.Request) { close(in.canceled) }) {
		return
	}
	if !s.mayCall(in) {
		return
	}
	if !s.once(req) {
		s.refuse(tx, req, 482)
		return
	}
	defer s.forgetMerged(req)
	settled, ok := s.guard.invite(in.from.Addr())
	if !ok {
		s.counts.flood.Add(1)
		s.refuse(tx, req, 503, "Retry-After", retryAfter, "Warning", warning("too many calls at once"))
		return
	}
	defer settled()
	if replaces := fieldOf(req, "Replaces"); replaces != "" {
		s.replace(ctx, in, replaces)
		return
	}
	release, err := s.admit()
	if err != nil {
		s.refuse(tx, req, 503, "Retry-After", retryAfter, "Warning", warning(err.Error()))
		return
	}
	if err := s.establish(in, audio.Format{}, release); err != nil { //nolint:contextcheck // bounded by requestWait
		s.refuse(tx, req, statusOf(err), "Warning", warning(err.Error()))
		return
	}
	if s.proceed(ctx, in) {
		s.begin(in)
	}
}

func (s *Server) admit() (release func(), err error) {
	if s.config.Admit == nil {
		return func() {}, nil
	}
	return s.config.Admit()
}

// mayCall reports whether the call is one that can be answered, and whether its
// source may call; otherwise it has been refused.
func (s *Server) mayCall(in *incoming) bool {
	req, tx := in.req, in.tx
	if contactOf(req) == nil {
		s.refuse(tx, req, 400, "Warning", warning("no Contact"))
		return false
	}
	in.trust = s.trust(req, in.from.Addr())
	switch {
	case in.trust == stranger && len(s.config.Users) == 0:
		s.refuse(tx, req, 403)
		return false
	case in.trust == stranger:
		s.challenge(tx, req)
		return false
	}
	body := contentOf(req)
	switch {
	case body.kind == typeSDP:
		in.offer = body.body
	case len(body.body) > 0 && !isOptional(req):
		s.refuse(tx, req, 415, "Accept", typeSDP)
		return false
	}
	return true
}

// once reports whether this is the first INVITE of its number: one that has come by
// two ways is answered once (RFC 3261 8.2.2.2).
func (s *Server) once(req *wire.Request) bool {
	key, branch := mergeKey(req), branchOf(req)
	s.mu.Lock()
	other, ok := s.merged[key]
	if !ok {
		s.merged[key] = branch
	}
	s.mu.Unlock()
	return !ok || other == branch
}

func (s *Server) forgetMerged(req *wire.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.merged, mergeKey(req))
}

func mergeKey(req *wire.Request) string {
	return fmt.Sprintf("%s %s %d", req.CallID().Value(), tagOf(req.From().Params), req.CSeq().SeqNo)
}

// establish makes the dialog and the media of a call, and their answer.
func (s *Server) establish(in *incoming, only audio.Format, release func()) error {
	sound, err := s.config.Media(MediaOptions{Only: only, Peer: in.from.Addr(), Secure: in.req.Transport() == tcpTLS})
	if err != nil {
		release()
		return err
	}
	if in.offer != nil {
		in.sdp, err = sound.Answer(in.offer)
	} else {
		in.sdp, err = sound.Offer()
	}
	if err != nil {
		release()
		return errors.Join(err, sound.Close())
	}
	in.dialog = s.answering(in)
	in.leg = newLeg(s, in.dialog, sound, release)
	if err := s.add(in.dialog); err != nil {
		release()
		return errors.Join(err, sound.Close())
	}
	return nil
}

// answering makes the dialog of a call that has come (RFC 3261 12.1.1).
func (s *Server) answering(in *incoming) *dialog {
	req := in.req
	tag := newTag()
	req.To().Params.Add("tag", tag)
	local := wire.FromHeader{DisplayName: req.To().DisplayName, Address: *req.To().Address.Clone(), Params: req.To().Params.Clone()}
	remote := wire.ToHeader{DisplayName: req.From().DisplayName, Address: *req.From().Address.Clone(), Params: req.From().Params.Clone()}
	d := &dialog{
		server:  s,
		ringing: in,
		id:      dialogID{call: req.CallID().Value(), local: tag, remote: tagOf(req.From().Params)},
		network: req.Transport(), source: req.Source(), nat: isTranslated(req), trusted: in.trust == trusted,
		local: local, remote: remote, contact: s.contact(req.Transport(), req.Source(), req.To().Address.User),
		seq: newSeq(), remoteSeq: req.CSeq().SeqNo, acks: map[uint32]chan *wire.Request{}, over: make(chan struct{}),
	}
	for _, h := range req.GetHeaders("Record-Route") {
		if route, ok := h.(*wire.RecordRouteHeader); ok {
			d.route = append(d.route, *route.Address.Clone())
		}
	}
	d.take(req)
	return d
}

// proceed rings, answers and waits for the acknowledgement, and reports whether the
// call may begin.
func (s *Server) proceed(ctx context.Context, in *incoming) bool {
	d, leg := in.dialog, in.leg
	abandon := func(reason string) {
		d.finish() // there never was a call that a BYE could end
		_ = leg.Close(reason)
	}
	if !s.ring(ctx, in) {
		if leg.over(byPeer); ctx.Err() != nil {
			in.dismiss(closing)
		}
		in.dismiss(leg.Reason())
		abandon(byPeer)
		return false
	}
	res, agree, err := s.accept(in)
	if err != nil {
		in.refuse(statusOf(err), fieldsOf(err)...)
		abandon("refused")
		return false
	}
	agree()
	if !in.answered {
		setSDP(res, in.sdp)
	}
	if !d.accept() {
		in.dismiss(leg.Reason())
		abandon(byPeer)
		return false
	}
	s.counts.answered.Add(1)
	if !in.sent(res) {
		abandon(byPeer)
		return false
	}
	ack := d.confirm(ctx, in, res)
	if ack == nil {
		if leg.Reason() == "" {
			s.counts.unheard.Add(1)
		}
		_ = leg.Close("no acknowledgement")
		return false
	}
	if in.offer == nil {
		_, sound := leg.parts()
		if err := sound.Accept(contentOf(ack).body); err != nil {
			_ = leg.Close("no common description")
			return false
		}
	}
	return true
}

// dismiss gives the INVITE of a call that ends before its answer the final one that
// it needs nevertheless (RFC 3261 15.1.2); a CANCEL has.
func (in *incoming) dismiss(reason string) {
	select {
	case <-in.canceled:
		return
	default:
	}
	if reason == closing {
		in.refuse(503)
	} else {
		in.refuse(487)
	}
}

// refuse refuses the call, once.
func (in *incoming) refuse(status int, fields ...string) {
	in.final.Do(func() { in.dialog.server.refuse(in.tx, in.req, status, fields...) })
}

// begin gives an answered call to its handler.
func (s *Server) begin(in *incoming) {
	in.leg.start()
	if !s.carryOn(in.leg, s.describe(in)) {
		_ = in.leg.Close(closing)
	}
}

// accept makes the 200 of a call, without a description. What it says of the session's
// time stands with agree.
func (s *Server) accept(in *incoming) (res *wire.Response, agree func(), err error) {
	res = in.dialog.contacted(answer(in.req, 200))
	agree, err = in.leg.session().answer(in.req, res)
	return res, agree, err
}

// sent sends the 200 and reports whether the caller had not given up.
func (in *incoming) sent(res *wire.Response) bool {
	in.dialog.await(in.req.CSeq().SeqNo)
	if err := in.tx.Respond(res); err != nil {
		return false
	}
	select {
	case <-in.canceled: // it was first: 487 has been sent in place of 200
		return false
	default:
		return true
	}
}

// await prepares for the ACK of this side's answer to the INVITE of that number.
func (d *dialog) await(seq uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acks[seq] = make(chan *wire.Request, 1)
}

// confirm sends res again until it is acknowledged, for 64*T1 (RFC 3261 13.3.1.4),
// and returns the ACK; nil when there was none or the call is over.
func (d *dialog) confirm(ctx context.Context, in *incoming, res *wire.Response) *wire.Request {
	seq := in.req.CSeq().SeqNo
	d.mu.Lock()
	acked := d.acks[seq]
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.acks, seq)
		d.confirmed = true
	}()
	interval := wire.T1
	again := time.NewTimer(interval)
	defer again.Stop()
	late := time.NewTimer(64 * wire.T1)
	defer late.Stop()
	for {
		select {
		case ack := <-acked:
			return ack
		case ack := <-in.tx.Acks(): // with the INVITE's branch, as some send it
			return ack
		case <-again.C:
			_ = in.tx.Respond(res)
			interval = min(2*interval, wire.T2)
			again.Reset(interval)
		case <-late.C:
			return nil
		case <-d.leg().done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// ring lets a call ring as long as configured, and reports whether it is still
// wanted.
func (s *Server) ring(ctx context.Context, in *incoming) bool {
	reliable := in.dialog.does("100rel") || set(options(in.req, "Require"))["100rel"]
	early := s.config.Early && in.offer != nil
	if s.config.Ring > 0 || early || set(options(in.req, "Require"))["100rel"] {
		if !s.progress(ctx, in, early, reliable) {
			return false
		}
	}
	wait := time.NewTimer(s.config.Ring)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-in.canceled:
	case <-in.leg.done:
	case <-ctx.Done():
	}
	return false
}
