package sip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

const laterMost = 8 // answers of forks that wait

// placing is a call that is being placed.
type placing struct {
	server *Server
	leg    *Leg
	root   *dialog // what its dialogs have in common
	sound  Media
	tx     wire.ClientTransaction
	req    *wire.Request
	trying func(status int)

	mu     sync.Mutex
	forks  map[string]*dialog // by the other side's tag (RFC 3261 13.2.2.4)
	chosen *dialog
	later  []*wire.Response // answers that came again, or of forks, before one was chosen
	left   bool             // nobody waits for an answer
	heard  string           // the description that was accepted last
	rang   bool             // a provisional answer has come
}

// place sends the INVITE, again with what is asked for, until it is answered.
func (p *placing) place(ctx context.Context, options CallOptions) error {
	sdp, err := p.sound.Offer()
	if err != nil {
		return err
	}
	for least, again := time.Duration(0), 0; ; again++ {
		p.req = p.root.contactedRequest(wire.INVITE, sdp)
		p.leg.session().ask(p.req, least)
		p.extend(options)
		if err := p.root.shown.show(p.req); err != nil {
			return err
		}
		res, err := p.send(ctx)
		switch {
		case err != nil:
			return err
		case res.IsSuccess():
			return nil
		case again >= againMost || (!p.root.amend(res, &least) && !p.redirect(ctx, res)):
			return responseError(res)
		}
	}
}

func (p *placing) extend(options CallOptions) {
	if options.Lang != "" {
		p.req.AppendHeader(wire.NewHeader("Accept-Language", options.Lang))
	}
	for name, value := range options.Headers {
		p.req.AppendHeader(wire.NewHeader(name, printable(value)))
	}
	if options.replaces != "" {
		p.req.AppendHeader(wire.NewHeader("Replaces", options.replaces))
		p.req.AppendHeader(wire.NewHeader("Require", "replaces"))
	}
	if options.referred != "" {
		p.req.AppendHeader(wire.NewHeader("Referred-By", options.referred))
	}
}

// send sends the INVITE and returns its final answer. When ctx ends it cancels, and
// waits for what that gives: an answer that crosses it is hung up.
func (p *placing) send(ctx context.Context) (*wire.Response, error) {
	tx, err := p.server.client.TransactionRequest(ctx, p.req, p.server.addVia)
	if err != nil {
		return nil, fmt.Errorf("sip: send INVITE: %w", err)
	}
	p.tx = tx
	sent := make(chan struct{})
	p.server.saying(sent)
	defer p.server.said(sent)
	tx.OnRetransmission(func(res *wire.Response) { p.again(res) }) //nolint:contextcheck // it is sent whoever has stopped waiting
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				p.rang = true
				if ctx.Err() != nil {
					p.cancel() //nolint:contextcheck // it is sent whoever has stopped waiting
				} else {
					p.provisional(ctx, res)
				}
			case res.IsSuccess():
				return p.answered(ctx, res)
			default:
				return res, ctx.Err()
			}
		case <-tx.Done():
			return nil, fmt.Errorf("sip: INVITE: %w", tx.Err())
		case <-ctx.Done():
			p.abandon() //nolint:contextcheck // it is sent whoever has stopped waiting
			return nil, ctx.Err()
		case <-p.leg.done:
			p.abandon() //nolint:contextcheck // likewise
			return nil, ErrClosed
		case <-p.server.closing:
			p.abandon() //nolint:contextcheck // likewise
			return nil, ErrClosed
		}
	}
}

// abandon cancels the call, which needs a first answer before (RFC 3261 9.1), and goes
// on waiting for its end, as it may be answered nevertheless. Where the server is being
// closed that is waited for here, as no one else is left to.
func (p *placing) abandon() {
	if p.rang {
		p.cancel()
	}
	p.settle(nil)
	if !p.server.tryRun(func() { p.outlast(64 * wire.T1) }) {
		p.outlast(goodbyeWait)
	}
}

// outlast waits for the end of a call that is cancelled.
func (p *placing) outlast(wait time.Duration) {
	late := time.NewTimer(wait)
	defer late.Stop()
	for {
		select {
		case res := <-p.tx.Responses():
			switch {
			case res.IsProvisional() && !p.rang:
				p.rang = true
				p.cancel()
			case res.IsSuccess():
				p.refuseAnswer(res)
				return
			case !res.IsProvisional():
				return
			}
		case <-p.tx.Done():
			return
		case <-late.C:
			p.tx.Terminate()
			return
		}
	}
}

// cancel sends the CANCEL of the INVITE.
func (p *placing) cancel() {
	req := wire.NewRequest(wire.CANCEL, *p.req.Recipient.Clone())
	req.AppendHeader(p.req.Via().Clone())
	for _, name := range []string{"Route", "From", "To", "Call-ID"} {
		wire.CopyHeaders(name, p.req, req)
	}
	forwards := wire.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&wire.CSeqHeader{SeqNo: p.req.CSeq().SeqNo, MethodName: wire.CANCEL})
	req.AppendHeader(&forwards)
	req.AppendHeader(wire.NewHeader("Reason", `SIP;cause=487;text="cancelled"`))
	req.SetBody(nil)
	req.SetTransport(p.req.Transport())
	req.SetDestination(p.req.Destination())
	req.Laddr = p.req.Laddr
	ctx, done := p.server.within(requestWait)
	defer done()
	tx, err := p.server.client.TransactionRequest(ctx, req, noVia)
	if err != nil {
		return // the INVITE times out
	}
	p.server.run(func() {
		defer tx.Terminate()
		late := time.NewTimer(64 * wire.T1)
		defer late.Stop()
		select {
		case <-tx.Responses():
		case <-tx.Done():
		case <-late.C:
		}
	})
}

// fork returns the dialog of an answer: that of the other side's tag.
func (p *placing) fork(res *wire.Response) *dialog {
	tag := tagOf(res.To().Params)
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.forks[tag]; ok {
		return d
	}
	root := p.root
	d := &dialog{
		server: root.server, id: dialogID{call: root.id.call, local: root.id.local, remote: tag},
		network: root.network, source: root.source, local: root.local, contact: root.contact, shown: root.shown, caller: true,
		remote: wire.ToHeader{DisplayName: res.To().DisplayName, Address: *res.To().Address.Clone(), Params: res.To().Params.Clone()},
		target: root.target, seq: p.req.CSeq().SeqNo, acks: map[uint32]chan *wire.Request{}, over: make(chan struct{}),
	}
	d.owner.Store(p.leg)
	if res.Source() != "" {
		d.source = res.Source()
	}
	d.trusted = root.server.trustOf(hostAddr(d.source)) == trusted
	routes := res.GetHeaders("Record-Route")
	for _, field := range slices.Backward(routes) { // RFC 3261 12.1.2: in the other order
		if route, ok := field.(*wire.RecordRouteHeader); ok {
			d.route = append(d.route, *route.Address.Clone())
		}
	}
	d.take(res)
	d.nat = len(d.route) == 0 && isPrivate(hostAddr(d.target.Host)) && !isPrivate(hostAddr(d.source))
	p.forks[tag] = d
	_ = p.server.add(d)
	return d
}

// forget ends the holding of what was an early dialog.
func (p *placing) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.forks {
		p.server.forget(d)
	}
}

// provisional takes a provisional answer, and the sound that it may announce.
func (p *placing) provisional(ctx context.Context, res *wire.Response) {
	if p.trying != nil {
		p.trying(res.StatusCode)
	}
	if res.StatusCode == 100 || tagOf(res.To().Params) == "" {
		return
	}
	d := p.fork(res)
	if body := contentOf(res); body.kind == typeSDP {
		_ = p.accept(body.body) // it is said again by the final answer
	}
	if set(options(res, "Require"))["100rel"] {
		p.server.run(func() {
			ctx, cancel := context.WithTimeout(ctx, 64*wire.T1)
			defer cancel()
			_ = d.acknowledgeEarly(ctx, res) // it is asked for again
		})
	}
}

// accept gives the media a description, unless they have it.
func (p *placing) accept(sdp []byte) error {
	if p.heard == string(sdp) {
		return nil
	}
	if err := p.sound.Accept(sdp); err != nil {
		return err
	}
	p.heard = string(sdp)
	return nil
}

// answered acknowledges the answer, which is the call's.
func (p *placing) answered(ctx context.Context, res *wire.Response) (*wire.Response, error) {
	d := p.fork(res)
	d.take(res)
	others := p.settle(d) //nolint:contextcheck // what it sends goes whoever has stopped waiting
	for _, other := range others {
		p.server.forget(other)
	}
	p.leg.mu.Lock()
	p.leg.dialog = d
	p.leg.mu.Unlock()
	d.confirmed = true
	// All is settled before the ACK, after which the peer may change the session.
	err := p.described(res)
	p.leg.session().agreed(res)
	if err := d.acknowledge(p.req.CSeq().SeqNo); err != nil {
		return nil, err
	}
	if err == nil {
		err = ctx.Err() // it crossed the end of our patience
	}
	if err == nil && p.leg.Reason() != "" {
		err = ErrClosed
	}
	if err != nil {
		d.bye("no common description") //nolint:contextcheck // it is sent whoever has stopped waiting
		return nil, err
	}
	return res, nil
}

// described takes the description of an answer, which may have come earlier.
func (p *placing) described(res *wire.Response) error {
	if body := contentOf(res); body.kind == typeSDP {
		return p.accept(body.body)
	}
	if p.heard == "" {
		return errors.New("sip: the answer has no description")
	}
	return nil
}

// settle chooses the dialog that the call goes on with, nil when nobody waits for one,
// and takes the answers that could not be told apart before. It returns the others.
func (p *placing) settle(d *dialog) (others []*dialog) {
	p.mu.Lock()
	p.chosen, p.left = d, true
	later := p.later
	p.later = nil
	for _, other := range p.forks {
		if other != d {
			others = append(others, other)
		}
	}
	p.mu.Unlock()
	for _, res := range later {
		p.again(res)
	}
	return others
}

// again takes an answer that has come again: of this dialog the ACK was lost; of
// another, a fork has answered too, and is hung up.
func (p *placing) again(res *wire.Response) {
	tag := tagOf(res.To().Params)
	p.mu.Lock()
	chosen, left := p.chosen, p.left
	if !left && len(p.later) < laterMost {
		p.later = append(p.later, res)
	}
	p.mu.Unlock()
	switch {
	case !left: // the first answer is not taken yet
	case chosen != nil && chosen.id.remote == tag:
		_ = chosen.acknowledge(p.req.CSeq().SeqNo)
	default:
		p.refuseAnswer(res)
	}
}

// redirect prepares for calling who an answer names instead, and reports whether it
// may: whom a transfer could go to (RFC 3261 8.1.3.4). The first Contact is taken that
// is allowed; no password is shown there that was not asked for here.
func (p *placing) redirect(ctx context.Context, res *wire.Response) bool {
	if res.StatusCode < 300 || res.StatusCode > 399 {
		return false
	}
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*wire.ContactHeader)
		if !ok || contact.Address.Host == "" || (contact.Address.Scheme != "sip" && contact.Address.Scheme != "sips") {
			continue
		}
		target := contact.Address.Clone()
		target.Headers = nil
		if networkOf(target) != p.root.network {
			continue
		}
		at, ok := p.server.mayReach(ctx, hostAddr(res.Source()), target)
		if !ok {
			continue
		}
		p.root.mu.Lock()
		p.root.target, p.root.source = *target, joinHost(target.Host, portOf(target, p.root.network))
		p.root.pin(at)
		p.root.mu.Unlock()
		p.rang = false
		return true
	}
	return false
}

// refuseAnswer acknowledges an answer that is not wanted, and hangs up.
func (p *placing) refuseAnswer(res *wire.Response) {
	d := p.fork(res)
	d.take(res)
	_ = d.acknowledge(p.req.CSeq().SeqNo)
	d.bye("not wanted")
}
