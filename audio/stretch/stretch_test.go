package stretch_test

import (
	"fmt"
	"math"
	"testing"

	"huike/audio"
	"huike/audio/stretch"
)

// voice is n samples of a voice of that pitch: its harmonics under a formant.
func voice(n int, pitch float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		for h := 1.0; h*pitch < 3500; h++ {
			off := (h*pitch - 600) / 400
			loud := 3000 / (1 + off*off)
			pcm[i] += int16(loud * math.Sin(2*math.Pi*h*pitch*float64(i)/audio.Rate+h*h))
		}
	}
	return pcm
}

// tone is one sine.
func tone(n int, frequency float64) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*frequency*float64(i)/audio.Rate))
	}
	return pcm
}

// dominant returns the strongest frequency from low to high, to 1 Hz, of the
// first third of a second (Goertzel's algorithm).
func dominant(pcm []int16, low, high float64) float64 {
	pcm = pcm[:min(len(pcm), audio.Rate/3)]
	windowed := make([]float64, len(pcm))
	for i, v := range pcm {
		windowed[i] = float64(v) * (1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm))))
	}
	best, at := 0.0, 0.0
	for f := low; f <= high; f++ {
		turn := 2 * math.Cos(2*math.Pi*f/audio.Rate)
		var s1, s2 float64
		for _, v := range windowed {
			s1, s2 = v+turn*s1-s2, s1
		}
		if power := s1*s1 + s2*s2 - turn*s1*s2; power > best {
			best, at = power, f
		}
	}
	return at
}

// steps returns the largest difference of two samples on end.
func steps(pcm []int16) int {
	most := 0
	for i := 1; i < len(pcm); i++ {
		most = max(most, abs(int(pcm[i])-int(pcm[i-1])))
	}
	return most
}

func abs(v int) int { return max(v, -v) }

func rms(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(max(1, len(pcm))))
}

// shorter plays sound with every second frame made shorter.
func shorter(pcm []int16) (out []int16, removed int) {
	for i := 0; i+audio.FrameSamples <= len(pcm); i += audio.FrameSamples {
		frame := append([]int16(nil), pcm[i:i+audio.FrameSamples]...)
		n := len(frame)
		if i/audio.FrameSamples%2 == 1 {
			n = stretch.Shorten(frame, 200, 0.8)
		}
		removed += len(frame) - n
		out = append(out, frame[:n]...)
	}
	return out, removed
}

// longer plays sound with every second frame made longer.
func longer(pcm []int16) (out []int16, inserted int) {
	const history = 2 * audio.FrameSamples
	out = make([]int16, history)
	for i := 0; i+audio.FrameSamples <= len(pcm); i += audio.FrameSamples {
		room := make([]int16, history+3*audio.FrameSamples)
		copy(room, out[len(out)-history:])
		n := history + copy(room[history:], pcm[i:i+audio.FrameSamples])
		if i/audio.FrameSamples%2 == 1 && i > history {
			was := n
			n = stretch.Lengthen(room, history, n, 200, 0.8)
			inserted += n - was
		}
		out = append(out, room[history:n]...)
	}
	return out[history:], inserted
}

func TestStretchingKeepsThePitch(t *testing.T) {
	t.Parallel()
	for _, pitch := range []float64{90, 120, 180, 240, 330} {
		for _, tt := range []struct {
			name    string
			stretch func([]int16) ([]int16, int)
		}{{"shorter", shorter}, {"longer", longer}} {
			t.Run(fmt.Sprint(tt.name, " at ", pitch, " Hz"), func(t *testing.T) {
				t.Parallel()
				pcm := voice(audio.Rate, pitch)
				out, changed := tt.stretch(pcm)
				if changed < audio.Rate/20 {
					t.Errorf("changed by %d samples of %d, want 5 %% or more", changed, len(pcm))
				}
				if abs(len(out)-len(pcm)) < changed-audio.FrameSamples {
					t.Errorf("%d samples of %d after a change of %d", len(out), len(pcm), changed)
				}
				want := dominant(pcm, 300, 1000)
				if got := dominant(out, 300, 1000); math.Abs(got-want) > want/100 {
					t.Errorf("dominant frequency %v Hz, want %v ± 1 %%", got, want)
				}
				if got, most := steps(out), steps(pcm)*12/10; got > most {
					t.Errorf("a step of %d, want %d at most", got, most)
				}
			})
		}
	}
}

func TestSilenceIsStretchedAsMuchAsAsked(t *testing.T) {
	t.Parallel()
	frame := make([]int16, audio.FrameSamples)
	if n := stretch.Shorten(frame, 150, 0.9); n != len(frame)-150 {
		t.Errorf("%d samples of silence left", n)
	}
	room := make([]int16, 4*audio.FrameSamples)
	if n := stretch.Lengthen(room, 2*audio.FrameSamples, 3*audio.FrameSamples, 150, 0.9); n != 3*audio.FrameSamples+150 {
		t.Errorf("%d samples of silence", n-2*audio.FrameSamples)
	}
}

func TestWhatIsNotAlikeStaysAsItIs(t *testing.T) {
	t.Parallel()
	noise := make([]int16, audio.FrameSamples)
	random := uint32(7)
	for i := range noise {
		random = random*1664525 + 1013904223
		noise[i] = int16(random >> 18)
	}
	if n := stretch.Shorten(noise, 200, 0.9); n != len(noise) {
		t.Errorf("%d samples of noise were taken out", len(noise)-n)
	}
	if n := stretch.Shorten(make([]int16, 30), 200, 0.5); n != 30 {
		t.Error("two milliseconds were made shorter")
	}
}

func TestConcealmentGoesOnAndFades(t *testing.T) {
	t.Parallel()
	for _, pitch := range []float64{100, 150, 220} {
		for _, ms := range []int{20, 60, 100, 200} {
			t.Run(fmt.Sprint(pitch, " Hz, ", ms, " ms"), func(t *testing.T) {
				t.Parallel()
				pcm := voice(audio.Rate, pitch)
				var c stretch.Concealer
				half := len(pcm) / 2
				for i := 0; i < half; i += audio.FrameSamples {
					c.Heard(pcm[i : i+audio.FrameSamples])
				}
				lost := ms * audio.Rate / 1000
				made := make([]int16, lost)
				for i := 0; i < lost; i += audio.FrameSamples {
					c.Conceal(made[i:min(i+audio.FrameSamples, lost)])
				}
				after := append([]int16(nil), pcm[half+lost:half+lost+audio.FrameSamples]...)
				c.Merge(after)
				whole := append(append(append([]int16(nil), pcm[half-audio.FrameSamples:half]...), made...), after...)
				if got, most := steps(whole), steps(pcm)*5/4; got > most {
					t.Errorf("a step of %d, want %d at most", got, most)
				}
				loud, first := rms(pcm), rms(made[:audio.FrameSamples])
				if first < loud*0.8 || first > loud*1.2 {
					t.Errorf("the first 20 ms are as loud as %.0f, the voice %.0f", first, loud)
				}
				last := rms(made[lost-160:])
				if most := map[int]float64{20: 1.2, 60: 0.85, 100: 0.45, 200: 0.02}[ms] * loud; last > most {
					t.Errorf("after %d ms %.0f, want %.0f at most", ms, last, most)
				}
			})
		}
	}
}

func TestConcealmentKeepsThePitch(t *testing.T) {
	t.Parallel()
	for _, frequency := range []float64{200, 310, 440} {
		var c stretch.Concealer
		pcm := tone(audio.Rate/2, frequency)
		c.Heard(pcm)
		made := make([]int16, 3*audio.FrameSamples)
		c.Conceal(made)
		if got := dominant(made, 100, 800); math.Abs(got-frequency) > frequency/20 { // 60 ms tell no more
			t.Errorf("%v Hz became %v", frequency, got)
		}
	}
}

func TestThePauseHasTheRoomsNoise(t *testing.T) {
	t.Parallel()
	var c stretch.Concealer
	frame := make([]int16, audio.FrameSamples)
	random := uint32(1)
	for range 500 {
		for i := range frame {
			random = random*1664525 + 1013904223
			frame[i] = int16(random>>16) % 100
		}
		c.Heard(frame)
	}
	want := rms(frame)
	pause := make([]int16, audio.Rate)
	c.Murmur(pause, nil)
	if got := rms(pause[audio.Rate/2:]); got < want/2 || got > want*2 {
		t.Errorf("noise of %.1f in the pause, %.1f before it", got, want)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var c stretch.Concealer
	pcm := voice(6*audio.FrameSamples, 140)
	frame := make([]int16, audio.FrameSamples)
	if n := testing.AllocsPerRun(50, func() {
		c.Heard(pcm[:audio.FrameSamples])
		c.Conceal(frame)
		c.Merge(frame)
		stretch.Lengthen(pcm, 2*audio.FrameSamples, 3*audio.FrameSamples, 100, 0.5)
		copy(frame, pcm)
		stretch.Shorten(frame, 100, 0.5)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleShorten() {
	silence := make([]int16, audio.FrameSamples)
	fmt.Println(stretch.Shorten(silence, 120, 0.9))
	// Output: 200
}

func BenchmarkConceal(b *testing.B) {
	var c stretch.Concealer
	pcm := voice(audio.FrameSamples, 140)
	made := make([]int16, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		c.Heard(pcm)
		c.Conceal(made)
	}
}

func BenchmarkShorten(b *testing.B) {
	pcm := voice(audio.FrameSamples, 140)
	frame := make([]int16, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		copy(frame, pcm)
		stretch.Shorten(frame, 200, 0.9)
	}
}
