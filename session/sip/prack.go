package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

// reliable is a provisional answer that is sent until it is acknowledged by PRACK
// (RFC 3262).
type reliable struct {
	mu   sync.Mutex
	rack string        // what the PRACK of the answer that waits says
	done chan struct{} // closed by that PRACK
}

// progress tells the caller that the call rings, and reports whether it is still
// wanted: with the description, when early, and until the caller has acknowledged it,
// when that is asked for.
func (s *Server) progress(ctx context.Context, in *incoming, early, reliably bool) bool {
	status := 180
	if early {
		status = 183
	}
	res := in.dialog.contacted(answer(in.req, status))
	if early {
		setSDP(res, in.sdp)
	}
	if !reliably {
		return in.tx.Respond(res) == nil
	}
	in.answered = early
	seq := 1 + rand.IntN(1<<16) //nolint:gosec // no secret
	res.AppendHeader(wire.NewHeader("Require", "100rel"))
	res.AppendHeader(wire.NewHeader("RSeq", strconv.Itoa(seq)))
	acked := in.dialog.expect(fmt.Sprintf("%d %d INVITE", seq, in.req.CSeq().SeqNo))
	interval := wire.T1
	again := time.NewTimer(0)
	defer again.Stop()
	late := time.NewTimer(64 * wire.T1)
	defer late.Stop()
	for {
		select {
		case <-again.C:
			if in.tx.Respond(res) != nil {
				return false
			}
			again.Reset(interval)
			interval *= 2
		case <-acked:
			return true
		case <-late.C:
			in.refuse(504)
			return false
		case <-in.canceled:
			return false
		case <-in.leg.done:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// expect returns what is closed when the PRACK with that RAck has come.
func (d *dialog) expect(rack string) <-chan struct{} {
	d.reliable.mu.Lock()
	defer d.reliable.mu.Unlock()
	d.reliable.rack, d.reliable.done = rack, make(chan struct{})
	return d.reliable.done
}

// prack takes a PRACK, which may bring an offer of its own.
func (d *dialog) prack(req *wire.Request, tx wire.ServerTransaction) {
	rack := strings.Join(strings.Fields(fieldOf(req, "RAck")), " ")
	d.reliable.mu.Lock()
	done := d.reliable.done
	known := done != nil && rack == d.reliable.rack
	if known {
		d.reliable.done = nil
	}
	d.reliable.mu.Unlock()
	if !known {
		d.server.refuse(tx, req, 481)
		return
	}
	defer close(done)
	res := answer(req, 200)
	if body := contentOf(req); body.kind == typeSDP {
		_, sound := d.leg().parts()
		sdp, err := sound.Answer(body.body)
		if err != nil {
			d.server.refuse(tx, req, statusOf(err), "Warning", warning(err.Error()))
			return
		}
		setSDP(res, sdp)
	}
	_ = tx.Respond(res)
}

// acknowledgeEarly sends the PRACK of a provisional answer that wants one.
func (d *dialog) acknowledgeEarly(ctx context.Context, res *wire.Response) error {
	rseq, ok := number(res, "RSeq")
	if !ok {
		return nil
	}
	d.mu.Lock()
	seen := rseq <= d.rseq
	d.rseq = max(d.rseq, rseq)
	d.mu.Unlock()
	if seen {
		return nil
	}
	req := d.request(wire.PRACK)
	req.AppendHeader(wire.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseq, res.CSeq().SeqNo)))
	_, err := d.do(ctx, req)
	return err
}
