package session

import (
	"context"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/receiver"
	"huike/audio/vad"
	"huike/dialog/turn"
	"huike/session/handoff"
)

// bridge carries sound between a caller and the person who has taken the call.
// Its receive runs on a goroutine of its own; the rest is the media loop's.
type bridge struct {
	leg      handoff.Leg
	ear      *receiver.Receiver // the person's sound
	toPerson codec.Encoder      // the caller's sound to the person
	toCaller codec.Encoder      // the person's sound to the caller
	packet   audio.Packet       // to the person
	stamp    uint32             // timestamp units in a PTime
	payload  [codec.MaxPayload]byte
	encoded  [codec.MaxPayload]byte
	detector *vad.Detector // of the person's speech
	memory   *memory       // of it, for the transcript
	post     func(event)
}

// personPause is the pause that ends a line of the person's transcript.
const personPause = 700 * time.Millisecond

func newBridge(leg handoff.Leg, caller audio.Format, config *Config, post func(event)) (*bridge, error) {
	ear, err := receiver.New(receiver.Config{Format: leg.Format()})
	if err != nil {
		return nil, err
	}
	toPerson, err := codec.NewEncoder(leg.Format())
	if err != nil {
		return nil, err
	}
	toCaller, err := codec.NewEncoder(caller)
	if err != nil {
		return nil, err
	}
	return &bridge{
		leg: leg, ear: ear, toPerson: toPerson, toCaller: toCaller, stamp: stamp(leg.Format()),
		detector: vad.New(config.Detector, vad.Config{Hangover: personPause}), memory: &memory{from: turn.Never}, post: post,
	}, nil
}

// change has the person's sound encoded in another way for the caller.
func (b *bridge) change(caller audio.Format) {
	if encoder, err := codec.NewEncoder(caller); err == nil {
		b.toCaller = encoder
	}
}

// stamp is how far the timestamp of a format goes in one PTime.
func stamp(format audio.Format) uint32 {
	return uint32(audio.Samples(audio.PTime, format.ClockRate))
}

// receive reads the person's packets until their leg ends.
func (b *bridge) receive(ctx context.Context, now func() time.Duration) {
	var p audio.Packet
	for ctx.Err() == nil {
		if err := b.leg.ReadPacket(&p); err != nil {
			return
		}
		b.ear.Push(&p, now())
	}
}

// caller sends a frame of the caller's sound to the person.
func (b *bridge) caller(frame audio.Frame) {
	n, err := b.toPerson.Encode(frame, b.payload[:])
	if err != nil {
		return
	}
	b.packet.Payload = b.payload[:n]
	b.packet.Timestamp += b.stamp
	_ = b.leg.WritePacket(&b.packet) // a leg that takes no sound has ended; its reader says so
	b.packet.Sequence++
}

// person returns the person's sound that is due and its payload for the caller;
// both are valid until the next call.
func (b *bridge) person(now time.Duration) (audio.Frame, []byte) {
	frame, at, _ := b.ear.Next(now)
	b.memory.write(frame, at)
	for _, edge := range b.detector.Push(frame, at) {
		b.post(personEdge{edge, b.memory})
	}
	n, err := b.toCaller.Encode(frame, b.encoded[:])
	if err != nil {
		return frame, nil
	}
	return frame, b.encoded[:n]
}
