package codec_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/audio/codec"
)

// encoded returns n packets of a voice.
func encoded(t *testing.T, n int) (packets [][]byte) {
	t.Helper()
	encoder, err := codec.NewEncoder(codec.Opus)
	if err != nil {
		t.Fatal(err)
	}
	frame := make(audio.Frame, audio.FrameSamples)
	for i := range n {
		for k := range frame {
			frame[k] = int16((i*len(frame)+k)*37%6000 - 3000)
		}
		payload := make([]byte, codec.MaxPayload)
		size, err := encoder.Encode(frame, payload)
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, payload[:size])
	}
	return packets
}

// decodeAll returns what libopus makes of packets.
func decodeAll(t *testing.T, packets [][]byte) (pcm []int16) {
	t.Helper()
	decoder, err := codec.NewDecoder(codec.Opus)
	if err != nil {
		t.Fatal(err)
	}
	room := make([]int16, codec.MaxSamples)
	for _, payload := range packets {
		n, err := decoder.Decode(payload, room)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, room[:n]...)
	}
	return pcm
}

func TestJoinedPacketsSoundAsTheirFrames(t *testing.T) {
	t.Parallel()
	packets := encoded(t, 12)
	for _, together := range []int{1, 2, 3} {
		var j codec.Joiner
		var joined [][]byte
		for i, payload := range packets {
			if !j.Add(payload, 1400) {
				t.Fatalf("packet %d was not taken behind %v", i, j.Duration())
			}
			if want := time.Duration(i%together+1) * audio.PTime; j.Duration() != want || j.Units() != uint32(want/time.Millisecond)*48 {
				t.Errorf("%v, %d units: want %v", j.Duration(), j.Units(), want)
			}
			if i%together == together-1 {
				joined = append(joined, j.Append(nil))
			}
		}
		if len(j.Append(nil)) != 0 || len(joined) != len(packets)/together {
			t.Errorf("%d packets, and more is left", len(joined))
		}
		if diff := cmp.Diff(decodeAll(t, packets), decodeAll(t, joined)); diff != "" {
			t.Errorf("%d together sound otherwise", together)
		}
	}
}

func TestWhatCannotBeJoined(t *testing.T) {
	t.Parallel()
	const silk, celt = 9 << 3, 31 << 3
	for _, c := range []struct {
		name    string
		payload []byte
	}{
		{"nothing", nil},
		{"another encoding", []byte{celt, 1, 2}},
		{"two frames", []byte{silk | 1, 1, 2}},
		{"too long", append([]byte{silk}, make([]byte, 900)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var j codec.Joiner
			first := append([]byte{silk}, bytes.Repeat([]byte{7}, 500)...)
			if !j.Add(first, 1400) || j.Add(c.payload, 1400) {
				t.Fatal("taken, or the first was not")
			}
			if got := j.Append(nil); !bytes.Equal(got, first) {
				t.Errorf("%d bytes: want the first alone", len(got))
			}
		})
	}
}

// FuzzJoin checks that what is joined lasts as long as its frames did, for our own
// reader of packets.
func FuzzJoin(f *testing.F) {
	f.Add([]byte{9 << 3, 1, 2, 3}, []byte{9 << 3, 4}, []byte{9 << 3})
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		decoder, err := codec.NewDecoder(codec.Opus)
		if err != nil {
			t.Fatal(err)
		}
		var j codec.Joiner
		for _, payload := range [][]byte{a, b, c} {
			j.Add(payload, 1400)
		}
		want := j.Duration()
		if joined := j.Append(nil); len(joined) > 0 && decoder.Duration(joined) != want {
			t.Errorf("%x lasts %v: want %v", joined, decoder.Duration(joined), want)
		}
	})
}
