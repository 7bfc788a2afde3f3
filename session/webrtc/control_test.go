package webrtc

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"huike/audio"
)

// lose counts a packet as sent that the network has lost.
func lose(caller *Leg, p *audio.Packet) (wire uint16) {
	to := caller.out.bound.Load()
	lost := audio.Packet{
		SSRC: to.ssrc, PayloadType: to.pt, Sequence: caller.out.seq + p.Sequence, Timestamp: caller.out.stamp + p.Timestamp, Payload: p.Payload,
	}
	caller.control.sent(&lost)
	return lost.Sequence
}

// stream sends packets one way until the test is over; of so many, the network
// loses one.
func stream(t *testing.T, from, to *Leg, lost uint16) {
	t.Helper()
	go func() {
		var p audio.Packet
		for to.ReadPacket(&p) == nil {
			continue
		}
	}()
	ctx := t.Context()
	go func() {
		tick := time.NewTicker(audio.PTime)
		defer tick.Stop()
		for i := uint16(0); ; i++ {
			p := audio.Packet{Sequence: i, Timestamp: uint32(i) * 960, Payload: []byte{1, 2, 3}}
			if lost > 0 && i%lost == lost-1 {
				lose(from, &p)
			} else if from.WritePacket(&p) != nil {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

func TestReportsTellRoundTripAndLoss(t *testing.T) {
	e := serve(t, nil)
	e.engine.interval = 100 * time.Millisecond
	caller, agent := e.call(t, Options{})
	stream(t, caller, agent, 0)
	stream(t, agent, caller, 4)
	eventually(t, "both ends know the round trip", func() bool { return caller.RoundTrip() > 0 && agent.RoundTrip() > 0 })
	eventually(t, "the agent knows that a quarter is lost", func() bool { return agent.Loss() > 0.15 && agent.Loss() < 0.35 })
	if caller.Loss() != 0 {
		t.Errorf("the caller believes that %v is lost", caller.Loss())
	}
	stats := agent.Stats()
	for _, name := range []string{"roundTripTime", "packetsSent", "bytesSent", "packetsReceived", "remotePacketsLost", "remoteFractionLost"} {
		if stats[name] <= 0 {
			t.Errorf("%s is %v", name, stats[name])
		}
	}
	if stats["malformedReports"] != 0 || stats["packetsLost"] != 0 {
		t.Errorf("stats are %v", stats)
	}
}

func TestPacketThatIsAskedForComesAgain(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	if !agent.types.Load().nack || !caller.types.Load().nack {
		t.Fatal("NACK was not agreed upon")
	}
	for from, to := range map[*Leg]*Leg{caller: agent, agent: caller} {
		var got audio.Packet
		var lost uint16
		for i := range uint16(3) {
			p := audio.Packet{Sequence: i, Timestamp: uint32(i) * 960, Marker: i == 1, Payload: []byte{1, 2, byte(i)}}
			if i == 1 {
				lost = lose(from, &p)
				continue
			}
			if err := from.WritePacket(&p); err != nil {
				t.Fatal(err)
			}
			if err := to.ReadPacket(&got); err != nil {
				t.Fatal(err)
			}
		}
		to.Nack([]uint16{lost})
		if err := to.ReadPacket(&got); err != nil || got.Sequence != lost || got.Payload[2] != 1 {
			t.Errorf("what came again is %+v, %v", got, err)
		}
		if stats := from.Stats(); stats["nackCount"] != 1 {
			t.Errorf("%v requests", stats["nackCount"])
		}
		eventually(t, "it is counted", func() bool { return from.Stats()["retransmittedPacketsSent"] == 1 })
	}
}

func TestNothingIsAskedForThatWasNotAgreedUpon(t *testing.T) {
	e := serve(t, nil)
	offer := browserOffer(t, peer(t)).SDP
	plain := do(t, http.MethodPost, e.url, typeSDP, offer).body
	with := strings.Replace(offer, "a=rtpmap:111 opus/48000/2\r\n", "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\n", 1)
	asked := do(t, http.MethodPost, e.url, typeSDP, with).body
	if strings.Contains(plain, "nack") || !strings.Contains(asked, "a=rtcp-fb:111 nack\r\n") {
		t.Errorf("without the offer:\n%s\nwith it:\n%s", plain, asked)
	}
}

func TestGarbageInRTCPEndsNothing(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	for _, raw := range []string{"\x80", "\x80\xc8\x00\x01aaaa", "\x9f\xcd\xff\xff", "\x81\xcd\x00\x03abcdefghijkl"} {
		caller.writeControl([]byte(raw))
	}
	for ssrc := range uint32(10) { // receiver reports from many SSRCs about nobody
		caller.writeControl([]byte{0x80, 201, 0, 1, 0, 0, 0, byte(ssrc)})
	}
	exchange(t, caller, agent)
}

func BenchmarkControl(b *testing.B) {
	c := &control{began: time.Now()}
	c.write = func([]byte) {}
	c.start(1)
	defer c.stop()
	c.keep()
	p := audio.Packet{SSRC: 1, Payload: make([]byte, 80)}
	for range 128 {
		p.Sequence++
		c.sent(&p)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Sequence++
		p.Timestamp += 960
		c.sent(&p)
		c.received(&p, c.now())
	}
}
