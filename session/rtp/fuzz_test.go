package rtp

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"

	"huike/audio"
)

func fuzzEndpoint(tb testing.TB) *Endpoint {
	tb.Helper()
	ports, err := Open(Config{})
	if err != nil {
		tb.Fatal(err)
	}
	e, err := ports.New(Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

const seedOffer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

// Whatever is offered, an answer has as many m-lines and is one that a strict
// reader can read.
func FuzzAnswer(f *testing.F) {
	for _, lines := range []string{
		"m=audio 4000 RTP/AVP 0 8 101 13\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\na=ptime:30\r\n",
		"m=audio 4000 RTP/SAVP 9\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r\n",
		"m=video 9 RTP/AVPF 96\r\nm=audio 4000 RTP/AVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-mux\r\na=rtcp:5000 IN IP4 192.0.2.3\r\na=rtcp-fb:* nack\r\na=mid:1\r\n",
		"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 L16/16000\r\nc=IN IP6 2001:db8::1\r\nm=image 5 udptl t38\r\n",
	} {
		f.Add([]byte(seedOffer + lines))
	}
	e := fuzzEndpoint(f)
	f.Fuzz(func(t *testing.T, offer []byte) {
		answer, err := e.Answer(offer)
		if err != nil {
			return
		}
		d, err := parse(answer)
		if err != nil {
			t.Fatalf("%v in our answer\n%s", err, answer)
		}
		offered, err := parse(offer)
		if err != nil || len(d.sections) != len(offered.sections) {
			t.Fatalf("%d m-lines for %d: %v", len(d.sections), len(offered.sections), err)
		}
		if len(offered.sections) == 1 && !strings.Contains(string(answer), "m=audio 0") {
			var strict sdp.SessionDescription
			if err := strict.Unmarshal(answer); err != nil {
				t.Fatalf("%v in our answer\n%s", err, answer)
			}
		}
		if _, err := e.Offer(); err != nil {
			t.Fatal(err)
		}
		if err := e.Accept(offer); err == nil {
			_ = e.Format()
		}
	})
}

// Our own reading of a packet is pion's.
func FuzzPacket(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9})
	f.Add([]byte{0xB1, 0x80, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0xBE, 0xDE, 0, 1, 0x10, 1, 0, 0, 9, 9, 0, 2})
	f.Add([]byte{0x80, 200, 0, 6, 0, 0, 0, 2})
	f.Add([]byte{22, 254, 253, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = protocolOf(b)
		var p audio.Packet
		ok := parseRTP(b, &p)
		var q rtp.Packet
		err := q.Unmarshal(b)
		if !ok || err != nil || q.Version != 2 {
			if ok && (b[0]&0x10 == 0) != (err == nil) && q.Version == 2 {
				t.Fatalf("taken, but %v", err) // pion looks into extensions, which are none of ours
			}
			return
		}
		want := audio.Packet{
			SSRC: q.SSRC, Sequence: q.SequenceNumber, Timestamp: q.Timestamp, Marker: q.Marker,
			PayloadType: q.PayloadType, Payload: append([]byte{}, q.Payload...),
		}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Fatal(diff)
		}
		if !p.Marker && p.PayloadType < 64 && b[0] == 0x80 && !bytes.Equal(appendRTP(nil, &p), b) {
			t.Fatalf("%x written as %x", b, appendRTP(nil, &p))
		}
	})
}

// No datagram, from anywhere and in any state, does harm.
func FuzzDatagram(f *testing.F) {
	plain := fuzzEndpoint(f)
	locked := fuzzEndpoint(f)
	keyed := fuzzEndpoint(f)
	for _, e := range []*Endpoint{plain, locked, keyed} { // the fuzzer is their reader
		e.in.mu.Lock()
		f.Cleanup(e.in.mu.Unlock)
	}
	for e, lines := range map[*Endpoint]string{
		plain:  "m=audio 9 RTP/AVP 0 13 101\r\na=rtpmap:101 telephone-event/8000\r\na=rtcp-mux\r\na=rtcp-fb:* nack\r\n",
		keyed:  "m=audio 9 RTP/SAVP 0\r\na=rtcp-mux\r\na=crypto:1 AEAD_AES_128_GCM inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubA==\r\n",
		locked: "m=audio 9 UDP/TLS/RTP/SAVP 0\r\na=setup:active\r\na=fingerprint:sha-256 " + strings.Repeat("AA:", 31) + "AA\r\n",
	} {
		if _, err := e.Answer([]byte(strings.ReplaceAll(seedOffer, "192.0.2.1", "127.0.0.1") + lines)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9}, uint16(4000))
	f.Add([]byte{0x80, 101, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 5, 0x80, 0, 160}, uint16(4000))
	f.Add([]byte{0x81, 201, 0, 1, 0, 0, 0, 2}, uint16(4000))
	f.Add([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, uint16(1))
	f.Fuzz(func(_ *testing.T, b []byte, port uint16) {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
		var p audio.Packet
		for _, e := range []*Endpoint{plain, locked, keyed} {
			_ = e.take(&p, bytes.Clone(b), from, time.Since(e.begun))
			e.takeControl(bytes.Clone(b), from, time.Since(e.begun), false)
		}
	})
}

func FuzzKeying(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4")
	f.Add("sha-256 " + strings.Repeat("AB:", 31) + "AB")
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := parseCrypto(text); ok {
			if _, err := newContext(c); err != nil {
				t.Fatalf("%v of %q", err, text)
			}
			if again, ok := parseCrypto(c.String()); !ok || !bytes.Equal(again.secret, c.secret) {
				t.Fatalf("%q written as %q", text, c)
			}
		}
		if p, ok := parseFingerprint(text); ok {
			if again, ok := parseFingerprint(p.String()); !ok || !bytes.Equal(again.sum, p.sum) {
				t.Fatalf("%q written as %q", text, p)
			}
		}
	})
}
