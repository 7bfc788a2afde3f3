package rtp

import (
	"encoding/binary"

	"huike/audio"
)

const (
	headerBytes = 12
	version     = 2
	maxDatagram = 4096 // 40 ms of L16 at 48 kHz; more is cut off, and dropped
)

// protocol is what a datagram on the media port is.
type protocol uint8

const (
	otherProtocol protocol = iota // STUN, TURN, ZRTP, noise
	isRTP
	isRTCP
	isDTLS
)

// protocolOf tells them apart by the first byte (RFC 7983, 7), and RTCP from
// RTP by the second (RFC 5761, 4).
func protocolOf(b []byte) protocol {
	switch {
	case len(b) == 0:
		return otherProtocol
	case b[0] >= 20 && b[0] <= 63:
		return isDTLS
	case b[0]>>6 != version || len(b) < 8:
		return otherProtocol
	case b[1] >= 192 && b[1] <= 223:
		return isRTCP
	case len(b) < headerBytes:
		return otherProtocol
	}
	return isRTP
}

// parseRTP reads a packet (RFC 3550, 5.1); its payload is part of b. ok is false
// if it is malformed.
func parseRTP(b []byte, p *audio.Packet) (ok bool) {
	if len(b) < headerBytes || b[0]>>6 != version {
		return false
	}
	start := headerBytes + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		if len(b) < start+4 {
			return false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		padding := int(b[end-1])
		if padding == 0 {
			return false
		}
		end -= padding
	}
	if start > end {
		return false
	}
	*p = audio.Packet{
		SSRC:        binary.BigEndian.Uint32(b[8:]),
		Sequence:    binary.BigEndian.Uint16(b[2:]),
		Timestamp:   binary.BigEndian.Uint32(b[4:]),
		Marker:      b[1]&0x80 != 0,
		PayloadType: b[1] & 0x7f,
		Payload:     b[start:end:end],
	}
	return true
}

// appendRTP writes a packet.
func appendRTP(b []byte, p *audio.Packet) []byte {
	second := p.PayloadType & 0x7f
	if p.Marker {
		second |= 0x80
	}
	b = append(b, version<<6, second)
	b = binary.BigEndian.AppendUint16(b, p.Sequence)
	b = binary.BigEndian.AppendUint32(b, p.Timestamp)
	b = binary.BigEndian.AppendUint32(b, p.SSRC)
	return append(b, p.Payload...)
}
