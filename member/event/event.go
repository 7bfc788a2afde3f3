// Package event takes what happens in all channels (orders, visits, clicks, calls,
// devices) into the members' records: as CloudEvents 1.0 by HTTP, singly, in batches or
// as lines of JSON, and from CSV files.
//
// An event counts once, by its source and id, and in whatever order events arrive the
// record comes out the same: what several events tell of together (an order, a coupon, a
// complaint, a call) is worked out again from all of them, in the order of their times,
// whenever one of them arrives. An event that cannot be used goes to the dead letters
// with its reason, and the stream goes on.
//
// It starts no goroutine.
package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"huike/member"
)

// Limits of an event.
const (
	LongestEvent = 64 << 10       // bytes of one event
	longestName  = 128            // bytes of id, source, type
	early        = 24 * time.Hour // by which a clock may be fast
)

// Event is something that happened to one member.
type Event struct {
	Source string // who tells it, such as "/pos/7"
	ID     string // the source's own, once for each event
	Kind   string // such as "order"
	At     time.Time

	Member member.ID     // whom it happened to; or else
	Handle member.Handle // by whom the source knows the person

	data []byte // JSON of the schema's fields
	told []told // the same
	raw  []byte // as it came, for the dead letters
}

// Refusal is why an event cannot be used. It repeats nothing that a person said.
type Refusal struct{ Reason string } //nolint:errname // what is done to an event, not an error of the program

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// key is the event's name in the store.
func (e *Event) key() string { return e.Source + " " + e.ID }

// mark tells apart two events of the same name.
func (e *Event) mark() string {
	said := make([]byte, 0, 256+len(e.data))
	for _, text := range [...]string{e.Kind, string(e.Member), e.Handle.Kind, e.Handle.Value} {
		said = append(strconv.AppendQuote(said, text), ' ')
	}
	said = append(strconv.AppendInt(said, e.At.UnixMilli(), 10), ' ')
	sum := sha256.Sum256(append(said, e.data...))
	return hex.EncodeToString(sum[:16])
}

// envelope is a CloudEvent in its JSON format (CloudEvents 1.0.2, JSON Event Format 3).
type envelope struct {
	specVersion, id, source, kind, subject, time, contentType, base64 string
	data                                                              []byte
}

// read reads the attributes, however their names are written, as encoding/json does.
func (v *envelope) read(body []byte) bool {
	if !json.Valid(body) {
		return false
	}
	good := true
	ignored := ""
	object := members(body, func(name, value []byte) {
		if bytes.EqualFold(name, []byte("data")) {
			v.data = value
			return
		}
		into := v.attribute(name, &ignored)
		if into == nil || string(value) == "null" {
			return
		}
		text, is := text(value)
		*into, good = text, good && is
	})
	return good && (object || string(bytes.TrimSpace(body)) == "null")
}

// attribute returns where the attribute of a name goes; nil: nowhere.
func (v *envelope) attribute(name []byte, ignored *string) *string {
	for _, one := range [...]struct {
		name string
		into *string
	}{
		{"specversion", &v.specVersion},
		{"id", &v.id},
		{"source", &v.source},
		{"type", &v.kind},
		{"subject", &v.subject},
		{"time", &v.time},
		{"datacontenttype", &v.contentType},
		{"dataschema", ignored},
		{"data_base64", &v.base64},
	} {
		if len(one.name) <= len(name) && strings.EqualFold(one.name, string(name)) {
			return one.into
		}
	}
	return nil
}

// typePrefix may stand before a kind, as CloudEvents asks for a reversed domain.
const typePrefix = "huike."

// Parse reads one CloudEvent in the JSON format. Its subject is a member's id
// ("m_…") or a handle ("phone:+8613800001234", "openid:…", "card:…"); its type is a kind,
// with or without "huike." before it. now bounds its time. The error is a [*Refusal]; the
// event that comes with it has what could be read.
func (k Kinds) Parse(body []byte, now time.Time) (*Event, error) {
	return parse(k, k.forms(), body, now)
}

// parse is [Kinds.Parse] by forms that were made before.
func parse(k Kinds, forms map[string]form, body []byte, now time.Time) (*Event, error) {
	e := &Event{raw: body}
	if len(body) > LongestEvent {
		e.raw = nil
		return e, refuse("the event has %d bytes; want at most %d", len(body), LongestEvent)
	}
	var env envelope
	if !env.read(body) {
		return e, refuse("the event is no JSON object with the attributes of CloudEvents 1.0")
	}
	e.ID, e.Source, e.Kind = env.id, env.source, strings.TrimPrefix(env.kind, typePrefix)
	for _, attribute := range [...]struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Kind}} {
		if err := named(attribute.name, attribute.value); err != nil {
			e.ID, e.Source, e.Kind = clean(e.ID), clean(e.Source), clean(e.Kind)
			return e, err
		}
	}
	switch {
	case env.specVersion != "1.0":
		return e, refuse(`specversion is not "1.0"`)
	case env.base64 != "":
		return e, refuse("data_base64 is not taken; want data as JSON")
	case env.contentType != "" && !isJSON(env.contentType):
		return e, refuse("datacontenttype is not JSON; want application/json")
	}
	if err := e.when(env.time, now); err != nil {
		return e, err
	}
	if err := e.whose(env.subject); err != nil {
		return e, err
	}
	schema, known := forms[e.Kind]
	if !known {
		return e, refuse("type is not known; want one of %s", k.names())
	}
	var err error
	e.data, e.told, err = schema.check(env.data)
	return e, err
}

func (e *Event) when(text string, now time.Time) error {
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return refuse("time is missing or not as in RFC 3339, such as 2026-11-21T12:00:00+08:00")
	case at.Before(time.Unix(0, 0)):
		return refuse("time is before 1970")
	case at.After(now.Add(early)):
		return refuse("time is more than %v ahead of this server's clock", early)
	}
	e.At = at.Truncate(time.Millisecond)
	return nil
}

func (e *Event) whose(subject string) error {
	if strings.HasPrefix(subject, "m_") {
		if named("subject", subject) != nil {
			return refuse("subject is no member's id")
		}
		e.Member = member.ID(subject)
		return nil
	}
	h, err := member.ParseHandle(subject)
	if errors.Is(err, member.ErrNotPhone) {
		return refuse("subject is not a phone number; want phone: and 11 digits, or + and the country's code")
	}
	if err != nil {
		return refuse("subject is neither a member's id (m_…) nor %s", strings.TrimPrefix(member.ErrNotHandle.Error(), "not "))
	}
	e.Handle = h
	return nil
}

func named(attribute, value string) error {
	switch {
	case value == "":
		return refuse("%s is missing", attribute)
	case len(value) > longestName:
		return refuse("%s is longer than %d bytes", attribute, longestName)
	case value != clean(value):
		return refuse("%s holds a space or a sign that does not print", attribute)
	}
	return nil
}

// clean keeps what may stand in a list that people read.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	if len(text) > longestName {
		text = strings.ToValidUTF8(text[:longestName], "")
	}
	return text
}

func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}
