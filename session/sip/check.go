package sip

import (
	"errors"
	"strings"

	wire "github.com/emiago/sipgo/sip"

	"huike/session/rtp"
)

const (
	contactsLimit = 1       // of a request
	numberLimit   = 1 << 31 // that a CSeq is below
	forwardsLimit = 255     // RFC 3261 20.22
)

// check returns the status and the header fields that a request must be refused
// with, whatever it is about; 0 when it may pass (RFC 3261 8.2, RFC 4475).
func check(req *wire.Request) (status int, fields []string) {
	if req.SipVersion != "SIP/2.0" {
		return 505, nil
	}
	if fault := malformed(req); fault != "" {
		return 400, []string{"Warning", warning(fault)}
	}
	if scheme := req.Recipient.Scheme; scheme != "sip" && scheme != "sips" && scheme != "tel" {
		return 416, nil
	}
	if req.Recipient.Headers.Length() > 0 {
		return 400, []string{"Warning", warning("header fields in the Request-URI")} // RFC 3261 19.1.5: a call of whose making?
	}
	if req.Method == wire.INVITE && !acceptsSDP(req) {
		return 406, []string{"Accept", typeSDP}
	}
	if unknown := unsupported(req); len(unknown) > 0 {
		return 420, []string{"Unsupported", strings.Join(unknown, ", ")}
	}
	if encoding := strings.ToLower(fieldOf(req, "Content-Encoding", "e")); encoding != "" && encoding != "identity" && len(req.Body()) > 0 {
		return 415, []string{"Accept-Encoding", "identity"}
	}
	return 0, nil
}

// unsupported returns what a request requires and is not known. A CANCEL requires
// nothing (RFC 3261 8.2.2.3).
func unsupported(req *wire.Request) []string {
	var unknown []string
	for _, option := range options(req, "Require") {
		if !isSupported(option) && req.Method != wire.CANCEL {
			unknown = append(unknown, option)
		}
	}
	return unknown
}

// acceptsSDP reports whether the sender takes a description as the answer.
func acceptsSDP(req *wire.Request) bool {
	accept := listOf(req, "Accept")
	for _, kind := range accept {
		kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
		switch strings.TrimSpace(kind) {
		case typeSDP, "*/*", "application/*":
			return true
		}
	}
	return len(accept) == 0
}

// malformed says what is wrong with the header fields that each request must have,
// once each; "" when nothing is.
func malformed(req *wire.Request) string {
	for _, name := range []string{"To", "From", "Call-ID", "CSeq"} {
		switch len(req.GetHeaders(name)) {
		case 0:
			return "no " + name
		case 1:
		default:
			return "more than one " + name
		}
	}
	for _, name := range []string{"Max-Forwards", "Content-Length", "Content-Type"} {
		if len(req.GetHeaders(name)) > 1 {
			return "more than one " + name
		}
	}
	switch {
	case req.CSeq().MethodName != req.Method:
		return "CSeq is of another method"
	case req.CSeq().SeqNo >= numberLimit:
		return "CSeq is too large"
	case tagOf(req.From().Params) == "":
		return "no tag in From"
	case req.MaxForwards() != nil && req.MaxForwards().Val() > forwardsLimit:
		return "Max-Forwards is above 255"
	case len(req.GetHeaders("Contact")) > contactsLimit && req.Method == wire.INVITE:
		return "more than one Contact"
	}
	return ""
}

// statusError is an error with the status and the header fields that a request is
// refused with for it.
type statusError struct {
	status int
	err    error
	fields []string
}

func (e statusError) Error() string { return e.err.Error() }
func (e statusError) Unwrap() error { return e.err }

// fieldsOf returns the header fields of an answer for an error.
func fieldsOf(err error) []string {
	if coded, ok := errors.AsType[statusError](err); ok {
		return coded.fields
	}
	return []string{"Warning", warning(err.Error())}
}

// statusOf returns the status of an answer for an error: 488 for one of the media.
func statusOf(err error) int {
	if coded, ok := errors.AsType[statusError](err); ok {
		return coded.status
	}
	switch {
	case errors.Is(err, rtp.ErrSDP):
		return 400
	case errors.Is(err, ErrClosed), errors.Is(err, rtp.ErrPorts):
		return 503
	}
	return 488
}
