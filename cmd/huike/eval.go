package main

// evalCommand measures one part of huike at a time, without a call.
type evalCommand struct {
	Jitter evalJitterCommand `cmd:"" help:"Play packet-arrival traces through the jitter buffer in fake time."`
}
