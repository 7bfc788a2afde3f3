package session

import (
	"sync/atomic"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/dialog"
)

// retuned is a leg that another offer may take from one encoding to another, both
// ways, as a re-INVITE does.
type retuned struct {
	*caller
	encoder codec.Encoder
	decoder codec.Decoder
	changed atomic.Bool
	wrong   atomic.Int64 // packets in the encoding of before
}

func (r *retuned) Format() audio.Format {
	if r.changed.Load() {
		return codec.PCMU
	}
	return r.caller.Format()
}

func (r *retuned) ReadPacket(p *audio.Packet) error {
	if err := r.caller.ReadPacket(p); err != nil || !r.changed.Load() {
		return err
	}
	payload := make([]byte, codec.MaxPayload)
	n, err := r.encoder.Encode(samplesOf(p.Payload), payload)
	p.Payload, p.Timestamp, p.SSRC = payload[:n], p.Timestamp/2, 8
	return err
}

func (r *retuned) WritePacket(p *audio.Packet) error {
	if r.changed.Load() {
		if len(p.Payload) != 160 {
			r.wrong.Add(1)
		}
		pcm := make([]int16, codec.MaxSamples)
		n, err := r.decoder.Decode(p.Payload, pcm)
		if err != nil {
			return err
		}
		decoded := *p
		decoded.Payload = bytesOf(pcm[:n])
		return r.caller.WritePacket(&decoded)
	}
	return r.caller.WritePacket(p)
}

func TestTheEncodingChangesInMidCall(t *testing.T) {
	encoder, err := codec.NewEncoder(codec.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := codec.NewDecoder(codec.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	var leg *retuned
	play(t, func(s *stage) {
		leg = &retuned{caller: s.caller, encoder: encoder, decoder: decoder}
		s.leg = leg
	}, func(s *stage) {
		s.greeted()
		end := s.say(house.question, "where is my order")
		s.begins(end, time.Second)
		leg.changed.Store(true)
		before := len(s.sounds(end))
		s.later(500 * time.Millisecond)
		if n := len(s.sounds(end)); n < before+20 {
			t.Errorf("%d packets of the sentence were sent in the other encoding", n-before)
		}
		if n := leg.wrong.Load(); n > 1 { // one may be on its way
			t.Errorf("%d packets were in the encoding of before", n)
		}
		s.quiet()
		if n := s.recognizer.finals(); n != 1 {
			t.Fatalf("%d recognitions before the next words", n)
		}
		s.say(house.question, "how many points do I have")
		s.waits(10*time.Second, "words in the other encoding", func() bool { return s.recognizer.finals() > 1 })
	})
}

// passes is a leg whose carrier connects the caller with a person.
type passes struct{ *caller }

func (passes) Reason() string { return passedOn }

func TestACallThatItsCarrierPassesOnIsHandedOff(t *testing.T) {
	play(t, func(s *stage) { s.leg = passes{s.caller} }, func(s *stage) {
		s.greeted()
		s.hangUp()
		if d := s.ends(5 * time.Second); d.Code != dialog.HandedOff || d.By != dialog.Human {
			t.Errorf("ended as %+v", d)
		}
	})
}
