// Package trace is for networks that are written down: when each packet of a
// stream was sent, and when it arrived, if it did. It reads and writes such
// traces, makes them from a seed, and plays them through a receiver in fake
// time. It opens no socket and reads no clock.
//
// A trace is a text. A line is a packet, in the order of sending: its sequence
// number, its RTP timestamp (48 kHz, as Opus has it), when it was sent and when
// it arrived, in milliseconds, or "lost". What follows a # is a comment.
//
//	# sequence timestamp send_ms arrival_ms
//	0 0 20.0 51.3
//	1 960 40.0 lost
package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ClockRate is the clock of a trace's timestamps, in hertz.
const ClockRate = 48000

// maxPackets bounds what Parse takes: two hours of 20 ms packets.
const maxPackets = 360000

// ErrFormat is the error, wrapped, of a text that is no trace.
var ErrFormat = errors.New("want lines of: sequence timestamp send_ms arrival_ms|lost")

// A Packet is one line of a trace.
type Packet struct {
	Sequence  uint16
	Timestamp uint32        // of its first sample
	Length    time.Duration // of its sound, as the timestamps around it tell
	Sent      time.Duration // on the sender's clock
	Arrived   time.Duration // on the receiver's clock
	Lost      bool
}

// A Trace is a stream of packets in the order in which they were sent.
type Trace struct {
	Name    string
	About   string // one line on what the network does
	Packets []Packet
}

// Parse reads a trace. Sequence numbers must go up by one (and wrap), and
// timestamps must go up by the packets' lengths, 2.5 to 120 ms; a step beyond
// that is a pause of the sender. A packet that arrives before it is sent is
// taken as it is: the two clocks need not agree.
func Parse(name string, r io.Reader) (Trace, error) {
	t := Trace{Name: name}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line, comment, _ := strings.Cut(lines.Text(), "#")
		if comment = strings.TrimSpace(comment); t.About == "" && len(t.Packets) == 0 {
			t.About = comment
		}
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		p, err := parsePacket(fields)
		if err == nil && len(t.Packets) == maxPackets {
			err = fmt.Errorf("more than %d packets", maxPackets)
		}
		if err == nil && len(t.Packets) > 0 {
			err = p.follows(&t.Packets[len(t.Packets)-1])
		}
		if err != nil {
			return Trace{}, fmt.Errorf("%s, line %d: %w", name, number, err)
		}
		t.Packets = append(t.Packets, p)
	}
	if err := lines.Err(); err != nil {
		return Trace{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(t.Packets) < 2 {
		return Trace{}, fmt.Errorf("%s: fewer than two packets: %w", name, ErrFormat)
	}
	t.Packets[len(t.Packets)-1].Length = t.Packets[len(t.Packets)-2].Length
	return t, nil
}

func parsePacket(fields []string) (p Packet, err error) {
	if len(fields) != 4 {
		return p, fmt.Errorf("%d fields: %w", len(fields), ErrFormat)
	}
	sequence, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return p, fmt.Errorf("sequence %q: %w", fields[0], ErrFormat)
	}
	timestamp, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return p, fmt.Errorf("timestamp %q: %w", fields[1], ErrFormat)
	}
	p.Sequence, p.Timestamp = uint16(sequence), uint32(timestamp)
	if p.Sent, err = parseMS(fields[2]); err != nil {
		return p, err
	}
	if p.Lost = fields[3] == "lost"; p.Lost {
		return p, nil
	}
	p.Arrived, err = parseMS(fields[3])
	return p, err
}

func parseMS(field string) (time.Duration, error) {
	ms, err := strconv.ParseFloat(field, 64)
	if err != nil || !(ms >= 0 && ms < 1e8) {
		return 0, fmt.Errorf("milliseconds %q: %w", field, ErrFormat)
	}
	return time.Duration(ms * float64(time.Millisecond)), nil
}

// follows checks that p is the packet after last, whose length it sets.
func (p *Packet) follows(last *Packet) error {
	if p.Sequence != last.Sequence+1 {
		return fmt.Errorf("sequence %d after %d: %w", p.Sequence, last.Sequence, ErrFormat)
	}
	units := p.Timestamp - last.Timestamp
	length := time.Duration(units) * time.Second / ClockRate
	if units > 1<<31 || length < 2500*time.Microsecond {
		return fmt.Errorf("timestamp %d after %d: %w", p.Timestamp, last.Timestamp, ErrFormat)
	}
	if length > 120*time.Millisecond { // the sender paused
		length = max(last.Length, 20*time.Millisecond)
	}
	last.Length = length
	return nil
}

// WriteTo writes the trace as Parse reads it.
func (t *Trace) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n# sequence timestamp send_ms arrival_ms\n", t.About)
	for i := range t.Packets {
		p := &t.Packets[i]
		fmt.Fprintf(&b, "%d %d %s ", p.Sequence, p.Timestamp, ms(p.Sent))
		if p.Lost {
			b.WriteString("lost\n")
		} else {
			b.WriteString(ms(p.Arrived) + "\n")
		}
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Round(100*time.Microsecond))/float64(time.Millisecond), 'f', 1, 64)
}

// Lengths returns the lengths of the packets in order.
func (t *Trace) Lengths() []time.Duration {
	lengths := make([]time.Duration, len(t.Packets))
	for i := range t.Packets {
		lengths[i] = t.Packets[i].Length
	}
	return lengths
}

// Share returns what part of the packets never arrived, 0 to 1.
func (t *Trace) Share() float64 {
	lost := 0
	for i := range t.Packets {
		if t.Packets[i].Lost {
			lost++
		}
	}
	return float64(lost) / float64(max(1, len(t.Packets)))
}
