package rtp_test

import (
	"fmt"

	"huike/audio"
	"huike/audio/codec"
	"huike/session/rtp"
)

// One side offers, the other answers, and a packet goes from one to the other,
// encrypted.
func Example() {
	ports, err := rtp.Open(rtp.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	caller, err := ports.New(rtp.Options{Secure: rtp.SDES, Codecs: []audio.Format{codec.PCMA, codec.PCMU}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer caller.Close()
	called, err := ports.New(rtp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer called.Close()

	offer, err := caller.Offer() // SIP brings it there
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := called.Answer(offer) // and back
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := caller.Accept(answer); err != nil {
		fmt.Println(err)
		return
	}
	if err := caller.WritePacket(&audio.Packet{Payload: codec.Silence(caller.Format())}); err != nil {
		fmt.Println(err)
		return
	}
	var p audio.Packet
	if err := called.ReadPacket(&p); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(called, len(p.Payload), "bytes")
	// Output: srtp(pcmu/8000) 160 bytes
}
