package twilio

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// response is a TwiML document: what Twilio is to do with the call next.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Connect *connect
	Dial    *dial
	Reject  *reject
	Hangup  *struct{}
}

// connect gives the call to this server; action is asked when that ends.
type connect struct {
	Action string `xml:"action,attr"`
	Stream *stream
	Relay  *relay `xml:"ConversationRelay"`
}

type stream struct {
	URL        string      `xml:"url,attr"`
	Parameters []parameter `xml:"Parameter"`
}

type relay struct {
	URL           string      `xml:"url,attr"`
	Language      string      `xml:"language,attr"`
	DTMF          bool        `xml:"dtmfDetection,attr"`
	Interruptible string      `xml:"interruptible,attr"`
	Parameters    []parameter `xml:"Parameter"`
}

type parameter struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// dial connects the caller with a person: a number, or an address of SIP.
type dial struct {
	Bridge bool   `xml:"answerOnBridge,attr"` // the caller hears it ring
	Number string `xml:",omitempty"`
	SIP    string `xml:"Sip,omitempty"`
}

type reject struct {
	Reason string `xml:"reason,attr"`
}

// dialTo is the dial of a handoff's target. SIP carries the call's id in a header
// of its own; a number has no place for it.
func dialTo(target, call string) *dial {
	if !strings.HasPrefix(target, "sip:") && !strings.HasPrefix(target, "sips:") {
		return &dial{Bridge: true, Number: target}
	}
	if isID(call) {
		sign := "?"
		if strings.Contains(target, "?") {
			sign = "&"
		}
		target += sign + "X-Huike-Call=" + call
	}
	return &dial{Bridge: true, SIP: target}
}

// answer writes a TwiML document.
func answer(w http.ResponseWriter, doc response) {
	body, err := xml.Marshal(doc)
	if err != nil { // of strings and booleans: never
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), body...))
}

// tag is how Twilio names a language of this server.
func tag(lang string) string {
	if lang == "zh" {
		return "zh-CN"
	}
	return "en-US"
}

// langOf is this server's name for a language tag of RFC 5646; "" when it has none.
func langOf(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case "zh", "cmn", "yue":
		return "zh"
	case "en":
		return "en"
	}
	return ""
}
