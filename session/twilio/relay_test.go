package twilio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// set sets a session up with the documentation's own message.
func (e *endpoint) set(tb testing.TB) (*websocket.Conn, *Relay) {
	tb.Helper()
	conn := e.dial(tb, PathRelay)
	write(tb, conn, recorded(tb, "relay.jsonl")[0])
	leg, ok := receive(tb, e.legs).(*Relay)
	if !ok {
		tb.Fatal("the leg is not one of words")
	}
	return conn, leg
}

func TestTheDocumentedSession(t *testing.T) {
	e := serve(t, Config{})
	conn := e.dial(t, PathRelay)
	write(t, conn, recorded(t, "relay.jsonl")...)
	leg := receive(t, e.legs)
	want := Request{
		As: "+18005550100", Vouched: true, Remote: conn.LocalAddr().String(),
		Context: map[string]string{
			"callsid": "CA00000000000000000000000000000000", "to": "+18005550101", "diversion": "+18005550102",
			"direction": "inbound", "callreference": "bar",
		},
	}
	if diff := cmp.Diff(want, receive(t, e.reqs)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if leg.Format().Name != "text" || leg.String() != "twilio(text)" || leg.Echoes() {
		t.Errorf("the leg is %v of %v", leg, leg.Format())
	}
	for _, want := range []string{
		`{"type":"text","text":"Hi! Can you tell me about life?"}`, // the partial one is passed over
		`{"type":"key","key":"1"}`,
		`{"type":"interrupt","heard":"Life is a complex set of","heard_ms":460}`,
		`{"type":"interrupt","heard":"Life is a complex set of","heard_ms":460}`,
	} {
		if got := string(receive(t, leg.Messages())); got != want {
			t.Errorf("message is %s, want %s", got, want)
		}
	}
	_ = conn.WriteControl(websocket.CloseMessage, nil, soon())
	if _, open := <-leg.Messages(); open || leg.Reason() != "peer hung up" {
		t.Errorf("after the close: %q", leg.Reason())
	}
}

func TestRepliesAreSpokenAsTheyAreKnown(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.set(t)
	for _, event := range []string{
		`{"type":"started","call":"c_1","lang":"en"}`,
		`{"type":"reply","turn":4,"clause":0,"text":"Hello Ms Doe.","final":false}`,
		`{"type":"caption","party":"agent","turn":4,"text":"Hello Ms Doe.","final":true}`,
		`{"type":"reply","turn":4,"clause":1,"text":"How can I help?","final":false}`,
		`{"type":"reply","turn":4,"clause":2,"text":"","final":true}`,
		`{"type":"reply","turn":5,"clause":0,"text":"One moment.","final":false,"interruptible":false}`,
		`{"type":"reply","turn":6,"clause":0,"text":"Here.","final":false}`, // another in its place
	} {
		if err := leg.Send([]byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`{"type":"text","token":"Hello Ms Doe. ","last":false,"lang":"en-US"}`,
		`{"type":"text","token":"How can I help? ","last":false,"lang":"en-US"}`,
		`{"type":"text","token":"","last":true}`,
		`{"type":"text","token":"One moment. ","last":false,"lang":"en-US","interruptible":false}`,
		`{"type":"text","token":"","last":true}`,
		`{"type":"text","token":"Here. ","last":false,"lang":"en-US"}`,
	} {
		if got := told(t, conn); got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
	// What was interrupted is closed by Twilio.
	write(t, conn, `{"type":"interrupt"}`)
	receive(t, leg.Messages())
	_ = leg.Send([]byte(`{"type":"reply","turn":7,"clause":0,"text":"Yes?","final":true}`))
	if got := told(t, conn); got != `{"type":"text","token":"Yes?","last":true,"lang":"en-US"}` {
		t.Errorf("told %s", got)
	}
}

func TestTheCallersLanguageChangesTheVoices(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.set(t)
	_ = leg.Send([]byte(`{"type":"started","lang":"en"}`))
	write(
		t, conn, `{"type":"prompt","voicePrompt":"Hello","lang":"en-GB","last":true}`, `{"type":"prompt","voicePrompt":"你好","lang":"zh-CN","last":true}`,
		`{"type":"prompt","voicePrompt":"Bonjour","lang":"fr-FR"}`,
	)
	for _, want := range []string{
		`{"type":"text","text":"Hello"}`, `{"type":"lang","lang":"zh"}`, `{"type":"text","text":"你好"}`, `{"type":"text","text":"Bonjour"}`,
	} {
		if got := string(receive(t, leg.Messages())); got != want {
			t.Errorf("message is %s, want %s", got, want)
		}
	}
	if got := told(t, conn); got != `{"type":"language","ttsLanguage":"zh-CN","transcriptionLanguage":"zh-CN"}` {
		t.Errorf("told %s", got)
	}
	_ = leg.Send([]byte(`{"type":"reply","turn":4,"text":"您好，"}`))
	if got := told(t, conn); got != `{"type":"text","token":"您好，","last":false,"lang":"zh-CN"}` {
		t.Errorf("told %s", got)
	}
}

func TestAHandoffEndsTheSessionWithWhatThePersonMayKnow(t *testing.T) {
	e := serve(t, Config{Dial: "+18005550199"})
	conn, leg := e.set(t)
	for _, event := range []string{
		`{"type":"started","call":"c_1","lang":"en"}`, `{"type":"handoff","state":"waiting","reason":"caller_asked"}`,
		`{"type":"reply","turn":4,"text":"A person will take your call.","final":true}`,
		`{"type":"speech","party":"agent","on":true}`, `{"type":"speech","party":"agent","on":false}`,
	} {
		_ = leg.Send([]byte(event))
	}
	told(t, conn)
	var end struct{ Type, HandoffData string }
	if err := json.Unmarshal([]byte(told(t, conn)), &end); err != nil || end.Type != "end" {
		t.Fatalf("told %+v, %v", end, err)
	}
	if end.HandoffData != `{"reasonCode":"handoff","reason":"caller_asked","call":"c_1"}` {
		t.Errorf("handoff data is %s", end.HandoffData)
	}
	if _, reason := closed(t, conn); reason != HandedOver {
		t.Errorf("closed because of %q", reason)
	}
	form := url.Values{"CallSid": {leg.call}, "CallStatus": {"in-progress"}, "HandoffData": {end.HandoffData}}
	if _, body := e.post(t, PathAction, form); !strings.Contains(body, "<Number>+18005550199</Number>") {
		t.Errorf("the webhook answers %s", body)
	}
}

func TestEveryCallEndsWithAnEnd(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.set(t)
	go func() { _ = leg.Close("completed") }()
	if got := told(t, conn); got != `{"type":"end"}` {
		t.Errorf("told %s", got)
	}
	if code, _ := closed(t, conn); code != websocket.CloseNormalClosure {
		t.Errorf("closed by %d", code)
	}
}

func TestKeysAndSoundsForTheCaller(t *testing.T) {
	e := serve(t, Config{})
	conn, leg := e.set(t)
	if leg.SendKeys("9ww44;drop") == nil || leg.SendKeys("") == nil {
		t.Error("no keys were sent")
	}
	if err := leg.SendKeys("9ww4408#"); err != nil {
		t.Error(err)
	}
	if err := leg.Play("https://shop.example/wait.mp3", true); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		`{"type":"sendDigits","digits":"9ww4408#"}`,
		`{"type":"play","source":"https://shop.example/wait.mp3","loop":1,"preemptible":false,"interruptible":true}`,
	} {
		if got := told(t, conn); got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	}
	if err := leg.Transfer(t.Context(), jane); err != nil {
		t.Error(err)
	}
	if got := told(t, conn); !strings.Contains(got, `\"target\":\"+14158675309\"`) {
		t.Errorf("told %s", got)
	}
}

func TestALongPromptIsCutBetweenCharacters(t *testing.T) {
	for _, words := range []string{strings.Repeat("好", 300), strings.Repeat("x", 501), "short", ""} {
		got := cut(words, longestText)
		if len(got) > longestText || !strings.HasPrefix(words, got) || strings.ToValidUTF8(got, "?") != got || len(words)-len(got) > max(0, len(words)-longestText+2) {
			t.Errorf("%d bytes became %d", len(words), len(got))
		}
	}
}

func TestOnlyAPostIsAWebhook(t *testing.T) {
	e := serve(t, Config{})
	response, err := http.Get(e.url + PathVoice) //nolint:noctx // a test
	if err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%v %v", response.Status, err)
	}
	_ = response.Body.Close()
}
