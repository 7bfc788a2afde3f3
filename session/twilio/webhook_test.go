package twilio

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

func ringing() url.Values {
	return url.Values{
		"CallSid": {"CA1"}, "From": {jane}, "To": {"+18005551212"}, "CallStatus": {"ringing"},
		"ForwardedFrom": {"+18005550102"}, "StirVerstat": {"TN-Validation-Passed-A"},
	}
}

// parameters reads the TwiML's, and takes those that change every time out of it.
func parameters(tb testing.TB, body string) (map[string]string, string) {
	tb.Helper()
	var doc response
	if err := xml.Unmarshal([]byte(body), &doc); err != nil {
		tb.Fatalf("%v in %s", err, body)
	}
	list := []parameter(nil)
	switch {
	case doc.Connect == nil:
		tb.Fatalf("no connect in %s", body)
	case doc.Connect.Stream != nil:
		list = doc.Connect.Stream.Parameters
	default:
		list = doc.Connect.Relay.Parameters
	}
	all := map[string]string{}
	for _, p := range list {
		all[p.Name] = p.Value
		body = strings.Replace(body, `<Parameter name="`+p.Name+`" value="`+p.Value+`"></Parameter>`, "", 1)
	}
	return all, body
}

func TestTheWebhookConnectsTheCall(t *testing.T) {
	e := serve(t, Config{})
	socket := strings.Replace(e.url, "http", "ws", 1)
	for path, want := range map[string]string{
		PathVoice: `<Response><Connect action="` + e.url + PathAction + `"><Stream url="` + socket + PathMedia + `"></Stream></Connect></Response>`,
		PathVoice + "?relay=1&lang=zh": `<Response><Connect action="` + e.url + PathAction + `"><ConversationRelay url="` + socket + PathRelay +
			`" language="zh-CN" dtmfDetection="true" interruptible="any"></ConversationRelay></Connect></Response>`,
	} {
		status, body := e.post(t, path, ringing())
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		params, rest := parameters(t, body)
		if diff := cmp.Diff(xml.Header+want, rest); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if params["from"] != jane || params["to"] != "+18005551212" || params["diversion"] != "+18005550102" ||
			!passes(token, "CA1", jane, params["lang"], params["pass"], time.Now()) {
			t.Errorf("%s: the parameters are %v", path, params)
		}
	}
}

func TestARequestThatIsNotTwiliosIsRefused(t *testing.T) {
	e := serve(t, Config{})
	good := Sign(token, e.url+PathVoice, ringing())
	changed := ringing()
	changed.Set("From", "+14158675300")
	more := ringing()
	more.Add("From", "+14158675300")
	for name, c := range map[string]struct {
		form      url.Values
		signature string
	}{
		"another number": {changed, good},
		"two numbers":    {more, good},
		"no signature":   {ringing(), ""},
		"garbage":        {ringing(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		"another token":  {ringing(), Sign("54321", e.url+PathVoice, ringing())},
		"an empty form":  {nil, good},
	} {
		if status, _ := e.postSigned(t, PathVoice, c.form, c.signature); status != http.StatusForbidden {
			t.Errorf("%s: status %d", name, status)
		}
	}
	huge := url.Values{"From": {strings.Repeat("1", formLimit)}}
	if status, _ := e.post(t, PathVoice, huge); status != http.StatusBadRequest {
		t.Errorf("a huge form: %d", status)
	}
	for _, path := range []string{PathMedia, PathRelay} {
		address := strings.Replace(e.url, "http", "ws", 1) + path
		header := http.Header{"X-Twilio-Signature": {Sign("54321", address, nil)}}
		_, response, err := websocket.DefaultDialer.DialContext(t.Context(), address, header)
		if err == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v", path, err)
		}
		_ = response.Body.Close()
	}
	if e.Legs() != 0 {
		t.Error("a leg is held")
	}
}

func TestACallForWhichThereIsNoLineIsRejected(t *testing.T) {
	e := serve(t, Config{Admit: func() (func(), error) { return nil, errors.New("all lines are busy") }})
	if _, body := e.post(t, PathVoice, ringing()); !strings.Contains(body, `<Reject reason="busy">`) {
		t.Errorf("answered %s", body)
	}
	address := strings.Replace(e.url, "http", "ws", 1) + PathMedia
	_, response, err := websocket.DefaultDialer.DialContext(t.Context(), address, http.Header{"X-Twilio-Signature": {Sign(token, address, nil)}})
	if err == nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("the WebSocket: %v", err)
	}
	_ = response.Body.Close()
}

func TestTheActionDialsOnlyWhatWasHandedOver(t *testing.T) {
	e := serve(t, Config{Dial: "sip:desk@pbx.shop.example"})
	ask := func(fields ...string) string {
		form := url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		_, body := e.post(t, PathAction, form)
		return strings.TrimPrefix(body, xml.Header)
	}
	const hangup, desk = `<Response><Hangup></Hangup></Response>`, `<Response><Dial answerOnBridge="true"><Sip>sip:desk@pbx.shop.example`
	const end = `</Sip></Dial></Response>`
	const data = `{"reasonCode":"handoff","reason":"caller_asked","call":"c_1"}`
	for name, c := range map[string]struct{ got, want string }{
		"the call is over":      {ask(), hangup},
		"a handoff":             {ask("HandoffData", data), desk + "?X-Huike-Call=c_1" + end},
		"a caller who has gone": {ask("HandoffData", data, "CallStatus", "completed"), hangup},
		"a session that failed": {ask("SessionStatus", "failed"), desk + end},
		"no handoff data":       {ask("HandoffData", "{}"), hangup},
		"garbage":               {ask("HandoffData", "garbage"), hangup},
		"an injected call":      {ask("HandoffData", `{"reasonCode":"x","call":"&<>"}`), desk + end},
		"a transfer":            {ask("HandoffData", `{"reasonCode":"transfer","target":"+14158675309"}`), `<Response><Dial answerOnBridge="true"><Number>+14158675309</Number></Dial></Response>`},
		"no target at all":      {ask("HandoffData", `{"reasonCode":"transfer","target":"<Say>"}`), desk + end},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	e.handoffs.keep("CA1", handoffData{ReasonCode: "handoff", Call: "c_2"})
	if got := ask(); got != desk+"?X-Huike-Call=c_2"+end {
		t.Errorf("a stream's handoff: %s", got)
	}
	if got := ask(); got != hangup {
		t.Errorf("the same again: %s", got)
	}
}

func TestHandoffsThatNobodyAsksForAreForgotten(t *testing.T) {
	var h handoffs
	h.keep("old", handoffData{})
	h.swept = time.Time{}
	old := h.held["old"]
	old.until = time.Now().Add(-time.Second)
	h.held["old"] = old
	for i := range 2 * mostHandoffs {
		h.keep(strings.Repeat("x", i%7)+time.Duration(i).String(), handoffData{})
	}
	if len(h.held) > mostHandoffs {
		t.Errorf("%d are held", len(h.held))
	}
	if _, ok := h.take("old"); ok {
		t.Error("one that ran out is taken")
	}
}

func TestNumbersThatAreWithheldAreNone(t *testing.T) {
	for from, want := range map[string]string{
		jane: jane, "+8613800001234": "+8613800001234", "sip:+14158675309@pbx.example": jane,
		"+266696687": "", "anonymous": "", "": "", "client:alice": "", "sip:alice@pbx.example": "", "Restricted": "", "14158675309": "",
	} {
		if got := caller(from); got != want {
			t.Errorf("the caller of %q is %q, want %q", from, got, want)
		}
	}
}
