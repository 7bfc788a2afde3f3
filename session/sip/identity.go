package sip

import (
	"strings"

	wire "github.com/emiago/sipgo/sip"
)

const (
	contextLimit = 16  // entries of Request.Context
	valueLimit   = 256 // bytes of one
	digitsMost   = 20  // of a number
	digitsLeast  = 2
)

// describe says what is known of a call from its INVITE.
func (s *Server) describe(in *incoming) Request {
	return Request{
		Lang: langOf(in.req), As: callerOf(in.req, in.trust == trusted), Remote: in.req.Source(), Vouched: in.trust == trusted,
		Context: contextOf(in.req, in.trust == trusted),
	}
}

// langOf returns the language that a call asks for, or "".
func langOf(req *wire.Request) string {
	for _, p := range req.Recipient.UriParams {
		if strings.EqualFold(p.K, "lang") {
			return knownLang(p.V)
		}
	}
	if lang := fieldOf(req, "X-Lang"); lang != "" {
		return knownLang(lang)
	}
	for _, lang := range listOf(req, "Accept-Language") {
		if known := knownLang(lang); known != "" {
			return known
		}
	}
	return ""
}

func knownLang(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	for _, lang := range []string{"en", "zh"} {
		if tag == lang || strings.HasPrefix(tag, lang+"-") || strings.HasPrefix(tag, lang+";") {
			return lang
		}
	}
	return ""
}

// callerOf returns the digits of who calls: what a trusted peer asserts (RFC 3325),
// or From. A caller who withholds the number (RFC 3323) is nobody.
func callerOf(req *wire.Request, asserted bool) string {
	for _, privacy := range strings.FieldsFunc(strings.ToLower(fieldOf(req, "Privacy")), func(r rune) bool { return r == ';' || r == ' ' }) {
		if privacy == "id" || privacy == "user" || privacy == "header" {
			return ""
		}
	}
	if asserted {
		for _, value := range addresses(req, "P-Asserted-Identity") {
			if digits := digitsOf(value); digits != "" {
				return digits
			}
		}
	}
	return digitsOf(req.From().Address.String())
}

// addresses returns the URIs of a header field that is a list of addresses.
func addresses(msg wire.Message, name string) []string {
	var all []string
	for _, h := range msg.GetHeaders(name) {
		for _, value := range splitAddresses(h.Value()) {
			all = append(all, uriOf(value))
		}
	}
	return all
}

// splitAddresses splits a list of addresses at its commas, but for those in quotes and
// in brackets.
func splitAddresses(text string) []string {
	var all []string
	quoted, bracket, from := false, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == ',' && !bracket:
			all = append(all, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(all, strings.TrimSpace(text[from:]))
}

// uriOf returns the URI of an address: what is between < and >, or what stands before
// its parameters.
func uriOf(address string) string {
	quoted := false
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '<' && !quoted:
			uri, _, _ := strings.Cut(address[i+1:], ">")
			return uri
		}
	}
	uri, _, _ := strings.Cut(address, ";")
	return strings.TrimSpace(uri)
}

// digitsOf returns the number that a sip:, sips: or tel: URI stands for, digits only;
// "" when it stands for none.
func digitsOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	user := rest
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		user, _, ok = strings.Cut(rest, "@")
		if !ok {
			return ""
		}
	case "tel":
	default:
		return ""
	}
	user, _, _ = strings.Cut(user, ";") // parameters of a number, such as phone-context
	user, _, _ = strings.Cut(user, ":") // a password
	user = strings.ReplaceAll(user, "%2B", "+")
	var digits strings.Builder
	for i, r := range user {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case r == '+' && i == 0:
		case strings.ContainsRune("-.() ", r): // visual separators (RFC 3966)
		default:
			return ""
		}
	}
	if digits.Len() < digitsLeast || digits.Len() > digitsMost {
		return ""
	}
	return digits.String()
}

// contextOf returns what else an INVITE says: whom it was for first, who sent it on
// and what its sender has added.
func contextOf(req *wire.Request, asserted bool) map[string]string {
	all := map[string]string{}
	put := func(key, value string) {
		if value = printable(value); value != "" && len(all) < contextLimit {
			all[key] = value
		}
	}
	put("called", req.Recipient.User)
	put("call-id", req.CallID().Value())
	if asserted {
		put("diversion", diversionOf(req))
	}
	for _, h := range req.Headers() {
		if name := strings.ToLower(h.Name()); strings.HasPrefix(name, "x-") && name != "x-lang" && len(name) <= 64 {
			put(name, h.Value())
		}
	}
	return all
}

// diversionOf returns who sent the call on: the last of Diversion (RFC 5806, the
// topmost) or of History-Info (RFC 7044, the last but one).
func diversionOf(req *wire.Request) string {
	if from := addresses(req, "Diversion"); len(from) > 0 {
		return numberOrURI(from[0])
	}
	if history := addresses(req, "History-Info"); len(history) > 1 {
		return numberOrURI(history[len(history)-2])
	}
	return ""
}

func numberOrURI(uri string) string {
	if digits := digitsOf(uri); digits != "" {
		return digits
	}
	return uri
}

// printable is text without what no screen shows, of a bounded length.
func printable(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '�' {
			return -1
		}
		return r
	}, text)
	if len(clean) > valueLimit {
		clean = strings.ToValidUTF8(clean[:valueLimit], "")
	}
	return clean
}
