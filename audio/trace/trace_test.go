package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/trace"
)

const packets = "../../testdata/packets"

func TestTheTracesAreWhatTheGeneratorMakes(t *testing.T) {
	t.Parallel()
	for _, made := range trace.Generated(1, 45*time.Second) {
		var text bytes.Buffer
		if _, err := made.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(packets, made.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept, text.Bytes()) {
			t.Errorf("%s is another: huike eval jitter --generate %s", made.Name, packets)
		}
	}
}

func TestWhatIsNoTraceIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                "",
		"one packet":             "0 0 20 50\n",
		"a sequence that jumps":  "0 0 20 50\n2 960 40 70\n",
		"a timestamp that falls": "0 960 20 50\n1 0 40 70\n",
		"a word":                 "0 0 20 50\n1 960 40 late\n",
		"a number too many":      "0 0 20 50 1\n",
		"a time below zero":      "0 0 20 -50\n1 960 40 70\n",
	} {
		if _, err := trace.Parse(name, strings.NewReader(text)); !errors.Is(err, trace.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBounds is what the traces must come out as, a little above what they do:
// no change may make a listener wait longer or hear more made-up sound unseen.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, most := range map[string]struct{ delay, concealed float64 }{
		"clean": {12, 0}, "wifi": {130, 0.3}, "lte": {85, 0.4}, "jitter": {50, 0.05}, "loss5": {30, 3}, "fast": {25, 0.05}, "stalls": {350, 2.5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join(packets, name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			tr, err := trace.Parse(name, file)
			if err != nil {
				t.Fatal(err)
			}
			payloads, err := trace.Payloads(&tr, nil)
			if err != nil {
				t.Fatal(err)
			}
			r, err := trace.Play(&tr, payloads, trace.Options{From: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if r.DelayMean > most.delay || r.Concealed > most.concealed {
				t.Errorf("%+v, want %+v at most", r, most)
			}
			if name == "clean" && r.Stretched != 0 {
				t.Errorf("%.2f %% of a steady line was stretched", r.Stretched)
			}
		})
	}
}

func TestLongPausesAreLeftOut(t *testing.T) {
	t.Parallel()
	sound := make([]int16, 3*audio.Rate) // a second of silence between two of sound
	for i := range sound {
		if i < audio.Rate || i >= 2*audio.Rate {
			sound[i] = int16(i%100*100 - 5000)
		}
	}
	if got, want := len(trace.Dense(sound)), 2*audio.Rate+10*audio.FrameSamples; got != want {
		t.Errorf("%d samples are left, want %d", got, want)
	}
	if got := trace.Dense(nil); len(got) != 0 {
		t.Errorf("%d samples of nothing", len(got))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# a line\n0 0 20.0 51.3\n1 960 40.0 lost\n2 1920 60 91\n")
	f.Add("65535 4294967295 0 0\n0 959 1e3 lost\n")
	f.Fuzz(func(t *testing.T, text string) {
		tr, err := trace.Parse("fuzz", strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if _, err := tr.WriteTo(&again); err != nil {
			t.Fatal(err)
		}
		same, err := trace.Parse("again", &again)
		if err != nil || len(same.Packets) != len(tr.Packets) {
			t.Fatalf("%d packets, and %d when written and read: %v", len(tr.Packets), len(same.Packets), err)
		}
	})
}

func ExampleParse() {
	tr, err := trace.Parse("short", strings.NewReader("# loses one\n0 0 20 51.5\n1 960 40 lost\n2 1920 60 90\n"))
	fmt.Println(tr.About, len(tr.Packets), tr.Packets[0].Length, tr.Packets[1].Lost, err)
	// Output: loses one 3 20ms true <nil>
}
