package vad

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/infer"
)

// openModel opens the network, which make models fetches.
func openModel(tb testing.TB) *Model {
	tb.Helper()
	models := os.Getenv("HUIKE_MODELS")
	if models == "" {
		models = filepath.Join("..", "..", "bin", "models")
	}
	rt, err := infer.Open(infer.Config{Models: models})
	if err != nil {
		tb.Fatalf("the voice detector needs its model: run make models (%v)", err)
	}
	m, err := OpenModel(rt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
		if err := rt.Close(); err != nil {
			tb.Error(err)
		}
	})
	return m
}

func noiseFrame(amplitude float64) audio.Frame {
	r := rand.New(rand.NewPCG(1, 2))
	frame := make(audio.Frame, audio.FrameSamples)
	for i := range frame {
		frame[i] = int16(r.NormFloat64() * amplitude)
	}
	return frame
}

func TestPushAllocatesNothing(t *testing.T) {
	d := New(openModel(t).Inline(), Config{})
	frame := noiseFrame(3000)
	at := time.Duration(0)
	allocs := testing.AllocsPerRun(100, func() {
		at += audio.PTime
		d.Push(frame, at)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a frame, want 0", allocs)
	}
}

// BenchmarkPush is what one frame costs its call when the network runs for that
// call alone: 5/8 of a window.
func BenchmarkPush(b *testing.B) {
	d := New(openModel(b).Inline(), Config{})
	frame := noiseFrame(3000)
	at := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		at += audio.PTime
		d.Push(frame, at)
	}
}

// BenchmarkPushSilence is a frame of digital silence, which the network is not
// shown.
func BenchmarkPushSilence(b *testing.B) {
	d := New(openModel(b).Inline(), Config{})
	frame := make(audio.Frame, audio.FrameSamples)
	at := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		at += audio.PTime
		d.Push(frame, at)
	}
}

// BenchmarkBatch is the cost of one window by how many are judged together.
func BenchmarkBatch(b *testing.B) {
	m := openModel(b)
	for _, size := range []int{1, 4, 9, 12, 16, 33, 40, maxBatch} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			streams := make([]*stream, size)
			for i := range streams {
				streams[i] = &stream{}
				for j, v := range noiseFrame(3000) {
					streams[i].slots[0].input[before+j] = v
				}
			}
			b.ReportAllocs()
			for i := 0; i < b.N; i += size {
				for _, s := range streams {
					s.tail.Add(1)
				}
				m.judge(streams)
			}
		})
	}
}

// TestRunJudgesManyCalls feeds the same sound to calls that share the network.
func TestRunJudgesManyCalls(t *testing.T) {
	m := openModel(t)
	pcm := place(recording(t, "prompt.wav"), silent)
	want := edgesOf(m.Inline(), pcm)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	const calls = 20
	detectors := make([]*Detector, calls)
	got := make([][]Event, calls)
	for i := range detectors {
		detectors[i] = New(m, Config{})
	}
	at := time.Duration(0)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		at += audio.PTime
		for i, d := range detectors {
			got[i] = append(got[i], d.Push(pcm[n:n+audio.FrameSamples], at)...)
		}
		for _, d := range detectors { // no slower than real time
			for d.stream.waits() {
				runtime.Gosched()
			}
		}
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("Run returned without an error when its context ended")
	}
	for i, events := range got {
		if len(events) != len(want) {
			t.Fatalf("call %d heard %v, alone it hears %v", i, events, want)
		}
		for j, e := range events {
			late := e.Posted - want[j].Posted
			if e.Kind != want[j].Kind || e.At != want[j].At || late < 0 || late > audio.PTime {
				t.Errorf("call %d, edge %d: %v, alone %v", i, j, e, want[j])
			}
		}
	}
	if s := m.Stats(); s.Windows < 10*s.Runs {
		t.Errorf("%d windows in %d runs: too few together", s.Windows, s.Runs)
	}
}

func TestEnergyDecidesWhenTheNetworkDoesNotRun(t *testing.T) {
	d := New(openModel(t), Config{}) // without Run
	pcm := place(recording(t, "prompt.wav"), silent)
	var started, ended bool
	at := time.Duration(0)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		at += audio.PTime
		for _, e := range d.Push(pcm[n:n+audio.FrameSamples], at) {
			started = started || e.Kind == Started
			ended = ended || e.Kind == Ended
		}
	}
	if !started || !ended {
		t.Errorf("started %v, ended %v: want both, from energy alone", started, ended)
	}
}
