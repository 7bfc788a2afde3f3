package sip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

const (
	sourcesUDP  = 16384            // addresses sipgo remembers for one socket until it is told to forget
	firstWait   = 10 * time.Second // for the first bytes of a connection, its TLS handshake included
	betweenWait = 2 * time.Hour    // for more
	headerLimit = 16 << 10         // bytes of a message's headers
)

// verdict is what becomes of a message.
type verdict struct {
	pass   bool
	answer []byte // to its sender, when it does not pass
	end    bool   // of the connection it came by
}

// screen looks at one message before sipgo does. What cannot be parsed gets an
// answer where one is due, and one source's flood goes no further.
func (s *Server) screen(from netip.AddrPort, data []byte) verdict {
	if !s.guard.message(from.Addr(), s.isPeer(from.Addr())) {
		s.counts.flood.Add(1)
		return verdict{}
	}
	return s.sift(data)
}

// screenStream is screen for a connection, whose peer says nothing twice: a flood is
// read as slowly as it may come.
func (s *Server) screenStream(from netip.AddrPort, data []byte) verdict {
	if wait := s.guard.due(from.Addr(), s.isPeer(from.Addr())); wait > 0 {
		s.counts.flood.Add(1)
		select {
		case <-time.After(wait):
		case <-s.closing:
		}
	}
	return s.sift(data)
}

func (s *Server) sift(data []byte) verdict {
	msg, err := parse(data)
	if err != nil || !isWhole(msg) {
		s.counts.malformed.Add(1)
		return verdict{answer: refuseRaw(data, 400, "Bad Request")}
	}
	return verdict{pass: true}
}

// isWhole reports whether a message has what tells whose it is, and what it answers.
func isWhole(msg wire.Message) bool {
	return msg.Via() != nil && msg.From() != nil && msg.To() != nil && msg.CallID() != nil && msg.CSeq() != nil
}

var errParser = errors.New("sip: the parser panicked") // and not why: its words are the peer's

// parse parses one message. What panics in the parser is malformed, too.
func parse(data []byte) (msg wire.Message, err error) {
	defer func() {
		if recover() != nil {
			err = errParser
		}
	}()
	return wire.ParseMessage(data)
}

// refuseRaw answers a request that cannot be parsed, with the header fields that
// an answer must repeat as they stand (RFC 3261 8.2.6); nil when they are not
// there, or when the message is an answer or an ACK.
func refuseRaw(data []byte, status int, reason string) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	if len(head) > headerLimit {
		return nil
	}
	lines := strings.Split(string(head), "\r\n")
	method, _, ok := strings.Cut(lines[0], " ")
	if !ok || method == "ACK" || strings.HasPrefix(lines[0], "SIP/") {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", status, reason)
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue // a folded line: what it belongs to is repeated without
		}
		full, repeated := repeatedFields[strings.ToLower(strings.TrimSpace(name))]
		if !repeated || (seen[full] && full != "Via") {
			continue
		}
		seen[full] = true
		fmt.Fprintf(&b, "%s: %s\r\n", full, strings.TrimSpace(value))
	}
	if len(seen) != len(repeatedFields)-shortFields {
		return nil
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// repeatedFields are the header fields of a request that its answer repeats, by
// their names and the short forms of these.
var repeatedFields = map[string]string{ //nolint:gochecknoglobals // a table
	"via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To",
	"call-id": "Call-ID", "i": "Call-ID", "cseq": "CSeq",
}

const shortFields = 4 // of repeatedFields

// screenedPackets is a UDP socket whose messages have been screened.
type screenedPackets struct {
	net.PacketConn
	screen func(netip.AddrPort, []byte) verdict

	ready func()                      // called by the first ReadFrom
	seen  map[netip.AddrPort]struct{} // of ReadFrom, which one goroutine calls
}

// ReadFrom reads the next message that passes. Once there were too many sources it
// says that the socket is closed, though it is not: the caller then forgets them,
// and begins again.
func (p *screenedPackets) ReadFrom(data []byte) (int, net.Addr, error) {
	p.ready()
	for {
		if len(p.seen) >= sourcesUDP {
			p.seen = nil
			return 0, nil, net.ErrClosed
		}
		n, addr, err := p.PacketConn.ReadFrom(data)
		if err != nil {
			return n, addr, err
		}
		from := addrPort(addr)
		if isKeepAlive(data[:n]) {
			continue
		}
		v := p.screen(from, data[:n])
		if v.answer != nil {
			_, _ = p.WriteTo(v.answer, addr) // it is asked for again if it is lost
		}
		if !v.pass {
			continue
		}
		if p.seen == nil {
			p.seen = map[netip.AddrPort]struct{}{}
		}
		p.seen[from] = struct{}{}
		return n, addr, nil
	}
}

// isKeepAlive reports whether data is nothing but line ends and zeros.
func isKeepAlive(data []byte) bool { return len(bytes.Trim(data, "\r\n\x00")) == 0 }

// screenedStreams is a listener whose connections have been screened.
type screenedStreams struct {
	net.Listener
	screen func(netip.AddrPort, []byte) verdict
	guard  *guard
}

// Accept returns the next connection that its source may have.
func (l *screenedStreams) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addrPort(conn.RemoteAddr())
		gone, ok := l.guard.connect(from.Addr())
		if !ok {
			_ = conn.Close()
			continue
		}
		return &screenedStream{Conn: conn, from: from, screen: l.screen, gone: gone}, nil
	}
}

// screenedStream is a connection that gives whole messages, each of which has been
// screened.
type screenedStream struct {
	net.Conn
	from   netip.AddrPort
	screen func(netip.AddrPort, []byte) verdict
	gone   func()
	once   sync.Once

	buffer []byte // read and not yet given
	whole  int    // of buffer: bytes that have passed
	heard  bool   // something has been read
	blank  int    // bytes of line ends since the last message
}

// Read gives bytes of messages that have passed.
func (c *screenedStream) Read(p []byte) (int, error) {
	for c.whole == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buffer[:c.whole])
	c.whole -= n
	c.buffer = c.buffer[:copy(c.buffer, c.buffer[n:])]
	return n, nil
}

// next passes or drops the message that the buffer begins with, or reads on.
func (c *screenedStream) next() error {
	size, err := frame(c.buffer)
	switch {
	case err != nil: // there is no telling where the next message begins
		if answer := refuseRaw(c.buffer, 400, "Bad Request"); answer != nil {
			_, _ = c.Write(answer)
		}
		return fmt.Errorf("sip: %s: %w", c.from, err)
	case size == 0:
		return c.fill()
	case isKeepAlive(c.buffer[:size]):
		if c.blank += size; c.blank >= len(ping) { // RFC 5626 3.5.1: a ping is answered by half of it
			c.blank = 0
			_, err = c.Write([]byte(ping[:2]))
		}
		c.buffer = c.buffer[:copy(c.buffer, c.buffer[size:])]
		return err
	}
	c.blank = 0
	v := c.screen(c.from, c.buffer[:size])
	if v.answer != nil {
		_, _ = c.Write(v.answer)
	}
	if v.end {
		return io.EOF
	}
	if v.pass {
		c.whole = size
		return nil
	}
	c.buffer = c.buffer[:copy(c.buffer, c.buffer[size:])]
	return nil
}

// fill reads more into the buffer.
func (c *screenedStream) fill() error {
	wait := firstWait
	if c.heard {
		wait = betweenWait
	}
	if len(c.buffer) > 0 { // a message has begun
		wait = firstWait
	}
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if cap(c.buffer)-len(c.buffer) < 4096 {
		c.buffer = append(make([]byte, 0, 2*cap(c.buffer)+4096), c.buffer...)
	}
	n, err := c.Conn.Read(c.buffer[len(c.buffer):cap(c.buffer)])
	c.buffer = c.buffer[:len(c.buffer)+n]
	c.heard = true
	if n > 0 {
		return nil
	}
	return err
}

// Close gives the source its connection back.
func (c *screenedStream) Close() error {
	c.once.Do(c.gone)
	return c.Conn.Close()
}

const ping = "\r\n\r\n"

var (
	errNoLength = errors.New("a message on a stream has no Content-Length")
	errTooLarge = errors.New("a message is larger than 64 KiB")
)

// frame returns how many bytes of data the message that it begins with has, 0
// when that cannot be told yet, or an error when it never can (RFC 3261 18.3).
// Line ends between messages are a frame of their own.
func frame(data []byte) (int, error) {
	blank := len(data) - len(bytes.TrimLeft(data, "\r\n"))
	if blank > 0 {
		if blank == len(data) && blank < len(ping) && blank%2 != 0 {
			return 0, nil
		}
		return blank, nil
	}
	head := bytes.Index(data, []byte("\r\n\r\n"))
	if head < 0 {
		if len(data) > headerLimit {
			return 0, errTooLarge
		}
		return 0, nil
	}
	if head > headerLimit {
		return 0, errTooLarge
	}
	length, err := contentLength(data[:head])
	if err != nil {
		return 0, err
	}
	size := head + len("\r\n\r\n") + length
	if size > messageLimit {
		return 0, errTooLarge
	}
	if size > len(data) {
		return 0, nil
	}
	return size, nil
}

// contentLength returns what the header fields in head say. Two of them that
// differ would let a message hide in another.
func contentLength(head []byte) (int, error) {
	length := -1
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		field := strings.ToLower(string(bytes.TrimSpace(name)))
		if field != "content-length" && field != "l" {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil || (length >= 0 && int(n) != length) {
			return 0, errNoLength
		}
		length = int(n)
	}
	if length < 0 {
		return 0, errNoLength
	}
	return length, nil
}
