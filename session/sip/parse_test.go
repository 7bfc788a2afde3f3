package sip

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

func TestNumbersOfURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:+8613900005678@pbx.example;user=phone": "8613900005678", "tel:+86-139-0000-5678": "8613900005678",
		"sip:13900005678;phone-context=+86@pbx": "13900005678", "sip:alice@pbx": "", "sip:pbx": "", "sip:%2B4420@pbx": "4420",
		"sip:anonymous@anonymous.invalid": "", "tel:1": "", "tel:123456789012345678901": "", "mailto:1234@x": "", "": "",
		"sips:139(0000)5678:secret@pbx": "13900005678",
	} {
		if got := digitsOf(uri); got != want {
			t.Errorf("%s is the number %q, want %q", uri, got, want)
		}
	}
}

func TestWhoCalls(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		asserted     bool
		want         string
	}{
		{"a peer's word stands above From", "P-Asserted-Identity: <sip:+4420@pbx>\r\n", true, "4420"},
		{"one of several is a number", "P-Asserted-Identity: \"a,b\" <sip:alice@pbx>, <tel:4420>\r\n", true, "4420"},
		{"who is no peer asserts nothing", "P-Asserted-Identity: <sip:+4420@pbx>\r\n", false, "13900005678"},
		{"a number that is withheld is not used", "P-Asserted-Identity: <sip:+4420@pbx>\r\nPrivacy: id;critical\r\n", true, ""},
		{"privacy of none withholds nothing", "Privacy: none\r\n", true, "13900005678"},
	} {
		msg, err := parse([]byte("INVITE sip:shop@huike SIP/2.0\r\nFrom: <sip:13900005678@pbx>;tag=1\r\n" + c.fields + "Content-Length: 0\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := callerOf(msg.(*wire.Request), c.asserted); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestKeysOfInfo(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{typeRelay, "Signal=5\r\nDuration=160\r\n", "5"},
		{typeRelay, "Signal= *\r\n", "*"},
		{typeRelay, "signal=11\n", "#"},
		{typeKeys, "7", "7"},
		{typeKeys, "#\r\n", "#"},
		{typeKeys, "Signal=3\nDuration=1", "3"},
		{typeRelay, "Duration=160\r\n", ""},
		{typeKeys, "hello", ""},
		{typeRelay, "", ""},
		{typeKeys, "a", "A"},
	} {
		if got, _ := parseKey(c.kind, c.body); got != c.want {
			t.Errorf("%s %q is the key %q, want %q", c.kind, c.body, got, c.want)
		}
	}
}

func TestSessionsAreRefreshedOrEnd(t *testing.T) {
	timer := sessionTimer{changed: make(chan struct{}, 1)}
	timer.set(100*time.Second, true)
	if at, refresh := timer.due(); !refresh || time.Until(at) > 50*time.Second || time.Until(at) < 49*time.Second {
		t.Errorf("due in %v, refresh %v", time.Until(at), refresh)
	}
	timer.next, timer.end = time.Now(), time.Now().Add(50*time.Second)
	timer.again() // it was not renewed
	if at, refresh := timer.due(); !refresh || time.Until(at) < 24*time.Second || time.Until(at) > 25*time.Second {
		t.Errorf("again in %v, refresh %v", time.Until(at), refresh)
	}
	timer.next, timer.end = time.Now(), time.Now().Add(20*time.Second)
	timer.again()
	if at, refresh := timer.due(); refresh || time.Until(at) > 20*time.Second {
		t.Errorf("ends in %v, refresh %v", time.Until(at), refresh)
	}
	timer.set(90*time.Second, false)
	if at, refresh := timer.due(); refresh || time.Until(at) > 60*time.Second || time.Until(at) < 59*time.Second {
		t.Errorf("ends in %v, refresh %v", time.Until(at), refresh)
	}
	timer.set(0, false)
	if at, _ := timer.due(); !at.IsZero() {
		t.Error("without an agreement something is due")
	}
}

func TestNoncesAreForOneUseAddressAndTime(t *testing.T) {
	n := newNonces()
	here, there := hostAddr("192.0.2.1"), hostAddr("192.0.2.2")
	now := time.Now()
	nonce := n.give(here, now)
	if n.use(nonce, 1, there, now) || n.use("x"+nonce, 1, here, now) || n.use(nonce, 1, here, now.Add(nonceLife+time.Minute)) {
		t.Error("a nonce is of use for what it was not given for")
	}
	if !n.use(nonce, 1, here, now) || n.use(nonce, 1, here, now) || !n.use(nonce, 2, here, now) {
		t.Error("a count is of use once, and the next is")
	}
	if again := n.give(here, now); again == nonce {
		t.Error("two nonces of a second are one")
	}
}

func TestSourcesAreForgottenInTurn(t *testing.T) {
	g := newGuard(5)
	for i := range 2 * sourcesKept {
		addr := hostAddr("10.0.0.0").As4()
		addr[1], addr[2], addr[3] = byte(i>>16), byte(i>>8), byte(i)
		g.message(addrFrom(addr), false)
	}
	if len(g.sources) > sourcesKept || g.order.Len() != len(g.sources) {
		t.Errorf("%d sources are kept, %d in order", len(g.sources), g.order.Len())
	}
}

func TestASourceThatIsAPeerMaySendMore(t *testing.T) {
	g := newGuard(5)
	here := hostAddr("192.0.2.1")
	if _, ok := g.connect(here); !ok { // before anything else is known of it
		t.Fatal("no connection")
	}
	for i := range 2 * messageRate {
		if !g.message(here, false) {
			t.Fatalf("message %d of a stranger is dropped", i)
		}
	}
	if g.due(here, false) == 0 {
		t.Error("a stranger's flood has not to wait")
	}
	g = newGuard(5)
	_, _ = g.connect(here)
	for i := range 2 * messageRate * peerFactor {
		if g.due(here, true) != 0 {
			t.Fatalf("message %d of a peer has to wait", i)
		}
	}
}

func addrFrom(b [4]byte) netip.Addr { return netip.AddrFrom4(b) }

func FuzzMessage(f *testing.F) {
	names, _ := filepath.Glob("testdata/torture/*/*.dat")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if answer := refuseRaw(data, 400, "Bad Request"); answer != nil && !strings.HasSuffix(string(answer), "\r\n\r\n") {
			t.Errorf("the answer does not end: %q", answer)
		}
		msg, err := parse(data)
		req, ok := msg.(*wire.Request)
		if err != nil || !ok || !isWhole(req) {
			return
		}
		req.SetSource("127.0.0.1:5060")
		if status, _ := check(req); status != 0 {
			return
		}
		_ = contentOf(req)
		_ = callerOf(req, true)
		_ = contextOf(req, true)
		_ = langOf(req)
		_, _ = parseReplaces(fieldOf(req, "Replaces"))
		_ = refresherOf(req)
		_ = isTranslated(req)
		_, _ = parse([]byte(answer(req, 200).String()))
	})
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("\r\n\r\nX"))
	f.Add([]byte("A\r\nl: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		size, err := frame(data)
		if size < 0 || size > len(data) || (err != nil && size != 0) {
			t.Errorf("a frame of %d bytes in %d, %v", size, len(data), err)
		}
	})
}

func FuzzFields(f *testing.F) {
	f.Add("\"a,b\" <sip:1@x;y?z>;q=1, <tel:+1>", "Signal=5\r\n")
	f.Add("call;to-tag=1;from-tag=2;early-only", "SIP/2.0 200 OK")
	f.Fuzz(func(t *testing.T, text, body string) {
		for _, address := range splitAddresses(text) {
			if digits := digitsOf(uriOf(address)); len(digits) > digitsMost || strings.Trim(digits, "0123456789") != "" {
				t.Errorf("%q is the number %q", address, digits)
			}
		}
		parseReplaces(text)
		if key, ok := parseKey(typeRelay, body); ok && len(key) != 1 {
			t.Errorf("the key is %q", key)
		}
		parseKey(typeKeys, body)
		if status, ok := fragStatus([]byte(body)); ok && (status < 100 || status > 699) {
			t.Errorf("the status is %d", status)
		}
		if len(printable(text)) > valueLimit {
			t.Error("a value is too long")
		}
		if _, err := ParseAccount(text); err != nil && len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Error("the error repeats the account")
		}
		knownLang(text)
	})
}

func TestCallsThatNobodyAcknowledgesAreBoundedForEachSource(t *testing.T) {
	g := newGuard(10 * halfOpenLimit)
	here, there := hostAddr("192.0.2.1"), hostAddr("192.0.2.2")
	var settle []func()
	for range halfOpenLimit {
		settled, ok := g.invite(here)
		if !ok {
			t.Fatal("a call within the limit is refused")
		}
		settle = append(settle, settled)
	}
	if _, ok := g.invite(here); ok {
		t.Error("a call above the limit is let in")
	}
	if _, ok := g.invite(there); !ok {
		t.Error("another source is refused")
	}
	settle[0]()
	settle[0]()
	if _, ok := g.invite(here); !ok {
		t.Error("a call is refused though one was acknowledged")
	}
	if _, ok := g.invite(here); ok {
		t.Error("one acknowledged call has made room for two")
	}
}

func TestRoutesOfACallerAreInTheOtherOrder(t *testing.T) {
	msg, err := parse([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nRecord-Route: <sip:second;lr>, <sip:first;lr>\r\n" +
		"From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:b@c>\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{dialogs: map[dialogID]*dialog{}}
	root := &dialog{server: s, contact: &wire.ContactHeader{}}
	p := &placing{server: s, root: root, leg: &Leg{}, forks: map[string]*dialog{}, req: wire.NewRequest(wire.INVITE, wire.Uri{})}
	p.req.AppendHeader(&wire.CSeqHeader{SeqNo: 1, MethodName: wire.INVITE})
	d := p.fork(msg.(*wire.Response))
	if len(d.route) != 2 || d.route[0].Host != "first" || d.target.Host != "c" {
		t.Errorf("the routes are %v to %v", d.route, d.target)
	}
}
