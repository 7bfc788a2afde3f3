package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"

	wire "github.com/emiago/sipgo/sip"
)

const (
	maxForwards = 70
	typeSDP     = "application/sdp"
	// allowed are the methods that are taken, for Allow.
	allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY"
	// supported are the extensions that peers may use: RFC 3262, 4028, 3891, 3581.
	supported = "100rel, timer, replaces"
	accepted  = "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag"
)

// isSupported reports whether a request may require an extension.
func isSupported(option string) bool {
	switch option {
	case "100rel", "timer", "replaces":
		return true
	}
	return false
}

// reasons are the texts of the answers that this package gives.
var reasons = map[int]string{ //nolint:gochecknoglobals // a table
	180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 405: "Method Not Allowed", 406: "Not Acceptable", 413: "Request Entity Too Large",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
	422: "Session Interval Too Small", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
	513: "Message Too Large", 603: "Decline",
}

// answer makes an answer to req, with name and value pairs as header fields.
func answer(req *wire.Request, status int, fields ...string) *wire.Response {
	res := wire.NewResponseFromRequest(req, status, reasons[status], nil)
	res.SipVersion = "SIP/2.0"
	for i := 0; i+1 < len(fields); i += 2 {
		res.AppendHeader(wire.NewHeader(fields[i], fields[i+1]))
	}
	res.AppendHeader(wire.NewHeader("Server", product))
	return res
}

// refuse answers req, and counts it. That the transaction is gone is no error:
// nobody waits for the answer then.
func (s *Server) refuse(tx wire.ServerTransaction, req *wire.Request, status int, fields ...string) {
	s.counts.refused(status)
	_ = tx.Respond(answer(req, status, fields...))
}

// warning is a Warning header field for a person who looks for a fault
// (RFC 3261 20.43).
func warning(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r > '~' {
			return ' '
		}
		return r
	}, text)
	return `399 ` + product + ` "` + clean[:min(len(clean), 200)] + `"`
}

// contacted is what a message that may begin or change a dialog says of this side.
func (d *dialog) contacted(res *wire.Response) *wire.Response {
	res.AppendHeader(d.contact.Clone())
	res.AppendHeader(wire.NewHeader("Allow", allowed))
	res.AppendHeader(wire.NewHeader("Supported", supported))
	return res
}

// setSDP gives msg a description as its body.
func setSDP(msg wire.Message, sdp []byte) {
	msg.AppendHeader(wire.NewHeader("Content-Type", typeSDP))
	msg.SetBody(sdp)
}

// copyContent gives a request the body of another, and what describes it.
func copyContent(to, from *wire.Request) {
	for _, name := range []string{
		"Content-Type", "Content-Disposition", "Supported", "Require", "Session-Expires", "Min-SE", "RAck", "Refer-To", "Referred-By",
		"Event", "Subscription-State", "Reason", "Allow",
	} {
		for _, h := range from.GetHeaders(name) {
			to.AppendHeader(wire.HeaderClone(h))
		}
	}
	if from.Body() != nil {
		to.SetBody(from.Body())
	}
}

// fieldOf returns the value of a header field, by its name or its short form; ""
// when it is not there.
func fieldOf(msg wire.Message, names ...string) string {
	for _, name := range names {
		if all := msg.GetHeaders(name); len(all) > 0 {
			return strings.TrimSpace(all[0].Value())
		}
	}
	return ""
}

// listOf returns the values of a header field that is a list, however many fields it is
// spread over.
func listOf(msg wire.Message, names ...string) []string {
	var values []string
	for _, name := range names {
		for _, h := range msg.GetHeaders(name) {
			for value := range strings.SplitSeq(h.Value(), ",") {
				if value = strings.TrimSpace(value); value != "" {
					values = append(values, value)
				}
			}
		}
	}
	return values
}

// options returns option tags, which do not care for case.
func options(msg wire.Message, names ...string) []string {
	tags := listOf(msg, names...)
	for i := range tags {
		tags[i] = strings.ToLower(tags[i])
	}
	return tags
}

func set(values []string) map[string]bool {
	all := make(map[string]bool, len(values))
	for _, value := range values {
		all[value] = true
	}
	return all
}

// contactOf returns the first Contact of msg, or nil.
func contactOf(msg wire.Message) *wire.ContactHeader {
	all := msg.GetHeaders("Contact")
	if len(all) == 0 {
		all = msg.GetHeaders("m")
	}
	if len(all) == 0 {
		return nil
	}
	contact, _ := all[0].(*wire.ContactHeader)
	return contact
}

// tagOf returns the tag among a From's or a To's parameters.
func tagOf(params wire.HeaderParams) string {
	for _, p := range params {
		if strings.EqualFold(p.K, "tag") {
			return p.V
		}
	}
	return ""
}

// number returns a header field that is a number, or false.
func number(msg wire.Message, names ...string) (int, bool) {
	value, _, _ := strings.Cut(fieldOf(msg, names...), ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	return int(n), err == nil
}

// content is what a message holds that matters here.
type content struct {
	kind string // of the media type, lower case, without parameters; "" when there is no body
	body []byte
}

const partsLimit = 8 // of a body of several parts

// contentOf returns the body of a message: of several parts (RFC 5621), the
// description.
func contentOf(msg wire.Message) content {
	body := msg.Body()
	if len(body) == 0 {
		return content{}
	}
	kind, params, err := mime.ParseMediaType(fieldOf(msg, "Content-Type", "c"))
	if err != nil {
		kind = strings.ToLower(fieldOf(msg, "Content-Type", "c"))
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return content{kind: kind, body: body}
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range partsLimit {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		inner, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if inner != typeSDP {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, messageLimit))
		if err == nil {
			return content{kind: inner, body: text}
		}
	}
	return content{kind: kind, body: body}
}

// isOptional reports whether a body that is not understood may be passed over
// (RFC 3261 20.11).
func isOptional(msg wire.Message) bool {
	return strings.Contains(strings.ToLower(fieldOf(msg, "Content-Disposition")), "handling=optional")
}
