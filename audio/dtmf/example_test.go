package dtmf_test

import (
	"fmt"

	"huike/audio"
	"huike/audio/dtmf"
)

// Every second packet is lost, and the first of each key that is left comes
// twice: the keys come out as they were pressed.
func Example() {
	steps, err := dtmf.Steps("40#", dtmf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var receiver dtmf.Receiver
	sequence, sent := uint16(0), 0
	for step := range steps {
		sequence++
		if sequence%2 == 0 {
			continue
		}
		p := audio.Packet{Sequence: sequence, Timestamp: 7000 + step.Timestamp, Marker: step.Marker, Payload: step.Payload[:]}
		for range 2 {
			sent++
			if key, ok := receiver.Take(&p); ok {
				fmt.Printf("%c at %v\n", key, step.At)
			}
		}
	}
	fmt.Println(sent, "packets")
	// Output:
	// 4 at 0s
	// 0 at 220ms
	// # at 440ms
	// 24 packets
}
