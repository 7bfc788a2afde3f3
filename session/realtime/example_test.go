package realtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/session/realtime"
)

// A server whose agent says a word, and a client of the protocol that hears it.
func Example() {
	server := realtime.New(realtime.Config{
		Keys: []string{"sk-shop"},
		Handle: func(_ context.Context, leg *realtime.Leg, _ realtime.Request) {
			_ = leg.Send([]byte(`{"type":"reply","turn":1,"clause":0,"text":"Hello.","final":false}`))
			_ = leg.WritePacket(&audio.Packet{Payload: []byte{1, 2}})
			<-leg.Messages() // closed when the client has hung up
		},
	})
	web := httptest.NewServer(server)
	defer web.Close()

	address := "ws" + strings.TrimPrefix(web.URL, "http") + "/v1/realtime?model=huike"
	conn, response, err := websocket.DefaultDialer.Dial(address, http.Header{"Authorization": {"Bearer sk-shop"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = response.Body.Close()
	_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"session.update","session":{"type":"realtime"}}`))
	for heard := false; !heard; {
		var event struct{ Type, Delta string }
		_, text, err := conn.ReadMessage()
		if err != nil || json.Unmarshal(text, &event) != nil {
			fmt.Println(err)
			return
		}
		if event.Delta != "" {
			fmt.Println(event.Type, event.Delta)
		}
		heard = event.Type == "response.output_audio.delta"
	}
	_ = conn.Close()
	_ = server.Close()
	// Output:
	// response.output_audio_transcript.delta Hello.
	// response.output_audio.delta AQI=
}
