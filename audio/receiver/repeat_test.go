package receiver_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
	"huike/audio/receiver"
)

// repeating plays 60 s to a recogniser over a line that loses a twentieth in
// runs, whose sender sends again what it is asked for, if it repeats, within a
// round trip of 80 ms. The first 20 s are not counted.
func repeating(t *testing.T, repeats bool) (concealed, delay float64) {
	t.Helper()
	const roundTrip = 80 * ms
	r, err := receiver.New(receiver.Config{Format: codec.L16(audio.Rate), CatchesUp: true})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	payload := make([]byte, 2*audio.FrameSamples)
	again := map[time.Duration][]uint16{}
	push := func(n uint16, at time.Duration) {
		r.Push(&audio.Packet{Sequence: n, Timestamp: uint32(n) * audio.FrameSamples, Payload: payload}, at)
	}
	var before jitter.Stats
	bad := false
	for at := time.Duration(0); at < 60*time.Second; at += ms {
		if at == 20*time.Second {
			before = r.Stats()
		}
		if at%audio.PTime == 0 {
			if bad = random.Float64() < map[bool]float64{true: 0.6, false: 0.021}[bad]; !bad {
				push(uint16(at/audio.PTime), at)
			}
		}
		for _, n := range again[at] {
			push(n, at)
		}
		if at%audio.PTime != 10*ms {
			continue
		}
		for more := true; more; {
			_, _, more = r.Next(at)
		}
		if missing := r.Missing(nil, at, roundTrip); repeats {
			again[at+roundTrip] = append(again[at+roundTrip], missing...)
		}
	}
	s := r.Stats()
	return float64(s.ConcealedSamples-before.ConcealedSamples) / float64(s.TotalSamplesReceived-before.TotalSamplesReceived),
		float64(s.JitterBufferDelay-before.JitterBufferDelay) / float64(s.JitterBufferEmittedCount-before.JitterBufferEmittedCount) / float64(ms)
}

func TestARecogniserWaitsForWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	concealed, delay := repeating(t, true)
	if concealed > 0.025 || delay > 160 { // the first of long runs come too late
		t.Errorf("%.1f %% of the sound concealed at %.0f ms, though it was sent again", 100*concealed, delay)
	}
	concealed, delay = repeating(t, false)
	if concealed < 0.03 || delay > 30 {
		t.Errorf("%.1f %% of the sound concealed at %.0f ms, and nothing was sent again", 100*concealed, delay)
	}
}
