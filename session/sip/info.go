package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	wire "github.com/emiago/sipgo/sip"
)

const (
	typeRelay = "application/dtmf-relay"
	typeKeys  = "application/dtmf"
	keyLength = 160 // ms of a key by INFO
)

// info takes keys that come by INFO.
func (d *dialog) info(req *wire.Request, tx wire.ServerTransaction) {
	body := contentOf(req)
	switch body.kind {
	case typeRelay, typeKeys:
		key, ok := parseKey(body.kind, string(body.body))
		if !ok {
			d.server.refuse(tx, req, 400, "Warning", warning("no key in the body"))
			return
		}
		_ = tx.Respond(answer(req, 200))
		d.leg().key(key)
	case "": // some ask so whether the call still stands
		_ = tx.Respond(answer(req, 200))
	default:
		d.server.refuse(tx, req, 415, "Accept", accepted)
	}
}

// parseKey returns the key in a body of one of the two types. Vendors differ in
// spaces, in line ends, and in numbers for the keys above 9.
func parseKey(kind, body string) (key string, ok bool) {
	value := strings.TrimSpace(body)
	if kind == typeRelay {
		value = ""
		for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\r' || r == '\n' }) {
			name, rest, found := strings.Cut(line, "=")
			if found && strings.EqualFold(strings.TrimSpace(name), "signal") {
				value = strings.TrimSpace(rest)
			}
		}
	} else if name, rest, found := strings.Cut(value, "="); found && strings.EqualFold(strings.TrimSpace(name), "signal") {
		value = strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0])
	}
	switch value {
	case "10":
		return "*", true
	case "11":
		return "#", true
	}
	if len(value) == 1 && strings.Contains(keypad+"ABCDabcd", value) {
		return strings.ToUpper(value), true
	}
	return "", false
}

// sendInfo presses keys by INFO.
func (d *dialog) sendInfo(ctx context.Context, keys string) error {
	for _, key := range keys {
		req := d.request(wire.INFO)
		req.AppendHeader(wire.NewHeader("Content-Type", typeRelay))
		req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, keyLength))
		res, err := d.do(ctx, req)
		if err != nil {
			return err
		}
		if !res.IsSuccess() {
			return errors.Join(errors.New("sip: the peer takes no keys"), responseError(res))
		}
	}
	return nil
}
