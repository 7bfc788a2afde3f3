package session

import (
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/dialog/turn"
)

// fill writes frames, each of which is full of its number, until the call time.
func fill(m *memory, from, to time.Duration) {
	for at := from + audio.PTime; at <= to; at += audio.PTime {
		m.write(slices.Repeat([]int16{int16(at / audio.PTime)}, audio.FrameSamples), at)
	}
}

// numbers are those of the frames in a cut, and how many frames it is.
func numbers(pcm []int16) (first, last, frames int) {
	if len(pcm) == 0 {
		return 0, 0, 0
	}
	return int(pcm[0]), int(pcm[len(pcm)-1]), len(pcm) / audio.FrameSamples
}

func TestMemory(t *testing.T) {
	for _, test := range []struct {
		name        string
		do          func(m *memory)
		from, to    time.Duration
		first, last int
	}{
		{"a cut has what the edges leave out on both sides", func(m *memory) {
			m.keep(time.Second)
			fill(m, 0, 3*time.Second)
		}, time.Second, 2 * time.Second, 36, 106},
		{"what was asked to be kept is there after ten seconds", func(m *memory) {
			m.keep(time.Second)
			fill(m, 0, 11*time.Second)
		}, time.Second, 11 * time.Second, 36, 550},
		{"of a longer turn the last thirty seconds are", func(m *memory) {
			m.keep(0)
			fill(m, 0, 50*time.Second)
		}, 0, 50 * time.Second, 991, 2500},
		{"a cut of sound that has not come yet is empty", func(m *memory) {
			fill(m, 0, time.Second)
		}, 2 * time.Second, 3 * time.Second, 0, 0},
		{"an empty memory has nothing", func(*memory) {}, 0, time.Second, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &memory{from: turn.Never}
			test.do(m)
			first, last, frames := numbers(m.cut(test.from, test.to))
			if first != test.first || last != test.last || frames > 0 && frames != last-first+1 {
				t.Errorf("frames %d to %d (%d), want %d to %d", first, last, frames, test.first, test.last)
			}
		})
	}
}

func TestMemoryOfSilenceStaysSmall(t *testing.T) {
	m := &memory{from: turn.Never}
	fill(m, 0, time.Minute)
	if most := int(recent/audio.PTime)/stripFrames + 2; len(m.strips) > most {
		t.Errorf("%d strips are kept while nobody speaks, want %d at most", len(m.strips), most)
	}
	m.keep(time.Minute)
	fill(m, time.Minute, 80*time.Second)
	long := len(m.strips)
	m.keep(turn.Never)
	fill(m, 80*time.Second, 81*time.Second)
	if len(m.strips) > long/4 {
		t.Errorf("%d strips are kept after a long turn of %d", len(m.strips), long)
	}
	m.release()
	if m.cut(0, time.Hour) != nil {
		t.Error("there is sound after the call")
	}
}
