package syllable

import (
	"math"
	"slices"
	"testing"
)

// TestTheRoomIsFaintAndShort: what comes straight is untouched, what the room adds is
// 18 dB below it or fainter, and gone when a phrase's pause is half over.
func TestTheRoomIsFaintAndShort(t *testing.T) {
	r := newRoom()
	click := make([]int16, rate/2)
	click[0] = 20000
	out := r.heard(click)
	if out[0] != 20000 || slices.ContainsFunc(out[1:arrival], func(x int16) bool { return x != 0 }) {
		t.Errorf("what comes straight is %d, %v", out[0], out[1:arrival])
	}
	var energy float64
	for _, x := range out[arrival:] {
		energy += float64(x) * float64(x)
	}
	if db := 10 * math.Log10(energy/(20000*20000)); db > wet || db < wet-8 {
		t.Errorf("the room adds %.1f dB, want at most %v", db, wet)
	}
	if late := slices.IndexFunc(out[decay+rate/50:], func(x int16) bool { return x != 0 }); late >= 0 {
		t.Errorf("it still sounds %d samples after %d", late, decay)
	}
}

// TestTheRoomKnowsNoPieces: sound in pieces sounds as sound at once.
func TestTheRoomKnowsNoPieces(t *testing.T) {
	pcm := buzz(200, 300)
	whole := newRoom().heard(pcm)
	var pieces []int16
	for r := newRoom(); len(pcm) > 0; {
		n := min(333, len(pcm))
		pieces, pcm = append(pieces, r.heard(pcm[:n])...), pcm[n:]
	}
	if !slices.Equal(whole, pieces) {
		t.Error("pieces sound different")
	}
}

// BenchmarkRoom is one second of sound in the room.
func BenchmarkRoom(b *testing.B) {
	r, pcm := newRoom(), make([]int16, rate)
	for b.Loop() {
		r.heard(pcm)
	}
}
