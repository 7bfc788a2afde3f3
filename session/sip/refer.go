package sip

import (
	"context"

	wire "github.com/emiago/sipgo/sip"
)

type transfer struct{}

func (s *Server) replace(_ context.Context, in *incoming, _ string) { s.refuse(in.tx, in.req, 481) }

func (d *dialog) refer(_ context.Context, req *wire.Request, tx wire.ServerTransaction) {
	d.server.refuse(tx, req, 603)
}
func (d *dialog) notify(req *wire.Request, tx wire.ServerTransaction) { d.server.refuse(tx, req, 489) }
func (l *Leg) replaced(*dialog) bool                                  { return false }
