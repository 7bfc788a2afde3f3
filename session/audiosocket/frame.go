package audiosocket

import (
	"encoding/binary"
	"errors"
	"io"
)

// The kinds of frame: the first of the three bytes of a frame's head, whose other
// two are the length of its payload, most significant first.
const (
	kindHangup = 0x00
	kindUUID   = 0x01
	kindKey    = 0x03 // one character, 0-9, *, # or A-D
	kindAudio  = 0x10 // signed 16-bit, little-endian, mono, at 8 kHz
	kindLast   = 0x18 // the last of those at other rates
	kindError  = 0xff
)

const (
	headLength = 3
	uuidLength = 16
	mostBytes  = headLength + 0xffff // of a frame
)

// rateOf is the sampling rate in hertz of a kind of audio.
func rateOf(kind byte) int {
	rates := [...]int{8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000}
	return rates[kind-kindAudio]
}

func isAudio(kind byte) bool { return kind >= kindAudio && kind <= kindLast }

// errNoFrame says that a stream ended within a frame.
var errNoFrame = errors.New("audiosocket: the stream ended within a frame")

// scanner cuts a stream into frames. A read that runs out of time loses nothing:
// what has come of a frame is kept for the next.
type scanner struct {
	from   io.Reader
	buffer []byte // buffer[begin:end] has come and is not yet given
	begin  int
	end    int
}

func newScanner(from io.Reader) *scanner { return &scanner{from: from, buffer: make([]byte, 4096)} }

// next returns the next frame; payload is valid until the next call. At the end
// of the stream it returns io.EOF, or errNoFrame within a frame.
func (s *scanner) next() (kind byte, payload []byte, err error) {
	if err := s.fill(headLength); err != nil {
		return 0, nil, err
	}
	length := headLength + int(binary.BigEndian.Uint16(s.buffer[s.begin+1:]))
	if err := s.fill(length); err != nil {
		return 0, nil, err
	}
	frame := s.buffer[s.begin : s.begin+length]
	s.begin += length
	return frame[0], frame[headLength:], nil
}

// fill reads until n bytes are there.
func (s *scanner) fill(n int) error {
	for s.end-s.begin < n {
		if s.begin+n > len(s.buffer) {
			s.end = copy(s.buffer, s.buffer[s.begin:s.end])
			s.begin = 0
			if n > len(s.buffer) { // no peer of ours sends such frames, but it may
				s.buffer = append(s.buffer, make([]byte, min(2*n, mostBytes)-len(s.buffer))...)
			}
		}
		got, err := s.from.Read(s.buffer[s.end:])
		s.end += got
		switch {
		case got > 0:
		case errors.Is(err, io.EOF) && s.end > s.begin:
			return errNoFrame
		case err != nil:
			return err
		}
	}
	return nil
}

// appendFrame appends a frame to dst.
func appendFrame(dst []byte, kind byte, payload []byte) []byte {
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(payload)))
	return append(dst, payload...)
}
