package robot_test

import (
	"fmt"
	"time"

	"huike/audio"
	"huike/cmd/huike/robot"
)

// What a caller said in a recorded call, one piece for each turn.
func ExampleSplit() {
	var call []int16
	say := func(length time.Duration, loud int16) {
		for i := range audio.Samples(length, audio.Rate) {
			call = append(call, loud*int16(i%2*2-1))
		}
	}
	say(time.Second, 8) // a quiet room
	say(800*time.Millisecond, 4000)
	say(500*time.Millisecond, 8) // a breath
	say(400*time.Millisecond, 4000)
	say(3*time.Second, 8) // the agent's turn
	say(600*time.Millisecond, 4000)
	for _, piece := range robot.Split(call) {
		fmt.Println(audio.Duration(len(piece), audio.Rate))
	}
	// Output:
	// 1.7s
	// 600ms
}
