package receiver_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/receiver"
	"huike/audio/trace"
)

const ms = time.Millisecond

// voice is a second and more of sound with a pitch.
func voice(n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		at := float64(i) / audio.Rate
		pcm[i] = int16(4000*math.Sin(2*math.Pi*180*at) + 2000*math.Sin(2*math.Pi*540*at) + 1000*math.Sin(2*math.Pi*1260*at))
	}
	return pcm
}

// line sends sound in packets of 20 ms; way tells how long the n-th takes, or
// false if it is lost.
type line struct {
	format audio.Format
	config receiver.Config
	pcm    []int16
	way    func(n int) (time.Duration, bool)
}

// heard is what came of it.
type heard struct {
	pcm     []int16
	frames  int
	longest time.Duration // that a frame's last sample had waited
	*receiver.Receiver
}

func (l line) listen(tb testing.TB) heard {
	tb.Helper()
	l.config.Format = l.format
	r, err := receiver.New(l.config)
	if err != nil {
		tb.Fatal(err)
	}
	encoder, err := codec.NewEncoder(l.format)
	if err != nil {
		tb.Fatal(err)
	}
	payload := make([]byte, codec.MaxPayload+4096)
	packets := map[int64][]audio.Packet{} // by PTime of arrival
	for n := 0; (n+1)*audio.FrameSamples <= len(l.pcm); n++ {
		size, err := encoder.Encode(l.pcm[n*audio.FrameSamples:(n+1)*audio.FrameSamples], payload)
		if err != nil {
			tb.Fatal(err)
		}
		if way, ok := l.way(n); ok {
			at := int64((time.Duration(n+1)*audio.PTime + way) / ms)
			packets[at] = append(packets[at], audio.Packet{
				Sequence: uint16(n), Timestamp: uint32(n * audio.Samples(audio.PTime, l.format.ClockRate)),
				Payload: append([]byte(nil), payload[:size]...),
			})
		}
	}
	h := heard{Receiver: r}
	end := int64(audio.Duration(len(l.pcm), audio.Rate) / ms)
	for at := range end {
		for i := range packets[at] {
			r.Push(&packets[at][i], time.Duration(at)*ms)
		}
		for more := at%20 == 10; more; {
			var frame audio.Frame
			var arrived time.Duration
			frame, arrived, more = r.Next(time.Duration(at) * ms)
			h.longest = max(h.longest, time.Duration(at)*ms-arrived)
			more = more && l.config.CatchesUp
			h.pcm = append(h.pcm, frame...)
			h.frames++
		}
	}
	return h
}

func steady(int) (time.Duration, bool) { return 27 * ms, true }

func TestASteadyLineIsGivenAsItWas(t *testing.T) {
	t.Parallel()
	for _, config := range []receiver.Config{{}, {CatchesUp: true}} {
		pcm := voice(4 * audio.Rate)
		h := line{codec.L16(audio.Rate), config, pcm, steady}.listen(t)
		s := h.Stats()
		if s.InsertedSamplesForDeceleration+s.RemovedSamplesForAcceleration != 0 || s.PlayoutDelay() > audio.PTime {
			t.Errorf("%+v", s)
		}
		got := h.pcm[4*audio.FrameSamples:] // the first packet comes at 50 ms
		for i := range got[:len(got)-4*audio.FrameSamples] {
			if got[i] != pcm[i+got0(h.pcm)] {
				t.Fatalf("sample %d is %d, want %d", i, got[i], pcm[i])
			}
		}
	}
}

// got0 returns where in the sound the fifth frame began.
func got0(pcm []int16) int {
	silent := 0
	for silent < len(pcm) && pcm[silent] == 0 {
		silent++
	}
	return 4*audio.FrameSamples - silent/audio.FrameSamples*audio.FrameSamples
}

// jerk returns the largest step from a sample to the next.
func jerk(pcm []int16) float64 {
	most := 0.0
	for i := 1; i < len(pcm); i++ {
		most = max(most, math.Abs(float64(pcm[i])-float64(pcm[i-1])))
	}
	return most
}

func TestNothingClicks(t *testing.T) {
	t.Parallel()
	for _, format := range []audio.Format{codec.L16(audio.Rate), codec.PCMU, codec.G722, codec.Opus} {
		for _, network := range []struct {
			name string
			way  func(n int) (time.Duration, bool)
		}{
			{"every tenth lost", func(n int) (time.Duration, bool) { return 30 * ms, n%10 != 9 }},
			{"five on end lost", func(n int) (time.Duration, bool) { return 30 * ms, n%60 < 55 }},
			{"one in six late", func(n int) (time.Duration, bool) { return time.Duration(30+n%6/5*45) * ms, true }},
			{"a stall of 300 ms", func(n int) (time.Duration, bool) {
				return time.Duration(30+max(0, 300-20*max(0, n-80))*btoi(n >= 80 && n < 95)) * ms, true
			}},
		} {
			for _, config := range []receiver.Config{{}, {CatchesUp: true}} {
				t.Run(fmt.Sprint(format, network.name, config.CatchesUp), func(t *testing.T) {
					t.Parallel()
					pcm := voice(6 * audio.Rate)
					clean := line{format, config, pcm, steady}.listen(t)
					h := line{format, config, pcm, network.way}.listen(t)
					const settled = 15 * audio.FrameSamples
					if got, most := jerk(h.pcm[settled:]), 2*jerk(clean.pcm[settled:]); got > most {
						t.Errorf("a step of %.0f, want %.0f at most", got, most)
					}
				})
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestOneWhoCatchesUpLosesNoTime(t *testing.T) {
	t.Parallel()
	way := func(n int) (time.Duration, bool) {
		if n >= 100 && n < 150 { // a second comes at once
			return 30*ms + time.Duration(150-n)*audio.PTime, true
		}
		return 30 * ms, true
	}
	pcm := voice(8 * audio.Rate)
	h := line{codec.L16(audio.Rate), receiver.Config{CatchesUp: true}, pcm, way}.listen(t)
	s := h.Stats()
	if s.RemovedSamplesForAcceleration != 0 || s.PacketsDiscarded != 0 {
		t.Errorf("%+v", s)
	}
	if s.JitterBufferEmittedCount < uint64(len(pcm)-4*audio.FrameSamples) {
		t.Errorf("%d of %d samples were given", s.JitterBufferEmittedCount, len(pcm))
	}
}

func TestAPersonIsBroughtBackToTheTarget(t *testing.T) {
	t.Parallel()
	way := func(n int) (time.Duration, bool) {
		if n >= 50 && n < 60 {
			return 30*ms + time.Duration(60-n)*audio.PTime, true
		}
		return 30 * ms, true
	}
	pcm := voice(40 * audio.Rate)
	h := line{codec.Opus, receiver.Config{}, pcm, way}.listen(t)
	if h.frames != len(pcm)/audio.FrameSamples {
		t.Errorf("%d frames in %d PTimes", h.frames, len(pcm)/audio.FrameSamples)
	}
	s := h.Stats()
	if s.RemovedSamplesForAcceleration < audio.FrameSamples {
		t.Errorf("nothing was taken out after a stall: %+v", s)
	}
	if s.PacketsDiscarded != 0 {
		t.Errorf("packets were dropped: %+v", s)
	}
}

func TestOpusCopiesAreNoConcealment(t *testing.T) {
	t.Parallel()
	way := func(n int) (time.Duration, bool) { return 30 * ms, n%8 != 7 }
	h := line{codec.ForLoss(codec.Opus, 0.2), receiver.Config{}, trace.Voice(), way}.listen(t)
	s := h.Stats()
	if s.FECPacketsReceived < 15 || s.ConcealedSamples > s.TotalSamplesReceived/12 {
		t.Errorf("12.5 %% lost: %d had a copy, %d samples of %d concealed", s.FECPacketsReceived, s.ConcealedSamples, s.TotalSamplesReceived)
	}
}

func TestLostPacketsAreAskedForInTime(t *testing.T) {
	t.Parallel()
	r, err := receiver.New(receiver.Config{Format: codec.L16(audio.Rate)})
	if err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, 2*audio.FrameSamples)
	arrive := map[time.Duration]int{}
	for n := range 400 { // one in five is 60 ms late, so that the delay is long enough to ask
		arrive[time.Duration(n+1)*audio.PTime+time.Duration(n%5/4)*61*ms] = n
	}
	var asked []uint16
	for at := time.Duration(0); at < 8*time.Second; at += ms {
		if n, ok := arrive[at]; ok && n != 300 {
			r.Push(&audio.Packet{Sequence: uint16(n), Timestamp: uint32(n * audio.FrameSamples), Payload: payload}, at)
		}
		if at%audio.PTime == 10*ms {
			r.Next(at)
			if at > 5*time.Second { // overtaken ones were asked for before
				asked = r.Missing(asked, at, 15*ms)
			}
		}
	}
	times := 0
	for _, seq := range asked {
		if seq == 300 {
			times++
		}
	}
	if times < 1 || times > 2 {
		t.Errorf("asked for %v, want 300 once or twice", asked)
	}
	if got := r.Missing(nil, 9*time.Second, 0); got != nil {
		t.Errorf("without a known round trip %v", got)
	}
}

func TestAFrameAllocatesNothing(t *testing.T) {
	for _, format := range []audio.Format{codec.Opus, codec.PCMU, codec.L16(audio.Rate)} {
		t.Run(format.String(), func(t *testing.T) {
			next := steadily(t, format)
			for range 2000 {
				next()
			}
			if n := testing.AllocsPerRun(300, next); n != 0 {
				t.Errorf("%v allocations for a PTime", n)
			}
		})
	}
}

// steadily returns what pushes a packet, one in ten of which is lost and one in
// seven late, and takes a frame.
func steadily(tb testing.TB, format audio.Format) func() {
	tb.Helper()
	r, err := receiver.New(receiver.Config{Format: format})
	if err != nil {
		tb.Fatal(err)
	}
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		tb.Fatal(err)
	}
	pcm := voice(50 * audio.FrameSamples)
	var payloads [50][]byte
	for i := range payloads {
		payload := make([]byte, 4096)
		n, err := encoder.Encode(pcm[i*audio.FrameSamples:(i+1)*audio.FrameSamples], payload)
		if err != nil {
			tb.Fatal(err)
		}
		payloads[i] = payload[:n]
	}
	n, at := 0, time.Duration(0)
	p := audio.Packet{}
	return func() {
		at += audio.PTime
		if n%10 != 9 {
			p.Sequence, p.Timestamp = uint16(n), uint32(n*audio.Samples(audio.PTime, format.ClockRate))
			p.Payload = payloads[n%len(payloads)]
			r.Push(&p, at+time.Duration(n%7/6)*15*ms)
		}
		r.Next(at + 10*ms)
		n++
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, format := range []audio.Format{codec.Opus, codec.PCMU} {
		b.Run(format.String(), func(b *testing.B) {
			next := steadily(b, format)
			b.ReportAllocs()
			for b.Loop() {
				next()
			}
		})
	}
}

func ExampleReceiver() {
	r, err := receiver.New(receiver.Config{Format: codec.PCMU})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range 5 { // one packet each PTime, the fourth lost
		at := time.Duration(n) * audio.PTime
		if n != 3 {
			r.Push(&audio.Packet{Sequence: uint16(n), Timestamp: uint32(160 * n), Payload: make([]byte, 160)}, at)
		}
		frame, _, _ := r.Next(at + 5*time.Millisecond)
		fmt.Println(len(frame), r.Stats().ConcealedSamples)
	}
	// Output:
	// 320 0
	// 320 0
	// 320 0
	// 320 320
	// 320 320
}
