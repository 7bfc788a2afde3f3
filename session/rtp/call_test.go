package rtp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"huike/audio"
	"huike/session/rtp"
)

func TestKeysArriveOnceEach(t *testing.T) {
	p := ports(t, rtp.Config{})
	for _, codec := range []audio.Format{format("pcmu", 8000), format("opus", 48000)} {
		t.Run(codec.String(), func(t *testing.T) {
			options := rtp.Options{Codecs: []audio.Format{codec}}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			if err := a.SendKeys("1"); !errors.Is(err, rtp.ErrKeys) {
				t.Error("keys before there is anybody:", err)
			}
			agree(t, a, b)
			atB := listen(b)
			write(t, a, numbered(1, 160, 0))
			first := await(t, atB, 1)
			if err := a.SendKeys("x"); err == nil {
				t.Error("a key that is none")
			}
			if err := a.SendKeys("19"); err != nil {
				t.Fatal(err)
			}
			if err := a.SendKeys("#d"); err != nil {
				t.Fatal(err)
			}
			var keys strings.Builder
			for range 4 {
				select {
				case k := <-b.Keys():
					keys.WriteString(k)
				case <-time.After(patience):
					t.Fatalf("keys %q: want 19#D", keys.String())
				}
			}
			if keys.String() != "19#D" {
				t.Errorf("keys %q: want 19#D", keys.String())
			}
			until(t, "the sound behind the keys", func() bool {
				write(t, a, numbered(2, 160, 96000))
				select {
				case p := <-atB:
					if binary.BigEndian.Uint32(p.Payload) != 2 {
						return false
					}
					if p.Sequence != first.Sequence+1 {
						t.Errorf("the keys left a hole of %d in the numbers", p.Sequence-first.Sequence-1)
					}
					return true
				default:
					return false
				}
			})
		})
	}
}

func TestNoKeysWhereNoneAreAgreedUpon(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{})
	answer(t, e, "m=audio 4000 RTP/AVP 0")
	if err := e.SendKeys("1"); !errors.Is(err, rtp.ErrKeys) {
		t.Errorf("error %v: want %v", err, rtp.ErrKeys)
	}
}

func TestHoldMusicIsNotHeardAndHoldHearsNothing(t *testing.T) {
	p := ports(t, rtp.Config{})
	a, b := endpoint(t, p, rtp.Options{}), endpoint(t, p, rtp.Options{})
	agree(t, a, b)
	atA, atB := listen(a), listen(b)
	write(t, a, numbered(1, 160, 0))
	await(t, atB, 1)
	a.Hold(true)
	agree(t, a, b)
	write(t, a, numbered(2, 160, 160)) // music
	until(t, "the music", func() bool { return b.Stats()["onHoldPackets"] == 1 })
	write(t, b, numbered(3, 160, 0))
	if n := b.Stats()["unsentPackets"]; n == 0 {
		t.Error("sound for who has put us on hold")
	}
	a.Hold(false)
	agree(t, a, b)
	write(t, a, numbered(4, 160, 320))
	write(t, b, numbered(5, 160, 160))
	for p := range atB {
		if n := binary.BigEndian.Uint32(p.Payload); n == 2 {
			t.Error("the music is heard")
		} else if n == 4 {
			break
		}
	}
	await(t, atA, 5)
}

func TestTheFormatAndTheAddressChangeInMidCall(t *testing.T) {
	p := ports(t, rtp.Config{})
	a := endpoint(t, p, rtp.Options{Codecs: []audio.Format{format("opus", 48000)}})
	b := endpoint(t, p, rtp.Options{Codecs: all()})
	agree(t, a, b)
	atB := listen(b)
	write(t, a, numbered(1, 160, 0))
	first := await(t, atB, 1)
	// The peer becomes another one, at another port, that speaks something else.
	c := endpoint(t, p, rtp.Options{Codecs: []audio.Format{format("pcma", 8000)}})
	agree(t, c, b)
	if b.Format() != format("pcma", 8000) {
		t.Fatalf("format %v", b.Format())
	}
	atC := listen(c)
	write(t, c, numbered(2, 160, 0))
	if second := await(t, atB, 2); second.SSRC == first.SSRC || second.PayloadType != 8 {
		t.Errorf("%+v", second)
	}
	write(t, b, numbered(3, 160, 0))
	await(t, atC, 3)
	write(t, a, numbered(4, 160, 0))
	until(t, "the packet from the old place", func() bool {
		s := b.Stats()
		return s["foreignTypePackets"]+s["foreignSourcePackets"] > 0
	})
}

func TestAnotherFormatOfTheAnswerIsFollowed(t *testing.T) {
	p := ports(t, rtp.Config{})
	a := endpoint(t, p, rtp.Options{Codecs: []audio.Format{format("pcmu", 8000), format("pcma", 8000)}})
	offer, err := a.Offer()
	if err != nil {
		t.Fatal(err)
	}
	peer := newStranger(t, portOf(t, offer))
	port := peer.conn.LocalAddr().(*net.UDPAddr).Port
	text := strings.ReplaceAll(string(sdp("m=audio PORT RTP/AVP 0 8", "c=IN IP4 127.0.0.1")), "PORT", strconv.Itoa(port))
	if err := a.Accept([]byte(text)); err != nil {
		t.Fatal(err)
	}
	atA := listen(a)
	for i := range uint16(5) {
		b := rtpPacket(1, i, uint32(i)+100)
		b[1] = 8
		peer.send(b)
	}
	await(t, atA, 102)
	if a.Format() != format("pcma", 8000) {
		t.Errorf("format %v: want PCMA", a.Format())
	}
	write(t, a, numbered(7, 160, 0))
	b := make([]byte, 2048)
	for {
		n, err := peer.conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if b[1]&0x7f < 64 && n > 12 && binary.BigEndian.Uint32(b[12:]) == 7 {
			if b[1]&0x7f != 8 {
				t.Errorf("answers in payload type %d", b[1]&0x7f)
			}
			return
		}
	}
}

func TestLostPacketsAreAskedForAndSentAgain(t *testing.T) {
	p := ports(t, rtp.Config{})
	for _, secure := range []rtp.Secure{rtp.None, rtp.SDES} {
		t.Run(secure.String(), func(t *testing.T) {
			options := rtp.Options{Codecs: all()[2:3], Secure: secure}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			agree(t, a, b)
			atA, atB := listen(a), listen(b)
			go func() {
				for range atA {
				}
			}()
			write(t, a, numbered(1, 160, 0))
			first := await(t, atB, 1)
			write(t, a, numbered(2, 160, 160))
			second := await(t, atB, 2)
			b.Nack([]uint16{first.Sequence})
			if secure == rtp.SDES { // what was not lost is a replay there
				until(t, "the packet that is sent again", func() bool { return b.Stats()["unauthenticPackets"] == 1 })
				return
			}
			again := await(t, atB, 1)
			if again.Sequence != first.Sequence || again.Timestamp != first.Timestamp || second.Sequence != first.Sequence+1 {
				t.Errorf("%+v came again as %+v", first, again)
			}
			until(t, "its count", func() bool { return a.Stats()["retransmittedPacketsSent"] == 1 })
		})
	}
}

// The reports' times are real: the first within 750 ms.
func TestReportsOnBothPorts(t *testing.T) {
	for _, mux := range []bool{true, false} {
		for _, secure := range []rtp.Secure{rtp.None, rtp.SDES} {
			t.Run(secure.String()+map[bool]string{true: " together", false: " apart"}[mux], func(t *testing.T) {
				t.Parallel()
				p := ports(t, rtp.Config{})
				options := rtp.Options{Codecs: all()[2:3], Secure: secure}
				a, b := endpoint(t, p, options), endpoint(t, p, options)
				offer, err := a.Offer()
				if err != nil {
					t.Fatal(err)
				}
				if !mux {
					offer = bytes.ReplaceAll(offer, []byte("a=rtcp-mux\r\n"), nil)
				}
				answer, err := b.Answer(offer)
				if err != nil {
					t.Fatal(err)
				}
				if err := a.Accept(answer); err != nil {
					t.Fatal(err)
				}
				listen(a)
				listen(b)
				ready(t, a, b)
				stamp := uint32(0)
				until(t, "round trips", func() bool {
					stamp += 40
					write(t, a, numbered(1, 160, stamp))
					write(t, b, numbered(1, 160, stamp))
					return a.RoundTrip() > 0 && b.RoundTrip() > 0
				})
				if a.RoundTrip() > time.Second || a.Loss() > 0.1 {
					t.Errorf("round trip %v, loss %v", a.RoundTrip(), a.Loss())
				}
			})
		}
	}
}

func TestByeOnClose(t *testing.T) {
	p := ports(t, rtp.Config{})
	e := endpoint(t, p, rtp.Options{})
	peer := newStranger(t, 9)
	port := strconv.Itoa(peer.conn.LocalAddr().(*net.UDPAddr).Port)
	answer(t, e, "m=audio "+port+" RTP/AVP 0", "c=IN IP4 127.0.0.1", "a=rtcp-mux")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2048)
	n, err := peer.conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	list, err := rtcp.Unmarshal(b[:n])
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := list[len(list)-1].(*rtcp.Goodbye); !ok {
		t.Errorf("%v", list)
	}
}

func TestAPeerBehindNATIsFound(t *testing.T) {
	for _, secure := range []rtp.Secure{rtp.None, rtp.SDES, rtp.DTLS} {
		t.Run(secure.String(), func(t *testing.T) {
			p := ports(t, rtp.Config{})
			options := rtp.Options{Codecs: all()[2:3], Secure: secure, Peer: netip.MustParseAddr("127.0.0.1")}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			offer, err := a.Offer()
			if err != nil {
				t.Fatal(err)
			}
			// The offer names an address that only the offerer's network has.
			answer, err := b.Answer(bytes.ReplaceAll(offer, []byte("c=IN IP4 127.0.0.1"), []byte("c=IN IP4 192.0.2.77")))
			if err != nil {
				t.Fatal(err)
			}
			if secure == rtp.DTLS { // who is behind NAT must begin
				offer = bytes.ReplaceAll(offer, []byte("a=setup:actpass"), []byte("a=setup:active"))
				offer = bytes.ReplaceAll(offer, []byte("c=IN IP4 127.0.0.1"), []byte("c=IN IP4 192.0.2.77"))
				if answer, err = b.Answer(offer); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Accept(answer); err != nil {
				t.Fatal(err)
			}
			atA, atB := listen(a), listen(b)
			ready(t, a, b)
			write(t, a, numbered(1, 160, 0))
			write(t, a, numbered(2, 160, 160))
			write(t, a, numbered(3, 160, 320))
			await(t, atB, 3)
			write(t, b, numbered(4, 160, 0))
			await(t, atA, 4)
		})
	}
}

func TestRingingIsNotHeard(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()[2:3]})
	offer, err := e.Offer()
	if err != nil {
		t.Fatal(err)
	}
	peer := newStranger(t, portOf(t, offer))
	port := strconv.Itoa(peer.conn.LocalAddr().(*net.UDPAddr).Port)
	accept := func() {
		if err := e.Accept(sdp("m=audio "+port+" RTP/AVP 0", "c=IN IP4 127.0.0.1")); err != nil {
			t.Fatal(err)
		}
	}
	peer.send(rtpPacket(1, 1, 1))
	accept() // 183
	for i := range uint16(50) {
		peer.send(rtpPacket(1, 2+i, 1))
	}
	accept() // 200
	peer.send(rtpPacket(1, 52, 2))
	var p audio.Packet
	if err := e.ReadPacket(&p); err != nil || binary.BigEndian.Uint32(p.Payload) != 2 {
		t.Errorf("%v, %+v", err, p)
	}
	if n := e.Stats()["earlyPackets"]; n != 51 {
		t.Errorf("%v packets thrown away: want 51", n)
	}
}
