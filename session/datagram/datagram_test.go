package datagram_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"huike/session/datagram"
)

// listen returns a UDP socket of Go's, and its address.
func listen(tb testing.TB, network, address string) (*net.UDPConn, netip.AddrPort) {
	tb.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(tb.Context(), network, address)
	if err != nil {
		tb.Skipf("this machine has no %s: %v", network, err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	udp, _ := conn.(*net.UDPConn)
	at, _ := udp.LocalAddr().(*net.UDPAddr)
	return udp, at.AddrPort()
}

// take makes conn a Socket.
func take(tb testing.TB, conn *net.UDPConn) *datagram.Socket {
	tb.Helper()
	s, err := datagram.Take(conn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	_ = conn.Close()
	return s
}

func TestPacketsGoBothWays(t *testing.T) {
	for _, c := range []struct{ network, address string }{{"udp4", "127.0.0.1:0"}, {"udp6", "[::1]:0"}} {
		t.Run(c.network, func(t *testing.T) {
			conn, at := listen(t, c.network, c.address)
			other, from := listen(t, c.network, c.address)
			for i := range 20 { // more than one batch, and some before the socket is taken over
				if _, err := other.WriteToUDPAddrPort(fmt.Appendf(nil, "packet %d", i), at); err != nil {
					t.Fatal(err)
				}
			}
			s := take(t, conn)
			b := datagram.NewBatch()
			defer b.Free()
			for i := 0; i < 20; {
				if err := s.Read(b); err != nil {
					t.Fatal(err)
				}
				for packet, source, age, ok := b.Next(); ok; packet, source, age, ok = b.Next() {
					if want := fmt.Sprintf("packet %d", i); string(packet) != want || source != from || age < 0 {
						t.Fatalf("%q from %v, %v old; want %q from %v", packet, source, age, want, from)
					}
					i++
				}
			}
			if b.Full() {
				t.Error("a batch that was not filled says that it was")
			}
			if err := s.Write([]byte("answer"), from); err != nil {
				t.Fatal(err)
			}
			room := make([]byte, 100)
			if n, source, err := other.ReadFromUDPAddrPort(room); err != nil || source != at || string(room[:n]) != "answer" {
				t.Fatalf("%q from %v, %v; want the answer from %v", room[:n], source, err, at)
			}
		})
	}
}

func TestASocketWithoutPacketsDoesNotWait(t *testing.T) {
	conn, _ := listen(t, "udp4", "127.0.0.1:0")
	s, b := take(t, conn), datagram.NewBatch()
	defer b.Free()
	if err := s.Read(b); err != nil {
		t.Fatal(err)
	}
	if packet, _, _, ok := b.Next(); ok {
		t.Fatalf("%q came from nowhere", packet)
	}
}

// A kernel whose first such socket this is takes a moment to begin with its times.
func TestAPacketTellsWhenItCame(t *testing.T) {
	conn, at := listen(t, "udp4", "127.0.0.1:0")
	other, _ := listen(t, "udp4", "127.0.0.1:0")
	s, b := take(t, conn), datagram.NewBatch()
	defer b.Free()
	for range 50 {
		sent := time.Now()
		if _, err := other.WriteToUDPAddrPort([]byte("x"), at); err != nil {
			t.Fatal(err)
		}
		<-time.After(30 * time.Millisecond)
		if err := s.Read(b); err != nil {
			t.Fatal(err)
		}
		_, _, age, ok := b.Next()
		if !ok || age < 0 || age > time.Since(sent) {
			t.Fatalf("a packet of %v ago says that it is %v old", time.Since(sent), age)
		}
		if age >= 25*time.Millisecond {
			return
		}
	}
	t.Error("packets that waited 30 ms never say so")
}

func TestALongPacketIsCut(t *testing.T) {
	conn, at := listen(t, "udp4", "127.0.0.1:0")
	other, _ := listen(t, "udp4", "127.0.0.1:0")
	s, b := take(t, conn), datagram.NewBatch()
	defer b.Free()
	if _, err := other.WriteToUDPAddrPort(bytes.Repeat([]byte{1}, 2*datagram.Limit), at); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(b); err != nil {
		t.Fatal(err)
	}
	if packet, _, _, ok := b.Next(); !ok || len(packet) != datagram.Limit {
		t.Fatalf("%d bytes, want %d", len(packet), datagram.Limit)
	}
}

func TestAClosedSocketSaysSo(t *testing.T) {
	conn, at := listen(t, "udp4", "127.0.0.1:0")
	s, b := take(t, conn), datagram.NewBatch()
	defer b.Free()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Read(b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if err := s.Write([]byte("x"), at); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	if _, err := datagram.Take(conn); err == nil {
		t.Error("a closed connection was taken over")
	}
}

func TestAFamilyThatTheSocketHasNotIsAnError(t *testing.T) {
	conn, _ := listen(t, "udp4", "127.0.0.1:0")
	s := take(t, conn)
	if err := s.Write([]byte("x"), netip.MustParseAddrPort("[2001:db8::1]:5004")); err == nil {
		t.Error("a packet went from IPv4 to IPv6")
	}
}

// One packet from Write to Next over loopback.
func BenchmarkPacket(b *testing.B) {
	conn, at := listen(b, "udp4", "127.0.0.1:0")
	other, _ := listen(b, "udp4", "127.0.0.1:0")
	to, from := take(b, conn), take(b, other)
	packet := make([]byte, 172)
	b.ReportAllocs()
	for b.Loop() {
		if err := from.Write(packet, at); err != nil {
			b.Fatal(err)
		}
		batch := datagram.NewBatch()
		if err := to.Read(batch); err != nil {
			b.Fatal(err)
		}
		if _, _, _, ok := batch.Next(); !ok {
			b.Fatal("lost on loopback")
		}
		batch.Free()
	}
}

func Example() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	socket, err := datagram.Take(conn)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = conn.Close() // from here on nobody is woken by its packets
	defer socket.Close()

	_ = socket.Write([]byte("to myself"), at)
	batch := datagram.NewBatch()
	defer batch.Free()
	if err := socket.Read(batch); err != nil {
		fmt.Println(err)
		return
	}
	packet, from, _, ok := batch.Next()
	fmt.Printf("%s %v %v\n", packet, from == at, ok)
	// Output: to myself true true
}
