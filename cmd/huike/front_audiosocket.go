package main

import (
	"context"
	"fmt"
	"net"

	"huike/session/audiosocket"
)

// audioSocketConfig is how calls come from Asterisk's AudioSocket.
type audioSocketConfig struct {
	AudioSocket      string   `name:"audiosocket" help:"Address to take calls of Asterisk's AudioSocket at; default: none." env:"HUIKE_AUDIOSOCKET" placeholder:"HOST:PORT" group:"AudioSocket"`
	AudioSocketPeers []string `name:"audiosocket-peers" help:"Addresses (IP or CIDR) that may call so: the protocol has no password. Default: this machine." env:"HUIKE_AUDIOSOCKET_PEERS" placeholder:"CIDR" group:"AudioSocket"`
}

// check adds what is wrong with the values.
func (c *audioSocketConfig) check(w *wrong) {
	w.unless(c.AudioSocket == "" || isAddress(c.AudioSocket), "audiosocket", c.AudioSocket, "host:port, such as 127.0.0.1:9092")
	for _, peer := range c.AudioSocketPeers {
		_, err := parsePrefix(peer)
		w.unless(err == nil, "audiosocket-peers", peer, "an IP address or a network, such as 192.0.2.0/24")
	}
}

// byAudioSocket is the server's AudioSocket side; its zero value is none.
type byAudioSocket struct {
	*audiosocket.Server
}

// Close ends the calls and closes the socket.
func (a byAudioSocket) Close() error {
	if a.Server == nil {
		return nil
	}
	return a.Server.Close()
}

// newAudioSocket opens the address of --audiosocket.
func (f *front) newAudioSocket() (byAudioSocket, error) {
	c := &f.house.config.audioSocketConfig
	if c.AudioSocket == "" {
		return byAudioSocket{}, nil
	}
	config := audiosocket.Config{
		Admit: f.gate.admit, Log: f.house.log,
		Handle: func(ctx context.Context, leg *audiosocket.Leg, req audiosocket.Request) {
			f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Channel: "audiosocket", Context: req.Context})
		},
	}
	for _, peer := range c.AudioSocketPeers {
		network, err := parsePrefix(peer)
		if err != nil {
			return byAudioSocket{}, fmt.Errorf("--audiosocket-peers=%s: %w", peer, err)
		}
		config.Allow = append(config.Allow, network)
	}
	listener, err := net.Listen("tcp", c.AudioSocket) //nolint:noctx // it is not looked up for long
	if err != nil {
		return byAudioSocket{}, fmt.Errorf("--audiosocket=%s: %w", c.AudioSocket, err)
	}
	f.house.log.Info("AudioSocket calls are taken", "at", listener.Addr().String())
	server := audiosocket.NewServer(config)
	f.house.runWith(func(ctx context.Context) error { return server.Serve(ctx, listener) })
	return byAudioSocket{server}, nil
}
