package audiosocket

import (
	"encoding/binary"
	"io"
	"time"

	"huike/audio"
)

const (
	soundQueue = 50 // x 20 ms = 1 s; what is more is lost
	// quietAfter is how long no sound comes before silence is written. It is longer
	// than two packets of sound may be apart, so that none comes between them.
	quietAfter = 60 * time.Millisecond
	stallAfter = 5 * time.Second // that one write may take
	lastWrite  = time.Second
)

// WritePacket queues p's sound for the caller and never blocks; p.Payload is
// copied. Sequence and Timestamp are not sent. Sound that Asterisk does not take is
// lost, not late. It returns io.ErrClosedPipe once the leg is over.
func (l *Leg) WritePacket(p *audio.Packet) error {
	if l.isOver() {
		return io.ErrClosedPipe
	}
	select {
	case buffer := <-l.free:
		buffer = l.encode(buffer[:0], p.Payload)
		select {
		case l.out <- buffer:
		default:
			l.free <- buffer
		}
	default:
	}
	return nil
}

// encode appends a frame with payload at the wire's rate to buffer.
func (l *Leg) encode(buffer, payload []byte) []byte {
	kind := byte(l.kind.Load())
	if l.outward == nil {
		return appendFrame(buffer, kind, payload)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	l.outPCM = l.outPCM[:0]
	for i := 0; i+1 < len(payload); i += 2 {
		l.outPCM = append(l.outPCM, int16(binary.LittleEndian.Uint16(payload[i:])))
	}
	l.outFrame = appendPCM(l.outFrame[:0], l.outward.Resample(nil, l.outPCM))
	return appendFrame(buffer, kind, l.outFrame)
}

// write writes until the leg is over: the agent's sound at once, and silence while
// there is none. Each frame is one write: Asterisk reads a head in one go.
func (l *Leg) write() {
	defer close(l.sent)
	quiet := time.NewTimer(0) // from the first moment on
	defer quiet.Stop()
	var silence []byte
	for {
		var frame []byte
		select {
		case <-l.done:
			l.goodbye()
			return
		case frame = <-l.out:
			quiet.Reset(quietAfter)
		case <-quiet.C:
			quiet.Reset(audio.PTime)
			kind := byte(l.kind.Load())
			if len(silence) == 0 || silence[0] != kind {
				silence = appendFrame(nil, kind, make([]byte, 2*audio.Samples(audio.PTime, rateOf(kind))))
			}
			_ = l.conn.SetWriteDeadline(time.Now().Add(stallAfter))
			if _, err := l.conn.Write(silence); err != nil {
				l.over(stuck)
				return
			}
			continue
		}
		_ = l.conn.SetWriteDeadline(time.Now().Add(stallAfter))
		_, err := l.conn.Write(frame)
		l.free <- frame
		if err != nil {
			l.over(stuck)
			return
		}
	}
}

// stuck is the reason of a leg whose peer takes nothing, or has gone.
const stuck = "peer stopped reading"

// goodbye tells Asterisk that the call is over here.
func (l *Leg) goodbye() {
	_ = l.conn.SetWriteDeadline(time.Now().Add(lastWrite))
	_, _ = l.conn.Write(appendFrame(nil, kindHangup, nil)) // one that has gone needs none
}

// Close ends the leg: Asterisk goes on in its dialplan. It may be called more than
// once. The first reason given, here or by the leg itself, is what Reason returns.
func (l *Leg) Close(reason string) error {
	l.over(reason)
	var err error
	l.closeOnce.Do(func() {
		<-l.sent
		l.linger()
		err = l.conn.Close()
	})
	return err
}

// linger reads on for a moment after the hang-up: to close a socket that holds
// unread bytes would reset it, and take the hang-up from the peer.
func (l *Leg) linger() {
	if half, ok := l.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = l.conn.SetReadDeadline(time.Now().Add(lastWrite / 2))
	_, _ = io.CopyN(io.Discard, l.conn, 1<<20)
}
