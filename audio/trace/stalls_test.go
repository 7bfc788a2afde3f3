package trace_test

import (
	"testing"
	"time"

	"huike/audio/trace"
)

// line is 45 s of packets on a line that takes 30 ms, and stands still at each of
// those times for as long as is told.
func line(length func(i int) time.Duration, at ...time.Duration) trace.Trace {
	t := trace.Trace{Name: "line"}
	for i := range 2250 {
		sent := time.Duration(i+1) * 20 * time.Millisecond
		p := trace.Packet{Sequence: uint16(i), Timestamp: uint32(i * 960), Length: 20 * time.Millisecond, Sent: sent, Arrived: sent + 30*time.Millisecond}
		for j, from := range at {
			if until := from + length(j); p.Arrived >= from && p.Arrived < until {
				p.Arrived = until
			}
		}
		t.Packets = append(t.Packets, p)
	}
	return t
}

func heard(t *testing.T, tr trace.Trace, from time.Duration) trace.Result {
	t.Helper()
	payloads, err := trace.Payloads(&tr, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := trace.Play(&tr, payloads, trace.Options{From: from})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestStallsThatComeBackAreWaitedForWhenTheyAreDue(t *testing.T) {
	t.Parallel()
	regular := line(func(int) time.Duration { return 200 * time.Millisecond },
		8*time.Second, 17*time.Second, 25*time.Second, 34*time.Second, 42*time.Second)
	r := heard(t, regular, 12*time.Second)
	if r.Concealed > 0.05 || r.DelayMean > 140 { // 210 ms, were each packet to wait for a stall
		t.Errorf("%.2f %% concealed at a mean delay of %.0f ms", r.Concealed, r.DelayMean)
	}
}

func TestAStallIsMadeShorterByWhatIsLeft(t *testing.T) {
	t.Parallel()
	var at []time.Duration
	for from := 2 * time.Second; from < 44*time.Second; from += 2 * time.Second {
		at = append(at, from)
	}
	r := heard(t, line(func(i int) time.Duration {
		if i%7 == 6 { // too seldom to wait for
			return 150 * time.Millisecond
		}
		return 100 * time.Millisecond
	}, at...), 20*time.Second)
	if r.LongestGap > 25 || r.DelayMean > 118 {
		t.Errorf("%.0f ms made up in one piece, at a mean delay of %.0f ms", r.LongestGap, r.DelayMean)
	}
}
