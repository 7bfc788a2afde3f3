package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"huike/audio/trace"
)

// simulator is NetEq by itself, a program of its own (cmd/neteq/simulator), which
// plays a trace in simulated time.
type simulator string

// play plays the trace at several places of NetEq's clock between the packets. Packets
// are never late there.
func (s simulator) play(ctx context.Context, t *trace.Trace, payloads [][]byte, warmup time.Duration) ([]figures, pacing, error) {
	var packets bytes.Buffer
	for _, i := range trace.Arrivals(t) {
		p := t.Packets[i]
		fmt.Fprintf(&packets, "%.3f %d %d %x\n", float64(p.Arrived)/float64(time.Millisecond), p.Sequence, p.Timestamp, payloads[i])
	}
	command := exec.CommandContext(ctx, string(s), strconv.FormatInt(warmup.Milliseconds(), 10)) //nolint:gosec // the program that the user names
	command.Stdin = &packets
	out, err := command.Output()
	if err != nil {
		return nil, pacing{}, fmt.Errorf("%s: %w", string(s), err)
	}
	var runs []figures
	for line := range bytes.Lines(out) {
		var one figures
		if _, err := fmt.Sscan(string(line), &one.Delay, &one.Concealed); err != nil {
			return nil, pacing{}, fmt.Errorf("%s printed %q, not a delay and a share: %w", string(s), line, err)
		}
		runs = append(runs, one)
	}
	return runs, pacing{}, nil
}
