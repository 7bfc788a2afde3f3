package ws_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"huike/audio"
	"huike/session/ws"
)

// A server that says each packet back, and a caller who hears it.
func Example() {
	server := ws.NewServer(ws.Config{Handle: func(_ context.Context, leg *ws.Leg, req ws.Request) {
		_ = leg.Send([]byte(`{"type":"started","lang":"` + req.Lang + `"}`))
		var p audio.Packet
		for leg.ReadPacket(&p) == nil {
			_ = leg.WritePacket(&p)
		}
	}})
	web := httptest.NewServer(server)
	defer web.Close()

	address := "ws" + strings.TrimPrefix(web.URL, "http") + "/v1/ws"
	leg, err := ws.Dial(context.Background(), address, ws.Options{Rate: 8000, Lang: "en"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = leg.WritePacket(&audio.Packet{Payload: make([]byte, 320)})
	var heard audio.Packet
	err = leg.ReadPacket(&heard)
	fmt.Println(leg, len(heard.Payload), err)
	fmt.Println(string(<-leg.Messages()))
	_ = leg.Close("hung up")
	_ = server.Close()
	// Output:
	// ws(pcm/8000) 320 <nil>
	// {"type":"started","lang":"en"}
}
