package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

const (
	usualExpires  = time.Hour
	registerWait  = 32 * time.Second // for an answer
	registerAgain = 5 * time.Second  // after a failure; then twice as long, and so on
	registerMost  = 5 * time.Minute
	keepAliveEach = 30 * time.Second // RFC 5626 4.4.1, and what most NATs keep
	offlineAfter  = 3                // attempts
)

// registration is one account at its registrar.
type registration struct {
	server  *Server
	account Account
	shown   credentials
	callID  wire.CallIDHeader
	tag     string
	seq     uint32
	expires time.Duration
}

// register registers an account until ctx ends, and then takes that back.
func (s *Server) register(ctx context.Context, account Account) {
	r := &registration{server: s, account: account, callID: wire.CallIDHeader(newTag()), tag: newTag(), seq: newSeq(), expires: account.Expires}
	r.shown.account = &r.account
	if r.expires == 0 {
		r.expires = usualExpires
	}
	failures := 0
	for {
		granted, err := r.once(ctx, r.expires)
		wait := granted - min(granted/10+5*time.Second, granted/2)
		switch {
		case ctx.Err() != nil:
			r.leave(ctx)
			return
		case err != nil:
			failures++
			wait = min(registerAgain<<min(failures-1, 8), registerMost)
			if refused, ok := errors.AsType[*ResponseError](err); ok && refused.RetryAfter > 0 {
				wait = refused.RetryAfter
			}
			if failures == 1 || failures == offlineAfter {
				s.config.Log.Warn("not registered", "registrar", account.URI.Host, "err", err, "again", wait)
			}
		case failures > 0 || granted == 0:
			failures = 0
			s.config.Log.Info("registered again", "registrar", account.URI.Host)
		}
		select {
		case <-time.After(max(wait, time.Second)):
		case <-ctx.Done():
			r.leave(ctx)
			return
		}
	}
}

// leave takes the registration back, for at most goodbyeWait.
func (r *registration) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeWait)
	defer cancel()
	_, _ = r.once(ctx, 0) // it expires anyway
}

// once registers for expires, and returns for how long that is granted.
func (r *registration) once(ctx context.Context, expires time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, registerWait)
	defer cancel()
	for tries := 0; ; tries++ {
		req := r.request(expires) //nolint:contextcheck // bounded by requestWait
		if err := r.shown.show(req); err != nil {
			return 0, err
		}
		res, err := r.server.exchange(ctx, req)
		if err != nil {
			return 0, err
		}
		least, brief := number(res, "Min-Expires")
		switch {
		case res.IsSuccess():
			r.server.trustAddr(hostAddr(res.Source()))
			return granted(res, req.Contact().Address, expires), nil
		case isChallenge(res) && tries < 2:
			if err := r.shown.challenged(res); err != nil {
				return 0, err
			}
		case res.StatusCode == 423 && brief && tries < 2:
			expires = time.Duration(least) * time.Second
			r.expires = expires
		default:
			return 0, responseError(res)
		}
	}
}

// granted returns for how long a registration of this side's address holds, by the
// answer to it, which names the other addresses of the account too (RFC 3261 10.3).
func granted(res *wire.Response, own wire.Uri, asked time.Duration) time.Duration {
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*wire.ContactHeader)
		if !ok || contact.Address.User != own.User || !strings.EqualFold(contact.Address.Host, own.Host) || contact.Address.Port != own.Port {
			continue
		}
		value, _ := contact.Params.Get("expires")
		if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
			return time.Duration(seconds) * time.Second
		}
	}
	if seconds, ok := number(res, "Expires"); ok && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	return asked
}

func (r *registration) request(expires time.Duration) *wire.Request {
	uri := r.account.URI
	registrar := wire.Uri{Scheme: uri.Scheme, Host: uri.Host, Port: uri.Port, UriParams: uri.UriParams.Clone()}
	who := wire.Uri{Scheme: uri.Scheme, User: uri.User, Host: uri.Host}
	network := networkOf(&uri)
	req := wire.NewRequest(wire.REGISTER, registrar)
	forwards := wire.MaxForwardsHeader(maxForwards)
	r.seq++
	from := &wire.FromHeader{Address: who}
	from.Params.Add("tag", r.tag)
	req.AppendHeader(from)
	req.AppendHeader(&wire.ToHeader{Address: who})
	req.AppendHeader(&r.callID)
	req.AppendHeader(&wire.CSeqHeader{SeqNo: r.seq, MethodName: wire.REGISTER})
	req.AppendHeader(&forwards)
	req.AppendHeader(r.server.contact(network, joinHost(uri.Host, portOf(&uri, network)), uri.User))
	req.AppendHeader(wire.NewHeader("Expires", fmt.Sprint(int(expires.Seconds()))))
	req.AppendHeader(wire.NewHeader("Allow", allowed))
	req.AppendHeader(wire.NewHeader("User-Agent", product))
	req.SetTransport(network)
	return req
}

func portOf(uri *wire.Uri, network string) int {
	if uri.Port != 0 {
		return uri.Port
	}
	return wire.DefaultPort(network)
}

// keepAlive asks the trunk by OPTIONS whether it is there, until ctx ends: which keeps
// the way through a NAT open, too.
func (s *Server) keepAlive(ctx context.Context, trunk Account) {
	tick := time.NewTicker(keepAliveEach)
	defer tick.Stop()
	failures := 0
	for {
		res, err := s.ping(ctx, &trunk.URI)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.trustAddr(hostAddr(res.Source())) // it has answered at its address, whatever it said
			if failures >= offlineAfter {
				s.config.Log.Info("the trunk answers again", "trunk", trunk.URI.Host)
			}
			failures = 0
		default:
			failures++
			if failures == offlineAfter {
				s.config.Log.Warn("the trunk does not answer", "trunk", trunk.URI.Host, "err", err)
			}
		}
		s.trunkDown.Store(failures >= offlineAfter)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// ping asks a peer what it can do (RFC 3261 11).
func (s *Server) ping(ctx context.Context, uri *wire.Uri) (*wire.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWait)
	defer cancel()
	req := s.outside(wire.OPTIONS, uri, networkOf(uri)) //nolint:contextcheck // bounded by requestWait
	req.AppendHeader(wire.NewHeader("Accept", typeSDP))
	return s.exchange(ctx, req)
}

// outside makes a request that belongs to no dialog.
func (s *Server) outside(method wire.RequestMethod, uri *wire.Uri, network string) *wire.Request {
	req := wire.NewRequest(method, *uri.Clone())
	req.Recipient.Password = ""
	host, _ := s.local(network, joinHost(uri.Host, portOf(uri, network)))
	from := &wire.FromHeader{Address: wire.Uri{Scheme: "sip", User: product, Host: host}}
	from.Params.Add("tag", newTag())
	callID := wire.CallIDHeader(newTag())
	forwards := wire.MaxForwardsHeader(maxForwards)
	req.AppendHeader(from)
	req.AppendHeader(&wire.ToHeader{Address: wire.Uri{Scheme: uri.Scheme, User: uri.User, Host: uri.Host}})
	req.AppendHeader(&callID)
	req.AppendHeader(&wire.CSeqHeader{SeqNo: newSeq(), MethodName: method})
	req.AppendHeader(&forwards)
	req.AppendHeader(s.contact(network, joinHost(uri.Host, portOf(uri, network)), product))
	req.AppendHeader(wire.NewHeader("User-Agent", product))
	req.SetTransport(network)
	return req
}
