package webrtc

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"huike/audio"
)

// TestCallCostsFewGoroutines counts both ends of a call, as both are in this
// process; the session's own goroutines come on top.
func TestCallCostsFewGoroutines(t *testing.T) {
	e := serve(t, nil)
	settled(t, e)
	const calls = 10
	before := runtime.NumGoroutine()
	for range calls {
		settled(t, e)
	}
	each := float64(runtime.NumGoroutine()-before) / calls
	t.Logf("%.1f goroutines for the two ends of a call", each)
	if each > 2*28 { // pion's 27 with a data channel, and the handler's
		t.Errorf("%.1f goroutines for the two ends of a call", each)
	}
}

// settled places a call and waits until all that belongs to it is running.
func settled(tb testing.TB, e *endpoint) (caller, agent *Leg) {
	tb.Helper()
	caller, agent = e.call(tb, Options{})
	_ = caller.Send([]byte(`{"type":"x"}`))
	receive(tb, agent.Messages())
	_ = agent.Send([]byte(`{"type":"x"}`))
	receive(tb, caller.Messages())
	return caller, agent
}

// BenchmarkCalls carries calls in real time, a packet each way every 20 ms,
// and says what both ends of one cost. One op is 20 ms of all of them.
func BenchmarkCalls(b *testing.B) {
	const calls = 50
	e := serve(b, nil)
	var legs []*Leg
	for range calls {
		caller, agent := settled(b, e)
		legs = append(legs, caller, agent)
	}
	for _, leg := range legs {
		go func() {
			var p audio.Packet
			for leg.ReadPacket(&p) == nil {
				continue
			}
		}()
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	packet := audio.Packet{Payload: make([]byte, 80)}
	tick := time.NewTicker(audio.PTime)
	defer tick.Stop()
	began, spent := time.Now(), cpuTime(b)
	for b.Loop() {
		<-tick.C
		packet.Sequence++
		packet.Timestamp += 960
		for _, leg := range legs {
			_ = leg.WritePacket(&packet)
		}
	}
	used := cpuTime(b) - spent
	b.ReportMetric(float64(memory.HeapInuse+memory.StackInuse)/calls/1024, "KB/call") // of both ends
	b.ReportMetric(100*used.Seconds()/time.Since(began).Seconds()/calls, "cpu%/call")
}

// cpuTime is what this process has used.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPacket is one packet from the caller's WritePacket to the agent's
// ReadPacket: SRTP, two sockets on loopback and pion's hops between.
func BenchmarkPacket(b *testing.B) {
	e := serve(b, nil)
	caller, agent := e.call(b, Options{})
	packet := audio.Packet{Payload: make([]byte, 80)}
	var got audio.Packet
	b.ReportAllocs()
	for b.Loop() {
		packet.Sequence++
		packet.Timestamp += 960
		if err := caller.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
		if err := agent.ReadPacket(&got); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInbox is this package's own part of that way.
func BenchmarkInbox(b *testing.B) {
	box := newInbox()
	packet := make([]byte, 100)
	var spare []byte
	b.ReportAllocs()
	for b.Loop() {
		box.put(packet)
		got, _ := box.take(spare)
		spare = got.packet
	}
}

func TestFullInboxLosesItsOldestPackets(t *testing.T) {
	box := newInbox()
	for i := range inboxPackets + 3 {
		box.put([]byte{byte(i)})
	}
	for i := range inboxPackets {
		got, err := box.take(nil)
		if err != nil || got.packet[0] != byte(i+3) {
			t.Fatalf("packet %d is %v, %v", i, got, err)
		}
	}
	if box.dropped != 3 {
		t.Errorf("%d dropped", box.dropped)
	}
}
