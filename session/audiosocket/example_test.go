package audiosocket_test

import (
	"context"
	"fmt"
	"net"

	"huike/audio"
	"huike/session/audiosocket"
)

// A server that says each packet back, and Asterisk, whose caller hangs up.
func Example() {
	server := audiosocket.NewServer(audiosocket.Config{Handle: func(_ context.Context, leg *audiosocket.Leg, req audiosocket.Request) {
		fmt.Println(leg, req.Context["uuid"])
		var p audio.Packet
		for leg.ReadPacket(&p) == nil {
			_ = leg.WritePacket(&p)
		}
		fmt.Println(leg.Reason())
	}})
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() { _ = server.Serve(context.Background(), listener) }()

	asterisk, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = asterisk.Write(append([]byte{0x01, 0, 16}, "0123456789abcdef"...))
	_, _ = asterisk.Write(append([]byte{0x10, 1, 64}, make([]byte, 320)...))
	_, _ = asterisk.Write([]byte{0x00, 0, 0})
	for buffer := make([]byte, 1024); err == nil; {
		_, err = asterisk.Read(buffer)
	}
	_ = asterisk.Close()
	_ = server.Close()
	// Output:
	// audiosocket(pcm/8000) 30313233-3435-3637-3839-616263646566
	// peer hung up
}
