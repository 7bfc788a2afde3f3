// Package wav reads and writes WAV files: recordings that tests and replays
// speak with, and recordings of calls. It is about files, not about sound on
// the wire.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	goaudio "github.com/go-audio/audio"
	gowav "github.com/go-audio/wav"

	"huike/audio"
	"huike/audio/resample"
)

// ErrFormat is the error, wrapped, of what is no WAV file or holds sound in a
// form that is not supported.
var ErrFormat = errors.New("want a WAV file of 1 to 8 channels, 8 to 192 kHz, 8-, 16-, 24- or 32-bit samples, float, A-law or mu-law")

// Format tags of the fmt chunk.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xfffe
)

const maxChannels = 8

// ReadFile reads the named file as [Read] does.
func ReadFile(name string) (channels [][]int16, err error) {
	f, err := os.Open(name) //nolint:gosec // the name is the caller's to choose
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	channels, err = Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return channels, nil
}

// Read reads a WAV file and returns its channels, each at [audio.Rate] and of
// the same length. Resampling shifts nothing in time. A file that ends early
// gives what is there.
func Read(r io.ReadSeeker) (channels [][]int16, err error) {
	decoder, tag, err := open(r)
	if err != nil {
		return nil, err
	}
	rate, wide := int(decoder.SampleRate), int(decoder.NumChans)
	sample, ok := converter(tag, int(decoder.BitDepth))
	if !ok || wide < 1 || wide > maxChannels || rate < 8000 || rate > 192000 {
		return nil, fmt.Errorf("format %d, %d channels at %d Hz, %d bits: %w", tag, wide, rate, decoder.BitDepth, ErrFormat)
	}
	channels = make([][]int16, wide)
	buffer := &goaudio.IntBuffer{Data: make([]int, 1024*wide)}
	at := 0 // channel of the next sample: a read may end within a frame
	for {
		n, err := decoder.PCMBuffer(buffer)
		if err != nil {
			return nil, fmt.Errorf("read samples: %w", err)
		}
		if n <= 0 || n > len(buffer.Data) {
			break
		}
		for _, x := range buffer.Data[:n] {
			channels[at] = append(channels[at], sample(x))
			at = (at + 1) % wide
		}
	}
	for i := range channels {
		channels[i] = resampled(channels[i][:len(channels[wide-1])], rate)
	}
	return channels, nil
}

// Mono returns the average of the channels. One channel is returned as it is.
func Mono(channels [][]int16) []int16 {
	if len(channels) == 0 {
		return nil
	}
	if len(channels) == 1 {
		return channels[0]
	}
	mono := make([]int16, len(channels[0]))
	for i := range mono {
		sum := 0
		for _, channel := range channels {
			sum += int(channel[i])
		}
		mono[i] = int16(sum / len(channels))
	}
	return mono
}

// open reads the headers. tag is the true format, also of a file that says
// only that its format is extensible, which the decoder does not look into.
func open(r io.ReadSeeker) (decoder *gowav.Decoder, tag int, err error) {
	subformat, err := scan(r)
	if err != nil {
		return nil, 0, fmt.Errorf("read header: %w (%w)", ErrFormat, err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, 0, err
	}
	decoder = gowav.NewDecoder(r)
	if err := decoder.FwdToPCM(); err != nil || decoder.PCMChunk == nil {
		return nil, 0, fmt.Errorf("find samples: %w", ErrFormat)
	}
	tag = int(decoder.WavAudioFormat)
	if tag == tagExtensible {
		tag = subformat
	}
	return decoder, tag, nil
}

// scan walks the chunks before the samples and returns the format that an
// extensible fmt chunk names. The decoder makes buffers as long as a chunk says
// it is, so a chunk longer than the file is an error here.
func scan(r io.ReadSeeker) (subformat int, err error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	head := make([]byte, 12)
	if err := readAt(r, 0, head[:12]); err != nil {
		return 0, err
	}
	if string(append(head[:4:4], head[8:]...)) != "RIFFWAVE" {
		return 0, errors.New("no RIFF header")
	}
	for at, known := int64(12), false; ; {
		if err := readAt(r, at, head[:8]); err != nil {
			return 0, err
		}
		id, length := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		at += 8
		switch {
		case id == "data" && known:
			return subformat, nil
		case id == "data" || id == "fmt " && (known || length < 16) || length > size-at:
			return 0, fmt.Errorf("chunk %q of %d bytes at %d out of place", id, length, at)
		case id == "fmt ":
			known = true
			if subformat, err = extension(r, at, length); err != nil {
				return 0, err
			}
		}
		at += length + length%2
	}
}

// extension returns the true format of a fmt chunk that is long enough to name it.
func extension(r io.ReadSeeker, at, length int64) (subformat int, err error) {
	chunk := make([]byte, 26)
	if length < int64(len(chunk)) {
		return 0, nil
	}
	err = readAt(r, at, chunk)
	return int(binary.LittleEndian.Uint16(chunk[24:])), err
}

func readAt(r io.ReadSeeker, at int64, into []byte) error {
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return err
	}
	_, err := io.ReadFull(r, into)
	return err
}

// converter returns what makes a 16-bit sample of the decoder's raw integer.
func converter(tag, bits int) (sample func(int) int16, ok bool) {
	switch {
	case tag == tagPCM && bits == 8:
		return func(x int) int16 { return int16((x - 128) << 8) }, true
	case tag == tagPCM && (bits == 16 || bits == 24 || bits == 32):
		return func(x int) int16 { return int16(x >> (bits - 16)) }, true
	case tag == tagFloat && bits == 32:
		return func(x int) int16 {
			f := float64(math.Float32frombits(uint32(x)))
			return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(f*32768))))
		}, true
	case tag == tagALaw && bits == 8:
		return func(x int) int16 { return aLaw(byte(x)) }, true
	case tag == tagMuLaw && bits == 8:
		return func(x int) int16 { return muLaw(byte(x)) }, true
	}
	return nil, false
}

// aLaw and muLaw expand one sample as ITU-T G.711 has it.
func aLaw(x byte) int16 {
	x ^= 0x55
	mantissa, exponent := int16(x&15)<<4+8, x>>4&7
	if exponent > 0 {
		mantissa = (mantissa + 0x100) << (exponent - 1)
	}
	if x&0x80 == 0 {
		return -mantissa
	}
	return mantissa
}

func muLaw(x byte) int16 {
	x = ^x
	magnitude := (int16(x&15)<<3+0x84)<<(x>>4&7) - 0x84
	if x&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

// resampled returns pcm at [audio.Rate] without the filter's delay.
func resampled(pcm []int16, rate int) []int16 {
	if rate == audio.Rate {
		return pcm
	}
	r := resample.New(rate, audio.Rate)
	want := len(pcm) * audio.Rate / rate
	late := audio.Samples(r.Delay(), audio.Rate)
	out := r.Resample(make([]int16, 0, want+2*late+2), pcm)
	out = r.Resample(out, make([]int16, audio.Samples(2*r.Delay(), rate)+2))
	return out[late : late+want]
}
