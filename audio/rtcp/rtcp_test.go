package rtcp_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	pion "github.com/pion/rtcp"

	"huike/audio"
	"huike/audio/rtcp"
)

const (
	ours   = 0x11111111
	theirs = 0x22222222
	ms     = time.Millisecond
)

func midnight() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }

func session() *rtcp.Session {
	return rtcp.New(rtcp.Config{SSRC: ours, CNAME: "7f3a", ClockRate: 8000})
}

// packet returns the n-th of theirs, of 20 ms.
func packet(n int) *audio.Packet {
	return &audio.Packet{SSRC: theirs, Sequence: uint16(n), Timestamp: uint32(160 * n), Payload: make([]byte, 160)}
}

// report returns what pion reads in a report of s.
func report(t *testing.T, s *rtcp.Session, at time.Duration) (pion.Packet, []pion.ReceptionReport) {
	t.Helper()
	packets, err := pion.Unmarshal(s.Append(nil, at, midnight().Add(at)))
	if err != nil {
		t.Fatal(err)
	}
	if err := pion.CompoundPacket(packets).Validate(); err != nil {
		t.Fatal(err)
	}
	if name, err := pion.CompoundPacket(packets).CNAME(); name != "7f3a" || err != nil {
		t.Fatalf("CNAME is %q, %v", name, err)
	}
	switch p := packets[0].(type) {
	case *pion.SenderReport:
		return p, p.Reports
	case *pion.ReceiverReport:
		return p, p.Reports
	default:
		t.Fatalf("report is %T", p)
		return nil, nil
	}
}

// block returns the only block of s's report.
func block(t *testing.T, s *rtcp.Session, at time.Duration) pion.ReceptionReport {
	t.Helper()
	_, blocks := report(t, s, at)
	if len(blocks) != 1 {
		t.Fatalf("%d blocks", len(blocks))
	}
	return blocks[0]
}

// take gives packets of pion's making to s.
func take(t *testing.T, s *rtcp.Session, at time.Duration, packets ...pion.Packet) rtcp.Feedback {
	t.Helper()
	raw, err := pion.Marshal(packets)
	if err != nil {
		t.Fatal(err)
	}
	feedback, err := s.Take(raw, at)
	if err != nil {
		t.Fatal(err)
	}
	return feedback
}

func TestLossOfEachIntervalAndOfAll(t *testing.T) {
	t.Parallel()
	type interval struct {
		name     string
		to       int            // the packet behind its last
		lost     func(int) bool // nil: none
		copies   int            // of its last packet
		fraction uint8
		total    int32
	}
	for _, first := range []int{0, 65500, 65535} { // of them some wrap
		s, at, from := session(), time.Duration(0), 0
		for _, i := range []interval{
			{"a fifth is lost", 100, func(n int) bool { return n >= 40 && n < 60 }, 0, 20 * 256 / 100, 20},
			{"none is lost", 200, nil, 0, 0, 20},
			{"one is lost", 300, func(n int) bool { return n == 250 }, 0, 256 / 100, 21},
			{"more come than were sent", 301, nil, 30, 0, -9},
		} {
			for ; from < i.to; from++ {
				if at += 20 * ms; i.lost == nil || !i.lost(from) {
					s.Received(packet(first+from), at)
				}
			}
			for range i.copies {
				s.Received(packet(first+from-1), at)
			}
			got := block(t, s, at)
			want := pion.ReceptionReport{
				SSRC: theirs, FractionLost: i.fraction, TotalLost: uint32(i.total) & 0xffffff,
				LastSequenceNumber: uint32(first + i.to - 1),
			}
			if got != want {
				t.Errorf("from %d, %s: report is %+v, want %+v", first, i.name, got, want)
			}
		}
		if stats := s.Stats(); stats["packetsLost"] != -9 || stats["packetsReceived"] != 310 {
			t.Errorf("from %d: %v", first, stats)
		}
	}
}

func TestAStreamThatBeginsAnewIsCountedAnew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(p *audio.Packet){
		"another SSRC":            func(p *audio.Packet) { p.SSRC++ },
		"another sequence number": func(p *audio.Packet) { p.Sequence += 20000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := session()
			for n := range 10 {
				if n != 5 {
					s.Received(packet(n), time.Duration(n)*20*ms)
				}
			}
			stray := packet(10)
			change(stray)
			s.Received(stray, 200*ms)
			s.Received(packet(10), 200*ms)
			if got := block(t, s, 200*ms); got.SSRC != theirs || got.LastSequenceNumber != 10 || got.TotalLost != 1 {
				t.Errorf("after a stray packet the report is %+v", got)
			}
			for n := 11; n < 31; n++ {
				p := packet(n)
				change(p)
				s.Received(p, time.Duration(n)*20*ms)
			}
			want := packet(30)
			change(want)
			got := block(t, s, 700*ms)
			if got.SSRC != want.SSRC || got.LastSequenceNumber != uint32(want.Sequence) || got.TotalLost != 0 || got.FractionLost != 0 {
				t.Errorf("report is %+v", got)
			}
			// The first of the new ones could as well have been another stray.
			if stats := s.Stats(); stats["packetsLost"] != 1 || stats["packetsReceived"] != 29 {
				t.Errorf("in all %v", stats)
			}
		})
	}
}

// The estimate is compared with RFC 3550's appendix A.8, written down again.
func TestJitter(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := session()
	want, before := 0.0, 0.0
	for n := range 500 {
		late := time.Duration(random.IntN(30)) * ms
		s.Received(packet(n), time.Duration(n)*20*ms+late)
		if transit := late.Seconds(); n > 0 {
			want += (math.Abs(transit-before) - want) / 16
			before = transit
		} else {
			before = transit
		}
	}
	if got := s.Stats()["jitter"]; math.Abs(got-want) > 0.0005 {
		t.Errorf("jitter is %.4f s, want %.4f", got, want)
	}
	if got := block(t, s, 10*time.Second); math.Abs(float64(got.Jitter)/8000-want) > 0.0005 {
		t.Errorf("reported as %d", got.Jitter)
	}
	s.SetClockRate(48000)
	if got := s.Stats()["jitter"]; math.Abs(got-want) > 0.0005 {
		t.Errorf("at another clock rate it is %.4f s, want %.4f", got, want)
	}
}

func TestWhatIsNoJitter(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(s *rtcp.Session){
		"a key's packets share a timestamp": func(s *rtcp.Session) {
			for n := range 100 {
				p := packet(n)
				if n >= 50 && n < 90 {
					p.Timestamp = 50 * 160
				}
				s.Received(p, time.Duration(n)*20*ms)
			}
		},
		"silence is not sent": func(s *rtcp.Session) {
			for n := range 100 {
				p, at := packet(n), time.Duration(n)*20*ms
				if n >= 50 {
					p.Timestamp += 8000 * 60
					at += time.Minute
				}
				s.Received(p, at)
			}
		},
		"the timestamp begins anew": func(s *rtcp.Session) {
			for n := range 100 {
				p := packet(n)
				if n >= 50 {
					p.Timestamp += 0x90000000
				}
				s.Received(p, time.Duration(n)*20*ms)
			}
		},
		"the timestamp wraps, and the call is long": func(s *rtcp.Session) {
			for n := range 100 {
				p := packet(n)
				p.Timestamp -= 50 * 160
				s.Received(p, math.MaxInt64/8000-time.Second+time.Duration(n)*20*ms) // nanoseconds times the rate
			}
		},
		"packets are swapped": func(s *rtcp.Session) {
			for n := 0; n < 100; n += 2 {
				s.Received(packet(n+1), time.Duration(n+1)*20*ms)
				s.Received(packet(n), time.Duration(n+1)*20*ms)
			}
		},
	} {
		s := session()
		if play(s); s.Stats()["jitter"] != 0 {
			t.Errorf("%s: jitter is %v s", name, s.Stats()["jitter"])
		}
		if stats := s.Stats(); stats["packetsReceived"] != 100 || stats["packetsLost"] > 0 {
			t.Errorf("%s: %v", name, stats)
		}
	}
}

func TestSenderReportTellsTheMoment(t *testing.T) {
	t.Parallel()
	s := session()
	for n := range 5 {
		s.Sent(&audio.Packet{SSRC: ours, Sequence: uint16(n), Timestamp: uint32(4294967000 + 160*n), Payload: make([]byte, 160)}, time.Duration(n)*20*ms)
	}
	s.Resent(&audio.Packet{Payload: make([]byte, 160)})
	p, blocks := report(t, s, 1080*ms)
	sr, ok := p.(*pion.SenderReport)
	if !ok || len(blocks) != 0 {
		t.Fatalf("%T with %d blocks", p, len(blocks))
	}
	stamp := uint32(4294967000 + 160*4 - (1 << 32) + 8000) // a second after the last packet
	ntp := uint64(midnight().Unix()+2208988800)<<32 + 1<<32 + (80<<32)/1000
	if sr.SSRC != ours || sr.PacketCount != 6 || sr.OctetCount != 960 || sr.RTPTime != stamp || sr.NTPTime>>8 != ntp>>8 {
		t.Errorf("report is %+v, want RTP time %d, NTP time %x", sr, stamp, ntp)
	}
	for i, want := range []bool{true, false, false} { // a sender for two reports without sound
		p, _ := report(t, s, time.Duration(2+i)*5*time.Second)
		if _, sends := p.(*pion.SenderReport); sends != want {
			t.Errorf("report %d after the sound is %T", i+1, p)
		}
	}
}

func TestReportsAreDueWhenTheyShould(t *testing.T) {
	t.Parallel()
	sum, n := time.Duration(0), 0
	for seed := range uint64(50) {
		s := rtcp.New(rtcp.Config{SSRC: ours, ClockRate: 8000, Seed: seed})
		at := s.Due()
		if at < 250*ms || at > 750*ms {
			t.Errorf("the first is due at %v", at)
		}
		for range 20 {
			s.Append(nil, at, midnight())
			next := s.Due() - at
			if next < 2500*ms || next > 7500*ms {
				t.Errorf("the next is due after %v", next)
			}
			at, sum, n = at+next, sum+next, n+1
		}
	}
	if mean := sum / time.Duration(n); mean < 4800*ms || mean > 5200*ms {
		t.Errorf("they are due after %v on average", mean)
	}
	s := rtcp.New(rtcp.Config{SSRC: ours, Interval: time.Second})
	if s.Due() < 250*ms || s.Due() > 750*ms {
		t.Errorf("with an interval of 1 s the first is due at %v", s.Due())
	}
}

func TestAnyGoroutinesMayShareIt(t *testing.T) {
	t.Parallel()
	s, done := session(), sync.WaitGroup{}
	done.Go(func() {
		for n := range 1000 {
			s.Received(packet(n), time.Duration(n)*20*ms)
		}
	})
	done.Go(func() {
		for n := range 1000 {
			s.Sent(packet(n), time.Duration(n)*20*ms)
			s.Append(nil, time.Duration(n)*20*ms, midnight())
		}
	})
	done.Go(func() {
		raw := s.AppendBye(nil)
		for n := range 1000 {
			if _, err := s.Take(raw, time.Duration(n)); err != nil {
				t.Error(err)
			}
			_, _, _ = s.RoundTrip(), s.Loss(), s.Stats()
		}
	})
	done.Wait()
}

func BenchmarkReceivedAndSent(b *testing.B) {
	s, history := session(), rtcp.History{}
	p := packet(0)
	var again audio.Packet
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		p.Sequence, p.Timestamp = uint16(n), uint32(160*n)
		at := time.Duration(n) * 20 * ms
		s.Received(p, at)
		s.Sent(p, at)
		history.Put(p)
		history.Take(uint16(n-3), at, 50*ms, &again)
	}
}
