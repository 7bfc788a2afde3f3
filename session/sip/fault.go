package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	wire "github.com/emiago/sipgo/sip"
)

// fault is why a request got no answer. Its text names no address: in SIP those hold
// telephone numbers, and errors are logged.
type fault struct {
	method wire.RequestMethod
	err    error
}

// Error returns the request's method and the cause.
func (f *fault) Error() string { return "sip: " + string(f.method) + ": " + Cause(f.err) }

// Unwrap returns the transport's own error, whose text is not to be shown.
func (f *fault) Unwrap() error { return f.err }

// Cause returns in words, without addresses, why a request got no answer.
func Cause(err error) string {
	errno, system := errors.AsType[syscall.Errno](err)
	_, naming := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "it was given up"
	case naming || strings.Contains(err.Error(), "no such host"):
		return "its name has no address"
	case system:
		return errno.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, wire.ErrTransactionTimeout), strings.Contains(err.Error(), "timeout"):
		return "nothing answers there"
	}
	return "the request was not sent"
}

// unreachable is why a call by [Dial] got no answer, for the person who placed it and
// knows where to: its text names the address and what to look at.
type unreachable struct {
	uri string
	err error
}

// Error returns the address, the cause and the way out.
func (u *unreachable) Error() string {
	var target wire.Uri
	if err := wire.ParseUri(u.uri, &target); err != nil || target.Host == "" {
		return u.err.Error()
	}
	network := networkOf(&target)
	hop := joinHost(target.Host, portOf(&target, network))
	return fmt.Sprintf("no SIP call to %s by %s: %s; check that a SIP server listens there (huike serve --sip %s:%s), "+
		"or name another way with ;transport=udp, tcp or tls", hop, network, Cause(u.err), strings.ToLower(network), hop)
}

// Unwrap returns the cause.
func (u *unreachable) Unwrap() error { return u.err }
