package enhance_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/enhance"
	"huike/audio/infer"
	"huike/audio/vad"
)

// bargeIns returns when the detector takes what is heard for words that take the
// floor, while the agent speaks.
func bargeIns(model vad.Inferer, agent, heard []int16, guard *enhance.Guard) (at []time.Duration) {
	detector := vad.New(model, vad.Config{})
	for i := 0; i+audio.FrameSamples <= len(heard); i += audio.FrameSamples {
		frame := slices.Clone(heard[i : i+audio.FrameSamples])
		if guard != nil {
			guard.Heard(frame)
			guard.Played(agent[i : i+audio.FrameSamples])
		}
		now := audio.Duration(i+audio.FrameSamples, audio.Rate)
		for _, edge := range detector.Push(frame, now) {
			if edge.Kind == vad.Sustained {
				at = append(at, now)
			}
		}
	}
	return at
}

func detector(tb testing.TB) vad.Inferer {
	tb.Helper()
	runtime, err := infer.Open(infer.Config{Models: "../../bin/models"})
	if err != nil {
		tb.Fatal(err)
	}
	model, err := vad.OpenModel(runtime)
	if err != nil {
		tb.Fatal(err)
	}
	return model.Inline()
}

func agents(tb testing.TB) []int16 {
	tb.Helper()
	return voice(tb, "synthetic_points", "synthetic_order_latest", "synthetic_opening_hours", "synthetic_complaint",
		"synthetic_correction", "synthetic_stock_nearby", "synthetic_unknown_caller")
}

// TestTheAgentsOwnVoiceIsNoBargeIn has the agent speak without a pause on lines
// whose echo is from -6 to -30 dB strong and up to 300 ms late.
func TestTheAgentsOwnVoiceIsNoBargeIn(t *testing.T) {
	model, agent := detector(t), agents(t)
	agent = agent[:12*audio.Rate]
	if n := len(bargeIns(model, agent, line{100 * time.Millisecond, -12}.carry(t, agent, nil), nil)); n < 3 {
		t.Fatalf("without a guard the echo is taken for %d barge-ins: the test proves nothing", n)
	}
	for _, gain := range []float64{-6, -12, -18, -30} {
		for _, delay := range []time.Duration{25 * time.Millisecond, 130 * time.Millisecond, 300 * time.Millisecond} {
			l := line{delay, gain}
			t.Run(fmt.Sprintf("%v dB after %v", l.gain, l.delay), func(t *testing.T) {
				guard := enhance.NewGuard()
				if at := bargeIns(model, agent, l.carry(t, agent, nil), guard); len(at) > 0 {
					t.Errorf("barge-ins at %v", at)
				}
				if guard.Muted() < 500 {
					t.Errorf("%d of 600 frames were silenced", guard.Muted())
				}
			})
		}
	}
}

// TestCallersWhoSpeakOverTheirEchoAreHeard has a person speak over the agent.
func TestCallersWhoSpeakOverTheirEchoAreHeard(t *testing.T) {
	model, agent := detector(t), agents(t)
	caller := voice(t, "real_digits_order_number")[:audio.Rate]
	for _, begin := range []int{2, 7} {
		agent := agent[:(begin+1)*audio.Rate]
		alone := bargeIns(model, make([]int16, len(agent)), line{0, -99}.carry(t, make([]int16, len(agent)), caller), nil)
		if len(alone) == 0 {
			t.Fatal("the caller is not heard even without an agent")
		}
		for _, l := range []line{{0, -99}, {40 * time.Millisecond, -12}, {130 * time.Millisecond, -18}, {300 * time.Millisecond, -6}, {300 * time.Millisecond, -30}} {
			t.Run(fmt.Sprintf("over %v dB after %v, %d s into the agent's words", l.gain, l.delay, begin), func(t *testing.T) {
				at := bargeIns(model, agent, l.carry(t, agent, caller), enhance.NewGuard())
				if len(at) == 0 {
					t.Fatal("not heard")
				}
				if late := at[0] - alone[0]; late < 0 || late > 400*time.Millisecond {
					t.Errorf("heard %v later than without an agent", late)
				}
			})
		}
	}
}

func TestAQuietAgentChangesNothing(t *testing.T) {
	guard := enhance.NewGuard()
	frame := audio.Frame(level(voice(t, "real_digits_order_number")[:audio.FrameSamples], -20))
	want := slices.Clone(frame)
	for range 10 {
		guard.Played(nil)
		if guard.Heard(frame) || !slices.Equal(frame, want) {
			t.Fatal("a frame was changed while the agent was silent")
		}
	}
}

func BenchmarkGuard(b *testing.B) {
	guard, agent := enhance.NewGuard(), agents(b)
	frame := make(audio.Frame, audio.FrameSamples)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		from := i % 300 * audio.FrameSamples
		copy(frame, agent[from:])
		guard.Heard(frame)
		guard.Played(agent[from : from+audio.FrameSamples])
	}
}

func TestASharedEchoIsWhatAGuardMeasures(t *testing.T) {
	agent := agents(t)[:3*audio.Rate]
	heard := line{100 * time.Millisecond, -12}.carry(t, agent, nil)
	measured, told := enhance.NewGuard(), enhance.NewGuard()
	for from := 0; from+audio.FrameSamples <= len(agent); from += audio.FrameSamples {
		frame := audio.Frame(agent[from : from+audio.FrameSamples])
		measured.Played(frame)
		told.PlayedEcho(enhance.EchoOf(frame))
		a, b := slices.Clone(heard[from:from+audio.FrameSamples]), slices.Clone(heard[from:from+audio.FrameSamples])
		if measured.Heard(a) != told.Heard(b) {
			t.Fatalf("the guards disagree after %v", audio.Duration(from, audio.Rate))
		}
	}
	if told.Muted() == 0 {
		t.Error("nothing was silenced")
	}
	if enhance.EchoOf(nil) != nil {
		t.Error("no frame has an echo")
	}
}
