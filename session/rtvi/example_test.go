package rtvi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"huike/session/rtvi"
	"huike/session/webrtc"
)

// A server that Pipecat's SDK is pointed to by the address of start.
func Example() {
	media, err := webrtc.NewServer(webrtc.Config{
		ICEServers: []webrtc.ICEServer{{URL: "stun:stun.example:3478"}},
		Handle:     func(context.Context, *webrtc.Leg, webrtc.Request) {}, // calls by WHIP
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := rtvi.NewServer(rtvi.Config{
		WebRTC: media,
		Handle: func(_ context.Context, leg *rtvi.Leg, _ rtvi.Request) {
			_ = leg.Send([]byte(`{"type":"notice","text":"nobody is here"}`))
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	web := httptest.NewServer(server)
	defer web.Close()

	answer, err := http.Post(web.URL+"/v1/rtvi/start", "application/json", strings.NewReader(`{"body":{"lang":"en"}}`)) //nolint:noctx // an example
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	servers, _, _ := strings.Cut(string(text), `,"sessionId"`)
	fmt.Println(answer.StatusCode, servers)
	fmt.Println(server.Close(), media.Close())
	// Output:
	// 200 {"iceConfig":{"iceServers":[{"urls":["stun:stun.example:3478"]}]}
	// <nil> <nil>
}
