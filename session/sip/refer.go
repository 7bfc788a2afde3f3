package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	wire "github.com/emiago/sipgo/sip"
)

const (
	typeFrag     = "message/sipfrag"
	referWait    = 90 * time.Second // for the one that a call is passed on to
	transferorTo = 5 * time.Second  // for the transferor to hang up
)

// transfer is a REFER of this side of which the peer has not told the end.
type transfer struct {
	status chan int    // final; capacity 1
	told   atomic.Bool // the peer tells how it goes
}

// Transfer asks the peer to call somebody else in place of this side, by REFER
// (RFC 3515, RFC 5589), and returns when that has been answered: nil when the peer
// talks to them, or has left without a word to do so. One who tells how it goes, and
// hangs up before its end, has given up: [ErrClosed]. Any other error leaves the call as
// it was. target is a SIP URI, or a number, which is that of the peer's own exchange.
func (l *Leg) Transfer(ctx context.Context, target string) error {
	d, _ := l.parts()
	uri, err := d.referTo(target)
	if err != nil {
		return err
	}
	return l.send(ctx, d, "<"+uri+">")
}

// TransferTo asks the peer to talk to the peer of other in place of this side: an
// attended transfer. Both legs end when that is done.
func (l *Leg) TransferTo(ctx context.Context, other *Leg) error {
	d, _ := l.parts()
	o, _ := other.parts()
	replaces := o.id.call + ";to-tag=" + o.id.remote + ";from-tag=" + o.id.local
	o.mu.Lock()
	target := o.target.Clone()
	o.mu.Unlock()
	target.Headers = nil
	return l.send(ctx, d, "<"+target.String()+"?Replaces="+url.QueryEscape(replaces)+">")
}

// referTo returns the URI of who a call is passed on to.
func (d *dialog) referTo(target string) (string, error) {
	if scheme, _, ok := strings.Cut(target, ":"); ok && !strings.EqualFold(scheme, "tel") {
		_, err := parseTarget(target)
		return target, err
	}
	number := numberOf(target)
	if number == "" {
		return "", ErrTarget
	}
	uri := wire.Uri{Scheme: "sip", User: number, Host: d.remote.Address.Host, Port: d.remote.Address.Port}
	return uri.String(), nil
}

// send sends the REFER and waits for what becomes of it.
func (l *Leg) send(ctx context.Context, d *dialog, to string) error {
	under := &transfer{status: make(chan int, 1)}
	l.mu.Lock()
	if l.transfer != nil {
		l.mu.Unlock()
		return errors.New("sip: the call is being passed on already")
	}
	l.transfer = under
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.transfer = nil
	}()
	req := d.request(wire.REFER)
	req.AppendHeader(wire.NewHeader("Refer-To", to))
	req.AppendHeader(wire.NewHeader("Referred-By", "<"+d.local.Address.String()+">"))
	res, err := d.do(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return responseError(res)
	}
	select {
	case status := <-under.status:
		if status >= 300 {
			return &ResponseError{Status: status, Text: "transfer target"}
		}
		return nil
	case <-l.done:
		return under.left(l.Reason())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// left is what it means for a transfer that the leg is over for that reason.
func (t *transfer) left(reason string) error {
	select {
	case status := <-t.status: // what came together with the end
		if status < 300 {
			return nil
		}
		return &ResponseError{Status: status, Text: "transfer target"}
	default:
	}
	if reason == byPeer && !t.told.Load() {
		return nil // an exchange that tells nothing (RFC 3515 has it tell) has connected them
	}
	return ErrClosed
}

// notify takes what the peer tells of a REFER.
func (d *dialog) notify(req *wire.Request, tx wire.ServerTransaction) {
	event, _, _ := strings.Cut(fieldOf(req, "Event", "o"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		d.server.refuse(tx, req, 489, "Allow-Events", "refer")
		return
	}
	l := d.leg()
	l.mu.Lock()
	under := l.transfer
	l.mu.Unlock()
	if under == nil {
		d.server.refuse(tx, req, 481)
		return
	}
	under.told.Store(true)
	_ = tx.Respond(answer(req, 200))
	status, ok := fragStatus(req.Body())
	ended := strings.HasPrefix(strings.ToLower(fieldOf(req, "Subscription-State")), "terminated")
	switch {
	case ok && status >= 200:
	case ended:
		status = 200 // it tells no more, and has not failed
	default:
		return
	}
	select {
	case under.status <- status:
	default:
	}
}

// fragStatus returns the status that a body of type message/sipfrag begins with.
func fragStatus(body []byte) (status int, ok bool) {
	line, _, _ := strings.Cut(string(body), "\n")
	version, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok || version != "SIP/2.0" || len(rest) < 3 {
		return 0, false
	}
	status, err := strconv.Atoi(rest[:3])
	return status, err == nil && status >= 100 && status < 700
}

// refer takes a REFER: the peer asks this side to call somebody else in its place.
func (d *dialog) refer(ctx context.Context, req *wire.Request, tx wire.ServerTransaction) {
	s := d.server
	fields := req.GetHeaders("Refer-To")
	if len(fields) == 0 {
		fields = req.GetHeaders("r")
	}
	if len(fields) != 1 {
		s.refuse(tx, req, 400, "Warning", warning("want one Refer-To"))
		return
	}
	var target wire.Uri
	if err := wire.ParseUri(uriOf(fields[0].Value()), &target); err != nil || target.Host == "" || (target.Scheme != "sip" && target.Scheme != "sips") {
		s.refuse(tx, req, 400, "Warning", warning("Refer-To is no SIP URI"))
		return
	}
	if method, ok := target.UriParams.Get("method"); ok && !strings.EqualFold(method, "INVITE") {
		s.refuse(tx, req, 603)
		return
	}
	replaces, err := replacedBy(&target)
	if err != nil {
		s.refuse(tx, req, 400, "Warning", warning(err.Error()))
		return
	}
	at, ok := d.mayRefer(ctx, &target)
	if !ok {
		s.refuse(tx, req, 603, "Warning", warning("transfer there is not allowed"))
		return
	}
	if !s.tryRun(func() { d.passOn(ctx, req, &target, CallOptions{replaces: replaces, at: at}) }) {
		s.refuse(tx, req, 503)
		return
	}
	_ = tx.Respond(d.contacted(answer(req, 202)))
}

// replacedBy returns the Replaces of a target, "" when it has none. What is longer than
// a dialog's name is refused rather than cut: it would name another.
func replacedBy(target *wire.Uri) (string, error) {
	const most = 1 << 10
	for _, field := range target.Headers {
		if !strings.EqualFold(field.K, "Replaces") {
			continue
		}
		text, err := url.PathUnescape(field.V)
		if err != nil || len(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
			return "", errors.New("the Replaces of Refer-To names no dialog")
		}
		return text, nil
	}
	return "", nil
}

// mayRefer is mayReach for the peer.
func (d *dialog) mayRefer(ctx context.Context, target *wire.Uri) (at netip.Addr, ok bool) {
	if !d.trusted {
		return netip.Addr{}, false
	}
	return d.server.mayReach(ctx, hostAddr(d.source), target)
}

// mayReach reports whether a peer at an address may have this side call a target, and
// where that must be called, whatever its name means by then; the zero Addr for where
// the name says.
func (s *Server) mayReach(ctx context.Context, home netip.Addr, target *wire.Uri) (at netip.Addr, ok bool) {
	if s.config.Refer == ReferNobody {
		return netip.Addr{}, false
	}
	if s.config.Refer == ReferAny || (s.config.Trunk != nil && strings.EqualFold(target.Host, s.config.Trunk.URI.Host)) {
		return netip.Addr{}, true
	}
	if addr := hostAddr(target.Host); addr.IsValid() {
		return netip.Addr{}, addr == home
	}
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", target.Host)
	if err != nil || len(addrs) == 0 {
		return netip.Addr{}, false
	}
	for _, addr := range addrs {
		if addr.Unmap() != home {
			return netip.Addr{}, false
		}
	}
	return home, true
}

// passOn calls who the peer has named, tells it how that goes, and lets the leg go on
// with them.
func (d *dialog) passOn(ctx context.Context, req *wire.Request, target *wire.Uri, options CallOptions) {
	s, l := d.server, d.leg()
	ctx, cancel := context.WithTimeout(ctx, referWait)
	defer cancel()
	d.tell(ctx, req, 100, false)
	options.Only, options.referred = l.Format(), fieldOf(req, "Referred-By", "b")
	target.UriParams.Remove("method")
	target.Headers = nil
	other, err := s.place(ctx, target.String(), options)
	if err != nil {
		status := 503
		if refused, ok := errors.AsType[*ResponseError](err); ok {
			status = refused.Status
		}
		d.tell(ctx, req, status, true)
		return
	}
	if !l.adopt(other) {
		_ = other.Close("call over")
		return
	}
	d.tell(ctx, req, 200, true)
	late := time.NewTimer(transferorTo)
	defer late.Stop()
	select {
	case <-late.C:
	case <-d.over:
	case <-ctx.Done():
	}
	d.bye("transferred") //nolint:contextcheck // it is sent whoever has stopped waiting
}

// tell tells the peer how its REFER goes.
func (d *dialog) tell(ctx context.Context, refer *wire.Request, status int, last bool) {
	req := d.request(wire.NOTIFY)
	req.AppendHeader(wire.NewHeader("Event", "refer;id="+strconv.Itoa(int(refer.CSeq().SeqNo))))
	state := "active;expires=" + strconv.Itoa(int(referWait.Seconds()))
	if last {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(wire.NewHeader("Subscription-State", state))
	req.AppendHeader(wire.NewHeader("Content-Type", typeFrag+";version=2.0"))
	text := reasons[status]
	if text == "" {
		text = "Trying"
		if status >= 300 {
			text = "Not Reached"
		}
	}
	req.SetBody(fmt.Appendf(nil, "SIP/2.0 %d %s\r\n", status, text))
	_, _ = d.server.exchange(ctx, req) // a transferor that does not listen has gone
}

// adopt lets the leg go on with the dialog and the sound of another, which is over
// without a word; false when the leg itself is over, or the sound is another.
func (l *Leg) adopt(other *Leg) bool {
	d, sound := other.parts()
	if format, so := sound.Format(), l.Format(); format.Name != so.Name || format.ClockRate != so.ClockRate {
		return false
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	before, timer := l.sound, l.timer
	l.dialog, l.sound, l.timer = d, sound, other.timer
	l.mu.Unlock()
	d.owner.Store(l)
	l.server.run(func() { l.hear(sound) })
	timer.wake()
	_ = before.Close() // its reader goes on with the other
	l.tellHold()
	return true
}

// replaced reports whether the leg stands on another dialog than d.
func (l *Leg) replaced(d *dialog) bool {
	now, _ := l.parts()
	return now != d
}

// passed reports whether a call that has begun goes on without d.
func (l *Leg) passed(d *dialog) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started && l.dialog != d
}

// replace takes an INVITE that is to take the place of a call (RFC 3891): the call goes
// on with who has sent it.
func (s *Server) replace(ctx context.Context, in *incoming, field string) {
	id, earlyOnly := parseReplaces(field)
	old := s.find(id)
	switch {
	case in.trust != trusted:
		s.refuse(in.tx, in.req, 403)
		return
	case old == nil:
		s.refuse(in.tx, in.req, 481)
		return
	case earlyOnly:
		s.refuse(in.tx, in.req, 486)
		return
	}
	leg := old.leg()
	if !leg.begun() {
		s.refuse(in.tx, in.req, 603)
		return
	}
	if err := s.establish(in, leg.Format(), func() {}); err != nil { //nolint:contextcheck // bounded by requestWait
		s.refuse(in.tx, in.req, statusOf(err), "Warning", warning(err.Error()))
		return
	}
	if !s.proceed(ctx, in) {
		return
	}
	if !leg.adopt(in.leg) {
		_ = in.leg.Close("call over")
		return
	}
	old.bye("replaced") //nolint:contextcheck // it is sent whoever has stopped waiting
}

// parseReplaces reads a Replaces header field: which dialog of this side it names.
func parseReplaces(field string) (id dialogID, earlyOnly bool) {
	parts := strings.Split(field, ";")
	id.call = strings.TrimSpace(parts[0])
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(name) {
		case "to-tag":
			id.local = value
		case "from-tag":
			id.remote = value
		case "early-only":
			earlyOnly = true
		}
	}
	return id, earlyOnly
}
