package main

import (
	"context"
	"fmt"
	"net"

	"huike/audio"
	"huike/audio/codec"
	"huike/cmd/huike/robot"
	"huike/session/rtp"
	"huike/session/sip"
	"huike/session/webrtc"
	"huike/session/ws"
)

// loadMember is the demonstration member in whose name the load test calls.
const loadMember = "13900005678"

// loadLine is how the calls of a load test come.
type loadLine struct {
	format audio.Format
	flags  []string // of the server
	dial   func(ctx context.Context, server *child) (robot.Leg, error)
	close  func() error
}

// line returns how the calls come: as --whip, --ws or --sip says.
func (c *loadCommand) line(ctx context.Context) (*loadLine, error) {
	switch {
	case c.SIP:
		return c.sipLine(ctx)
	case c.WS:
		return &loadLine{
			format: codec.PCM(audio.Rate), close: func() error { return nil },
			dial: func(ctx context.Context, server *child) (robot.Leg, error) {
				return ws.Dial(ctx, "ws://"+server.address+"/v1/ws", ws.Options{Lang: "en", As: loadMember})
			},
		}, nil
	default:
		return &loadLine{
			format: codec.Opus, close: func() error { return nil },
			dial: func(ctx context.Context, server *child) (robot.Leg, error) {
				return webrtc.Dial(ctx, "http://"+server.address+"/v1/whip", webrtc.Options{Lang: "en", As: loadMember})
			},
		}, nil
	}
}

// sipLine calls by SIP over UDP, all calls from one agent, with the one encoding that
// --codec names.
func (c *loadCommand) sipLine(ctx context.Context) (*loadLine, error) {
	format := map[string]audio.Format{"pcmu": codec.PCMU, "pcma": codec.PCMA, "g722": codec.G722, "opus": codec.Opus}[c.Codec]
	address, err := freeUDP(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := rtp.Open(rtp.Config{Listen: "127.0.0.1"})
	if err != nil {
		return nil, err
	}
	media := func(o sip.MediaOptions) (sip.Media, error) {
		o.Only = format
		return newMedia(ports, o, rtp.None)
	}
	uri := "sip:shop@" + address
	agent, err := sip.NewCaller(uri, media) //nolint:contextcheck // it outlives this call, and is closed
	if err != nil {
		return nil, err
	}
	return &loadLine{
		format: format, flags: []string{"--sip=udp:" + address, "--sip-rate=1000"}, close: agent.Close,
		dial: func(ctx context.Context, _ *child) (robot.Leg, error) {
			return sip.Dial(ctx, uri, sip.Options{Media: media, As: loadMember, Lang: "en", Agent: agent})
		},
	}, nil
}

// freeUDP returns an address of loopback that nobody has.
func freeUDP(ctx context.Context) (string, error) {
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("a free port: %w", err)
	}
	return conn.LocalAddr().String(), conn.Close()
}
