package dtmf_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	pion "github.com/pion/rtp"

	"huike/audio"
	"huike/audio/dtmf"
)

const ms = time.Millisecond

// press returns the packets of keys, from that sequence number and timestamp on.
func press(tb testing.TB, keys string, sequence uint16, stamp uint32) (packets []audio.Packet) {
	tb.Helper()
	steps, err := dtmf.Steps(keys, dtmf.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	for step := range steps {
		packets = append(packets, audio.Packet{
			SSRC: 1, Sequence: sequence, Timestamp: stamp + step.Timestamp,
			Marker: step.Marker, Payload: slices.Clone(step.Payload[:]),
		})
		sequence++
	}
	return packets
}

// event returns one packet of a key.
func event(sequence uint16, stamp uint32, key byte, length uint16, flags string) audio.Packet {
	p := audio.Packet{SSRC: 1, Sequence: sequence, Timestamp: stamp, Payload: []byte{key, 10, 0, 0}}
	binary.BigEndian.PutUint16(p.Payload[2:], length)
	for _, flag := range flags {
		switch flag {
		case 'E':
			p.Payload[1] |= 0x80
		case 'M':
			p.Marker = true
		}
	}
	return p
}

func heard(packets []audio.Packet) (keys string) {
	var receiver dtmf.Receiver
	for i := range packets {
		if key, ok := receiver.Take(&packets[i]); ok {
			keys += string(key)
		}
	}
	return keys
}

func TestReceiver(t *testing.T) {
	t.Parallel()
	other := func(ssrc uint32, packets ...audio.Packet) []audio.Packet {
		for i := range packets {
			packets[i].SSRC = ssrc
		}
		return packets
	}
	long := func(stamp uint32, segments int) (packets []audio.Packet) { // a key held down at 48 kHz
		sequence := uint16(0)
		for range segments {
			for length := 960; length <= 0xffff; length += 960 {
				packets = append(packets, event(sequence, stamp, 5, uint16(length), ""))
				sequence++
			}
			packets = append(packets, event(sequence, stamp, 5, 0xffff, ""))
			sequence++
			stamp += 0xffff
		}
		return append(packets, event(sequence, stamp, 5, 960, "E"), event(sequence+1, stamp, 5, 960, "E"))
	}
	for name, test := range map[string]struct {
		packets []audio.Packet
		want    string
	}{
		"all there are":                      {press(t, "0123456789*#abcd", 1, 0), "0123456789*#ABCD"},
		"the same key thrice":                {press(t, "555", 1, 0), "555"},
		"sequence and timestamp wrap":        {press(t, "12345", 65530, 1<<32-2000), "12345"},
		"only the last packet of each":       {[]audio.Packet{event(8, 0, 1, 960, "E"), event(16, 1760, 1, 960, "E")}, "11"},
		"the end was lost":                   {[]audio.Packet{event(1, 0, 1, 160, "M"), event(9, 1760, 1, 160, "M")}, "11"},
		"the end and the next marker too":    {[]audio.Packet{event(1, 0, 1, 160, "M"), event(2, 0, 1, 320, ""), event(9, 1760, 1, 320, "")}, "11"},
		"one that is late":                   {[]audio.Packet{event(1, 0, 1, 160, "M"), event(9, 1760, 2, 160, "M"), event(4, 0, 1, 480, "E")}, "12"},
		"sent again behind its successor":    {[]audio.Packet{event(1, 0, 1, 160, "M"), event(2, 1760, 2, 160, "M"), event(3, 0, 1, 480, "E"), event(4, 1760, 2, 320, "E")}, "12"},
		"a key's packets in any order":       {[]audio.Packet{event(3, 0, 1, 480, "E"), event(1, 0, 1, 160, "M"), event(2, 0, 1, 320, "")}, "1"},
		"one 21 minutes of sound later":      {[]audio.Packet{event(1, 0, 1, 160, "ME"), event(64001, 64000*160, 2, 160, "M")}, "12"},
		"held for 5 s at 48 kHz":             {long(77, 4), "5"},
		"held over the timestamp's end":      {long(1<<32-70000, 3), "5"},
		"held, and segments are lost":        {slices.Delete(long(0, 6), 60, 250), "5"},
		"pressed again as the count is full": {[]audio.Packet{event(1, 0, 1, 0xffff, "E"), event(2, 0xffff, 1, 320, "")}, "11"},
		"timestamps move with the duration":  {[]audio.Packet{event(1, 1000, 7, 160, "M"), event(2, 1160, 7, 320, ""), event(3, 1320, 7, 480, ""), event(4, 1480, 7, 640, "E")}, "7"},
		"a hook flash, and what is none":     {[]audio.Packet{event(1, 0, 16, 160, "M"), event(2, 800, 3, 160, "M"), event(3, 1600, 255, 160, "M")}, "3"},
		"malformed":                          {[]audio.Packet{{Payload: nil}, {Payload: []byte{1, 2, 3}}, event(1, 0, 1, 0, "")}, "1"},
		"another sender":                     {slices.Concat(press(t, "12", 9000, 1<<31), other(2, press(t, "34", 5, 5)...)), "1234"},
		"the first one's end behind it":      {slices.Concat(press(t, "1", 9000, 1<<31), other(2, press(t, "2", 5, 5)...), press(t, "1", 9000, 1<<31)), "12"},
		"a sender that began anew":           {slices.Concat(press(t, "12", 9000, 1<<30), press(t, "34", 100, 5)), "1234"},
	} {
		if got := heard(test.packets); got != test.want {
			t.Errorf("%s: heard %q, want %q", name, got, test.want)
		}
	}
}

// However the network treats them, no key counts twice or comes out of order;
// and none is left out unless all its packets were lost or late.
func TestReceiverOverABadNetwork(t *testing.T) {
	t.Parallel()
	const keys = "0123456789*#ABCD5555"
	whole := 0
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		var arrived []audio.Packet
		come := map[uint32]bool{}
		for _, p := range press(t, keys, uint16(random.Uint32()), random.Uint32()) {
			for range random.IntN(3) { // lost, once or twice
				arrived = append(arrived, p)
				come[p.Timestamp] = true
			}
		}
		for range len(arrived) / 2 {
			if i := random.IntN(len(arrived) - 1); true {
				arrived[i], arrived[i+1] = arrived[i+1], arrived[i]
			}
		}
		got := heard(arrived)
		if len(got) == len(come) {
			whole++
		}
		rest := keys
		for _, key := range []byte(got) {
			at := slices.Index([]byte(rest), key)
			if at < 0 {
				t.Fatalf("seed %d: heard %q of %q", seed, got, keys)
			}
			rest = rest[at+1:]
		}
	}
	if whole < 480 {
		t.Errorf("all keys of which anything came were heard in %d of 500 runs", whole)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	config := dtmf.Config{ClockRate: 48000, Duration: 70 * ms, Gap: 60 * ms, Volume: 7}
	steps, err := dtmf.Steps("1d", config)
	if err != nil {
		t.Fatal(err)
	}
	var got []dtmf.Step
	for step := range steps {
		got = append(got, step)
	}
	// 20, 40 and 60 ms, and the end at 70 thrice.
	want := []dtmf.Step{
		{At: 0, Marker: true, Payload: [4]byte{1, 7, 960 >> 8, 960 & 255}},
		{At: 20 * ms, Payload: [4]byte{1, 7, 1920 >> 8, 1920 & 255}},
		{At: 40 * ms, Payload: [4]byte{1, 7, 2880 >> 8, 2880 & 255}},
		{At: 50 * ms, Payload: [4]byte{1, 0x87, 3360 >> 8, 3360 & 255}},
		{At: 70 * ms, Payload: [4]byte{1, 0x87, 3360 >> 8, 3360 & 255}},
		{At: 90 * ms, Payload: [4]byte{1, 0x87, 3360 >> 8, 3360 & 255}, Last: true},
	}
	for _, step := range slices.Clone(want) {
		step.At += 130 * ms
		step.Timestamp += 130 * 48
		step.Payload[0] = 15
		want = append(want, step)
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps are\n%+v, want\n%+v", got, want)
	}
	for step := range steps { // may be left, and begun anew
		if step.At != 0 || !step.Marker {
			t.Errorf("begun anew with %+v", step)
		}
		break
	}
}

func TestStepsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		keys   string
		config dtmf.Config
	}{
		{"12 3", dtmf.Config{}},
		{"1", dtmf.Config{Duration: 30 * ms}},
		{"1", dtmf.Config{Duration: 9 * time.Second}},
		{"1", dtmf.Config{Duration: 2 * time.Second, ClockRate: 48000}},
		{"1", dtmf.Config{Gap: 50 * ms}},
		{"1", dtmf.Config{ClockRate: 1}},
		{"1", dtmf.Config{Volume: 37}},
	} {
		if _, err := dtmf.Steps(test.keys, test.config); err == nil {
			t.Errorf("%q with %+v is no error", test.keys, test.config)
		}
	}
	if steps, err := dtmf.Steps("", dtmf.Config{}); err != nil {
		t.Error(err)
	} else {
		for range steps {
			t.Error("no key has a step")
		}
	}
}

// pion writes the packets: what is on the wire is RTP.
func TestKeysThroughPion(t *testing.T) {
	t.Parallel()
	var receiver dtmf.Receiver
	got := ""
	for _, p := range press(t, "9#", 3, 4) {
		raw, err := (&pion.Packet{
			Header:  pion.Header{Version: 2, PayloadType: 101, SSRC: 5, SequenceNumber: p.Sequence, Timestamp: p.Timestamp, Marker: p.Marker},
			Payload: p.Payload,
		}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var back pion.Packet
		if err := back.Unmarshal(raw); err != nil {
			t.Fatal(err)
		}
		if key, ok := receiver.Take(&audio.Packet{
			SSRC: back.SSRC, Sequence: back.SequenceNumber, Timestamp: back.Timestamp, Marker: back.Marker, Payload: back.Payload,
		}); ok {
			got += string(key)
		}
	}
	if got != "9#" {
		t.Errorf("heard %q", got)
	}
}

func BenchmarkReceiver(b *testing.B) {
	var receiver dtmf.Receiver
	packets := press(b, dtmf.Keys, 0, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		receiver.Take(&packets[i%len(packets)])
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 1, 0, 0, 0, 5, 10, 0, 160}, []byte{1, 0, 0, 0, 1, 0, 0, 0, 5, 0x8a, 0, 160})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		packet := func(raw []byte) *audio.Packet {
			p := &audio.Packet{}
			if len(raw) >= 8 {
				p.SSRC, p.Marker = uint32(raw[0]), raw[1] > 0
				p.Sequence, p.Timestamp = binary.BigEndian.Uint16(raw[2:]), binary.BigEndian.Uint32(raw[4:])
				p.Payload = raw[8:]
			}
			return p
		}
		var receiver dtmf.Receiver
		for range 2 {
			for i, p := range []*audio.Packet{packet(first), packet(second), packet(first)} {
				key, ok := receiver.Take(p)
				if ok && (len(p.Payload) < 4 || int(p.Payload[0]) >= len(dtmf.Keys) || key != dtmf.Keys[p.Payload[0]]) {
					t.Fatalf("packet %d, %+v, is key %q", i, p, key)
				}
				if _, again := receiver.Take(p); again {
					t.Fatalf("packet %d, %+v, counts twice", i, p)
				}
			}
		}
	})
}
