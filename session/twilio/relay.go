package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"huike/audio"
	"huike/session/wire"
)

// longestText is what a session takes as one typed turn, in bytes.
const longestText = 500

var (
	errSetup      = errors.New("the first message must be setup, and come within 5 seconds")
	errSetupTwice = errors.New("a session is set up once")
	errCallSid    = errors.New("setup must have a callSid")
)

// Relay is a call by ConversationRelay: words both ways, which Twilio recognises
// and speaks. ReadPacket is for one goroutine; the rest may be called from any.
type Relay struct {
	line
	over sync.Once // end is sent once

	talk sync.Mutex // guards what follows
	lang string     // that the caller speaks
	turn uint32     // the agent's that has begun and not ended; 0 when none
}

// carryRelay reads the setup and runs Handle.
func (s *Server) carryRelay(ctx context.Context, conn *wire.Conn, r *http.Request) {
	leg := &Relay{line: line{server: s, wire: conn}}
	a, err := leg.readSetup()
	if err != nil {
		return // told to the peer
	}
	req := s.request(a, r.RemoteAddr)
	leg.lang = req.Lang
	s.config.Handle(ctx, leg, req)
}

// setup is the first message of a session.
type setup struct {
	Type             string            `json:"type"`
	CallSid          string            `json:"callSid"`
	From             string            `json:"from"`
	To               string            `json:"to"`
	ForwardedFrom    string            `json:"forwardedFrom"`
	Direction        string            `json:"direction"`
	CustomParameters map[string]string `json:"customParameters"`
}

// readSetup waits for the setup message.
func (l *Relay) readSetup() (arrival, error) {
	message, err := l.read(func() (int, io.Reader, error) { return l.wire.First(startTimeout) })
	if err != nil {
		return arrival{}, l.reject(websocket.ClosePolicyViolation, errSetup) // unless it was told better
	}
	first, err := parseSetup(message)
	if err != nil {
		return arrival{}, l.reject(websocket.CloseUnsupportedData, err)
	}
	l.call = first.CallSid
	a := arrival{call: first.CallSid, from: first.From, params: first.CustomParameters}
	if first.Direction == "outbound-api" { // the shop called: who is called is the caller here
		a.from = first.To
	}
	a.more = map[string]string{"to": first.To, "diversion": first.ForwardedFrom, "direction": first.Direction}
	return a, nil
}

// parseSetup reads a setup message. Its errors are told to the peer, and do not
// repeat what the peer said.
func parseSetup(message []byte) (setup, error) {
	var first setup
	if json.Unmarshal(message, &first) != nil || first.Type != "setup" {
		return setup{}, errSetup
	}
	if !isID(first.CallSid) {
		return setup{}, errCallSid
	}
	return first, nil
}

// Format returns the format of words: there is no sound on this leg.
func (l *Relay) Format() audio.Format { return audio.Format{Name: "text"} }

// ReadPacket reads what Twilio says into Messages until the call is over, and
// returns io.EOF then. It never fills p.
func (l *Relay) ReadPacket(*audio.Packet) error {
	for {
		message, err := l.read(l.wire.Next)
		if err != nil {
			return io.EOF
		}
		if l.take(message) != nil {
			return io.EOF
		}
	}
}

// heard is what Twilio says in the course of a call. Numbers may be texts.
type heard struct {
	VoicePrompt string `json:"voicePrompt"`
	Lang        string `json:"lang"`
	Last        *bool  `json:"last"`
	Digit       string `json:"digit"`
	Utterance   string `json:"utteranceUntilInterrupt"`
	Duration    number `json:"durationUntilInterruptMs"`
}

// take does what a message says. Its error means that the leg is over.
func (l *Relay) take(message []byte) error {
	var said heard
	kind := string(text(value(message, "type")))
	if json.Unmarshal(message, &said) != nil {
		kind = "" // a field is not of its type
	}
	switch kind {
	case "prompt":
		return l.prompt(said)
	case "dtmf":
		return l.key([]byte(said.Digit))
	case "interrupt":
		l.talk.Lock()
		l.turn = 0 // Twilio drops what it was still to say
		l.talk.Unlock()
		return l.deliver(struct {
			Type    string `json:"type"`
			Heard   string `json:"heard,omitempty"`
			HeardMS number `json:"heard_ms,omitempty"`
		}{"interrupt", said.Utterance, said.Duration})
	case "setup":
		return l.reject(websocket.ClosePolicyViolation, errSetupTwice)
	case "error": // its description may repeat what was said
		l.server.config.Log.Warn("ConversationRelay reports an error; the console of Twilio tells which")
	default: // later versions say more
		l.ignored.Add(1)
	}
	return nil
}

// prompt takes the caller's words. Those that Twilio may still change are passed
// over.
func (l *Relay) prompt(said heard) error {
	words := strings.TrimSpace(said.VoicePrompt)
	if words == "" || (said.Last != nil && !*said.Last) {
		return nil
	}
	if err := l.speaks(langOf(said.Lang)); err != nil {
		return err
	}
	return l.deliver(struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}{"text", cut(words, longestText)})
}

// cut shortens words to limit bytes, without half a character.
func cut(words string, limit int) string {
	if len(words) <= limit {
		return words
	}
	for limit > 0 && !utf8.RuneStart(words[limit]) {
		limit--
	}
	return words[:limit]
}

// speaks notes the language in which the caller speaks. When it changes, the
// session and Twilio's voice are told.
func (l *Relay) speaks(lang string) error {
	l.talk.Lock()
	changed := lang != "" && l.lang != "" && lang != l.lang
	if lang != "" {
		l.lang = lang
	}
	l.talk.Unlock()
	if !changed {
		return nil
	}
	if l.send(struct {
		Type  string `json:"type"`
		Voice string `json:"ttsLanguage"`
		Ear   string `json:"transcriptionLanguage"`
	}{"language", tag(lang), tag(lang)}) != nil {
		return io.EOF
	}
	return l.deliver(struct {
		Type string `json:"type"`
		Lang string `json:"lang"`
	}{"lang", lang})
}

// spoken is a piece of what Twilio is to say.
type spoken struct {
	Type          string `json:"type"`
	Token         string `json:"token"`
	Last          bool   `json:"last"`
	Lang          string `json:"lang,omitempty"`
	Interruptible *bool  `json:"interruptible,omitempty"`
	Preemptible   *bool  `json:"preemptible,omitempty"`
}

// Send takes an event of the session: the agent's words go to Twilio as they are
// known, and a handoff once they are said. The rest is nobody's. It never blocks.
func (l *Relay) Send(msg []byte) error {
	ev := parse(msg)
	l.follow(ev, l.leave)
	switch {
	case ev.Type == "started":
		l.talk.Lock()
		if l.lang == "" {
			l.lang = ev.Lang
		}
		l.talk.Unlock()
	case ev.Type == "reply":
		return l.reply(ev)
	case ev.Type == "speech" && ev.Party == "agent" && !ev.On && l.waits():
		l.leave()
	}
	return nil
}

// reply sends a clause of the agent's turn. A turn that was given up for another is
// closed first: Twilio speaks tokens until the last of them.
func (l *Relay) reply(ev event) error {
	l.talk.Lock()
	stale := l.turn != 0 && l.turn != ev.Turn
	l.turn = ev.Turn
	if ev.Final {
		l.turn = 0
	}
	lang := l.lang
	l.talk.Unlock()
	if stale {
		if err := l.send(spoken{Type: "text", Last: true}); err != nil {
			return err
		}
	}
	words := ev.Text
	if words != "" && lang != "zh" && !ev.Final { // clauses are joined as they come
		words += " "
	}
	next := spoken{Type: "text", Token: words, Last: ev.Final, Interruptible: ev.Interruptible}
	if words != "" && lang != "" {
		next.Lang = tag(lang)
	}
	return l.send(next)
}

// Play has Twilio play the sound at source, a URL, once, after what it is saying.
func (l *Relay) Play(source string, interruptible bool) error {
	return l.send(struct {
		Type          string `json:"type"`
		Source        string `json:"source"`
		Loop          int    `json:"loop"`
		Preemptible   bool   `json:"preemptible"`
		Interruptible bool   `json:"interruptible"`
	}{"play", source, 1, false, interruptible})
}

// SendKeys has Twilio press keys on the caller's line: 0-9, *, # and w for a pause
// of half a second.
func (l *Relay) SendKeys(keys string) error {
	if keys == "" || strings.Trim(keys, keypad+"w") != "" {
		return errors.New("twilio: keys are 0-9, *, # and w")
	}
	return l.send(struct {
		Type   string `json:"type"`
		Digits string `json:"digits"`
	}{"sendDigits", keys})
}

// WritePacket does nothing: Twilio speaks. It returns io.ErrClosedPipe once the
// leg is over.
func (l *Relay) WritePacket(*audio.Packet) error {
	select {
	case <-l.wire.Done():
		return io.ErrClosedPipe
	default:
		return nil
	}
}

// leave hands the call over, if that is due.
func (l *Relay) leave() {
	if data, due := l.leaving(); due {
		l.end(&data)
		l.wire.Over(websocket.CloseNormalClosure, HandedOver)
	}
}

// end tells Twilio that the session is over, once. The action webhook is told data.
func (l *Relay) end(data *handoffData) {
	l.over.Do(func() {
		last := struct {
			Type string `json:"type"`
			Data string `json:"handoffData,omitempty"`
		}{Type: "end"}
		if data != nil {
			if text, err := json.Marshal(data); err == nil {
				last.Data = string(text)
			}
		}
		_ = l.send(last) // a peer that has gone needs no end
	})
}

// Transfer ends the session and has Twilio call target, a number or a SIP address,
// for the caller. It returns an error if target is neither; whether anybody
// answers there is not known here.
func (l *Relay) Transfer(_ context.Context, target string) error {
	if err := l.transfer(target); err != nil {
		return err
	}
	l.leave()
	return nil
}

// Echoes returns false: there is no sound here to come back.
func (l *Relay) Echoes() bool { return false }

// Stats returns the leg's own statistics: roundTripTime in seconds and
// messagesIgnored.
func (l *Relay) Stats() map[string]float64 {
	return map[string]float64{"roundTripTime": l.RoundTrip().Seconds(), "messagesIgnored": float64(l.ignored.Load())}
}

// Close ends the session: Twilio asks the action webhook then, which hangs up. It
// may be called more than once; the first reason is what Reason returns.
func (l *Relay) Close(reason string) error {
	l.end(nil)
	return l.wire.Close(reason)
}

// String returns the leg's transport.
func (l *Relay) String() string { return "twilio(text)" }
