package main

import (
	"context"
	"slices"

	"huike/session/webrtc"
)

// whipConfig is the configuration of calls over WebRTC.
type whipConfig struct {
	WhipTokens []string `help:"Bearer tokens of which a caller over WebRTC must have one; default: anybody may call. The caller's page takes one from its address: /#token=TOKEN." env:"HUIKE_WHIP_TOKENS" placeholder:"TOKEN" group:"WebRTC"`
	ICEServers []string `name:"ice-servers" help:"STUN and TURN servers that callers are told to use." env:"HUIKE_ICE_SERVERS" placeholder:"stun:HOST|turn:[USER:PASSWORD@]HOST" group:"WebRTC"`
	TurnSecret string   `help:"Secret shared with TURN servers (coturn: static-auth-secret), which makes each caller credentials for half a day." env:"HUIKE_TURN_SECRET" placeholder:"SECRET" group:"WebRTC"`
}

// check adds what is wrong; never a credential.
func (c *whipConfig) check(w *wrong) {
	w.unless(!slices.Contains(c.WhipTokens, ""), "whip-tokens", "", "tokens that are not empty")
	for _, text := range c.ICEServers {
		server, err := webrtc.ParseICEServer(text)
		w.unless(err == nil, "ice-servers", "…", "stun:host or turn:user:password@host, such as turn:ann:secret@turn.example:3478?transport=udp")
		w.unless(err != nil || !server.NeedsSecret() || c.TurnSecret != "", "ice-servers", server.URL,
			"user:password@ before the host, or a --turn-secret")
	}
}

// newWhip opens the sockets of the calls over WebRTC.
func (f *front) newWhip(media string, ipv6 bool) (*webrtc.Server, error) {
	config := f.house.config
	servers := make([]webrtc.ICEServer, 0, len(config.ICEServers))
	for _, text := range config.ICEServers {
		server, err := webrtc.ParseICEServer(text)
		if err != nil {
			return nil, err
		}
		servers = append(servers, server)
	}
	return webrtc.NewServer(webrtc.Config{
		Listen: media, IPv6: ipv6, PublicIPs: config.PublicIP, Origins: config.Origins, Admit: f.gate.admit, Log: f.house.log,
		Tokens: config.WhipTokens, ICEServers: servers, TurnSecret: config.TurnSecret,
		Handle: func(ctx context.Context, leg *webrtc.Leg, req webrtc.Request) {
			f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Channel: "web"})
		},
	})
}
