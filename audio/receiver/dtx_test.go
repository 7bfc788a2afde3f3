package receiver_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hraban/opus"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/receiver"
)

// room is a person who speaks for two seconds and for the last, in a room whose noise
// has that root mean square.
func room(loud float64) []int16 {
	pcm := voice(8 * audio.Rate)
	random := rand.New(rand.NewPCG(1, 2))
	low := 0.0
	for i := range pcm {
		if i >= 2*audio.Rate && i < 7*audio.Rate {
			pcm[i] = 0
		}
		low = 0.7*low + math.Sqrt(1-0.7*0.7)*random.NormFloat64()
		pcm[i] += int16(math.Round(loud * low))
	}
	return pcm
}

func loudness(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

// sendDTX returns what a sender puts on the line for each PTime, as browsers do with
// usedtx: of what holds no sound, the first packet of each run.
func sendDTX(t *testing.T, pcm []int16) (packets []*audio.Packet, sent int) {
	t.Helper()
	encoder, err := opus.NewEncoder(audio.Rate, 1, opus.AppVoIP)
	if err != nil {
		t.Fatal(err)
	}
	if err := encoder.SetDTX(true); err != nil {
		t.Fatal(err)
	}
	if err := encoder.SetBitrate(28000); err != nil {
		t.Fatal(err)
	}
	announced := false
	for n := range len(pcm) / audio.FrameSamples {
		payload := make([]byte, 1275)
		size, err := encoder.Encode(pcm[n*audio.FrameSamples:(n+1)*audio.FrameSamples], payload)
		if err != nil {
			t.Fatal(err)
		}
		if size <= 2 && announced {
			packets = append(packets, nil)
			continue
		}
		announced = size <= 2
		packets = append(packets, &audio.Packet{Sequence: uint16(sent), Timestamp: uint32(n) * 960, Payload: payload[:size]})
		sent++
	}
	return packets, sent
}

// through plays one packet, or none, each PTime.
func through(t *testing.T, config receiver.Config, packets []*audio.Packet) (heard []int16, starved time.Duration) {
	t.Helper()
	r, err := receiver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for n, p := range packets {
		at := time.Duration(n+1) * audio.PTime
		if p != nil {
			r.Push(p, at)
		}
		for more := true; more; {
			var frame audio.Frame
			frame, _, more = r.Next(at + 10*ms)
			more = more && config.CatchesUp
			heard = append(heard, frame...)
		}
		starved = max(starved, r.Starved())
	}
	return heard, starved
}

// evenly checks that the pause sounds like the room from its second second on, in each
// half second of it.
func evenly(t *testing.T, heard []int16, want float64) {
	t.Helper()
	const piece = audio.Rate / 2
	for at := 3 * audio.Rate; at+piece <= 13*audio.Rate/2; at += piece {
		if off := 20 * math.Log10(loudness(heard[at:at+piece])/want); math.Abs(off) > 6 {
			t.Errorf("%.1f s: %+.1f dB off the room's noise", float64(at)/audio.Rate, off)
		}
	}
}

func TestPausesOfDTXSoundLikeTheRoom(t *testing.T) {
	t.Parallel()
	const loud = 100
	packets, sent := sendDTX(t, room(loud))
	if sent > 3*len(packets)/4 {
		t.Fatalf("%d of %d packets sent: that is no DTX", sent, len(packets))
	}
	for _, catchesUp := range []bool{true, false} {
		heard, starved := through(t, receiver.Config{Format: codec.Opus, CatchesUp: catchesUp}, packets)
		if starved > 0 {
			t.Errorf("starved for %v in an announced pause", starved)
		}
		evenly(t, heard, loud)
	}
}

func TestComfortNoiseIsHeardInPauses(t *testing.T) {
	t.Parallel()
	const loud = 104 // -50 dBov
	encoder, err := codec.NewEncoder(codec.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	pcm := room(0)
	packets := make([]*audio.Packet, len(pcm)/audio.FrameSamples)
	sequence := uint16(0)
	for n := range packets {
		p := &audio.Packet{Sequence: sequence, Timestamp: uint32(n) * 160}
		switch quiet := n >= 100 && n < 350; {
		case quiet && n%25 != 0:
			continue
		case quiet:
			p.Noise, p.Payload = true, []byte{50}
		default:
			p.Payload = make([]byte, codec.MaxPayload)
			size, err := encoder.Encode(pcm[n*audio.FrameSamples:(n+1)*audio.FrameSamples], p.Payload)
			if err != nil {
				t.Fatal(err)
			}
			p.Payload = p.Payload[:size]
			sequence++
			p.Sequence = sequence
		}
		packets[n] = p
	}
	for _, catchesUp := range []bool{true, false} {
		heard, starved := through(t, receiver.Config{Format: codec.PCMU, CatchesUp: catchesUp}, packets)
		if starved > 0 {
			t.Errorf("starved for %v in an announced pause", starved)
		}
		evenly(t, heard, loud)
		if back := loudness(heard[73*audio.Rate/10 : 78*audio.Rate/10]); back < 2000 {
			t.Errorf("speech after the pause has %.0f", back)
		}
	}
}

func TestNoiseBeforeSoundThatOvertookItIsNoPause(t *testing.T) {
	t.Parallel()
	r, err := receiver.New(receiver.Config{Format: codec.PCMU, CatchesUp: true})
	if err != nil {
		t.Fatal(err)
	}
	payload := codec.Silence(codec.PCMU)
	for n := range 3 {
		r.Push(&audio.Packet{Sequence: uint16(n), Timestamp: uint32(n) * 160, Payload: payload}, time.Duration(n)*audio.PTime)
		r.Next(time.Duration(n) * audio.PTime)
	}
	r.Push(&audio.Packet{Sequence: 1, Noise: true, Payload: []byte{50}}, 3*audio.PTime)
	for n := range 5 {
		r.Next(time.Duration(3+n) * audio.PTime)
	}
	if r.Starved() == 0 {
		t.Error("old noise announced a pause")
	}
}
