package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	wire "github.com/emiago/sipgo/sip"

	"huike/audio"
)

// Errors of a call that is to be placed.
var (
	ErrNoTrunk = errors.New("sip: a number needs a trunk to be called by")
	ErrTarget  = errors.New("sip: want a number or a URI such as sip:name@exchange.example")
	ErrFrom    = errors.New("sip: want a number to call from: digits, with a + in front or without")
	ErrBusy    = errors.New("sip: no line is free") // wrapped with Admit's error
)

// CallOptions are those of one call that is placed. The zero value works.
type CallOptions struct {
	// From is the number that the other side sees, as somebody may have typed it; empty
	// is the trunk's user.
	From string
	// Lang is asked for by Accept-Language, and is that of the session by [Server.Place].
	Lang string
	// Headers are added to the INVITE.
	Headers map[string]string
	// Only is the one encoding to offer; any when its Name is empty.
	Only audio.Format

	replaces string     // a dialog of the other side
	referred string     // by whom this side was sent
	at       netip.Addr // of the other side; the zero Addr is where its name says
	trying   func(status int)
}

// Call places a call to a SIP URI, or by the trunk to a number, and returns its leg
// when the other side has answered. When ctx ends before, the call is cancelled.
// The error is a [*ResponseError] when the other side has refused. The leg must be
// closed.
func (s *Server) Call(ctx context.Context, to string, options CallOptions) (*Leg, error) {
	leg, err := s.place(ctx, to, options)
	if err != nil {
		return nil, err
	}
	leg.start()
	return leg, nil
}

// Place places a call and gives it to Config.Handle when the other side has answered.
// It returns the Call-ID, or the error of Call, or one that wraps [ErrBusy].
func (s *Server) Place(ctx context.Context, to string, options CallOptions) (callID string, err error) {
	release, err := s.admit()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBusy, err)
	}
	leg, err := s.place(ctx, to, options)
	if err != nil {
		release()
		return "", err
	}
	leg.release = release
	leg.start()
	d, _ := leg.parts()
	req := Request{
		Lang: options.Lang, As: digitsOf(d.remote.Address.String()), Remote: d.source, Vouched: d.trusted,
		Context: map[string]string{"call-id": d.id.call, "direction": "outbound"},
	}
	if !s.carryOn(leg, req) {
		return "", errors.Join(ErrClosed, leg.Close(closing))
	}
	return d.id.call, nil
}

// place is Call, but for the start of the leg.
func (s *Server) place(ctx context.Context, to string, options CallOptions) (*Leg, error) {
	uri, account, err := s.target(to)
	if err != nil {
		return nil, err
	}
	from := numberOf(options.From)
	if options.From != "" && from == "" {
		return nil, ErrFrom
	}
	network := networkOf(uri)
	if network != udp && network != tcp && network != tcpTLS {
		return nil, fmt.Errorf("sip: transport %q is none of udp, tcp, tls", network)
	}
	hop := joinHost(uri.Host, portOf(uri, network))
	if options.at.IsValid() && network != tcpTLS {
		hop = joinHost(options.at.String(), portOf(uri, network))
	}
	sound, err := s.config.Media(MediaOptions{Only: options.Only, Peer: hostAddr(hop), Secure: network == tcpTLS})
	if err != nil {
		return nil, err
	}
	p := &placing{server: s, sound: sound, forks: map[string]*dialog{}, trying: options.trying}
	p.root = s.calling(uri, network, hop, account, from) //nolint:contextcheck // bounded by requestWait
	p.root.pin(options.at)
	p.leg = newLeg(s, p.root, sound, func() {})
	if err := p.place(ctx, options); err != nil {
		p.root.finish()
		p.forget()
		_ = p.leg.Close("not answered")
		return nil, err
	}
	s.counts.placed.Add(1)
	return p.leg, nil
}

// pin has requests of a call that is being placed sent to an address, if there is one,
// and not to where the target's name says. With TLS it is the certificate that tells.
func (d *dialog) pin(at netip.Addr) {
	d.nat = at.IsValid() && d.network != tcpTLS
	if d.nat {
		d.source = joinHost(at.String(), portOf(&d.target, d.network))
	}
}

// target returns where a call to a number or a URI goes, and whose password may be
// shown there.
func (s *Server) target(to string) (*wire.Uri, *Account, error) {
	trunk := s.config.Trunk
	if scheme, _, ok := strings.Cut(to, ":"); ok && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")) {
		uri, err := parseTarget(to)
		if err != nil {
			return nil, nil, err
		}
		uri.Headers = nil
		if trunk != nil && strings.EqualFold(uri.Host, trunk.URI.Host) {
			return uri, trunk, nil
		}
		return uri, nil, nil
	}
	number := numberOf(to)
	if number == "" {
		return nil, nil, ErrTarget
	}
	if trunk == nil {
		return nil, nil, ErrNoTrunk
	}
	uri := trunk.URI.Clone()
	uri.User = number
	return uri, trunk, nil
}

// parseTarget reads a SIP URI that somebody has typed. What would end its place in a
// message is in none.
func parseTarget(text string) (*wire.Uri, error) {
	var uri wire.Uri
	if err := wire.ParseUri(text, &uri); err != nil || uri.Host == "" || strings.ContainsAny(text, "<> \r\n") {
		return nil, ErrTarget
	}
	return &uri, nil
}

// numberOf is a number that somebody has typed: its digits, behind a + where it has
// one; "" for anything else.
func numberOf(text string) string {
	text = strings.TrimPrefix(text, "tel:")
	digits := digitsOf("tel:" + text)
	if digits != "" && strings.HasPrefix(text, "+") {
		return "+" + digits
	}
	return digits
}

// calling makes what the dialogs of a call to be placed have in common.
func (s *Server) calling(uri *wire.Uri, network, hop string, account *Account, from string) *dialog {
	host, _ := s.local(network, hop)
	user := product
	if account != nil {
		host = account.URI.Host
		if account.URI.User != "" {
			user = account.URI.User
		}
	}
	contact := s.contact(network, hop, user)
	if from != "" {
		user = from
	}
	tag := newTag()
	local := wire.FromHeader{Address: wire.Uri{Scheme: "sip", User: user, Host: host}}
	local.Params.Add("tag", tag)
	d := &dialog{
		server: s, id: dialogID{call: newTag(), local: tag}, network: network, source: hop, caller: true,
		local: local, remote: wire.ToHeader{Address: wire.Uri{Scheme: uri.Scheme, User: uri.User, Host: uri.Host}},
		contact: contact, target: *uri.Clone(), seq: newSeq(), acks: map[uint32]chan *wire.Request{}, over: make(chan struct{}),
	}
	if account != nil {
		d.shown = &credentials{account: account}
	}
	return d
}

// Options are those of [Dial]. Media must be set.
type Options struct {
	Media func(MediaOptions) (Media, error)
	As    string // the number to call from
	Lang  string // asked for by Accept-Language
	// Agent places the call; nil is an agent of its own, which ends with the leg.
	Agent *Server
}

// Dial calls a SIP URI and returns the leg when the other side has answered. Many
// calls of one process share an agent, made by [NewCaller].
func Dial(ctx context.Context, uri string, options Options) (*Leg, error) {
	agent := options.Agent
	if agent == nil {
		var err error
		if agent, err = NewCaller(uri, options.Media); err != nil { //nolint:contextcheck // an agent outlives who makes it
			return nil, err
		}
	}
	leg, err := agent.Call(ctx, uri, CallOptions{From: options.As, Lang: options.Lang})
	if _, refused := errors.AsType[*ResponseError](err); err != nil && !refused && ctx.Err() == nil {
		err = &unreachable{uri: uri, err: err}
	}
	if options.Agent != nil {
		return leg, err
	}
	if err != nil {
		return nil, errors.Join(err, agent.Close())
	}
	leg.release = func() { _ = agent.Close() } // which waits for the leg's BYE
	return leg, nil
}

// NewCaller makes an agent that places calls towards uri, and takes none. It must be
// closed.
func NewCaller(uri string, media func(MediaOptions) (Media, error)) (*Server, error) {
	target, err := parseTarget(uri)
	if err != nil {
		return nil, err
	}
	network := networkOf(target)
	listen := strings.ToLower(network) + ":" + net.JoinHostPort(localIP(joinHost(target.Host, portOf(target, network))), "0")
	if network == tcpTLS {
		listen = "tcp:" + net.JoinHostPort(localIP(joinHost(target.Host, portOf(target, network))), "0")
	}
	return New(Config{
		Listen: []string{listen}, Media: media,
		Admit:  func() (func(), error) { return nil, errors.New("this side takes no calls") },
		Handle: func(context.Context, *Leg, Request) {},
	})
}
