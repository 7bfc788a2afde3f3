package rtcp_test

import (
	"fmt"
	"time"

	"huike/audio"
	"huike/audio/rtcp"
)

// Two ends send each other ten packets; one is lost, and asked for again.
func Example() {
	here := rtcp.New(rtcp.Config{SSRC: 1, CNAME: "a", ClockRate: 8000})
	there := rtcp.New(rtcp.Config{SSRC: 2, CNAME: "b", ClockRate: 8000})
	var history rtcp.History
	const oneWay = 30 * time.Millisecond
	for i := range 10 {
		at := time.Duration(i) * audio.PTime
		p := audio.Packet{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(160 * i), Payload: make([]byte, 160)}
		here.Sent(&p, at)
		history.Put(&p)
		if i != 4 {
			there.Received(&p, at+oneWay)
		}
	}
	now, wall := time.Second, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if _, err := there.Take(here.Append(nil, now, wall), now+oneWay); err != nil {
		fmt.Println(err)
	}
	answer := there.Append(nil, now+oneWay, wall)
	feedback, err := here.Take(there.AppendNack(answer, []uint16{4}), now+2*oneWay)
	fmt.Println(feedback.Nacks, feedback.Loss, err)
	fmt.Println(here.RoundTrip().Round(time.Millisecond))
	var again audio.Packet
	for range 2 { // the second one is too soon
		fmt.Println(history.Take(feedback.Nacks[0], now+2*oneWay, here.RoundTrip(), &again), again.Sequence)
	}
	// Output:
	// [4] 0.09765625 <nil>
	// 60ms
	// true 4
	// false 4
}
