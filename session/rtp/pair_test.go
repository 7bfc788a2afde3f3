package rtp_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"huike/audio"
	"huike/session/rtp"
)

// ports opens a server on this machine.
func ports(tb testing.TB, config rtp.Config) *rtp.Ports {
	tb.Helper()
	p, err := rtp.Open(config)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// endpoint opens an endpoint that the test closes.
func endpoint(tb testing.TB, p *rtp.Ports, options rtp.Options) *rtp.Endpoint {
	tb.Helper()
	e, err := p.New(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

// agree lets one endpoint offer and the other answer.
func agree(tb testing.TB, offerer, answerer *rtp.Endpoint) (offer, answer []byte) {
	tb.Helper()
	offer, err := offerer.Offer()
	if err != nil {
		tb.Fatal("offer:", err)
	}
	if answer, err = answerer.Answer(offer); err != nil {
		tb.Fatalf("answer: %v\n%s", err, offer)
	}
	if err = offerer.Accept(answer); err != nil {
		tb.Fatalf("accept: %v\n%s", err, answer)
	}
	return offer, answer
}

// heard is a packet with a payload of its own, or the reader's last error.
type heard struct {
	audio.Packet
	err error
}

// listen reads an endpoint until it is closed.
func listen(e *rtp.Endpoint) <-chan heard {
	c := make(chan heard, 4096)
	go func() {
		defer close(c)
		for {
			var p audio.Packet
			if err := e.ReadPacket(&p); err != nil {
				c <- heard{err: err}
				return
			}
			p.Payload = append([]byte(nil), p.Payload...)
			select {
			case c <- heard{Packet: p}:
			default:
			}
		}
	}()
	return c
}

const patience = 30 * time.Second

// await returns the first packet whose payload begins with that number.
func await(tb testing.TB, c <-chan heard, number uint32) audio.Packet {
	tb.Helper()
	timeout := time.After(patience)
	for {
		select {
		case p := <-c:
			if p.err != nil {
				tb.Fatal("read:", p.err)
			}
			if len(p.Payload) >= 4 && binary.BigEndian.Uint32(p.Payload) == number {
				return p.Packet
			}
		case <-timeout:
			tb.Fatalf("packet %#x did not come", number)
		}
	}
}

// numbered is a packet of n bytes that begins with its number.
func numbered(number uint32, n int, timestamp uint32) *audio.Packet {
	payload := make([]byte, n)
	binary.BigEndian.PutUint32(payload, number)
	return &audio.Packet{Timestamp: timestamp, Payload: payload}
}

func ready(tb testing.TB, list ...*rtp.Endpoint) {
	tb.Helper()
	for _, e := range list {
		select {
		case <-e.Ready():
		case <-time.After(patience):
			tb.Fatal("not ready")
		}
	}
}

func write(tb testing.TB, e *rtp.Endpoint, p *audio.Packet) {
	tb.Helper()
	if err := e.WritePacket(p); err != nil {
		tb.Fatal("write:", err)
	}
}

func format(name string, rate int) audio.Format { return audio.Format{Name: name, ClockRate: rate} }

func TestEachSecurityAndCodec(t *testing.T) {
	codecs := []audio.Format{
		format("pcmu", 8000), format("pcma", 8000), format("g722", 8000), format("opus", 48000),
		format("l16", 8000), format("l16", 16000), format("l16", 24000), format("l16", 48000),
	}
	p := ports(t, rtp.Config{})
	for _, secure := range []rtp.Secure{rtp.None, rtp.Optional, rtp.SDES, rtp.DTLS, rtp.Required} {
		for _, codec := range codecs {
			t.Run(secure.String()+"/"+codec.String(), func(t *testing.T) {
				a := endpoint(t, p, rtp.Options{Codecs: []audio.Format{codec}, Secure: secure})
				b := endpoint(t, p, rtp.Options{Codecs: codecs, Secure: rtp.Optional})
				if secure == rtp.None {
					b = endpoint(t, p, rtp.Options{Codecs: codecs, Secure: rtp.None})
				}
				offer, answer := agree(t, a, b)
				if a.Format() != codec || b.Format() != codec {
					t.Fatalf("agreed on %v and %v\n%s\n%s", a.Format(), b.Format(), offer, answer)
				}
				atA, atB := listen(a), listen(b)
				ready(t, a, b)
				size, units := 160, 160
				if codec.Name == "l16" {
					units = codec.ClockRate / 50
					if codec.ClockRate == 48000 {
						units /= 2 // more is too long for a network to take whole
					}
					size = 2 * units
				}
				write(t, a, numbered(0xA0000001, size, 0))
				first := await(t, atB, 0xA0000001)
				write(t, b, numbered(0xB0000001, size, 0))
				await(t, atA, 0xB0000001)
				write(t, a, numbered(0xA0000002, size, uint32(units)))
				second := await(t, atB, 0xA0000002)
				if second.Sequence != first.Sequence+1 || second.Timestamp-first.Timestamp != uint32(units) || second.SSRC != first.SSRC {
					t.Errorf("%+v follows %+v", second, first)
				}
				if len(second.Payload) != size {
					t.Errorf("payload of %d bytes: want %d", len(second.Payload), size)
				}
			})
		}
	}
	if n := p.Count(); n != 0 {
		t.Errorf("%d endpoints are left", n)
	}
}

func TestCloseEndsTheReader(t *testing.T) {
	p := ports(t, rtp.Config{})
	a, b := endpoint(t, p, rtp.Options{}), endpoint(t, p, rtp.Options{})
	agree(t, a, b)
	at := listen(a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for h := range at {
		if h.err != nil && !errors.Is(h.err, io.EOF) {
			t.Error("read:", h.err)
		}
	}
	if err := a.WritePacket(numbered(1, 160, 0)); !errors.Is(err, io.ErrClosedPipe) {
		t.Error("write after close:", err)
	}
	if _, err := a.Answer(sdp("m=audio 4000 RTP/AVP 0")); !errors.Is(err, net.ErrClosed) {
		t.Error("answer after close:", err)
	}
	if err := a.SendKeys("1"); err == nil {
		t.Error("keys after close")
	}
	if _, ok := <-a.Keys(); ok {
		t.Error("a key out of a closed endpoint")
	}
}
