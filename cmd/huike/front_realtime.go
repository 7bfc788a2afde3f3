package main

import (
	"context"
	"net/netip"
	"slices"

	"huike/session/realtime"
)

// realtimeConfig is the configuration of calls by OpenAI's Realtime protocol.
type realtimeConfig struct {
	APIKeys []string `name:"api-keys" help:"Keys that open calls by OpenAI's Realtime protocol, at /v1/realtime; default: the demonstration on loopback takes any key, others none." env:"HUIKE_API_KEYS" placeholder:"KEY" group:"OpenAI Realtime"`
}

// check adds what is wrong; never a key.
func (c *realtimeConfig) check(w *wrong) {
	w.unless(!slices.Contains(c.APIKeys, ""), "api-keys", "", "keys that are not empty")
}

// newRealtime answers calls by OpenAI's Realtime protocol, at the server's own
// address. Without keys only the demonstration on loopback takes any.
func (f *front) newRealtime(address string) *realtime.Server {
	config := f.house.config
	anyKey := len(config.APIKeys) == 0 && config.Demo && onLoopback(address)
	if anyKey {
		f.house.log.Info("the demonstration takes any key at /v1/realtime; --api-keys sets some")
	}
	return realtime.New(realtime.Config{
		WebRTC: f.whip, Keys: config.APIKeys, AnyKey: anyKey, Origins: config.Origins, Admit: f.gate.admit, Log: f.house.log,
		Handle: func(ctx context.Context, leg *realtime.Leg, req realtime.Request) {
			f.carry(ctx, leg, arrival{
				Lang: req.Lang, As: req.As, Channel: "realtime", Operates: req.Operates, Context: req.Context,
			})
		},
	})
}

// onLoopback tells whether only this machine reaches an address that is listened
// on.
func onLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().Unmap().IsLoopback()
}
