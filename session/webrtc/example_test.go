package webrtc_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"huike/audio"
	"huike/session/webrtc"
)

// A server that says each packet back, and a caller who hears it.
func Example() {
	server, err := webrtc.NewServer(webrtc.Config{
		Handle: func(_ context.Context, leg *webrtc.Leg, req webrtc.Request) {
			_ = leg.Send([]byte(`{"type":"started","lang":"` + req.Lang + `"}`))
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
	web := httptest.NewServer(server)
	defer web.Close()

	leg, err := webrtc.Dial(context.Background(), web.URL+"/v1/whip", webrtc.Options{Lang: "en"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = leg.WritePacket(&audio.Packet{Payload: []byte{0xf8, 0xff, 0xfe}})
	var heard audio.Packet
	err = leg.ReadPacket(&heard)
	fmt.Println(leg, len(heard.Payload), err)
	fmt.Println(string(<-leg.Messages()))
	_ = leg.Close("hung up")
	_ = server.Close()
	// Output:
	// webrtc(opus/48000) 3 <nil>
	// {"type":"started","lang":"en"}
}
