package main

import (
	"context"

	"huike/session/rtvi"
)

// newRTVI takes calls from Pipecat's client SDKs, on the media socket of the
// calls over WebRTC and with their tokens.
func (f *front) newRTVI() (*rtvi.Server, error) {
	config := f.house.config
	return rtvi.NewServer(rtvi.Config{
		WebRTC: f.whip, Admit: f.gate.admit, Tokens: config.WhipTokens, Origins: config.Origins, Version: version, Log: f.house.log,
		Handle: func(ctx context.Context, leg *rtvi.Leg, req rtvi.Request) {
			f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Operates: req.Operates, Channel: "rtvi", Context: req.Context})
		},
	})
}
