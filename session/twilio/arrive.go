package twilio

import (
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	mostContext  = 16  // entries of a Request's Context
	longestKey   = 64  // bytes
	longestValue = 256 // bytes
)

// arrival is what a WebSocket's first message says of its call.
type arrival struct {
	call   string            // CallSid
	from   string            // as Twilio itself says; "" where it does not
	params map[string]string // of the TwiML
	more   map[string]string // what else Twilio itself says
}

// request says who calls. The webhook's pass vouches for its parameters; a call
// that another TwiML has sent here is believed what Twilio itself says.
func (s *Server) request(a arrival, remote string) Request {
	from, lang := a.params["from"], langOf(a.params["lang"])
	req := Request{Lang: lang, As: caller(from), Remote: remote}
	switch {
	case passes(s.config.Token, a.call, from, a.params["lang"], a.params["pass"], time.Now()):
		req.Vouched = req.As != ""
	case a.from != "":
		req.As = caller(a.from)
		req.Vouched = req.As != ""
	}
	req.Context = map[string]string{}
	add := func(key, told string) {
		key = strings.ToLower(key)
		if told == "" || len(key) > longestKey || len(told) > longestValue || len(req.Context) >= mostContext {
			return
		}
		if _, there := req.Context[key]; !there {
			req.Context[key] = told
		}
	}
	add("callsid", a.call)
	for _, key := range slices.Sorted(maps.Keys(a.more)) {
		add(key, a.more[key])
	}
	for _, key := range slices.Sorted(maps.Keys(a.params)) {
		switch key {
		case "from", "lang", "pass":
		default:
			add(key, a.params[key])
		}
	}
	return req
}
