package rtp_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"huike/session/rtp"
)

// portOf reads the port of a description's m-line.
func portOf(tb testing.TB, description []byte) uint16 {
	tb.Helper()
	m := regexp.MustCompile(`m=audio (\d+)`).FindSubmatch(description)
	if m == nil {
		tb.Fatalf("no m-line in\n%s", description)
	}
	port, err := strconv.ParseUint(string(m[1]), 10, 16)
	if err != nil {
		tb.Fatal(err)
	}
	return uint16(port)
}

// stranger is a socket that is no part of the call.
type stranger struct {
	t    testing.TB
	conn *net.UDPConn
	to   netip.AddrPort
}

func newStranger(tb testing.TB, victim uint16) *stranger {
	tb.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return &stranger{tb, conn, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), victim)}
}

func (s *stranger) send(b []byte) {
	if _, err := s.conn.WriteToUDPAddrPort(b, s.to); err != nil {
		s.t.Fatal(err)
	}
}

// rtpPacket writes a packet of PCMU whose payload begins with a number.
func rtpPacket(ssrc uint32, seq uint16, number uint32) []byte {
	b := make([]byte, 12+160)
	b[0] = 0x80
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	binary.BigEndian.PutUint32(b[12:], number)
	return b
}

// until waits for a condition that other goroutines bring about.
func until(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(patience)
	for !ok() {
		select {
		case <-ticker.C:
		case <-timeout:
			tb.Fatal("waited in vain for ", what)
		}
	}
}

const evil = 0xEEEEEEEE

func TestAStrangerNeitherIsHeardNorHears(t *testing.T) {
	for _, secure := range []rtp.Secure{rtp.None, rtp.SDES, rtp.DTLS} {
		t.Run(secure.String(), func(t *testing.T) {
			p := ports(t, rtp.Config{})
			options := rtp.Options{Codecs: all()[2:3], Secure: secure}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			offer, _ := agree(t, a, b)
			atA, atB := listen(a), listen(b)
			ready(t, a, b)
			write(t, b, numbered(1, 160, 0))
			first := await(t, atA, 1)

			thief := newStranger(t, portOf(t, offer))
			for i := range uint16(40) {
				thief.send(rtpPacket(first.SSRC, first.Sequence+1+i, evil)) // who has seen the stream
				thief.send(rtpPacket(first.SSRC+1, i, evil))                // who has not
			}
			until(t, "the stranger's packets", func() bool {
				s := a.Stats()
				return s["foreignSourcePackets"]+s["unauthenticPackets"] == 80
			})
			write(t, b, numbered(2, 160, 160))
			for p := range atA {
				if n := binary.BigEndian.Uint32(p.Payload); n == evil {
					t.Fatal("the stranger is heard")
				} else if n == 2 {
					break
				}
			}
			write(t, a, numbered(3, 160, 0))
			await(t, atB, 3)
			if err := thief.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if n, err := thief.conn.Read(make([]byte, 2048)); err == nil {
				t.Errorf("the stranger gets %d bytes", n)
			}
		})
	}
}

func TestReplayedPacketsAreDropped(t *testing.T) {
	p := ports(t, rtp.Config{})
	options := rtp.Options{Codecs: all()[2:3], Secure: rtp.SDES}
	a, b := endpoint(t, p, options), endpoint(t, p, options)
	// b's sound goes by way of a tap that keeps a copy.
	offer, err := a.Offer()
	if err != nil {
		t.Fatal(err)
	}
	tap := newStranger(t, portOf(t, offer))
	tapped := regexp.MustCompile(`m=audio \d+`).ReplaceAll(offer,
		[]byte("m=audio "+strconv.Itoa(tap.conn.LocalAddr().(*net.UDPAddr).Port)))
	answer, err := b.Answer(tapped)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Accept(answer); err != nil {
		t.Fatal(err)
	}
	atA := listen(a)
	write(t, b, numbered(1, 160, 0))
	packet := make([]byte, 2048)
	n, err := tap.conn.Read(packet)
	if err != nil {
		t.Fatal(err)
	}
	tap.send(packet[:n])
	await(t, atA, 1)
	for range 10 {
		tap.send(packet[:n])
	}
	packet[20] ^= 1
	tap.send(packet[:n])
	until(t, "the replayed packets", func() bool { return a.Stats()["unauthenticPackets"] == 11 })
	select {
	case p := <-atA:
		t.Errorf("a replayed packet is heard: %+v", p)
	default:
	}
}

func TestAFloodCostsNoMemory(t *testing.T) {
	p := ports(t, rtp.Config{})
	for _, secure := range []rtp.Secure{rtp.None, rtp.SDES} {
		t.Run(secure.String(), func(t *testing.T) {
			options := rtp.Options{Codecs: all()[2:3], Secure: secure}
			a, b := endpoint(t, p, options), endpoint(t, p, options)
			offer, _ := agree(t, a, b)
			atA := listen(a)
			write(t, b, numbered(1, 160, 0))
			await(t, atA, 1)
			thief := newStranger(t, portOf(t, offer))
			random := rand.New(rand.NewPCG(1, 2))
			junk := make([]byte, 600)
			flood := func(n int) {
				for range n {
					for i := range junk {
						junk[i] = byte(random.Uint32())
					}
					junk[0] = []byte{0x80, 0x81, 0x90, 0xA0, 0, 22, 64, 0xFF}[random.IntN(8)]
					thief.send(junk[:random.IntN(len(junk))])
				}
			}
			var before, after runtime.MemStats
			flood(2000)
			runtime.GC()
			runtime.ReadMemStats(&before)
			flood(30000)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 200_000 {
				t.Errorf("%d bytes grown", grown)
			}
			until(t, "the caller's next words", func() bool {
				write(t, b, numbered(2, 160, 160))
				select {
				case p := <-atA:
					return len(p.Payload) > 4 && binary.BigEndian.Uint32(p.Payload) == 2
				default:
					return false
				}
			})
		})
	}
}
