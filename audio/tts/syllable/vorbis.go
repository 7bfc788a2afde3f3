package syllable

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"

	"huike/audio"
	"huike/audio/resample"
)

const (
	vorbisLibrary = "libvorbisfile.so.3"
	vorbisRate    = 44100 // hertz, of all recordings of the voice
	tract         = 41200 // hertz at which they are played: a grown woman's voice, where the actress plays a girl
	vorbisWords   = 512   // 8-byte words for an OggVorbis_File, which has 944 bytes on 64-bit machines
	longest       = 3     // seconds of one recording
)

// decoder reads Ogg Vorbis through libvorbisfile, which Debian installs with every
// player. It is bound by name when a voice is opened.
type decoder struct {
	open  func(path string, file unsafe.Pointer) int32
	read  func(file, buffer unsafe.Pointer, length, bigEndian, word, signed int32, section unsafe.Pointer) int64
	clear func(file unsafe.Pointer) int32

	mu sync.Mutex // libvorbis keeps its state in the file, but its tables are shared
}

func newDecoder() (*decoder, error) {
	handle, err := purego.Dlopen(vorbisLibrary, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; install it with: apt-get install libvorbisfile3", vorbisLibrary, err)
	}
	d := &decoder{}
	for name, function := range map[string]any{"ov_fopen": &d.open, "ov_read": &d.read, "ov_clear": &d.clear} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%s has no %s: %w", vorbisLibrary, name, err)
		}
		purego.RegisterFunc(function, symbol)
	}
	return d, nil
}

// decode returns the sound of the file at path at [audio.Rate], the caller's.
func (d *decoder) decode(path string) ([]int16, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	file := make([]uint64, vorbisWords)
	at := unsafe.Pointer(&file[0]) //nolint:gosec // C's struct, which holds no pointer of Go's
	if code := d.open(path, at); code != 0 {
		return nil, fmt.Errorf("%s: no Ogg Vorbis (code %d): install gcin-voice again", path, code)
	}
	defer d.clear(at)
	raw := make([]int16, 0, vorbisRate/2)
	buffer := make([]int16, 2048)
	var section int32
	for len(raw) < longest*vorbisRate {
		//nolint:gosec // C writes into both, and keeps neither
		n := d.read(at, unsafe.Pointer(&buffer[0]), int32(2*len(buffer)), 0, 2, 1, unsafe.Pointer(&section))
		if n < 0 {
			return nil, fmt.Errorf("%s: damaged (code %d): install gcin-voice again", path, n)
		}
		if n == 0 {
			break
		}
		raw = append(raw, buffer[:n/2]...)
	}
	if len(raw) == 0 {
		return nil, errors.New(path + ": no sound in it: install gcin-voice again")
	}
	return resample.New(tract, audio.Rate).Resample(nil, append(raw, make([]int16, vorbisRate/50)...)), nil
}
