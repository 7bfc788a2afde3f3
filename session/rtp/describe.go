package rtp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// keying is how a stream's keys are agreed upon.
type keying uint8

const (
	plain keying = iota
	bySDES
	byDTLS
)

// line is this side's m-line.
type line struct {
	proto       string
	port        int
	controlPort int // 0: the media's, agreed upon
	encodings   []encoding
	ptime       time.Duration
	direction   direction
	mux, nack   bool
	keying      keying
	cryptos     []cryptoLine
	fingerprint string
	setup       string
	mid         string
}

func (l line) write(b *strings.Builder) {
	fmt.Fprintf(b, "m=audio %d %s", l.port, l.proto)
	for _, e := range l.encodings {
		b.WriteString(" " + strconv.Itoa(int(e.payloadType)))
	}
	b.WriteString("\r\n")
	for _, e := range l.encodings {
		fmt.Fprintf(b, "a=rtpmap:%d %s\r\n", e.payloadType, e.rtpmap())
		if fmtp := e.fmtp(); fmtp != "" {
			fmt.Fprintf(b, "a=fmtp:%d %s\r\n", e.payloadType, fmtp)
		}
	}
	fmt.Fprintf(b, "a=ptime:%d\r\n", l.ptime.Milliseconds())
	fmt.Fprintf(b, "a=%v\r\n", l.direction)
	if l.mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	if l.controlPort != 0 {
		fmt.Fprintf(b, "a=rtcp:%d\r\n", l.controlPort)
	}
	if l.nack {
		b.WriteString("a=rtcp-fb:* nack\r\n")
	}
	for _, c := range l.cryptos {
		fmt.Fprintf(b, "a=crypto:%v\r\n", c)
	}
	if l.keying == byDTLS {
		fmt.Fprintf(b, "a=fingerprint:%s\r\na=setup:%s\r\n", l.fingerprint, l.setup)
	}
	if l.mid != "" {
		fmt.Fprintf(b, "a=mid:%s\r\n", l.mid)
	}
}

// slot is one m-line of the session so far. Its place never changes (RFC 3264, 8).
type slot struct {
	media, proto string
	formats      []string
	mid          string
}

// refuse writes an m-line with port 0 (RFC 3264, 6).
func (s slot) refuse(b *strings.Builder) {
	formats := strings.Join(s.formats, " ")
	if formats == "" {
		formats = "0"
	}
	fmt.Fprintf(b, "m=%s 0 %s %s\r\n", s.media, s.proto, formats)
	if s.mid != "" {
		fmt.Fprintf(b, "a=mid:%s\r\n", s.mid)
	}
}

// written remembers the last description, to number the next (RFC 3264, 8).
type written struct {
	id, version uint64
	body        string
}

// describe writes a whole description: ours at its place among the slots,
// refused where ours is negative, and each other refused.
func (w *written) describe(host netip.Addr, slots []slot, ours int, l line, bundled bool) []byte {
	family := "IP4"
	if host.Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %v\r\nt=0 0\r\n", family, host)
	if bundled {
		fmt.Fprintf(&b, "a=group:BUNDLE %s\r\n", l.mid)
	}
	for i, s := range slots {
		if i == ours {
			l.write(&b)
		} else {
			s.refuse(&b)
		}
	}
	if body := b.String(); body != w.body {
		w.version++
		w.body = body
	}
	return fmt.Appendf(nil, "v=0\r\no=- %d %d IN %s %v\r\n%s", w.id, w.version, family, host, w.body)
}
