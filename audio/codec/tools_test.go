package codec_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/wav"
)

// ogg wraps packets of 20 ms into an Ogg file, one a page (RFC 3533, RFC 7845).
func ogg(packets [][]byte) []byte {
	const skip = 312 // samples at 48 kHz that the encoder takes to begin with
	var out []byte
	page := func(number int, flags byte, position uint64, packet []byte) {
		p := append([]byte("OggS\x00"), flags)
		p = binary.LittleEndian.AppendUint64(p, position)
		p = binary.LittleEndian.AppendUint32(p, 1)
		p = binary.LittleEndian.AppendUint32(p, uint32(number))
		p = append(p, 0, 0, 0, 0, byte(len(packet)/255+1))
		for n := len(packet); n >= 0; n -= 255 {
			p = append(p, byte(min(n, 255)))
		}
		p = append(p, packet...)
		binary.LittleEndian.PutUint32(p[22:], oggSum(p))
		out = append(out, p...)
	}
	page(0, 2, 0, append([]byte("OpusHead\x01\x01"), skip&255, skip>>8, 0x80, 0x3e, 0, 0, 0, 0, 0))
	page(1, 0, 0, []byte("OpusTags\x05\x00\x00\x00huike\x00\x00\x00\x00"))
	for i, packet := range packets {
		flags := byte(0)
		if i == len(packets)-1 {
			flags = 4
		}
		page(i+2, flags, uint64(960*(i+1)), packet)
	}
	return out
}

// oggSum is the CRC that Ogg uses.
func oggSum(p []byte) (sum uint32) {
	for _, b := range p {
		sum ^= uint32(b) << 24
		for range 8 {
			top := sum >> 31
			sum = sum<<1 ^ top*0x04c11db7
		}
	}
	return sum
}

// unogg returns the packets of an Ogg file but for its two headers.
func unogg(file []byte) (packets [][]byte) {
	var packet []byte
	for len(file) >= 27 {
		table := file[27 : 27+int(file[26])]
		file = file[27+len(table):]
		for _, n := range table {
			packet = append(packet, file[:n]...)
			file = file[n:]
			if n < 255 {
				packets = append(packets, packet)
				packet = nil
			}
		}
	}
	return packets[2:]
}

// tool returns the path of a program of Debian's.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(name + " is not installed: apt-get install opus-tools ffmpeg sox")
	}
	return path
}

func run(t *testing.T, name string, arg ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, arg...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func TestOpusdecHearsWhatWeEncode(t *testing.T) {
	t.Parallel()
	opusdec, dir := tool(t, "opusdec"), t.TempDir()
	want := voice(2 * time.Second)
	file, out := filepath.Join(dir, "ours.opus"), filepath.Join(dir, "ours.wav")
	if err := os.WriteFile(file, ogg(encode(t, codec.Opus, want)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, opusdec, "--quiet", "--rate", "16000", file, out)
	channels, err := wav.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	const early = 16 // opusdec may come out a sample before
	db, _ := snr(want, append(make([]int16, early), channels[0]...))
	t.Logf("%.1f dB", db)
	if db < 10 {
		t.Errorf("%.1f dB", db)
	}
}

func TestWeHearWhatOpusencEncodes(t *testing.T) {
	t.Parallel()
	opusenc, dir := tool(t, "opusenc"), t.TempDir()
	want := voice(time.Second)
	in := filepath.Join(dir, "in.wav")
	w, err := wav.Create(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kbit := range []int{20, 32, 64} { // SILK, hybrid, CELT
		for _, frame := range []string{"2.5", "5", "10", "20", "40", "60"} {
			out := filepath.Join(dir, frame+"-"+strconv.Itoa(kbit)+".opus")
			run(t, opusenc, "--quiet", "--speech", "--framesize", frame, "--bitrate", strconv.Itoa(kbit), in, out)
			file, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			got := heardAs(t, unogg(file), frame)
			db, _ := snr(want, got)
			t.Logf("%s ms at %d kbit/s: %.1f dB", frame, kbit, db)
			if db < 3 {
				t.Errorf("%s ms at %d kbit/s: %.1f dB", frame, kbit, db)
			}
		}
	}
}

// heardAs decodes packets that each hold that many milliseconds.
func heardAs(t *testing.T, packets [][]byte, frame string) []int16 {
	t.Helper()
	length, err := time.ParseDuration(frame + "ms")
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := codec.NewDecoder(codec.Opus)
	if err != nil {
		t.Fatal(err)
	}
	total := time.Duration(0)
	for i, packet := range packets {
		got := decoder.Duration(packet)
		if got != length && i < len(packets)-1 { // opusenc may end with a shorter one
			t.Errorf("packet %d of %s ms lasts %v: %x", i, frame, got, packet[:1])
		}
		total += got
	}
	got := decode(t, codec.Opus, packets, nil, false)
	if len(got) != audio.Samples(total, audio.Rate) {
		t.Fatalf("%v of %s ms make %d samples", total, frame, len(got))
	}
	return got
}
