package codec_test

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// through gives in to a program and returns what it makes of it.
func through(t *testing.T, in []byte, name string, arg ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, name), arg...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, complaint.Bytes())
	}
	return out.Bytes()
}

func little(pcm []int16) (raw []byte) {
	for _, s := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
	}
	return raw
}

func samples(raw []byte) []int16 {
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm
}

// pieces cuts a stream into payloads of one PTime.
func pieces(stream []byte, size int) (payloads [][]byte) {
	for chunk := range slices.Chunk(stream, size) {
		if len(chunk) == size {
			payloads = append(payloads, chunk)
		}
	}
	return payloads
}

// peers are what other programs call our formats, and how many dB are left when
// we encode and they decode, and when they do and we.
var peers = []struct {
	format      audio.Format
	ffmpeg, sox string // names of the raw encoding
	rate        int    // of the samples
	said, heard float64
}{
	{codec.PCMU, "mulaw", "ul", 8000, 37, 37},
	{codec.PCMA, "alaw", "al", 8000, 37, 37},
	{codec.G722, "g722", "", 16000, 30, 30},
	{codec.L16(8000), "s16be", "", 8000, 90, 50},
	{codec.L16(16000), "s16be", "", 16000, 90, 90},
	{codec.L16(44100), "s16be", "", 44100, 90, 19}, // delayed by a third of a sample, or it were more
	{codec.L16(48000), "s16be", "", 48000, 90, 60},
	{codec.PCM(24000), "s16le", "", 24000, 90, 60},
}

func TestOthersHearWhatWeEncode(t *testing.T) {
	t.Parallel()
	for _, peer := range peers {
		t.Run(peer.format.String(), func(t *testing.T) {
			t.Parallel()
			ours := voice(2 * time.Second)
			stream := bytes.Join(encode(t, peer.format, ours), nil)
			// The very samples that went into the encoder, at its rate.
			want := samples(bytes.Join(encode(t, codec.PCM(peer.rate), ours), nil))
			rate := itoa(peer.rate)
			check := func(name string, got []int16) {
				t.Helper()
				db, delay := snr(want, got)
				t.Logf("%s hears %.1f dB at a delay of %v", name, db, audio.Duration(delay, peer.rate))
				if db < peer.said || len(got) != len(want) {
					t.Errorf("%s hears %.1f dB, %d samples of %d; want %.0f dB", name, db, len(got), len(want), peer.said)
				}
			}
			in := []string{"-v", "error", "-f", peer.ffmpeg, "-ar", rate, "-ac", "1", "-i", "-"}
			if peer.format == codec.G722 {
				in = []string{"-v", "error", "-f", "g722", "-i", "-"}
			}
			check("ffmpeg", samples(through(t, stream, "ffmpeg", append(in, "-f", "s16le", "-")...)))
			if peer.sox != "" {
				check("sox", samples(through(t, stream, "sox",
					"-t", peer.sox, "-r", rate, "-c", "1", "-", "-t", "s16", "-L", "-")))
			}
		})
	}
}

func TestWeHearWhatOthersEncode(t *testing.T) {
	t.Parallel()
	for _, peer := range peers {
		t.Run(peer.format.String(), func(t *testing.T) {
			t.Parallel()
			ours := voice(2 * time.Second)
			rate := itoa(peer.rate)
			raw := bytes.Join(encode(t, codec.PCM(peer.rate), ours), nil)
			check := func(name string, stream []byte) {
				t.Helper()
				size := len(codec.Silence(peer.format))
				got := decode(t, peer.format, pieces(stream, size), nil, false)
				db, delay := snr(ours, got)
				t.Logf("from %s %.1f dB at a delay of %v", name, db, audio.Duration(delay, audio.Rate))
				if db < peer.heard || len(got) != len(ours) {
					t.Errorf("from %s %.1f dB, %d samples of %d; want %.0f dB", name, db, len(got), len(ours), peer.heard)
				}
			}
			in := []string{"-v", "error", "-f", "s16le", "-ar", rate, "-ac", "1", "-i", "-"}
			check("ffmpeg", through(t, raw, "ffmpeg", append(in, "-f", peer.ffmpeg, "-")...))
			if peer.sox != "" {
				check("sox", through(t, raw, "sox", "-D",
					"-t", "s16", "-L", "-r", rate, "-c", "1", "-", "-t", peer.sox, "-"))
			}
		})
	}
}

// Both sides of G.722 are whole numbers, so another implementation of the
// standard must come to the same ones, whatever the sound.
func TestG722IsFfmpegsBitForBit(t *testing.T) {
	t.Parallel()
	sound := slices.Concat(voice(time.Second), noise(time.Second, 32767), noise(time.Second, 60), make([]int16, 16000))
	ours := bytes.Join(encode(t, codec.G722, sound), nil)
	theirs := through(t, little(sound), "ffmpeg", "-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-f", "g722", "-")
	if !bytes.Equal(ours, theirs) {
		t.Errorf("encoded differently from byte %d of %d, %d", differ(ours, theirs), len(ours), len(theirs))
	}
	// And decoded, what no encoder would write among it.
	stream := slices.Concat(ours, random(8000))
	heard := decode(t, codec.G722, pieces(stream, 160), nil, false)
	want := samples(through(t, stream, "ffmpeg", "-v", "error", "-f", "g722", "-i", "-", "-f", "s16le", "-"))
	if !slices.Equal(heard, want) {
		t.Errorf("decoded differently from sample %d of %d, %d", differ(heard, want), len(heard), len(want))
	}
}

func differ[T comparable](a, b []T) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
