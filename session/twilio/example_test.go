package twilio_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"huike/audio"
	"huike/session/twilio"
)

// A server for one account, and what it tells Twilio to do with a call that comes
// in and is over.
func Example() {
	server, err := twilio.NewServer(twilio.Config{
		Token: "12345", URL: "https://calls.shop.example", Dial: "+18005550199",
		Handle: func(_ context.Context, leg twilio.Leg, _ twilio.Request) {
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
	form := url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, twilio.PathAction, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilio.Sign("12345", "https://calls.shop.example"+twilio.PathAction, form))
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <Response><Hangup></Hangup></Response>
}
