package codec_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// voice returns d of something like a vowel: harmonics of a gliding pitch
// under a slow envelope.
func voice(d time.Duration) []int16 {
	pcm := make([]int16, audio.Samples(d, audio.Rate))
	phase := 0.0
	for i := range pcm {
		t := float64(i) / audio.Rate
		phase += 2 * math.Pi * (140 + 30*math.Sin(2*math.Pi*1.7*t)) / audio.Rate
		s := 0.0
		for k := 1.0; k <= 20; k++ {
			s += math.Sin(k*phase) / (1 + math.Abs(k-5))
		}
		pcm[i] = int16(2500 * s * (0.55 + 0.45*math.Sin(2*math.Pi*3*t)))
	}
	return pcm
}

// random returns n bytes that are the same each time.
func random(n int) []byte {
	raw := make([]byte, n)
	source := rand.NewChaCha8([32]byte{7})
	_, _ = source.Read(raw)
	return raw
}

// noise returns d of white noise up to that amplitude.
func noise(d time.Duration, amplitude int) []int16 {
	pcm := make([]int16, audio.Samples(d, audio.Rate))
	raw := random(2 * len(pcm))
	for i := range pcm {
		pcm[i] = int16((int(raw[2*i])<<8 + int(raw[2*i+1]) - 1<<15) * amplitude >> 15)
	}
	return pcm
}

func itoa(n int) string { return strconv.Itoa(n) }

// snr returns the signal-to-noise ratio in dB of got against want, at the
// delay and gain that suit got best, and that delay in samples.
func snr(want, got []int16) (db float64, delay int) {
	best := math.Inf(-1)
	for lag := range 400 { // half a second tells the delay
		if here := ratio(want[:min(len(want), audio.Rate/2)], got, lag); here > best {
			best, delay = here, lag
		}
	}
	return ratio(want, got, delay), delay
}

// ratio is the signal-to-noise ratio at that delay.
func ratio(want, got []int16, lag int) float64 {
	var ww, wg, gg float64
	for i := range min(len(want), len(got)-lag) {
		w, g := float64(want[i]), float64(got[i+lag])
		ww, wg, gg = ww+w*w, wg+w*g, gg+g*g
	}
	if wg <= 0 {
		return math.Inf(-1)
	}
	noise := gg - wg*wg/ww
	return 10 * math.Log10((gg-noise)/max(noise, 1e-9))
}

// encode returns the packets of pcm.
func encode(tb testing.TB, format audio.Format, pcm []int16) [][]byte {
	tb.Helper()
	encoder, err := codec.NewEncoder(format)
	if err != nil {
		tb.Fatal(err)
	}
	var packets [][]byte
	for ; len(pcm) >= audio.FrameSamples; pcm = pcm[audio.FrameSamples:] {
		payload := make([]byte, codec.MaxPayload)
		n, err := encoder.Encode(pcm[:audio.FrameSamples], payload)
		if err != nil {
			tb.Fatal(err)
		}
		packets = append(packets, payload[:n])
	}
	return packets
}

// decode returns the sound of packets; lost tells which to conceal, with help
// of the next one if fec is set.
func decode(tb testing.TB, format audio.Format, packets [][]byte, lost func(int) bool, fec bool) []int16 {
	tb.Helper()
	decoder, err := codec.NewDecoder(format)
	if err != nil {
		tb.Fatal(err)
	}
	var out []int16
	pcm := make([]int16, codec.MaxSamples)
	for i, payload := range packets {
		var n int
		if lost != nil && lost(i) {
			var next []byte
			if fec && i+1 < len(packets) && !lost(i+1) {
				next = packets[i+1]
			}
			n, err = decoder.Conceal(pcm[:audio.FrameSamples], next)
		} else {
			n, err = decoder.Decode(payload, pcm)
		}
		if err != nil {
			tb.Fatalf("packet %d: %v", i, err)
		}
		out = append(out, pcm[:n]...)
	}
	return out
}

// all is every kind of format once.
var all = []audio.Format{
	codec.Opus, codec.PCMU, codec.PCMA, codec.G722, codec.L16(8000), codec.L16(44100), codec.PCM(16000), codec.PCM(24000),
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format audio.Format
		min    float64 // dB
	}{
		{codec.Opus, 10},
		{codec.PCMU, 37},
		{codec.PCMA, 37},
		{codec.G722, 30},
		{codec.L16(8000), 30},
		{codec.L16(16000), 90},
		{codec.L16(32000), 45},
		{codec.L16(48000), 45},
		{codec.PCM(8000), 30},
		{codec.PCM(16000), 90},
		{codec.PCM(24000), 45},
	} {
		t.Run(test.format.String(), func(t *testing.T) {
			t.Parallel()
			want := voice(2 * time.Second)
			packets := encode(t, test.format, want)
			got := decode(t, test.format, packets, nil, false)
			if len(got) != len(want) {
				t.Fatalf("%d samples came back of %d", len(got), len(want))
			}
			db, delay := snr(want, got)
			t.Logf("%.1f dB at a delay of %v", db, audio.Duration(delay, audio.Rate))
			if db < test.min {
				t.Errorf("%.1f dB, want %.0f", db, test.min)
			}
		})
	}
}

func TestConcealingOpusWithTheNextPacketIsBetterThanWithout(t *testing.T) {
	t.Parallel()
	want := voice(4 * time.Second)
	packets := encode(t, codec.Opus, want)
	every10th := func(i int) bool { return i%10 == 9 }
	with, _ := snr(want, decode(t, codec.Opus, packets, every10th, true))
	without, _ := snr(want, decode(t, codec.Opus, packets, every10th, false))
	t.Logf("10 %% lost: %.1f dB with, %.1f dB without the next packet", with, without)
	if with < without+2 {
		t.Errorf("%.1f dB with the next packet, %.1f without", with, without)
	}
}

func TestUnknownFormats(t *testing.T) {
	t.Parallel()
	for _, format := range []audio.Format{{}, {Name: "opus", ClockRate: 16000}, codec.L16(11025)} {
		if _, err := codec.NewDecoder(format); err == nil {
			t.Errorf("NewDecoder(%v) is no error", format)
		}
		if _, err := codec.NewEncoder(format); err == nil {
			t.Errorf("NewEncoder(%v) is no error", format)
		}
	}
}

func TestMalformedPayloadIsAnError(t *testing.T) {
	t.Parallel()
	for _, format := range []audio.Format{codec.Opus, codec.PCM(16000), codec.L16(44100)} {
		decoder, err := codec.NewDecoder(format)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, codec.MaxSamples)
		for _, payload := range [][]byte{nil, {3}, make([]byte, 9999)} {
			if _, err := decoder.Decode(payload, pcm); !errors.Is(err, codec.ErrPayload) {
				t.Errorf("%v: %d bytes: %v", format, len(payload), err)
			}
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	// The A-law cannot write less; G.722's predictors keep something at 0 and 8 kHz.
	least := map[audio.Format]int16{codec.PCMA: 8, codec.G722: 60, codec.Opus: 2}
	for _, format := range all {
		payload := codec.Silence(format)
		decoder, err := codec.NewDecoder(format)
		if err != nil {
			t.Fatal(err)
		}
		if got := decoder.Duration(payload); got != audio.PTime {
			t.Errorf("%v: silence lasts %v", format, got)
		}
		for _, spoken := range encode(t, format, voice(time.Second)) {
			if _, err := decoder.Decode(spoken, make([]int16, codec.MaxSamples)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 10 {
			pcm := make([]int16, codec.MaxSamples)
			n, err := decoder.Decode(payload, pcm)
			if err != nil || n != audio.FrameSamples {
				t.Fatalf("%v: %d, %v", format, n, err)
			}
			if i == 0 {
				continue // may fade out
			}
			if loudest := max(slices.Max(pcm), -slices.Min(pcm)); loudest > least[format] {
				t.Errorf("%v: packet %d of silence reaches %d", format, i, loudest)
			}
		}
	}
}
