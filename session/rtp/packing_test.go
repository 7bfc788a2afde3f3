package rtp_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/session/rtp"
)

func TestPacketsOfTheLengthThatIsWanted(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		sizes []int // of the packets of five frames of 20 ms
	}{
		{"20 ms", []string{"m=audio PORT RTP/AVP 0"}, []int{160, 160, 160, 160, 160}},
		{"40 ms", []string{"m=audio PORT RTP/AVP 0", "a=ptime:40"}, []int{320, 320}},
		{"30 ms", []string{"m=audio PORT RTP/AVP 0", "a=ptime:30"}, []int{240, 240, 240}},
		{"10 ms", []string{"m=audio PORT RTP/AVP 0", "a=ptime:10"}, []int{80, 80, 80, 80, 80, 80, 80, 80, 80, 80}},
		{"no more than 20 ms", []string{"m=audio PORT RTP/AVP 0", "a=ptime:60", "a=maxptime:20"}, []int{160, 160, 160, 160, 160}},
		{"no more than a network takes", []string{"m=audio PORT RTP/AVP 96", "a=rtpmap:96 L16/16000", "a=ptime:60"}, []int{1280, 1280}},
		{"Opus, frames joined", []string{"m=audio PORT RTP/AVP 96", "a=rtpmap:96 opus/48000/2", "a=ptime:40"}, []int{321, 321}},
		{"Opus, no more than 30 ms", []string{"m=audio PORT RTP/AVP 96", "a=rtpmap:96 opus/48000/2", "a=ptime:60", "a=maxptime:30"}, []int{160, 160, 160, 160, 160}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()})
			peer := newStranger(t, 9)
			text := strings.Join(c.lines, "\r\n")
			text = strings.ReplaceAll(text, "PORT", strconv.Itoa(peer.conn.LocalAddr().(*net.UDPAddr).Port))
			answer(t, e, text, "c=IN IP4 127.0.0.1")
			units, bytes := uint32(160), 160
			switch e.Format().Name {
			case "l16":
				units, bytes = 320, 640
			case "opus":
				units = 960
			}
			for i := range uint32(5) {
				payload := make([]byte, bytes)
				payload[0] = 9 << 3 // of Opus: one frame of 20 ms
				write(t, e, &audio.Packet{Timestamp: i * units, Payload: payload})
			}
			if err := peer.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 4096)
			var base uint32
			sum := 0
			for i, want := range c.sizes {
				n, err := peer.conn.Read(b)
				if err != nil {
					t.Fatal(err)
				}
				if n-12 != want {
					t.Errorf("packet %d has %d bytes: want %d", i, n-12, want)
				}
				stamp := binary.BigEndian.Uint32(b[4:])
				if i == 0 {
					base = stamp
				}
				at := uint32(sum) * units / uint32(bytes)
				if units == 960 { // whole frames: what joins them takes some bytes
					at -= at % units
				}
				if stamp-base != at {
					t.Errorf("packet %d is at %d: want %d", i, stamp-base, at)
				}
				sum += want
			}
		})
	}
}

func TestComfortNoiseIsHandedOutAndLeavesNoHole(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: []audio.Format{format("pcmu", 8000)}})
	peer := newStranger(t, 9)
	port := strconv.Itoa(peer.conn.LocalAddr().(*net.UDPAddr).Port)
	peer.to = netip.AddrPortFrom(peer.to.Addr(), portOf(t, answer(t, e, "m=audio "+port+" RTP/AVP 0 13", "c=IN IP4 127.0.0.1")))
	at := listen(e)
	send := func(payloadType uint8, sequence uint16, payload []byte) {
		b := []byte{0x80, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}
		binary.BigEndian.PutUint16(b[2:], sequence)
		binary.BigEndian.PutUint32(b[4:], 160*uint32(sequence))
		peer.send(append(b, payload...))
	}
	sound := make([]byte, 160)
	send(0, 7, sound)
	send(13, 8, []byte{50, 127})
	send(0, 9, sound)
	var got []audio.Packet
	for range 3 {
		select {
		case p := <-at:
			got = append(got, p.Packet)
		case <-time.After(patience):
			t.Fatalf("%d packets of 3", len(got))
		}
	}
	if got[0].Noise || !got[1].Noise || got[2].Noise || !bytes.Equal(got[1].Payload, []byte{50, 127}) {
		t.Errorf("noise: %v, %v (%x), %v", got[0].Noise, got[1].Noise, got[1].Payload, got[2].Noise)
	}
	if got[1].Sequence != got[0].Sequence || got[2].Sequence != got[0].Sequence+1 {
		t.Errorf("numbers %d, %d, %d", got[0].Sequence, got[1].Sequence, got[2].Sequence)
	}
}
