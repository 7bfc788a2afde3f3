package sip

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	wire "github.com/emiago/sipgo/sip"

	"huike/audio"
	"huike/session/rtp"
)

const patience = 30 * time.Second

// TestMain shortens the timers of RFC 3261, so that what waits for 64*T1 is seen.
func TestMain(m *testing.M) {
	wire.SetTimers(50*time.Millisecond, 200*time.Millisecond, 250*time.Millisecond)
	os.Exit(m.Run())
}

// media makes the sound of the tests' calls: real, on loopback.
func media(tb testing.TB, secure rtp.Secure) func(MediaOptions) (Media, error) {
	tb.Helper()
	ports, err := rtp.Open(rtp.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return func(o MediaOptions) (Media, error) {
		options := rtp.Options{Secure: secure, Peer: o.Peer, Codecs: []audio.Format{{Name: "pcmu", ClockRate: 8000}, {Name: "pcma", ClockRate: 8000}}}
		if o.Only.Name != "" {
			options.Codecs = []audio.Format{o.Only}
		}
		return ports.New(options)
	}
}

// call is what a handler was given.
type call struct {
	leg *Leg
	req Request
}

// house is a server under test.
type house struct {
	*Server
	calls chan call
	log   *record
}

// record is a log that several goroutines may write.
type record struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buffer.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buffer.String()
}

// serve starts a server whose handler hands its calls out and waits for their end.
func serve(tb testing.TB, change func(*Config)) *house {
	tb.Helper()
	h := &house{calls: make(chan call, 64), log: &record{}}
	config := Config{
		Listen: []string{"udp:127.0.0.1:0"}, Media: media(tb, rtp.Optional), Log: slog.New(slog.NewTextHandler(h.log, nil)), Rate: 1000,
		Handle: func(ctx context.Context, leg *Leg, req Request) {
			h.calls <- call{leg, req}
			var p audio.Packet
			for leg.ReadPacket(&p) == nil {
				continue
			}
			_ = ctx
		},
	}
	if change != nil {
		change(&config)
	}
	var err error
	if h.Server, err = New(config); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	return h
}

// uri is how to call a server by its first address.
func (h *house) uri() string {
	network, hostPort, _ := strings.Cut(h.Addrs()[0], ":")
	return "sip:shop@" + hostPort + ";transport=" + network
}

func receive[T any](tb testing.TB, from <-chan T) T {
	tb.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		tb.Fatalf("nothing came within %v\n%s", patience, stacks())
		var none T
		return none
	}
}

func stacks() string {
	buffer := make([]byte, 1<<16)
	return string(buffer[:runtime.Stack(buffer, true)])
}

func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %s", patience, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// talk places a call from one server to another and returns both ends.
func talk(tb testing.TB, from, to *house) (caller, agent *Leg, req Request) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	caller, err := from.Call(ctx, to.uri(), CallOptions{From: "13900005678"})
	if err != nil {
		tb.Fatal(err)
	}
	got := receive(tb, to.calls)
	return caller, got.leg, got.req
}

// hears sends sound from one end until some has come to the other.
func hears(tb testing.TB, from, to *Leg) {
	tb.Helper()
	before := to.heard.Load()
	seq := uint16(0)
	eventually(tb, "sound", func() bool {
		seq++
		_ = from.WritePacket(&audio.Packet{Sequence: seq, Timestamp: uint32(seq) * 160, Payload: bytes.Repeat([]byte{0x55}, 160)})
		return to.heard.Load() > before
	})
}

// drain reads a leg's packets until it ends.
func drain(leg *Leg) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var p audio.Packet
		for leg.ReadPacket(&p) == nil {
			continue
		}
	}()
	return done
}

// peer speaks SIP by hand, over UDP or a connection.
type peer struct {
	tb     testing.TB
	conn   net.Conn
	reader *bufio.Reader // of a stream; nil for UDP
}

func dialPeer(tb testing.TB, address string) *peer {
	tb.Helper()
	network, hostPort, _ := strings.Cut(address, ":")
	p := &peer{tb: tb}
	var err error
	if network == "tls" {
		p.conn, err = (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(tb.Context(), "tcp", hostPort)
	} else {
		p.conn, err = (&net.Dialer{}).DialContext(tb.Context(), network, hostPort)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if network != "udp" {
		p.reader = bufio.NewReader(p.conn)
	}
	tb.Cleanup(func() { _ = p.conn.Close() })
	return p
}

// say sends a message; lines end as they should.
func (p *peer) say(text string) {
	p.tb.Helper()
	if _, err := io.WriteString(p.conn, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		p.tb.Fatal(err)
	}
}

// hear returns the next message, or nil when none comes within a time.
func (p *peer) hear(within time.Duration) wire.Message {
	p.tb.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(within))
	data := p.datagram()
	if p.reader != nil {
		data = p.framed()
	}
	if data == nil {
		return nil
	}
	msg, err := wire.ParseMessage(data)
	if err != nil {
		p.tb.Fatalf("%v: %q", err, data)
	}
	return msg
}

// datagram reads a message of UDP; nil when none comes, or on a stream.
func (p *peer) datagram() []byte {
	if p.reader != nil {
		return nil
	}
	buffer := make([]byte, 65536)
	n, err := p.conn.Read(buffer)
	if err != nil {
		return nil
	}
	return buffer[:n]
}

// framed reads a message of a stream; nil when none comes.
func (p *peer) framed() []byte {
	p.tb.Helper()
	var data []byte
	for len(data) <= len(ping) || !bytes.HasSuffix(data, []byte(ping)) {
		line, err := p.reader.ReadBytes('\n')
		if err != nil {
			return nil
		}
		data = append(data, line...)
	}
	length, err := contentLength(data)
	if err != nil {
		p.tb.Fatal(err)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(p.reader, body); err != nil {
		return nil
	}
	return append(data, body...)
}

// status waits for an answer that is final, or of that status, and returns it.
func (p *peer) status(want int) *wire.Response {
	p.tb.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if res, ok := p.hear(time.Second).(*wire.Response); ok && (res.StatusCode >= 200 || res.StatusCode == want) {
			if res.StatusCode != want {
				p.tb.Fatalf("status is %d, want %d\n%s", res.StatusCode, want, res)
			}
			return res
		}
	}
	p.tb.Fatalf("no answer with %d", want)
	return nil
}

// asked waits for a request of that method.
func (p *peer) asked(method wire.RequestMethod) *wire.Request {
	p.tb.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if req, ok := p.hear(time.Second).(*wire.Request); ok && req.Method == method {
			return req
		}
	}
	p.tb.Fatalf("no %s came", method)
	return nil
}

// answers answers a request.
func (p *peer) answers(req *wire.Request, status int) {
	p.tb.Helper()
	res := answer(req, status)
	if _, err := io.WriteString(p.conn, res.String()); err != nil {
		p.tb.Fatal(err)
	}
}

// sdp is a description of PCMU at a port where nothing listens.
const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n"

// prefixes are networks.
func prefixes(tb testing.TB, texts ...string) []netip.Prefix {
	tb.Helper()
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// script is a call as a hand writes it.
type script struct {
	p       *peer
	network string
	id      string
	to      string // with the tag, once there is one
	target  string // the other side's Contact
	seq     int
}

func newScript(p *peer, network string) *script {
	return &script{p: p, network: network, id: wire.GenerateTagN(8), to: "<sip:shop@huike>", target: "sip:shop@huike"}
}

// request is a request of the call; extra are lines of header fields.
func (s *script) request(method string, seq int, extra, body string) string {
	if body != "" && !strings.Contains(extra, "Content-Type") {
		extra += "Content-Type: application/sdp\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s%d%s;rport\nMax-Forwards: 70\nFrom: <sip:13900005678@127.0.0.1>;tag=%sf\n"+
		"To: %s\nCall-ID: %s\nCSeq: %d %s\nContact: <sip:me@%s>\n%sContent-Length: %d\n\n", method, s.target, s.network, s.p.conn.LocalAddr(),
		s.id, seq, branchMethod(method), s.id, s.to, s.id, seq, method, s.p.conn.LocalAddr(), extra, len(body)) + body
}

// branchMethod lets a CANCEL share the INVITE's branch, and nothing else.
func branchMethod(method string) string {
	if method == "CANCEL" {
		return "INVITE"
	}
	return method
}

// invite sends an INVITE and returns the answer, which has been taken note of.
func (s *script) invite(extra string, want int) *wire.Response {
	s.p.tb.Helper()
	return s.offer(extra, sdp, want)
}

// offer is invite with that description.
func (s *script) offer(extra, body string, want int) *wire.Response {
	s.p.tb.Helper()
	return s.change("INVITE", extra, body, want)
}

// change is offer by that method.
func (s *script) change(method, extra, body string, want int) *wire.Response {
	s.p.tb.Helper()
	s.seq++
	head := s.request(method, s.seq, extra, body)
	_, _ = io.WriteString(s.p.conn, strings.ReplaceAll(strings.ReplaceAll(head, "\r\n", "\n"), "\n", "\r\n"))
	res := s.p.status(want)
	if tag := tagOf(res.To().Params); tag != "" && want < 300 {
		s.to = "<sip:shop@huike>;tag=" + tag
	}
	if contact := contactOf(res); contact != nil {
		s.target = contact.Address.String()
	}
	return res
}

// ack acknowledges the last INVITE.
func (s *script) ack() { s.p.say(s.request("ACK", s.seq, "", "")) }

// ask sends a request without a body and waits for the answer to it.
func (s *script) ask(method, extra string, want int) *wire.Response {
	s.p.tb.Helper()
	s.seq++
	s.p.say(s.request(method, s.seq, extra, ""))
	return s.p.status(want)
}
