package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

const (
	glareTries = 4 // of an offer that meets one of the peer
	againMost  = 2 // times that an INVITE is sent again with what is asked for
)

// ResponseError is the error for a request that the other side has refused.
type ResponseError struct {
	Status     int           // such as 486
	Text       string        // of the status, as the other side has it
	RetryAfter time.Duration // that it asks to wait; 0 when it does not say
	Reason     string        // its Reason header field (RFC 3326), if any
}

// Error returns the status and its text.
func (e *ResponseError) Error() string {
	return fmt.Sprintf("sip: refused with %d %s", e.Status, warningText(e.Text))
}

func responseError(res *wire.Response) *ResponseError {
	e := &ResponseError{Status: res.StatusCode, Text: res.Reason, Reason: fieldOf(res, "Reason")}
	if seconds, ok := number(res, "Retry-After"); ok {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// warningText is a text of a peer for a log: short, and without line ends.
func warningText(text string) string {
	const most = 64
	clean := []rune(text)
	for i, r := range clean {
		if r < ' ' {
			clean[i] = ' '
		}
	}
	return string(clean[:min(len(clean), most)])
}

// Hold puts the peer on hold, or takes it back, and returns when it has agreed.
func (l *Leg) Hold(ctx context.Context, on bool) error {
	d, sound := l.parts()
	sound.Hold(on)
	if err := d.offer(ctx); err != nil {
		sound.Hold(!on)
		return err
	}
	return nil
}

// offer offers the peer the session anew, with INVITE. If that meets an offer of the
// peer, it is tried again after a while that is not the peer's (RFC 3261 14.1).
func (d *dialog) offer(ctx context.Context) error {
	for range glareTries {
		err := d.offerOnce(ctx)
		if !errors.Is(err, errGlare) {
			return err
		}
		wait := time.Duration(rand.IntN(200)) * 10 * time.Millisecond //nolint:gosec // no secret
		if d.caller {
			wait += 2100 * time.Millisecond
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		case <-d.leg().done:
			return ErrClosed
		}
	}
	return errGlare
}

func (d *dialog) offerOnce(ctx context.Context) error {
	if !d.begin(ours) {
		return errGlare
	}
	defer d.end()
	_, sound := d.leg().parts()
	sdp, err := sound.Offer()
	if err != nil {
		return err
	}
	for least, again := time.Duration(0), 0; ; again++ {
		req := d.contactedRequest(wire.INVITE, sdp)
		d.leg().session().ask(req, least)
		if err := d.shown.show(req); err != nil {
			return err
		}
		res, err := d.invited(ctx, req)
		if err != nil {
			return err
		}
		if res.IsSuccess() {
			d.take(res)
			d.leg().session().agreed(res)
			return d.accepted(sound, res)
		}
		if again < againMost && d.amend(res, &least) {
			continue
		}
		switch {
		case res.StatusCode == 491, res.StatusCode == 500 && fieldOf(res, "Retry-After") != "":
			return errGlare
		case res.StatusCode == 481 || res.StatusCode == 408:
			d.lost()
			return responseError(res)
		default:
			return responseError(res)
		}
	}
}

// amend prepares for sending an INVITE again with what its answer asks for, a
// password or a longer session, and reports whether it can.
func (d *dialog) amend(res *wire.Response, least *time.Duration) bool {
	if isChallenge(res) {
		return d.shown.challenged(res) == nil
	}
	seconds, short := number(res, "Min-SE")
	*least = time.Duration(seconds) * time.Second
	return short && res.StatusCode == 422
}

// accepted gives the media the answer in res.
func (d *dialog) accepted(sound Media, res *wire.Response) error {
	body := contentOf(res)
	if body.kind != typeSDP {
		return errors.New("sip: the peer's answer has no description")
	}
	err := sound.Accept(body.body)
	d.leg().tellHold()
	return err
}

// contactedRequest makes a request that may change the session.
func (d *dialog) contactedRequest(method wire.RequestMethod, sdp []byte) *wire.Request {
	req := d.request(method)
	req.AppendHeader(wire.NewHeader("Allow", allowed))
	req.AppendHeader(wire.NewHeader("Supported", supported))
	if sdp != nil {
		setSDP(req, sdp)
	}
	return req
}

// invited sends an INVITE within the dialog and returns its final answer, which has
// been acknowledged.
func (d *dialog) invited(ctx context.Context, req *wire.Request) (*wire.Response, error) {
	tx, err := d.server.client.TransactionRequest(ctx, req, d.server.addVia)
	if err != nil {
		return nil, fmt.Errorf("sip: send INVITE: %w", err)
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, d.concluded(tx, req, res)
			}
		case <-tx.Done():
			if errors.Is(tx.Err(), wire.ErrTransactionTimeout) {
				d.lost()
			}
			return nil, fmt.Errorf("sip: INVITE: %w", tx.Err())
		case <-ctx.Done():
			d.conclude(tx, req)
			return nil, ctx.Err()
		case <-d.leg().done:
			d.conclude(tx, req)
			return nil, ErrClosed
		}
	}
}

// concluded acknowledges the final answer to an INVITE within the dialog; a refusal is
// acknowledged by its transaction.
func (d *dialog) concluded(tx wire.ClientTransaction, req *wire.Request, res *wire.Response) error {
	if !res.IsSuccess() {
		return nil
	}
	seq := req.CSeq().SeqNo
	d.take(res)
	tx.OnRetransmission(func(*wire.Response) { _ = d.acknowledge(seq) })
	return d.acknowledge(seq)
}

// conclude waits for the final answer to an INVITE within the dialog that nobody waits
// for any more, as one that is not acknowledged is sent again and again.
func (d *dialog) conclude(tx wire.ClientTransaction, req *wire.Request) {
	if !d.server.tryRun(func() {
		ctx, cancel := d.server.within(64 * wire.T1)
		defer cancel()
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					_ = d.concluded(tx, req, res)
					return
				}
			case <-tx.Done():
				return
			case <-ctx.Done():
				tx.Terminate()
				return
			}
		}
	}) {
		tx.Terminate()
	}
}
