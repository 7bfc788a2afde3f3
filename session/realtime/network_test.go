package realtime

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/codec"
	"huike/session/webrtc"
)

const (
	ownKey   = "sk-own"
	longWait = 30 * time.Second
)

func TestKeysOpenCalls(t *testing.T) {
	p := serve(t, Config{})
	for name, header := range map[string]http.Header{
		"bearer":      {"Authorization": {"Bearer " + ownKey}},
		"subprotocol": {"Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + ownKey + ", openai-agents-sdk.1"}},
		"azure":       {"Api-Key": {ownKey}},
	} {
		c, response := p.dial("model=m", header)
		if c == nil {
			t.Fatalf("%s: %d", name, response.StatusCode)
		}
		if name == "subprotocol" && c.Subprotocol() != "realtime" {
			t.Errorf("subprotocol %q", c.Subprotocol())
		}
		if session := c.next("session.created")["session"].(fields); session["model"] != "m" {
			t.Errorf("the session: %v", session)
		}
	}
	for name, header := range map[string]http.Header{
		"none": {}, "wrong": {"Authorization": {"Bearer sk-other"}}, "a page's that was never made": {"Authorization": {"Bearer ek_1"}},
	} {
		if c, response := p.dial("", header); c != nil || response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, response.StatusCode)
		} else if !bytes.Contains(response.text, []byte(`"code":"invalid_api_key"`)) {
			t.Errorf("%s: %s", name, response.text)
		}
	}
	open := serve(t, Config{AnyKey: true})
	if c, response := open.dial("", http.Header{}); c != nil || !bytes.Contains(response.text, []byte("Authorization: Bearer KEY")) {
		t.Errorf("without any key: %s", response.text)
	}
	if c, _ := open.dial("", http.Header{"Authorization": {"Bearer whatever"}}); c == nil {
		t.Error("any key should do")
	}
	if c, _ := open.dial("", http.Header{"Authorization": {"Bearer whatever"}, "Origin": {"https://other.example"}}); c != nil {
		t.Error("a page of another site may call where any key does")
	}
}

func TestWhoCallsAndHow(t *testing.T) {
	p := serve(t, Config{})
	_, leg := p.call("as=1390000&lang=zh", `{"type":"realtime","audio":{"output":{"format":{"type":"audio/pcmu"}}},"metadata":{"Shop":"7"}}`)
	req := <-p.reqs
	if req.As != "1390000" || req.Lang != "zh" || !req.Operates || req.Context["shop"] != "7" || len(req.Context) != 1 {
		t.Errorf("%+v", req)
	}
	if leg.Format() != codec.PCMU || leg.String() != "realtime(pcmu/8000)" {
		t.Errorf("%v", leg)
	}
	c, _ := p.dial("", http.Header{"Authorization": {"Bearer " + ownKey}}) // who says nothing is called all the same
	c.next("session.created")
	if leg := <-p.legs; leg.Format() != codec.PCM(24000) {
		t.Errorf("%v", leg)
	}
	<-p.reqs
	c.send(`{"type":"session.update","session":{"type":"realtime","audio":{"output":{"format":{"type":"audio/pcmu"}}}},"event_id":"late"}`)
	if e := c.next("error")["error"].(fields); e["code"] != "unsupported_value" || e["event_id"] != "late" {
		t.Errorf("a format that comes late: %v", e)
	}
	if c, response := p.dial("call_id=rtc_1", http.Header{"Authorization": {"Bearer " + ownKey}}); c != nil || response.StatusCode != http.StatusBadRequest {
		t.Error("a sideband was opened")
	}
}

func TestAFileAtOnceReachesTheSessionWhole(t *testing.T) {
	p := serve(t, Config{})
	c, leg := p.call("", `{"type":"realtime"}`)
	file := counting(960*25 + 500) // half a second and a bit
	began := time.Now()
	for rest := file; len(rest) > 0; {
		n := min(7001, len(rest))
		c.send(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(rest[:n]) + `"}`)
		rest = rest[n:]
	}
	c.send(`{"type":"input_audio_buffer.commit"}`)
	item := c.next("input_audio_buffer.committed")["item_id"]
	if item == "" {
		t.Error("no item")
	}
	var heard []byte
	var packet audio.Packet
	for i := range 26 {
		if err := leg.ReadPacket(&packet); err != nil {
			t.Fatal(err)
		}
		if packet.Sequence != uint16(i) || packet.Timestamp != uint32(480*i) || packet.Marker != (i == 0) {
			t.Errorf("packet %d: %+v", i, packet)
		}
		heard = append(heard, packet.Payload...)
	}
	if took := time.Since(began); took < 25*beat-20*ms {
		t.Errorf("half a second was heard in %v", took)
	}
	if !bytes.Equal(heard[:len(file)], file) || len(bytes.Trim(heard[len(file):], "\x00")) > 0 {
		t.Error("what was heard is not what was sent")
	}
}

func TestSoundThatCannotBeTakenIsRefusedAndTheCallGoesOn(t *testing.T) {
	p := serve(t, Config{})
	c, leg := p.call("", `{"type":"realtime"}`)
	var packet audio.Packet
	c.send(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(make([]byte, 61*48000)) + `","event_id":"much"}`)
	if e := c.next("error")["error"].(fields); e["code"] != "input_audio_buffer_full" {
		t.Errorf("61 s: %v", e)
	}
	c.send(`{"type":"input_audio_buffer.append","audio":"` + strings.Repeat("A", eventLimit) + `"}`)
	if e := c.next("error")["error"].(fields); e["code"] != "event_too_long" {
		t.Errorf("an endless event: %v", e)
	}
	c.send(`{"type":"input_audio_buffer.append","audio":"*"}`)
	if e := c.next("error")["error"].(fields); e["param"] != "audio" {
		t.Errorf("no base64: %v", e)
	}
	c.send(`{"type":"input_audio_buffer.clear"}`)
	c.next("input_audio_buffer.cleared")
	_ = c.Close()
	for leg.ReadPacket(&packet) == nil {
	}
	if err := leg.WritePacket(&packet); err == nil {
		err = leg.Send([]byte(`{"type":"notice"}`))
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("send on a closed leg: %v", err)
		}
	}
}

func TestAClientMayBeginWithSound(t *testing.T) {
	p := serve(t, Config{})
	c, _ := p.dial("", http.Header{"Authorization": {"Bearer " + ownKey}})
	c.send(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(counting(960)) + `"}`)
	var packet audio.Packet
	if err := (<-p.legs).ReadPacket(&packet); err != nil || !bytes.Equal(packet.Payload, counting(960)) {
		t.Errorf("%d bytes, %v", len(packet.Payload), err)
	}
}

func TestSoundOfTwoFormatsIsConverted(t *testing.T) {
	p := serve(t, Config{})
	c, leg := p.call("", `{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"}}}}`)
	tone := bytes.Repeat([]byte{0x00, 0x80}, 400) // a loud square of 4 kHz, in mu-law
	c.send(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(tone) + `"}`)
	var packet audio.Packet
	for i := range 5 {
		if err := leg.ReadPacket(&packet); err != nil || len(packet.Payload) != 960 || packet.Timestamp != uint32(i*480) {
			t.Fatalf("packet %d: %d bytes at %d, %v", i, len(packet.Payload), packet.Timestamp, err)
		}
	}
}

func TestTheSessionsSoundIsToldAndTheCallEndsInOrder(t *testing.T) {
	heard := make(chan struct{})
	p := serve(t, Config{Handle: func(_ context.Context, leg *Leg, _ Request) {
		_ = leg.Send([]byte(`{"type":"reply","turn":1,"clause":0,"text":"Hello.","final":false}`))
		_ = leg.WritePacket(&audio.Packet{Payload: []byte{1, 2, 3, 4}})
		<-heard
		_ = leg.Send([]byte(`{"type":"ended","disposition":"completed"}`))
		_ = leg.Close("completed")
	}})
	c, _ := p.dial("", http.Header{"Authorization": {"Bearer " + ownKey}})
	c.send(`{"type":"session.update","session":{"type":"realtime"}}`)
	if delta := c.next("response.output_audio.delta"); delta["delta"] != "AQIDBA==" {
		t.Errorf("%v", delta)
	}
	close(heard)
	if done := c.next("response.done")["response"].(fields); done["status"] != "completed" {
		t.Errorf("%v", done)
	}
	_, _, err := c.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the end: %v", err)
	}
}

func TestAPanicAndARefusedCallCostNobodyElse(t *testing.T) {
	busy := false
	p := serve(t, Config{
		Log: slog.New(slog.DiscardHandler),
		Admit: func() (func(), error) {
			if busy {
				return nil, errors.New("all lines are busy")
			}
			return func() {}, nil
		},
		Handle: func(_ context.Context, leg *Leg, req Request) {
			if req.As == "trouble" {
				panic("trouble") //nolint:forbidigo // what is tested
			}
			for range leg.Messages() {
			}
		},
	})
	good, _ := p.dial("", http.Header{"Authorization": {"Bearer " + ownKey}})
	bad, _ := p.dial("as=trouble", http.Header{"Authorization": {"Bearer " + ownKey}})
	for {
		if _, _, err := bad.ReadMessage(); err != nil {
			break
		}
	}
	good.send(`{"type":"nothing"}`)
	good.next("error")
	busy = true
	if c, response := p.dial("", http.Header{"Authorization": {"Bearer " + ownKey}}); c != nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Error("a call was admitted")
	}
}

// post sends a body and returns the answer.
func (p *place) post(path, kind, key string, body io.Reader) (reply, []byte) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Origin", "https://page.example")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	r := newReply(p.t, response)
	return r, r.text
}

func TestAKeyForAPageOpensTheSessionThatItWasMadeFor(t *testing.T) {
	p := serve(t, Config{})
	response, text := p.post("/v1/realtime/client_secrets", "application/json", ownKey, strings.NewReader(
		`{"expires_after":{"anchor":"created_at","seconds":60},"session":{"type":"realtime","model":"m","instructions":"Be kind.","tools":[{"type":"function","name":"order_status"}]}}`))
	made := read(t, text)
	key, _ := made["value"].(string)
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(key, "ek_") || made["expires_at"].(float64) < float64(time.Now().Unix()) {
		t.Fatalf("%d %s", response.StatusCode, text)
	}
	if response.Header.Get("Access-Control-Allow-Origin") != "https://page.example" {
		t.Error("a page of another site cannot read the answer")
	}
	c, _ := p.dial("", http.Header{"Authorization": {"Bearer " + key}})
	if session := c.next("session.created")["session"].(fields); session["instructions"] != "Be kind." || session["model"] != "m" {
		t.Errorf("%v", session)
	}
	leg, req := <-p.legs, <-p.reqs
	if !req.Operates || !leg.talk.may("order.status") || leg.talk.may("complaint.create") {
		t.Error("a page's key does operations that it was not made for")
	}
	if response, text = p.post("/v1/realtime/client_secrets", "application/json", key, strings.NewReader("{}")); response.StatusCode != http.StatusForbidden {
		t.Errorf("a page's key makes others: %d %s", response.StatusCode, text)
	}
}

func TestWhatMakesNoKeyForAPage(t *testing.T) {
	p := serve(t, Config{})
	for body, code := range map[string]string{
		`{"session":{"type":"transcription"}}`: "unsupported_value", `{"expires_after":{"seconds":7201}}`: "invalid_value", `[`: "invalid_json",
	} {
		if response, text := p.post("/v1/realtime/client_secrets", "application/json", ownKey, strings.NewReader(body)); response.StatusCode != http.StatusBadRequest || !bytes.Contains(text, []byte(code)) {
			t.Errorf("%s: %d %s", body, response.StatusCode, text)
		}
	}
	_, text := p.post("/v1/realtime/sessions", "application/json", ownKey, strings.NewReader(`{"model":"m","modalities":["text"],"voice":"x"}`))
	if old := read(t, text); old["client_secret"].(fields)["value"] == "" || old["modalities"].([]any)[0] != "text" || old["voice"] != "x" {
		t.Errorf("a session of the beta: %s", text)
	}
	k := newKeys(nil, false)
	old, _, _ := k.make(newSettings("s", "m"), time.Minute, time.Unix(0, 0))
	if _, ok := k.guest(old, time.Unix(61, 0)); ok {
		t.Error("a key outlived its time")
	}
}

func TestACallOverWebRTC(t *testing.T) {
	peers, err := webrtc.NewServer(webrtc.Config{Listen: "127.0.0.1:0", Handle: func(context.Context, *webrtc.Leg, webrtc.Request) {}})
	if err != nil {
		t.Fatal(err)
	}
	p := serve(t, Config{WebRTC: peers})
	t.Cleanup(func() { _ = peers.Close() })
	if response, text := p.post("/v1/realtime/calls", "application/sdp", ownKey, strings.NewReader("v=0\r\n")); response.StatusCode != http.StatusBadRequest {
		t.Errorf("no offer: %d %s", response.StatusCode, text)
	}
	if response, text := p.post("/v1/realtime/calls", "text/plain", ownKey, strings.NewReader("")); response.StatusCode != http.StatusBadRequest {
		t.Errorf("no SDP: %d %s", response.StatusCode, text)
	}
	offerer := newOfferer(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("sdp", offerer.offer)
	_ = form.WriteField("session", `{"type":"realtime","metadata":{"lang":"zh"},"instructions":"Be kind."}`)
	_ = form.Close()
	response, text := p.post("/v1/realtime/calls?model=m", form.FormDataContentType(), ownKey, &body)
	location := response.Header.Get("Location")
	if response.StatusCode != http.StatusCreated || !strings.HasPrefix(location, "/v1/realtime/calls/") || response.Header.Get("Content-Type") != "application/sdp" {
		t.Fatalf("%d %q %s", response.StatusCode, location, text)
	}
	offerer.connect(string(text))
	created := offerer.next("session.created")
	if created["session"].(fields)["instructions"] != "Be kind." {
		t.Errorf("%v", created)
	}
	offerer.send(`{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e"}`)
	if e := offerer.next("error")["error"].(fields); e["code"] != "unsupported_value" {
		t.Errorf("sound in an event: %v", e)
	}
	leg, req := <-p.legs, <-p.reqs
	if leg.Format() != codec.Opus || req.Lang != "zh" {
		t.Errorf("%v %+v", leg, req)
	}
	_ = leg.Send([]byte(`{"type":"reply","turn":1,"clause":0,"text":"Hello.","final":true}`))
	_ = leg.Send([]byte(`{"type":"speech","party":"agent","on":true,"at":10}`))
	offerer.next("output_audio_buffer.started")
	offerer.send(`{"type":"output_audio_buffer.clear"}`)
	if response, _ := p.post(location+"/hangup", "application/json", ownKey, strings.NewReader("")); response.StatusCode != http.StatusOK {
		t.Errorf("hangup: %d", response.StatusCode)
	}
	if response, _ := p.post(location+"/hangup", "application/json", ownKey, strings.NewReader("")); response.StatusCode != http.StatusNotFound {
		t.Errorf("a second hangup: %d", response.StatusCode)
	}
	<-leg.done
}

func TestAPageMayAskBeforeItCalls(t *testing.T) {
	p := serve(t, Config{})
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.url+"/v1/realtime/calls", http.NoBody)
	request.Header.Set("Origin", "https://page.example")
	request.Header.Set("Access-Control-Request-Headers", "authorization,x-openai-agents-sdk")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent || !strings.Contains(response.Header.Get("Access-Control-Allow-Headers"), "x-openai-agents-sdk") {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
}
