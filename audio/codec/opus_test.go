package codec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// opusFrom returns the packets that ffmpeg's libopus makes of pcm, which is given
// to it at that rate and in so many channels.
func opusFrom(t *testing.T, pcm []int16, rate, channels int, frame string, arg ...string) [][]byte {
	t.Helper()
	arg = append([]string{
		"-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-",
		"-ar", itoa(rate), "-ac", itoa(channels), "-c:a", "libopus", "-application", "voip", "-frame_duration", frame,
	}, arg...)
	return unogg(through(t, little(pcm), "ffmpeg", append(arg, "-f", "ogg", "-")...))
}

func TestWeHearOpusOfAnyRateAndOfBothChannels(t *testing.T) {
	t.Parallel()
	want := voice(2 * time.Second)
	for _, rate := range []int{8000, 12000, 16000, 24000, 48000} {
		for channels := 1; channels <= 2; channels++ {
			t.Run(itoa(rate)+"x"+itoa(channels), func(t *testing.T) {
				t.Parallel()
				packets := opusFrom(t, want, rate, channels, "20", "-b:a", itoa(32000*channels))
				stereo := 0
				for _, packet := range packets {
					stereo += int(packet[0] >> 2 & 1)
				}
				if channels == 1 && stereo > 0 || channels == 2 && stereo < len(packets)/2 {
					t.Fatalf("%d of %d packets are stereo", stereo, len(packets))
				}
				db, delay := snr(want, heardAs(t, packets, "20"))
				t.Logf("%.1f dB at a delay of %v", db, audio.Duration(delay, audio.Rate))
				if db < 10 {
					t.Errorf("%.1f dB", db)
				}
			})
		}
	}
}

func TestWeHearOpusPacketsOfUpTo120ms(t *testing.T) {
	t.Parallel()
	want := voice(time.Second)
	for _, frame := range []string{"2.5", "5", "10", "20", "40", "60", "80", "100", "120"} {
		for _, bitrate := range []string{"16000", "64000"} {
			db, _ := snr(want, heardAs(t, opusFrom(t, want, 48000, 1, frame, "-b:a", bitrate), frame))
			t.Logf("%s ms at %s bit/s: %.1f dB", frame, bitrate, db)
			if db < 5 {
				t.Errorf("%s ms at %s bit/s: %.1f dB", frame, bitrate, db)
			}
		}
	}
}

func TestALostPacketIsTakenFromTheCopyInTheNext(t *testing.T) {
	t.Parallel()
	want := voice(4 * time.Second)
	for _, frame := range []string{"10", "20", "40", "60"} {
		length, err := strconv.Atoi(frame)
		if err != nil {
			t.Fatal(err)
		}
		packets := opusFrom(t, want, 16000, 1, frame, "-b:a", "32000", "-fec", "1", "-packet_loss", "10")
		hear := func(fec bool) float64 {
			decoder, err := codec.NewDecoder(codec.Opus)
			if err != nil {
				t.Fatal(err)
			}
			var got []int16
			pcm := make([]int16, codec.MaxSamples)
			for i, packet := range packets {
				var n int
				if i%7 == 6 && i+1 < len(packets) {
					next := packets[i+1]
					if !fec {
						next = nil
					}
					n, err = decoder.Conceal(pcm[:16*length], next)
				} else {
					n, err = decoder.Decode(packet, pcm)
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, pcm[:n]...)
			}
			db, _ := snr(want, got)
			return db
		}
		with, without := hear(true), hear(false)
		t.Logf("%s ms, every seventh lost: %.1f dB with the copy, %.1f without", frame, with, without)
		if with < without+1 {
			t.Errorf("%s ms: %.1f dB with the copy, %.1f without", frame, with, without)
		}
	}
}

// Where a sender has nothing to say, it sends a packet now and then that holds
// nothing (RFC 6716, 3.1): time passes by its length, and it is no error.
func TestOpusPacketsWithoutSound(t *testing.T) {
	t.Parallel()
	decoder, err := codec.NewDecoder(codec.Opus)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, codec.MaxSamples)
	const room = 100 // amplitude; libopus takes seconds to learn it
	for _, packet := range encode(t, codec.Opus, append(voice(time.Second), noise(5*time.Second, room)...)) {
		if _, err := decoder.Decode(packet, pcm); err != nil {
			t.Fatal(err)
		}
	}
	loudest := int16(0)
	for i := range 50 { // one for each 20 ms
		for _, empty := range [][]byte{{0x48}, {0x4b, 1}, {0x48}} {
			n, err := decoder.Decode(empty, pcm)
			if n != audio.FrameSamples || err != nil || decoder.Duration(empty) != audio.PTime {
				t.Fatalf("%x: %d samples, %v; lasts %v", empty, n, err, decoder.Duration(empty))
			}
			for _, s := range pcm[:n] {
				if i >= 10 {
					loudest = max(loudest, s, -s)
				}
			}
		}
	}
	t.Logf("a room of ±%d goes on as ±%d", room, loudest)
	if loudest > 4*room {
		t.Errorf("a room of ±%d goes on as ±%d", room, loudest)
	}
}

func TestOpusIsProtectedAsThePeerLoses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		loss float64
		want uint8
	}{{-1, 0}, {0, 0}, {0.03, 0}, {0.04, 10}, {0.14, 10}, {0.15, 25}, {1, 25}} {
		if got := codec.ForLoss(codec.Opus, test.loss); got.Loss != test.want || got.Name != "opus" || got.ClockRate != 48000 {
			t.Errorf("ForLoss(%v) is %+v", test.loss, got)
		}
		if again := codec.ForLoss(codec.ForLoss(codec.Opus, 0.5), test.loss); again.Loss != test.want {
			t.Errorf("ForLoss(%v) of what was chosen before is %+v", test.loss, again)
		}
		if got := codec.ForLoss(codec.PCMU, test.loss); got != codec.PCMU {
			t.Errorf("ForLoss(%v) of PCMU is %+v", test.loss, got)
		}
	}
	want := voice(4 * time.Second)
	size := func(loss float64) int {
		return len(bytes.Join(encode(t, codec.ForLoss(codec.Opus, loss), want), nil))
	}
	if a, b, c := size(0), size(0.1), size(0.3); a >= b || b >= c {
		t.Errorf("%d, %d and %d bytes for more and more loss", a, b, c)
	}
	const lost = 5 // every fifth
	hear := func(loss float64) float64 {
		packets := encode(t, codec.ForLoss(codec.Opus, loss), want)
		db, _ := snr(want, decode(t, codec.Opus, packets, func(i int) bool { return i%lost == lost-1 }, true))
		return db
	}
	calm, rough := hear(0), hear(0.2)
	t.Logf("20 %% lost: %.1f dB encoded for none, %.1f for that", calm, rough)
	if rough < calm+0.5 {
		t.Errorf("20 %% lost: %.1f dB encoded for none, %.1f for that", calm, rough)
	}
}

// opusenc is libopus's own encoder.
func TestWeHearWhatOpusencEncodesOfStereo(t *testing.T) {
	t.Parallel()
	opusenc, dir := tool(t, "opusenc"), t.TempDir()
	want := voice(time.Second)
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.opus")
	run(t, tool(t, "ffmpeg"), "-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", writeRaw(t, dir, want),
		"-ar", "48000", "-ac", "2", in)
	for _, kbit := range []int{24, 48, 96} {
		run(t, opusenc, "--quiet", "--speech", "--bitrate", itoa(kbit), in, out)
		file, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		db, _ := snr(want, heardAs(t, unogg(file), "20"))
		t.Logf("%d kbit/s: %.1f dB", kbit, db)
		if db < 5 {
			t.Errorf("%d kbit/s: %.1f dB", kbit, db)
		}
	}
}

func writeRaw(t *testing.T, dir string, pcm []int16) string {
	t.Helper()
	path := filepath.Join(dir, "in.raw")
	if err := os.WriteFile(path, little(pcm), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
