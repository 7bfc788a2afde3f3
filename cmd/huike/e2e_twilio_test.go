package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/audio/wav"
	"huike/cmd/huike/robot"
	"huike/session/twilio"
)

// public is where Twilio believes the server under test to be: behind a proxy.
const (
	public      = "https://calls.shop.example"
	twilioToken = "0123456789abcdef0123456789abcdef"
	fromJames   = "+86" + james
)

func startTwilio(t *testing.T, flags ...string) *server {
	t.Helper()
	return startServer(t, append([]string{"--twilio-token=" + twilioToken, "--twilio-url=" + public}, flags...)...)
}

// webhook asks one of Twilio's webhooks and returns the answer.
func (s *server) webhook(path string, form url.Values) (status int, twiml string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", twilio.Sign(twilioToken, public+path, form))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// rings has Twilio ask what to do with a call, and connect it as it is told. It
// returns the WebSocket and the parameters for its first message.
func (s *server) rings(call, query string) (conn *websocket.Conn, parameters map[string]string) {
	s.t.Helper()
	form := url.Values{"CallSid": {call}, "From": {fromJames}, "To": {"+18005551212"}, "CallStatus": {"ringing"}}
	_, twiml := s.webhook(twilio.PathVoice+query, form)
	type noun struct {
		URL        string `xml:"url,attr"`
		Parameters []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"Parameter"`
	}
	var told struct {
		Stream noun `xml:"Connect>Stream"`
		Relay  noun `xml:"Connect>ConversationRelay"`
	}
	if err := xml.Unmarshal([]byte(twiml), &told); err != nil {
		s.t.Fatalf("%v in %s", err, twiml)
	}
	where := told.Stream
	if where.URL == "" {
		where = told.Relay
	}
	parameters = map[string]string{}
	for _, p := range where.Parameters {
		parameters[p.Name] = p.Value
	}
	path := strings.TrimPrefix(where.URL, strings.Replace(public, "https", "wss", 1))
	header := http.Header{"X-Twilio-Signature": {twilio.Sign(twilioToken, where.URL, nil)}}
	conn, response, err := websocket.DefaultDialer.DialContext(s.t.Context(), "ws://"+s.address+path, header)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn, parameters
}

// utterances are what a person says in a recorded call of testdata.
func utterances(t *testing.T, format audio.Format, call string) []robot.Utterance {
	t.Helper()
	channels, err := wav.ReadFile("../../testdata/calls/" + call + "/caller.wav")
	if err != nil {
		t.Fatal(err)
	}
	var all []robot.Utterance
	for i, piece := range robot.Split(wav.Mono(channels)) {
		u, err := robot.Encode(format, fmt.Sprintf("%s %d", call, i), piece)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, u)
	}
	return all
}

// talks is a whole call by telephone with recorded words, a person's but for the
// question: the greeting is heard, each question is answered before the next, the
// goodbye interrupts the answer before it, and the agent hangs up.
func talks(t *testing.T, leg robot.Leg) {
	t.Helper()
	room, err := robot.Room(leg.Format())
	if err != nil {
		t.Fatal(err)
	}
	said := utterances(t, leg.Format(), "real_hello_hours_goodbye")
	said[1] = utterances(t, leg.Format(), "synthetic_opening_hours")[0] // one word by telephone is too little to know
	r := robot.New(leg, room, nil)
	err = r.Run(t.Context(), func(ctx context.Context) error {
		if _, ok := r.Answer(ctx, time.Now(), limit); !ok {
			return errors.New("no greeting was heard")
		}
		r.Silence(ctx, limit)
		for i, u := range said {
			_, ended, err := r.Say(ctx, u)
			if err != nil {
				return err
			}
			at, ok := r.Answer(ctx, ended, limit)
			if !ok {
				return fmt.Errorf("%s was not answered", u.Name)
			}
			t.Logf("%s was answered after %v", u.Name, at.Sub(ended).Round(time.Millisecond))
			if i != len(said)-2 {
				r.Silence(ctx, limit)
			}
		}
		<-ctx.Done() // the agent hangs up
		return nil
	})
	if !errors.Is(err, robot.ErrGone) {
		t.Fatalf("the call ended with %v", err)
	}
}

// story waits until the server has kept one call, which it returns.
func (s *server) story() string {
	s.t.Helper()
	var body string
	until(s.t, "the call to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		id := callID.FindString(list)
		if id == "" || strings.Contains(list, `"disposition":""`) {
			return false
		}
		_, body = s.ask("/v1/calls/" + id)
		return strings.Contains(body, `"type":"ended"`)
	})
	return body
}

// callID is how a call is named.
var callID = regexp.MustCompile(`c_[a-z2-7]{16}`)

// tells fails unless the story has each of those in it.
func tells(t *testing.T, story string, each ...string) {
	t.Helper()
	for _, want := range each {
		if !strings.Contains(story, want) {
			t.Errorf("the call does not tell %q:\n%s", want, story)
		}
	}
}

func TestACallByTwiliosMediaStreams(t *testing.T) {
	t.Parallel()
	s := startTwilio(t, "--demo=true")
	phone := s.stream("CA1")
	talks(t, phone)
	marks, clears, ended := phone.counts()
	if marks < 3 || clears < 1 || ended != "completed" {
		t.Errorf("%d marks, %d clears; the stream ended because of %q", marks, clears, ended)
	}
	tells(t, s.story(), `"channel":"twilio"`, "Hello Mr Smith", `"intent":"store.hours"`, `"type":"interrupted"`, `"disposition":"completed"`, `"callsid":"CA1"`)
	if _, twiml := s.webhook(twilio.PathAction, url.Values{"CallSid": {"CA1"}, "CallStatus": {"in-progress"}}); !strings.Contains(twiml, "<Hangup>") {
		t.Errorf("then Twilio is told %s", twiml)
	}
}

func TestTwilioConnectsAPersonWhoIsAskedFor(t *testing.T) {
	t.Parallel()
	s := startTwilio(t, "--stub", "--twilio-dial=sip:desk@pbx.shop.example")
	phone := s.stream("CA2")
	room, err := robot.Room(phone.Format())
	if err != nil {
		t.Fatal(err)
	}
	r := robot.New(phone, room, nil)
	err = r.Run(t.Context(), func(ctx context.Context) error {
		r.Answer(ctx, time.Now(), limit)
		if err := r.Press("0"); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	if _, _, ended := phone.counts(); !errors.Is(err, robot.ErrGone) || ended != twilio.HandedOver {
		t.Fatalf("the stream ended with %v, because of %q", err, ended)
	}
	_, twiml := s.webhook(twilio.PathAction, url.Values{"CallSid": {"CA2"}, "CallStatus": {"in-progress"}})
	id := callID.FindString(s.story())
	tells(t, twiml, `<Sip>sip:desk@pbx.shop.example?X-Huike-Call=`+id+`</Sip>`)
}

// words is ConversationRelay's end of a call.
type words struct {
	t    *testing.T
	conn *websocket.Conn
	told chan string // what the agent says, turn by turn
	end  string      // the handoff's data, once told is closed
}

func (s *server) words(call string) *words {
	s.t.Helper()
	conn, parameters := s.rings(call, "?relay=1&lang=en")
	w := &words{t: s.t, conn: conn, told: make(chan string, 64)}
	go w.listen()
	w.says(map[string]any{
		"type": "setup", "sessionId": "VX1", "callSid": call, "from": fromJames, "to": "+18005551212", "direction": "inbound",
		"callType": "PSTN", "callStatus": "RINGING", "customParameters": parameters,
	})
	return w
}

func (w *words) listen() {
	defer close(w.told)
	turn := ""
	for {
		var m struct {
			Type, Token, HandoffData string
			Last                     bool
		}
		if w.conn.ReadJSON(&m) != nil {
			return
		}
		switch m.Type {
		case "text":
			turn += m.Token
			if m.Last {
				w.told <- turn
				turn = ""
			}
		case "end":
			w.end = m.HandoffData
		}
	}
}

func (w *words) says(message map[string]any) {
	w.t.Helper()
	if err := w.conn.WriteJSON(message); err != nil {
		w.t.Fatal(err)
	}
}

func (w *words) asks(text string) {
	w.t.Helper()
	w.says(map[string]any{"type": "prompt", "voicePrompt": text[:len(text)/2], "lang": "en-US", "last": false})
	w.says(map[string]any{"type": "prompt", "voicePrompt": text, "lang": "en-US", "last": true})
}

// hears waits until the agent says text.
func (w *words) hears(text string) {
	w.t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	var all []string
	for {
		select {
		case turn, open := <-w.told:
			all = append(all, turn)
			if strings.Contains(turn, text) {
				return
			}
			if !open {
				w.t.Fatalf("the call ended; heard %q", all)
			}
		case <-late.C:
			w.t.Fatalf("waited for %q; heard %q", text, all)
		}
	}
}

func TestACallByTwiliosConversationRelay(t *testing.T) {
	t.Parallel()
	s := startTwilio(t, "--twilio-dial=+18005550199")
	w := s.words("CA3")
	w.hears("Hello Mr Smith")
	w.says(map[string]any{"type": "interrupt", "utteranceUntilInterrupt": "Hello Mr", "durationUntilInterruptMs": "310"})
	w.asks("How many points do I have?")
	w.hears("1099 points")
	w.asks("Where is my order?")
	w.hears("10027")
	w.asks("I want to speak to a person, please.")
	late := time.NewTimer(limit)
	defer late.Stop()
	for open := true; open; {
		select {
		case _, open = <-w.told:
		case <-late.C:
			t.Fatal("the session did not end")
		}
	}
	var told map[string]string
	if err := json.Unmarshal([]byte(w.end), &told); err != nil {
		t.Fatalf("%v in %q", err, w.end)
	}
	story := s.story()
	if told["reasonCode"] != "handoff" || told["reason"] != "caller_asked" || told["call"] != callID.FindString(story) || len(told) != 3 {
		t.Errorf("the person is told %v", told)
	}
	tells(t, story, `"channel":"twilio"`, `"type":"interrupted"`, `"heard":"Hello Mr"`, `"state":"waiting"`)
	_, twiml := s.webhook(twilio.PathAction, url.Values{"CallSid": {"CA3"}, "CallStatus": {"in-progress"}, "HandoffData": {w.end}})
	tells(t, twiml, "<Number>+18005550199</Number>")
}

func TestNobodyButTwilioGetsALine(t *testing.T) {
	t.Parallel()
	s := startTwilio(t, "--stub")
	for path, header := range map[string]http.Header{
		twilio.PathMedia: {}, twilio.PathRelay: {"X-Twilio-Signature": {twilio.Sign("guess", "wss://calls.shop.example"+twilio.PathRelay, nil)}},
	} {
		_, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+s.address+path, header)
		if err == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v", path, err)
		}
		_ = response.Body.Close()
	}
	if status, _ := s.webhook(twilio.PathVoice+"?lang=en", url.Values{"CallSid": {"CA4"}}); status != http.StatusOK {
		t.Errorf("Twilio itself is answered %d", status)
	}
	if _, notes, err := execute(t, nil, "serve", "--twilio-token="+twilioToken); err == nil || !strings.Contains(notes, "--twilio-url") || strings.Contains(notes, twilioToken) {
		t.Errorf("without a URL: %v, %s", err, notes)
	}
}
