package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"huike/audio"
	"huike/audio/wav"
)

// file returns a WAV file with those samples already encoded. subformat, if
// not 0, makes it extensible.
func file(tag, channels, rate, bits, subformat int, data []byte) []byte {
	format := []byte{}
	u16 := func(x int) { format = binary.LittleEndian.AppendUint16(format, uint16(x)) }
	u32 := func(x int) { format = binary.LittleEndian.AppendUint32(format, uint32(x)) }
	u16(tag)
	u16(channels)
	u32(rate)
	u32(rate * channels * bits / 8)
	u16(channels * bits / 8)
	u16(bits)
	if subformat != 0 {
		u16(22)
		u16(bits)
		u32(0)
		u16(subformat)
		format = append(format, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
	}
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+8+len(format)+8+6+8+len(data)))
	out = append(out, "WAVEfmt "...)
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(format))), format...)
	out = append(out, "junk\x06\x00\x00\x00nothing"[:14]...)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	return append(out, data...)
}

func le16(samples ...int) (data []byte) {
	for _, s := range samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(s))
	}
	return data
}

func TestRead(t *testing.T) {
	t.Parallel()
	float := binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.5))
	float = binary.LittleEndian.AppendUint32(float, math.Float32bits(-2))
	for _, test := range []struct {
		name string
		file []byte
		want [][]int16
	}{
		{"16 bits", file(1, 1, 16000, 16, 0, le16(1, -2, 32767)), [][]int16{{1, -2, 32767}}},
		{"two channels", file(1, 2, 16000, 16, 0, le16(1, 2, 3, 4)), [][]int16{{1, 3}, {2, 4}}},
		{"two channels, the last frame cut off", file(1, 2, 16000, 16, 0, le16(1, 2, 3)), [][]int16{{1}, {2}}},
		{"8 bits", file(1, 1, 16000, 8, 0, []byte{0, 128, 255, 129}), [][]int16{{-32768, 0, 32512, 256}}},
		{"24 bits", file(1, 1, 16000, 24, 0, []byte{0xff, 1, 0, 0, 0, 0x80}), [][]int16{{1, -32768}}},
		{"32 bits", file(1, 1, 16000, 32, 0, []byte{0xff, 0xff, 1, 0, 0, 0, 0xff, 0xff}), [][]int16{{1, -1}}},
		{"float, clipped", file(3, 1, 16000, 32, 0, float), [][]int16{{16384, -32768}}},
		{"extensible float", file(0xfffe, 1, 16000, 32, 3, float), [][]int16{{16384, -32768}}},
		{"extensible 16 bits", file(0xfffe, 1, 16000, 16, 1, le16(7, 8)), [][]int16{{7, 8}}},
		{"mu-law", file(7, 1, 16000, 8, 0, []byte{0xff, 0x00, 0x80, 0x7f}), [][]int16{{0, -32124, 32124, 0}}},
		{"A-law", file(6, 1, 16000, 8, 0, []byte{0xd5, 0x55, 0x2a, 0xaa}), [][]int16{{8, -8, -32256, 32256}}},
		{"no samples", file(1, 1, 16000, 16, 0, nil), [][]int16{{}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := wav.Read(bytes.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(got, test.want, slices.Equal) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestWhatIsNotSupportedIsNamed(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"nothing":      nil,
		"no WAV":       bytes.Repeat([]byte("OggS"), 30),
		"no samples":   file(1, 1, 16000, 16, 0, le16(1))[:44],
		"ADPCM":        file(2, 1, 16000, 4, 0, le16(1)),
		"no channel":   file(1, 0, 16000, 16, 0, le16(1)),
		"a rate of 0":  file(1, 1, 0, 16, 0, le16(1)),
		"64-bit float": file(3, 1, 16000, 64, 0, make([]byte, 8)),
	} {
		if _, err := wav.Read(bytes.NewReader(data)); !errors.Is(err, wav.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestResamplingShiftsNothing(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 22050, 24000, 44100, 48000} {
		var samples []int
		for i := range rate {
			at := float64(i)/float64(rate) - 0.5
			samples = append(samples, int(20000*math.Exp(-at*at*1e5)*math.Cos(2*math.Pi*500*at)))
		}
		channels, err := wav.Read(bytes.NewReader(file(1, 1, rate, 16, 0, le16(samples...))))
		if err != nil {
			t.Fatal(err)
		}
		got := channels[0]
		if len(got) != audio.Rate {
			t.Errorf("%d Hz: a second has %d samples", rate, len(got))
		}
		peak := 0
		for i, s := range got {
			if s > got[peak] {
				peak = i
			}
		}
		if peak < audio.Rate/2-1 || peak > audio.Rate/2+1 || got[peak] < 19000 {
			t.Errorf("%d Hz: a click of 20000 in the middle is one of %d at %d", rate, got[peak], peak)
		}
	}
}

func TestMonoIsTheAverage(t *testing.T) {
	t.Parallel()
	if got := wav.Mono([][]int16{{32767, -4}, {32767, 2}}); !slices.Equal(got, []int16{32767, -1}) {
		t.Errorf("got %v", got)
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "call.wav")
	w, err := wav.Create(name, 2)
	if err != nil {
		t.Fatal(err)
	}
	left, right := make([]int16, audio.FrameSamples), make([]int16, audio.FrameSamples)
	for i := range 500 { // 10 s
		for k := range left {
			left[k], right[k] = int16(i), int16(-k)
		}
		if err := w.Write(left, right); err != nil {
			t.Fatal(err)
		}
	}
	// What a reader finds if the process dies now.
	channels, err := wav.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(channels[0]); got < 500*320-audio.Rate*3/2 {
		t.Errorf("a recording that is not closed has %d samples of %d", got, 500*320)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	channels, err = wav.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(channels) != 2 || len(channels[0]) != 500*320 || channels[0][499*320] != 499 || channels[1][319] != -319 {
		t.Errorf("%d channels of %d samples came back", len(channels), len(channels[0]))
	}
}

func TestWriterRefusesUnevenChannels(t *testing.T) {
	t.Parallel()
	w, err := wav.Create(filepath.Join(t.TempDir(), "x.wav"), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if w.Write(make([]int16, 1)) == nil || w.Write(make([]int16, 1), make([]int16, 2)) == nil {
		t.Error("no error")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(1, 2, 8000, 16, 0, le16(1, 2, 3, 4)))
	f.Add(file(0xfffe, 1, 48000, 32, 3, make([]byte, 40)))
	f.Add(file(7, 1, 8000, 8, 0, []byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, data []byte) {
		channels, err := wav.Read(bytes.NewReader(data))
		if err == nil && (len(channels) == 0 || len(channels[0])*len(channels) > 2*len(data)+8) {
			t.Fatalf("%d channels of %d samples from %d bytes", len(channels), len(channels[0]), len(data))
		}
	})
}

func ExampleCreate() {
	name := filepath.Join(os.TempDir(), "huike-example.wav")
	defer os.Remove(name)
	w, err := wav.Create(name, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	caller, agent := make([]int16, 320), make([]int16, 320)
	fmt.Println(w.Write(caller, agent), w.Close())
	channels, err := wav.ReadFile(name)
	fmt.Println(len(channels), len(channels[0]), err)
	// Output:
	// <nil> <nil>
	// 2 320 <nil>
}

func BenchmarkWrite(b *testing.B) {
	w, err := wav.Create(filepath.Join(b.TempDir(), "x.wav"), 2)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	frame := make([]int16, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(frame, frame); err != nil {
			b.Fatal(err)
		}
	}
}
