package trace

import (
	"cmp"
	"slices"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/jitter"
	"huike/audio/receiver"
)

// Options say how a trace is played.
type Options struct {
	From    time.Duration // after the first arrival, from when on is counted
	CatchUp bool          // as a recogniser hears: more than one frame at once after a stall
}

// Result is what a listener got of a trace. Delays are in milliseconds, parts in
// percent.
type Result struct {
	Trace      string  `json:"trace"`
	DelayMean  float64 `json:"delay_ms_mean"`  // of the sound, from its packet's arrival until it is decoded
	DelayP95   float64 `json:"delay_ms_p95"`   // 95 % waited no longer
	Concealed  float64 `json:"concealed_pct"`  // of what was played was made up, though it was due
	Late       float64 `json:"late_pct"`       // of the packets that arrived came too late to be played
	Stretched  float64 `json:"stretched_pct"`  // of what was played was put in or taken out to change the delay
	LongestGap float64 `json:"longest_gap_ms"` // most that was made up in one piece
}

// phases are how many places of the listener's clock between the packets a
// trace is played at.
const phases = 4

// Arrivals returns the indices of the packets that arrive, in that order.
func Arrivals(t *Trace) []int {
	var order []int
	for i := range t.Packets {
		if !t.Packets[i].Lost {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.Packets[a].Arrived, t.Packets[b].Arrived) })
	return order
}

// Play plays the trace through a [receiver.Receiver] of Opus, from the first
// packet's arrival to the last's, once for each of four places of its clock
// between the packets, and returns the mean of what each of them got.
func Play(t *Trace, payloads [][]byte, options Options) (Result, error) {
	var delays []waited
	sum := Result{Trace: t.Name}
	for phase := range phases {
		p := player{trace: t, payloads: payloads, options: options, order: Arrivals(t)}
		if err := p.play((time.Duration(phase)*2 + 1) * audio.PTime / (2 * phases)); err != nil {
			return Result{}, err
		}
		r := p.result()
		sum.DelayMean += r.DelayMean / phases
		sum.Concealed += r.Concealed / phases
		sum.Late += r.Late / phases
		sum.Stretched += r.Stretched / phases
		sum.LongestGap = max(sum.LongestGap, r.LongestGap)
		delays = append(delays, p.delays...)
	}
	sum.DelayP95 = percentile(delays, 0.95)
	return sum, nil
}

// waited is a delay, and how many samples had it.
type waited struct {
	delay   time.Duration
	samples uint64
}

// percentile returns, in milliseconds, what that part of the samples waited no
// longer than.
func percentile(delays []waited, part float64) float64 {
	slices.SortFunc(delays, func(a, b waited) int { return cmp.Compare(a.delay, b.delay) })
	total := uint64(0)
	for _, w := range delays {
		total += w.samples
	}
	sum := uint64(0)
	for _, w := range delays {
		if sum += w.samples; float64(sum) >= part*float64(total) {
			return milliseconds(w.delay)
		}
	}
	return 0
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// player is one playing of a trace.
type player struct {
	trace    *Trace
	payloads [][]byte
	options  Options
	order    []int

	from, last jitter.Stats
	counting   bool
	delays     []waited
	gap        uint64 // samples concealed on end
	longest    uint64
}

func (p *player) play(phase time.Duration) error {
	r, err := receiver.New(receiver.Config{Format: codec.Opus, CatchesUp: p.options.CatchUp})
	if err != nil {
		return err
	}
	packets := p.trace.Packets
	begin := packets[p.order[0]].Arrived
	end := packets[p.order[len(p.order)-1]].Arrived
	pushed := 0
	for at := begin + phase; at <= end; at += audio.PTime {
		for pushed < len(p.order) && packets[p.order[pushed]].Arrived <= at {
			i := p.order[pushed]
			r.Push(&audio.Packet{Sequence: packets[i].Sequence, Timestamp: packets[i].Timestamp, Payload: p.payloads[i]}, packets[i].Arrived)
			pushed++
		}
		if at-begin >= p.options.From && !p.counting {
			p.counting, p.from = true, p.last
		}
		_, _, more := r.Next(at)
		for p.options.CatchUp && more {
			_, _, more = r.Next(at)
		}
		p.count(r.Stats())
	}
	return nil
}

// count looks at what the last frame has added.
func (p *player) count(s jitter.Stats) {
	if p.counting {
		if n := s.JitterBufferEmittedCount - p.last.JitterBufferEmittedCount; n > 0 {
			p.delays = append(p.delays, waited{(s.JitterBufferDelay - p.last.JitterBufferDelay) / time.Duration(n), n})
		}
		if n := s.ConcealedSamples - p.last.ConcealedSamples; n > 0 {
			p.gap += n
			p.longest = max(p.longest, p.gap)
		} else {
			p.gap = 0
		}
	}
	p.last = s
}

func (p *player) result() Result {
	s, f := &p.last, &p.from
	part := func(a, b uint64) float64 { return 100 * float64(a) / float64(max(1, b)) }
	total := s.TotalSamplesReceived - f.TotalSamplesReceived
	emitted := s.JitterBufferEmittedCount - f.JitterBufferEmittedCount
	return Result{
		DelayMean: milliseconds(s.JitterBufferDelay-f.JitterBufferDelay) / float64(max(1, emitted)),
		Concealed: part(s.ConcealedSamples-f.ConcealedSamples, total),
		Late:      part(s.PacketsLate-f.PacketsLate, s.PacketsReceived-f.PacketsReceived),
		Stretched: part(s.InsertedSamplesForDeceleration-f.InsertedSamplesForDeceleration+
			s.RemovedSamplesForAcceleration-f.RemovedSamplesForAcceleration, total),
		LongestGap: milliseconds(audio.Duration(int(p.longest), audio.Rate)),
	}
}
