package rtcp_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	pion "github.com/pion/rtcp"

	"huike/audio"
	"huike/audio/rtcp"
)

// middle returns the middle bits of an NTP time.
func middle(ntp uint64) uint32 { return uint32(ntp >> 16) }

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := session()
	s.Sent(packet(0), 0)
	p, _ := report(t, s, time.Second)
	sr, ok := p.(*pion.SenderReport)
	if !ok {
		t.Fatalf("%T", p)
	}
	answer := func(at, held time.Duration, ssrc, last uint32) {
		feedback := take(t, s, at, &pion.ReceiverReport{SSRC: theirs, Reports: []pion.ReceptionReport{
			{SSRC: ssrc, LastSenderReport: last, Delay: uint32(held * 65536 / time.Second)},
		}})
		if feedback.Report != (ssrc == ours) {
			t.Errorf("%+v for a block about %x", feedback, ssrc)
		}
	}
	near := func(want time.Duration) {
		t.Helper()
		if got := s.RoundTrip(); got < want-ms || got > want+ms {
			t.Errorf("round trip is %v, want %v", got, want)
		}
	}
	if s.RoundTrip() != 0 {
		t.Errorf("round trip is %v before it is known", s.RoundTrip())
	}
	answer(1500*ms, 400*ms, 7, middle(sr.NTPTime)) // about another
	answer(1500*ms, 0, ours, 0)                    // has seen none of ours
	answer(1500*ms, 0, ours, middle(sr.NTPTime)-9) // one that we never sent
	near(0)
	answer(1500*ms, 400*ms, ours, middle(sr.NTPTime))
	near(100 * ms)
	// Another two reports, of which the first is answered, and then the clock on
	// the wall is set back: the trip is by call time.
	first, _ := report(t, s, 6*time.Second)
	s.Append(nil, 11*time.Second, midnight().Add(-time.Hour))
	sr, ok = first.(*pion.SenderReport)
	if !ok {
		t.Fatalf("%T", first)
	}
	answer(11200*ms, 5150*ms, ours, middle(sr.NTPTime))
	near(50 * ms)
	answer(11200*ms, 5200*ms+time.Microsecond*20, ours, middle(sr.NTPTime)) // held for longer than it took
	if got := s.RoundTrip(); got <= 0 || got > ms {
		t.Errorf("round trip is %v, want next to nothing", got)
	}
	answer(11200*ms, 9*time.Second, ours, middle(sr.NTPTime)) // a lie
	answer(11*time.Hour, 0, ours, middle(sr.NTPTime))         // another
	if got := s.RoundTrip(); got <= 0 || got > ms {
		t.Errorf("round trip is %v after lies", got)
	}
	stats := s.Stats()
	if stats["roundTripTimeMeasurements"] != 3 || math.Abs(stats["totalRoundTripTime"]-0.15) > 0.002 {
		t.Errorf("%v", stats)
	}
}

func TestTheirReportsAreAnsweredByTheirTime(t *testing.T) {
	t.Parallel()
	s := session()
	s.Received(packet(0), 0)
	if got := block(t, s, 0); got.LastSenderReport != 0 || got.Delay != 0 {
		t.Errorf("before their report ours is %+v", got)
	}
	const ntp = 0xe1234567_89abcdef
	take(t, s, time.Second, &pion.SenderReport{SSRC: theirs, NTPTime: ntp})
	if got := block(t, s, 3250*ms); got.LastSenderReport != 0x456789ab || got.Delay != 2*65536+65536/4 {
		t.Errorf("ours is %+v", got)
	}
	take(t, s, 4*time.Second, &pion.SenderReport{SSRC: 9, NTPTime: 1 << 40})
	if got := block(t, s, 4*time.Second); got.LastSenderReport != 0 {
		t.Errorf("ours answers another stream's: %+v", got)
	}
}

func TestLossThatThePeerReports(t *testing.T) {
	t.Parallel()
	s := session()
	highest := uint32(70000)
	say := func(n uint32, fraction uint8, total int32) rtcp.Feedback {
		highest += n
		return take(t, s, 0, &pion.ReceiverReport{SSRC: theirs, Reports: []pion.ReceptionReport{
			{SSRC: 7, FractionLost: 255},
			{SSRC: ours, FractionLost: fraction, TotalLost: uint32(total) & 0xffffff, LastSequenceNumber: highest, Jitter: 80},
		}})
	}
	if got := say(0, 128, 0); got.Loss != 0.5 || !got.Report || s.Loss() != 0.25 { // nobody knows of how many
		t.Errorf("%+v, %v", got, s.Loss())
	}
	if got := say(100, 0, -3); got.Loss != 0 {
		t.Errorf("%+v", got)
	}
	if got := s.Loss(); got != 0.125 { // a hundred packets halve it
		t.Errorf("loss is %v", got)
	}
	for range 20 { // nothing was sent: nothing is known
		say(0, 0, -3)
	}
	if got := s.Loss(); got != 0.125 {
		t.Errorf("loss is %v after a pause", got)
	}
	for range 20 {
		say(250, 0, -3)
	}
	if got := s.Loss(); got > 0.001 {
		t.Errorf("loss is %v after %d packets", got, 20*250)
	}
	highest = 1 << 30 // it counts anew: who knows since when
	say(0, 128, -3)
	if got := s.Loss(); math.Abs(got-0.25) > 0.001 {
		t.Errorf("loss is %v after a leap", got)
	}
	say(5000, 0, -3)
	stats := s.Stats()
	if stats["remotePacketsLost"] != -3 || stats["remoteJitter"] != 0.01 || stats["remoteFractionLost"] != 0 {
		t.Errorf("%v", stats)
	}
}

func TestNacksThere(t *testing.T) {
	t.Parallel()
	s := session()
	got := take(t, s, 0,
		&pion.ReceiverReport{SSRC: theirs},
		&pion.TransportLayerNack{SenderSSRC: theirs, MediaSSRC: 7, Nacks: []pion.NackPair{{PacketID: 1}}},
		&pion.TransportLayerNack{SenderSSRC: theirs, MediaSSRC: ours, Nacks: []pion.NackPair{
			{PacketID: 65534, LostPackets: 0b10000000_00000111}, {PacketID: 40},
		}})
	if want := []uint16{65534, 65535, 0, 1, 14, 40}; !slices.Equal(got.Nacks, want) {
		t.Errorf("asked for %v, want %v", got.Nacks, want)
	}
	flood := &pion.TransportLayerNack{SenderSSRC: theirs, MediaSSRC: ours}
	for i := range 200 {
		flood.Nacks = append(flood.Nacks, pion.NackPair{PacketID: uint16(17 * i), LostPackets: 0xffff})
	}
	if got := take(t, s, 0, flood); len(got.Nacks) != 128 || got.Nacks[127] != 127 {
		t.Errorf("a flood asks for %d", len(got.Nacks))
	}
	if got := s.Stats()["nackCount"]; got != 2 {
		t.Errorf("%v requests", got)
	}
}

func TestNacksBack(t *testing.T) {
	t.Parallel()
	for _, reduced := range []bool{false, true} {
		s := rtcp.New(rtcp.Config{SSRC: ours, CNAME: "7f3a", ReducedSize: reduced})
		if raw := s.AppendNack(nil, []uint16{1}); len(raw) != 0 {
			t.Errorf("asked %x of nobody", raw)
		}
		s.Received(packet(65530), 0)
		if raw := s.AppendNack(nil, nil); len(raw) != 0 {
			t.Errorf("asked %x for nothing", raw)
		}
		want := []uint16{65533, 65534, 0, 12, 14, 500}
		packets, err := pion.Unmarshal(s.AppendNack(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if err := pion.CompoundPacket(packets).Validate(); (err == nil) == reduced {
			t.Errorf("reduced %v: %v", reduced, err)
		}
		nack, ok := packets[len(packets)-1].(*pion.TransportLayerNack)
		if !ok || nack.SenderSSRC != ours || nack.MediaSSRC != theirs {
			t.Fatalf("%v", packets)
		}
		var got []uint16
		for _, pair := range nack.Nacks {
			got = append(got, pair.PacketList()...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("asks for %v, want %v", got, want)
		}
		many := make([]uint16, 5000)
		for i := range many {
			many[i] = uint16(40 * i)
		}
		if packets, err := pion.Unmarshal(s.AppendNack(nil, many)); err != nil {
			t.Error(err)
		} else if nack, ok := packets[len(packets)-1].(*pion.TransportLayerNack); !ok || len(nack.Nacks) != 64 {
			t.Errorf("%v", packets)
		}
	}
}

func TestBye(t *testing.T) {
	t.Parallel()
	s := session()
	if take(t, s, 0, &pion.Goodbye{Sources: []uint32{theirs}}).Bye {
		t.Error("nobody is heard, and yet leaves")
	}
	s.Received(packet(0), 0)
	if take(t, s, 0, &pion.ReceiverReport{}, &pion.Goodbye{Sources: []uint32{7}}).Bye {
		t.Error("another has left")
	}
	if !take(t, s, 0, &pion.ReceiverReport{}, &pion.Goodbye{Sources: []uint32{7, theirs}, Reason: "tired"}).Bye {
		t.Error("it has left")
	}
	packets, err := pion.Unmarshal(s.AppendBye([]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := pion.CompoundPacket(packets[:2]).Validate(); err != nil {
		t.Error(err)
	}
	if bye, ok := packets[2].(*pion.Goodbye); !ok || !slices.Equal(bye.Sources, []uint32{ours}) {
		t.Errorf("%v", packets[2])
	}
}

func TestWhatIsNotKnownIsPassedOver(t *testing.T) {
	t.Parallel()
	s := session()
	raw := []byte{
		0x80, 207, 0, 2, 0, 0, 0, 1, 99, 0, 0, 0, // an extended report of an unknown kind
		0x8f, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, // congestion control, and broken
		0x81, 206, 0, 2, 0, 0, 0, 1, 0x11, 0x11, 0x11, 0x11, // a picture was lost
		0x80, 211, 0, 0, // nobody knows
		0xa1, 205, 0, 4, 0, 0, 0, 1, 0x11, 0x11, 0x11, 0x11, 0, 9, 0, 1, 0, 0, 0, 4, // a request with padding
	}
	got, err := s.Take(raw, 0)
	if err != nil || !slices.Equal(got.Nacks, []uint16{9, 10}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	s := session()
	good := s.AppendBye(nil)
	bad := map[string][]byte{
		"nothing":                      {},
		"three bytes":                  {0x80, 201, 0},
		"RTP":                          {0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"another version":              {0x40, 201, 0, 1, 0, 0, 0, 1},
		"longer than the datagram":     {0x80, 201, 0, 9, 0, 0, 0, 1},
		"more blocks than there are":   {0x81, 201, 0, 1, 0, 0, 0, 1},
		"a sender report of a word":    {0x80, 200, 0, 1, 0, 0, 0, 1},
		"a request for nobody":         {0x81, 205, 0, 1, 0, 0, 0, 1},
		"leaving of more than told":    {0x82, 203, 0, 1, 0, 0, 0, 1},
		"padding of no bytes":          {0xa0, 201, 0, 1, 0, 0, 0, 0},
		"padding of three bytes":       {0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3},
		"padding over the sender":      {0xa0, 201, 0, 1, 0, 0, 0, 4},
		"padding over the header":      {0xa0, 203, 0, 1, 0, 0, 0, 8},
		"padding in the middle":        append([]byte{0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4}, good...),
		"something behind the packets": append(slices.Clone(good), 0),
	}
	for name, raw := range bad {
		if got, err := s.Take(raw, 0); !errors.Is(err, rtcp.ErrMalformed) || got.Report || got.Bye || len(got.Nacks) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got := s.Stats()["malformedReports"]; got != float64(len(bad)) {
		t.Errorf("%v were counted", got)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	var history rtcp.History
	var got audio.Packet
	for n := 65400; n < 65400+300; n++ {
		p := packet(n)
		p.Payload = p.Payload[:n%160]
		p.Payload = append(p.Payload, byte(n))
		history.Put(p)
		clear(p.Payload) // it is the sender's
	}
	for n := 65400; n < 65400+300; n++ {
		there := history.Take(uint16(n), 0, 50*ms, &got)
		if want := n >= 65400+300-64; there != want {
			t.Fatalf("packet %d there: %v", n, there)
		}
		if there && (got.Sequence != uint16(n) || len(got.Payload) != n%160+1 || got.Payload[n%160] != byte(n) || got.Timestamp != uint32(160*n)) {
			t.Fatalf("packet %d is %+v", n, got)
		}
	}
	const last = (65400 + 299) % (1 << 16)
	for _, ask := range []struct {
		at   time.Duration
		want bool
	}{{49 * ms, false}, {50 * ms, true}, {time.Second, false}} {
		if there := history.Take(last, ask.at, 50*ms, &got); there != ask.want {
			t.Errorf("asked again at %v: %v", ask.at, there)
		}
	}
	var fresh rtcp.History
	if fresh.Take(0, 0, 0, &got) {
		t.Error("what was never sent is there")
	}
}

func FuzzTake(f *testing.F) {
	s := session()
	s.Received(packet(0), 0)
	s.Sent(packet(0), 0)
	f.Add(s.Append(nil, time.Second, midnight()))
	f.Add(s.AppendNack(nil, []uint16{1, 3, 40}))
	f.Add(s.AppendBye(nil))
	f.Add([]byte{0xa1, 205, 0, 4, 0, 0, 0, 1, 0x11, 0x11, 0x11, 0x11, 0, 9, 0, 1, 0, 0, 0, 4})
	f.Add([]byte{0x81, 201, 0, 7, 0, 0, 0, 1, 0x11, 0x11, 0x11, 0x11, 25, 0xff, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := session()
		s.Received(packet(0), 0)
		s.Sent(packet(0), 0)
		s.Append(nil, time.Second, midnight())
		feedback, err := s.Take(raw, 2*time.Second)
		if (err == nil) == (s.Stats()["malformedReports"] == 1) {
			t.Fatalf("%v, and %v counted", err, s.Stats()["malformedReports"])
		}
		if loss := s.Loss(); loss < 0 || loss > 1 || feedback.Loss < 0 || feedback.Loss > 1 || s.RoundTrip() < 0 {
			t.Fatalf("loss %v, %v, round trip %v", loss, feedback.Loss, s.RoundTrip())
		}
		if asked := s.AppendNack(nil, feedback.Nacks); len(asked) > 0 {
			again, err := s.Take(asked, 0)
			if err != nil || len(again.Nacks) > 0 { // they are of the other stream
				t.Fatalf("%+v, %v", again, err)
			}
		}
		if _, err := pion.Unmarshal(s.Append(nil, 3*time.Second, midnight())); err != nil {
			t.Fatal(err)
		}
	})
}
