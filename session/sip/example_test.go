package sip_test

import (
	"context"
	"fmt"
	"strings"

	"huike/audio"
	"huike/session/rtp"
	"huike/session/sip"
)

// A server that says each packet back, and a caller who hears it.
func Example() {
	ports, err := rtp.Open(rtp.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	media := func(o sip.MediaOptions) (sip.Media, error) {
		return ports.New(rtp.Options{Peer: o.Peer, Codecs: []audio.Format{{Name: "pcmu", ClockRate: 8000}}})
	}
	server, err := sip.New(sip.Config{
		Listen: []string{"udp:127.0.0.1:0"}, Media: media,
		Handle: func(_ context.Context, leg *sip.Leg, req sip.Request) {
			fmt.Println(leg, "calls", req.Context["called"])
			var p audio.Packet
			for leg.ReadPacket(&p) == nil {
				_ = leg.WritePacket(&p)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	uri := "sip:shop@" + strings.TrimPrefix(server.Addrs()[0], "udp:")
	leg, err := sip.Dial(context.Background(), uri, sip.Options{Media: media})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = leg.WritePacket(&audio.Packet{Payload: make([]byte, 160)})
	var heard audio.Packet
	err = leg.ReadPacket(&heard)
	fmt.Println(len(heard.Payload), err)
	_ = leg.Close("hung up")
	_ = server.Close()
	// Output:
	// sip/udp(pcmu/8000) calls shop
	// 160 <nil>
}
