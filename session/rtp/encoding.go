package rtp

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// The formats of RFC 3551 with a payload type of their own.
//
//nolint:gochecknoglobals // constants, but for Go
var (
	formatPCMU = audio.Format{Name: "pcmu", ClockRate: 8000}
	formatPCMA = audio.Format{Name: "pcma", ClockRate: 8000}
	formatG722 = audio.Format{Name: "g722", ClockRate: 8000} // the sound has 16 kHz (RFC 3551, 4.5.2)
)

const (
	nameKeys  = "telephone-event" // RFC 4733
	nameNoise = "cn"              // RFC 3389
	nameL16   = "l16"

	typeNoise   = 13 // static for CN/8000
	firstType   = 96 // of the dynamic payload types
	lastType    = 127
	usualKeys   = 101 // what telephones have telephone-event at
	usualOpus   = 107
	usualKeys48 = 110
)

// encoding is one format of an m-line with its payload type.
type encoding struct {
	payloadType uint8
	format      audio.Format // telephone-event and cn too
	channels    int
}

// static returns the encoding that a payload type stands for without an rtpmap
// (RFC 3551, table 4).
func static(payloadType uint8) (encoding, bool) {
	switch payloadType {
	case 0:
		return encoding{0, formatPCMU, 1}, true
	case 8:
		return encoding{8, formatPCMA, 1}, true
	case 9:
		return encoding{9, formatG722, 1}, true
	case 10:
		return encoding{10, audio.Format{Name: nameL16, ClockRate: 44100}, 2}, true
	case 11:
		return encoding{11, audio.Format{Name: nameL16, ClockRate: 44100}, 1}, true
	case typeNoise:
		return encoding{typeNoise, audio.Format{Name: nameNoise, ClockRate: 8000}, 1}, true
	}
	return encoding{}, false
}

// sameFormat compares what the wire shows of a format.
func sameFormat(a, b audio.Format) bool { return a.Name == b.Name && a.ClockRate == b.ClockRate }

// kind is what this side must know of a format to send it.
type kind struct {
	payloadType uint8 // static, or 0 with dynamic
	dynamic     bool
	clockBytes  int // bytes for each unit of the clock; 0: a packet cannot be cut
}

// kindOf returns ok only for formats that a call can be held in.
func kindOf(f audio.Format) (kind, bool) {
	switch {
	case sameFormat(f, codec.Opus):
		return kind{dynamic: true}, true
	case sameFormat(f, formatPCMU):
		return kind{payloadType: 0, clockBytes: 1}, true
	case sameFormat(f, formatPCMA):
		return kind{payloadType: 8, clockBytes: 1}, true
	case sameFormat(f, formatG722):
		return kind{payloadType: 9, clockBytes: 1}, true
	case f.Name == nameL16 && slices.Contains([]int{8000, 16000, 24000, 48000}, f.ClockRate):
		return kind{dynamic: true, clockBytes: 2}, true
	}
	return kind{}, false
}

// mono tells whether a channel count of an rtpmap is what a call can use: Opus
// always says 2 (RFC 7587, 7).
func (e encoding) mono() bool {
	if e.format.Name == codec.Opus.Name {
		return e.channels == 2
	}
	return e.channels == 1
}

// rtpmap writes the encoding as in a=rtpmap.
func (e encoding) rtpmap() string {
	name := strings.ToUpper(e.format.Name)
	switch e.format.Name {
	case codec.Opus.Name:
		return "opus/48000/2"
	case nameKeys:
		name = nameKeys
	}
	return name + "/" + strconv.Itoa(e.format.ClockRate)
}

// fmtp writes the format's parameters, "" for none.
func (e encoding) fmtp() string {
	switch e.format.Name {
	case codec.Opus.Name:
		return "minptime=10;useinbandfec=1"
	case nameKeys:
		return "0-15"
	}
	return ""
}

// parseRtpmap reads "name/rate" and "name/rate/channels".
func parseRtpmap(payloadType uint8, text string) (encoding, bool) {
	parts := strings.Split(strings.TrimSpace(text), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return encoding{}, false
	}
	rate, err := strconv.ParseUint(parts[1], 10, 20)
	if err != nil || rate == 0 {
		return encoding{}, false
	}
	channels := uint64(1)
	if len(parts) == 3 {
		if channels, err = strconv.ParseUint(parts[2], 10, 8); err != nil {
			return encoding{}, false
		}
	}
	format := audio.Format{Name: strings.ToLower(parts[0]), ClockRate: int(rate)}
	return encoding{payloadType, format, int(channels)}, true
}

// milliseconds reads a=ptime and a=maxptime, 0 for what makes no sense.
func milliseconds(text string) time.Duration {
	ms, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
	if err != nil || ms < 1 || ms > 1000 {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}
