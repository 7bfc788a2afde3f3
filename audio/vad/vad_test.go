package vad

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/wav"
)

const lead = time.Second // of quiet before and after a placed clip

// recording reads a file of testdata.
func recording(tb testing.TB, name string) []int16 {
	tb.Helper()
	return read(tb, filepath.Join("testdata", name))
}

func read(tb testing.TB, path string) []int16 {
	tb.Helper()
	channels, err := wav.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return channels[0]
}

// silent is a line's noise in dBFS that is digital silence.
const silent = -200

// place puts a clip, its peak at -9 dBFS, between quiet, over noise of the given
// level in dBFS.
func place(clip []int16, noise float64) []int16 {
	peak := 1.0
	for _, v := range clip {
		peak = max(peak, math.Abs(float64(v)))
	}
	quiet := audio.Samples(lead, audio.Rate)
	pcm := make([]int16, quiet+len(clip)+quiet)
	r := rand.New(rand.NewPCG(1, 2))
	amplitude := math.Pow(10, noise/20) * fullScale
	for i := range pcm {
		v := r.NormFloat64() * amplitude
		if n := i - quiet; n >= 0 && n < len(clip) {
			v += float64(clip[n]) * 12000 / peak
		}
		pcm[i] = int16(math.Round(v))
	}
	return pcm
}

// edgesOf plays sound to a detector.
func edgesOf(inferer Inferer, pcm []int16) []Event {
	d := New(inferer, Config{})
	var events []Event
	at := time.Duration(0)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		at += audio.PTime
		events = append(events, d.Push(pcm[n:n+audio.FrameSamples], at)...)
	}
	return events
}

// sounding returns where a clean clip's sound begins and ends: where it is less
// than 30 dB below its loudest 10 ms.
func sounding(clip []int16) (from, to time.Duration) {
	var m meter
	var levels []float32
	for n := 0; n+slotSamples <= len(clip); n += slotSamples {
		l, _ := m.measure(clip[n : n+slotSamples])
		levels = append(levels, l.all)
	}
	least := slices.Max(levels) - 30
	first := slices.IndexFunc(levels, func(l float32) bool { return l >= least })
	last := first
	for i, l := range levels {
		if l >= least {
			last = i
		}
	}
	return time.Duration(first) * slotTime, time.Duration(last+1) * slotTime
}

// accuracy collects how far off the edges of placed clips are, in milliseconds.
type accuracy struct{ onset, sustained, offset []float64 }

func (a *accuracy) add(clip []int16, events []Event) {
	from, to := sounding(clip)
	ms := func(d time.Duration) float64 { return float64(d.Milliseconds()) }
	declared := false
	for i, e := range events {
		switch {
		case i == 0:
			a.onset = append(a.onset, ms(e.At-lead-from))
		case e.Kind == Sustained && !declared:
			declared = true
			a.sustained = append(a.sustained, ms(e.Posted-lead-from))
		case i == len(events)-1 && e.Kind == Ended:
			a.offset = append(a.offset, ms(e.At-lead-to))
		}
	}
}

func at(sorted []float64, percent int) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[(len(sorted)-1)*percent/100]
}

func spread(v []float64) string {
	slices.Sort(v)
	return fmt.Sprintf("%4.0f %4.0f %4.0f %4.0f %4.0f", at(v, 0), at(v, 5), at(v, 50), at(v, 95), at(v, 100))
}

func TestEdgesAreWhereTheSoundIs(t *testing.T) {
	inferer := openModel(t).Inline()
	for _, c := range []struct {
		name, file string
		noise      float64
	}{
		{"a sentence on a line with digital silence", "prompt.wav", silent},
		{"a sentence on a quiet line", "prompt.wav", -65},
		{"a sentence on a noisy line", "prompt.wav", -50},
		{"one digit on a line with digital silence", "7_theo_3.wav", silent},
		{"one digit on a quiet line", "4_yweweler_5.wav", -65},
	} {
		t.Run(c.name, func(t *testing.T) {
			clip := recording(t, c.file)
			events := edgesOf(inferer, place(clip, c.noise))
			if len(events) < 3 {
				t.Fatalf("heard only %v", events)
			}
			var a accuracy
			a.add(clip, events)
			t.Logf("onset %+.0f ms, sustained %+.0f ms, offset %+.0f ms", a.onset[0], a.sustained[0], a.offset[0])
			if math.Abs(a.onset[0]) > 40 {
				t.Errorf("speech began %+.0f ms off", a.onset[0])
			}
			if a.sustained[0] > 220 {
				t.Errorf("it took %.0f ms to be sure of words", a.sustained[0])
			}
			if a.offset[0] < -60 || a.offset[0] > 60 {
				t.Errorf("speech ended %+.0f ms off", a.offset[0])
			}
		})
	}
}

func TestSustainedNeedsWords(t *testing.T) {
	inferer := openModel(t).Inline()
	for name, clip := range map[string][]int16{
		"a hummed mm-hm, low (synthetic)":  append(hum(110, 250), hum(130, 350)...),
		"a hummed mm-hm, high (synthetic)": append(hum(200, 250), hum(240, 350)...),
		"a cough (synthetic)":              cough(1),
		"two coughs (synthetic)":           append(cough(2), cough(3)...),
		"a recorded noise":                 recording(t, "noise.wav"),
	} {
		for _, noise := range []float64{silent, -60} {
			t.Run(fmt.Sprintf("%s over %.0f dBFS is no barge-in", name, noise), func(t *testing.T) {
				for _, e := range edgesOf(inferer, place(clip, noise)) {
					if e.Kind == Sustained {
						t.Errorf("taken for words at %v", e.At-lead)
					}
				}
			})
		}
	}
}

// hum makes a hum of f hertz and so many milliseconds: closed lips let little
// through above the murmur of the nose.
func hum(f float64, ms int) []int16 {
	pcm := make([]int16, audio.Rate/1000*ms)
	for i := range pcm {
		s := float64(i) / audio.Rate
		v := 0.0
		for h := 1.0; h*f < 3500; h++ {
			v += math.Pow(10, -0.9*math.Log2(h*f/250+1)) * math.Sin(2*math.Pi*f*h*s)
		}
		rise := min(1, float64(min(i, len(pcm)-i))/600)
		pcm[i] = int16(4000 * v * rise)
	}
	return pcm
}

// cough makes a burst of noise of 40 ms, a rush of 200 ms and a short rasp.
func cough(seed uint64) []int16 {
	r := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int16, audio.Rate*35/100)
	y := 0.0
	for i := range pcm {
		s := float64(i) / audio.Rate
		loud := math.Exp(-s/0.02) + 0.35*math.Exp(-(s-0.12)*(s-0.12)/0.0064)
		if s > 0.25 {
			loud += 0.3 * math.Exp(-(s-0.25)/0.03) * math.Pow(math.Sin(math.Pi*90*s), 8)
		}
		y += 0.35 * (r.NormFloat64() - y)
		pcm[i] = int16(max(-1, min(1, y*loud)) * 12000)
	}
	return pcm
}

func TestAccuracyOnSharedRecordings(t *testing.T) {
	const speech = "../../../shared/data/speech"
	digits, _ := filepath.Glob(speech + "/digits/*_[0-3].wav")
	prompts := promptFiles(speech + "/prompts_en/transcripts.tsv")
	if len(digits) == 0 || len(prompts) == 0 {
		t.Skip("the shared recordings are not here: " + speech + " and asterisk-core-sounds-en-wav")
	}
	inferer := openModel(t).Inline()
	for _, set := range []struct {
		name  string
		files []string
	}{{"digits", digits}, {"prompts", prompts}} {
		for _, noise := range []float64{silent, -65, -50} {
			var a accuracy
			for _, file := range set.files {
				clip := read(t, file)
				a.add(clip, edgesOf(inferer, place(clip, noise)))
			}
			t.Logf("%s over %.0f dBFS, %d files, ms (min p5 p50 p95 max): onset %s; sustained %s (%d); offset %s",
				set.name, noise, len(set.files), spread(a.onset), spread(a.sustained), len(a.sustained), spread(a.offset))
			if len(a.onset) < len(set.files) || len(a.sustained) < len(set.files)*95/100 {
				t.Errorf("%s over %.0f dBFS: %d started and %d sustained of %d", set.name, noise,
					len(a.onset), len(a.sustained), len(set.files))
			}
			if m := at(a.onset, 50); math.Abs(m) > 20 {
				t.Errorf("%s over %.0f dBFS: onset is off by %.0f ms in the middle", set.name, noise, m)
			}
			if m := at(a.offset, 50); math.Abs(m) > 20 {
				t.Errorf("%s over %.0f dBFS: offset is off by %.0f ms in the middle", set.name, noise, m)
			}
			if m := at(a.sustained, 50); m > 150 {
				t.Errorf("%s over %.0f dBFS: sustained after %.0f ms in the middle", set.name, noise, m)
			}
		}
	}
}

// promptFiles returns the telephone prompts that a list names and that are here.
func promptFiles(list string) []string {
	f, err := os.Open(list)
	if err != nil {
		return nil
	}
	defer f.Close()
	var files []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, _, _ := strings.Cut(lines.Text(), "\t")
		path := filepath.Join("/usr/share/asterisk/sounds/en_US_f_Allison", name)
		if _, err := os.Stat(path); err == nil {
			files = append(files, path)
		}
	}
	return files
}
