package twilio

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
)

// streamed starts a stream with the documentation's own messages.
func (e *endpoint) streamed(tb testing.TB) (*websocket.Conn, *Media) {
	tb.Helper()
	conn := e.dial(tb, PathMedia)
	write(tb, conn, recorded(tb, "media.jsonl")[:2]...)
	leg, ok := receive(tb, e.legs).(*Media)
	if !ok {
		tb.Fatal("the leg is not one of media")
	}
	return conn, leg
}

// media is a message with 20 ms of sound.
func media(chunk, timestamp int, sound byte) string {
	payload := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{sound}, 160))
	return fmt.Sprintf(`{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d","payload":%q},"streamSid":"MZ1"}`,
		chunk+1, chunk, timestamp, payload)
}

func TestTheDocumentedStream(t *testing.T) {
	e := serve(t, Config{})
	conn := e.dial(t, PathMedia)
	write(t, conn, recorded(t, "media.jsonl")...)
	leg := receive(t, e.legs)
	want := Request{
		Remote:  conn.LocalAddr().String(),
		Context: map[string]string{"callsid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "firstname": "Jane", "lastname": "Doe", "remoteparty": "Bob"},
	}
	if diff := cmp.Diff(want, receive(t, e.reqs)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if leg.Format() != codec.PCMU || leg.String() != "twilio(pcmu/8000)" || !leg.Echoes() {
		t.Errorf("the leg is %v of %v", leg, leg.Format())
	}
	packet := receive(t, e.packets)
	if packet.Sequence != 1 || packet.Timestamp != 40 || !packet.Marker || !bytes.Equal(packet.Payload, bytes.Repeat([]byte{0xff}, 240)) {
		t.Errorf("packet is %+v", packet)
	}
	if key := string(receive(t, leg.Messages())); key != `{"type":"key","key":"1"}` {
		t.Errorf("message is %s", key)
	}
	if _, open := <-leg.Messages(); open || leg.Reason() != "peer hung up" {
		t.Errorf("after stop: %q", leg.Reason())
	}
}

func TestTheWebhooksPassVouchesForTheCaller(t *testing.T) {
	e := serve(t, Config{})
	for name, c := range map[string]struct {
		from, sid string
		vouched   bool
	}{
		"its own":        {jane, "CA1", true},
		"another number": {"+14158675300", "CA1", false},
		"another call":   {jane, "CA2", false},
	} {
		_, body := e.post(t, PathVoice+"?lang=en", ringing())
		params, _ := parameters(t, body)
		params["from"] = c.from
		custom, _ := json.Marshal(params)
		conn := e.dial(t, PathMedia)
		write(t, conn, `{"event":"start","start":{"streamSid":"MZ1","callSid":"`+c.sid+`","customParameters":`+string(custom)+`}}`)
		req := receive(t, e.reqs)
		if req.As != c.from || req.Vouched != c.vouched || req.Lang != "en" {
			t.Errorf("%s: vouched for is %v, language %q", name, req.Vouched, req.Lang)
		}
		for _, key := range []string{"pass", "from"} {
			if req.Context[key] != "" {
				t.Errorf("the context has %s", key)
			}
		}
		if req.Context["stirverstat"] != "TN-Validation-Passed-A" || req.Context["diversion"] != "+18005550102" {
			t.Errorf("the context lacks what the webhook was told")
		}
	}
}

func TestContextIsBounded(t *testing.T) {
	params := map[string]string{"Long": strings.Repeat("x", longestValue+1), strings.Repeat("k", longestKey+1): "x"}
	for i := range 100 {
		params[fmt.Sprintf("P%03d", i)] = "x"
	}
	s := &Server{}
	if got := s.request(arrival{call: "CA1", params: params}, "").Context; len(got) != mostContext || got["callsid"] != "CA1" || got["long"] != "" {
		t.Errorf("%d entries: %v", len(got), got)
	}
}

func TestPacketsKeepTwiliosPlaces(t *testing.T) {
	type place struct {
		Sequence  uint16
		Timestamp uint32
	}
	for name, c := range map[string]struct {
		messages []string
		want     []place
	}{
		"in order":          {[]string{media(1, 5, 1), media(2, 25, 2), media(3, 45, 3)}, []place{{1, 40}, {2, 200}, {3, 360}}},
		"out of order":      {[]string{media(1, 0, 1), media(3, 40, 3), media(2, 20, 2), media(4, 60, 4)}, []place{{1, 0}, {3, 320}, {2, 160}, {4, 480}}},
		"twice":             {[]string{media(1, 0, 1), media(2, 20, 2), media(2, 20, 2), media(3, 40, 3)}, []place{{1, 0}, {2, 160}, {2, 160}, {3, 320}}},
		"lost":              {[]string{media(1, 0, 1), media(3, 40, 3)}, []place{{1, 0}, {3, 320}}},
		"a pause":           {[]string{media(1, 0, 1), media(2, 2020, 2)}, []place{{1, 0}, {2, 16160}}},
		"rounded":           {[]string{media(1, 0, 1), media(2, 21, 2), media(3, 39, 3)}, []place{{1, 0}, {2, 160}, {3, 320}}},
		"a late beginning":  {[]string{media(1, 900000, 1), media(2, 900020, 2)}, []place{{1, 7200000}, {2, 7200160}}},
		"wrapping":          {[]string{media(65535, 0, 1), media(65536, 20, 2)}, []place{{65535, 0}, {0, 160}}},
		"without numbers":   {[]string{`{"event":"media","media":{"payload":"AQE="}}`, `{"event":"media","media":{"payload":"AgI="}}`}, []place{{1, 0}, {2, 2}}},
		"of the other side": {[]string{strings.Replace(media(1, 0, 1), "inbound", "outbound", 1), media(1, 0, 1)}, []place{{1, 0}}},
		"escaped": {[]string{`{"event":"media","media":{"payload":"AQE\u003d"}}`, `{"event":"media","media":{"payload":"\/\/8="}}`}, []place{
			{1, 0}, {2, 2},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			leg, now := &Media{first: true}, time.Now()
			var got []place
			for _, message := range c.messages {
				var p audio.Packet
				ok, err := leg.take([]byte(message), &p, now)
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					got = append(got, place{p.Sequence, p.Timestamp})
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSoundAheadOfRealTimeIsDropped(t *testing.T) {
	leg, now := &Media{first: true}, time.Now()
	var p audio.Packet
	took := 0
	for i := range 1000 {
		if ok, _ := leg.take([]byte(media(i+1, 20*i, 1)), &p, now); ok {
			took++
		}
	}
	if want := int(aheadLimit/audio.PTime) + 1; took != want || leg.ahead.Load() != uint64(1000-want) {
		t.Errorf("%d packets were taken, want %d", took, want)
	}
	// A stall loses nothing, however long it was.
	leg = &Media{first: true}
	for i := range 1000 {
		at := now.Add(time.Duration(i) * audio.PTime)
		if i > 100 {
			at = now.Add(20 * time.Second)
		}
		if ok, _ := leg.take([]byte(media(i+1, 20*i, 1)), &p, at); !ok {
			t.Fatalf("packet %d was dropped", i)
		}
	}
	// Nor does a sender whose clock is 500 ppm fast, for hours.
	leg = &Media{first: true}
	for i := range 120_000 { // x 120 ms = 4 h
		at := now.Add(time.Duration(float64(i) * 0.9995 * float64(120*time.Millisecond)))
		if ok, _ := leg.take([]byte(`{"event":"media","media":{"payload":"`+longPayload+`"}}`), &p, at); !ok {
			t.Fatalf("packet %d was dropped", i)
		}
	}
}

var longPayload = base64.StdEncoding.EncodeToString(make([]byte, mostSamples))

func TestTheAgentIsHeardMarkedAndCleared(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.streamed(t)
	const stream = `"streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"`
	payload := bytes.Repeat([]byte{0x7f}, 160)
	if err := leg.WritePacket(&audio.Packet{Payload: payload}); err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{
		`{"type":"caption","party":"agent","turn":7,"text":"Hello.","final":true}`,
		`{"type":"caption","party":"caller","turn":9,"text":"Yes.","final":true}`,
		`{"type":"speech","party":"caller","on":false}`,
		`{"type":"speech","party":"agent","on":false}`,
		`{"type":"interrupted","turn":7}`,
	} {
		if err := leg.Send([]byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`{"event":"media",` + stream + `,"media":{"payload":"` + base64.StdEncoding.EncodeToString(payload) + `"}}`,
		`{"event":"mark",` + stream + `,"mark":{"name":"turn-7"}}`,
		`{"event":"clear",` + stream + `}`,
	} {
		if got := told(t, conn); got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
	if leg.marks.wait() != nil {
		t.Error("a cleared mark is waited for")
	}
}

func TestMarksTellWhenTheAgentWasHeard(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.streamed(t)
	_ = leg.Send([]byte(`{"type":"speech","party":"agent","on":false}`))
	mark := told(t, conn)
	write(t, conn, `{"event":"mark","mark":{"name":"another"}}`)
	const held = 60 * time.Millisecond
	<-time.After(held)
	if leg.Playback() != 0 {
		t.Error("another's mark counts")
	}
	write(t, conn, mark)
	eventually(t, "the mark is back", func() bool { return leg.Playback() >= held })
	if stats := leg.Stats(); stats["playbackDelay"] < held.Seconds() {
		t.Errorf("the statistics say %v", stats)
	}
}

func TestTheLastWordsAreHeardBeforeTheClose(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.streamed(t)
	_ = leg.Send([]byte(`{"type":"speech","party":"agent","on":false}`))
	mark := told(t, conn)
	over := make(chan error, 1)
	go func() { over <- leg.Close("completed") }()
	<-time.After(100 * time.Millisecond)
	if leg.Reason() != "" {
		t.Fatal("closed before the caller had heard it")
	}
	write(t, conn, mark)
	if code, reason := closed(t, conn); code != websocket.CloseNormalClosure || reason != "completed" {
		t.Errorf("closed by %d, %q", code, reason)
	}
	_ = conn.Close()
	if err := receive(t, over); err != nil {
		t.Error(err)
	}
}

func TestAHandoffLeavesTheStreamWhenItWasHeard(t *testing.T) {
	e := serve(t, Config{Dial: "+18005550199"})
	conn, leg := e.streamed(t)
	for _, event := range []string{
		`{"type":"started","call":"c_1"}`, `{"type":"handoff","state":"waiting","reason":"complaint"}`,
		`{"type":"speech","party":"agent","on":true}`, `{"type":"speech","party":"agent","on":false}`,
	} {
		_ = leg.Send([]byte(event))
	}
	mark := told(t, conn)
	if leg.Reason() != "" {
		t.Fatal("it left before the mark came back")
	}
	write(t, conn, mark)
	if code, reason := closed(t, conn); code != websocket.CloseNormalClosure || reason != HandedOver {
		t.Errorf("closed by %d, %q", code, reason)
	}
	if data, ok := e.handoffs.take(leg.call); !ok || data != (handoffData{ReasonCode: "handoff", Reason: "complaint", Call: "c_1"}) {
		t.Errorf("the webhook finds %+v", data)
	}
}

func TestAHandoffThatADeskTakesStays(t *testing.T) {
	for name, c := range map[string]struct{ dial, then string }{
		"taken at the desk":  {"+18005550199", `{"type":"handoff","state":"taken"}`},
		"no number to call":  {"", `{"type":"notice"}`},
		"the caller thought": {"+18005550199", `{"type":"handoff","state":"cancelled"}`},
	} {
		e := serve(t, Config{Dial: c.dial})
		conn, leg := e.streamed(t)
		for _, event := range []string{`{"type":"handoff","state":"waiting"}`, c.then, `{"type":"speech","party":"agent","on":false}`} {
			_ = leg.Send([]byte(event))
		}
		write(t, conn, told(t, conn))
		eventually(t, "the mark is back", func() bool { return leg.Playback() > 0 })
		if leg.Reason() != "" {
			t.Errorf("%s: the leg ended: %s", name, leg.Reason())
		}
	}
}

func TestATransferHasTwilioCall(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.streamed(t)
	if err := leg.Transfer(t.Context(), "nobody"); err == nil || leg.Reason() != "" {
		t.Errorf("transferred to nobody: %v", err)
	}
	if err := leg.Transfer(t.Context(), jane); err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	if data, ok := e.handoffs.take(leg.call); !ok || data.Target != jane {
		t.Errorf("the webhook finds %+v", data)
	}
}

// BenchmarkTake is what a message with 20 ms of sound costs to become a packet.
func BenchmarkTake(b *testing.B) {
	leg, now := &Media{first: true}, time.Now()
	message := []byte(media(1, 0, 1))
	var p audio.Packet
	b.ReportAllocs()
	for b.Loop() {
		leg.taken, leg.began = 0, time.Time{}
		if !json.Valid(message) {
			b.Fatal("not JSON")
		}
		if ok, err := leg.take(message, &p, now); !ok || err != nil {
			b.Fatal("no packet")
		}
	}
}

// BenchmarkPacket is one packet from WritePacket to Twilio, with what the socket
// costs.
func BenchmarkPacket(b *testing.B) {
	e := serve(b, Config{})
	conn, leg := e.streamed(b)
	packet := audio.Packet{Payload: make([]byte, 160)}
	buffer := make([]byte, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if err := leg.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
		_, message, err := conn.NextReader()
		if err != nil {
			b.Fatal(err)
		}
		_, _ = message.Read(buffer)
	}
}
