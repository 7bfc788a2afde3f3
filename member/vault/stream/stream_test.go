package stream_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"huike/member/vault/stream"
)

// sealed is a file of those records; an end is not written unless it is asked for.
func sealed(tb testing.TB, secret *stream.Secret, end bool, records ...string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := stream.NewWriter(&out, secret, "a")
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range records {
		if n, err := w.Write([]byte(r)); n != len(r) || err != nil {
			tb.Fatal(n, err)
		}
	}
	if end {
		if err := w.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Bytes()
}

// read is all that can be read of a file.
func read(file []byte, secret *stream.Secret, name string) (text string, whole bool, err error) {
	r, err := stream.Open(bytes.NewReader(file), int64(len(file)), secret, name)
	if err != nil {
		return "", false, err
	}
	all, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	return string(all), r.Whole(), err
}

func TestWhatIsWrittenIsReadFromAnyPlace(t *testing.T) {
	secret := stream.NewSecret()
	big := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<17)) // two megabytes: more than a record
	file := sealed(t, &secret, true, "one", "", "two ", big, "end")
	want := "onetwo " + big + "end"
	got, whole, err := read(file, &secret, "a")
	if got != want || !whole || err != nil {
		t.Fatalf("%d of %d bytes, whole %t, %v", len(got), len(want), whole, err)
	}
	if bytes.Contains(file, []byte("0123456789")) || bytes.Contains(file, []byte("two ")) {
		t.Error("it is not sealed")
	}
	r, err := stream.Open(bytes.NewReader(file), int64(len(file)), &secret, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(io.NewSectionReader(r, 0, 40), []byte(want[:40])); err != nil {
		t.Error(err)
	}
	for _, off := range []int64{0, 2, 3, 6, 7, 1 << 20, int64(len(want)) - 4, int64(len(want)) - 1} {
		var p [3]byte
		n, err := r.ReadAt(p[:], off)
		if string(p[:n]) != want[off:min(off+3, int64(len(want)))] || (n < 3) != errors.Is(err, io.EOF) {
			t.Errorf("at %d: %q, %v", off, p[:n], err)
		}
	}
}

func TestAFileThatACrashCutIsReadAsFarAsItGoes(t *testing.T) {
	secret := stream.NewSecret()
	file := sealed(t, &secret, true, "first.", "second.", "third.")
	seen := map[string]bool{}
	for n := 24; n < len(file); n++ {
		got, whole, err := read(file[:n], &secret, "a")
		if err != nil || whole {
			t.Fatalf("cut at %d of %d: %q, whole %t, %v", n, len(file), got, whole, err)
		}
		seen[got] = true
	}
	for _, want := range []string{"", "first.", "first.second.", "first.second.third."} {
		if !seen[want] {
			t.Errorf("never read as %q", want)
		}
	}
	if len(seen) != 4 {
		t.Errorf("read as %v", seen)
	}
}

func TestWhatWasTouchedIsNotRead(t *testing.T) {
	secret, other := stream.NewSecret(), stream.NewSecret()
	file := sealed(t, &secret, true, "first.", "other.", "third.")
	const head, record = 24, 4 + 6 + 16
	swapped := bytes.Clone(file)
	copy(swapped[head:], file[head+record:head+2*record])
	copy(swapped[head+record:], file[head:head+record])
	left := append(bytes.Clone(file[:head]), file[head+record:]...)
	early := append(bytes.Clone(file[:head+2*record]), file[head+3*record:]...) // the end comes too early
	huge := bytes.Clone(file)
	binary.BigEndian.PutUint32(huge[head:], 1<<31)
	for name, c := range map[string][]byte{"swapped": swapped, "left out": left, "ends early": early, "goes on": append(bytes.Clone(file), 1), "huge": huge, "empty": nil, "plain": []byte(`{"type":"started","at":0,"call":"c"}`)} {
		if got, _, err := read(c, &secret, "a"); !errors.Is(err, stream.ErrDamaged) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range file {
		c := bytes.Clone(file)
		c[i] ^= 1
		got, whole, err := read(c, &secret, "a")
		if err == nil && (whole || !strings.HasPrefix("first.other.third.", got)) { // a changed length looks like a crash
			t.Errorf("byte %d changed: %q", i, got)
		}
	}
	if _, _, err := read(file, &other, "a"); !errors.Is(err, stream.ErrDamaged) {
		t.Error("another secret opens it", err)
	}
	if _, _, err := read(file, &secret, "b"); !errors.Is(err, stream.ErrDamaged) {
		t.Error("it passes for another file", err)
	}
}

func FuzzOpen(f *testing.F) {
	secret := stream.Secret{1}
	f.Add(sealed(f, &secret, true, "one", "two"))
	f.Add(sealed(f, &secret, false, "one"))
	f.Add([]byte("hkseal1\n0123456789abcdef\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, _, err := read(file, &secret, "a"); err != nil && len(got) > len(file) {
			t.Errorf("%d bytes of %d", len(got), len(file))
		}
	})
}

func Example() {
	secret := stream.NewSecret() // kept sealed beside the file
	var file bytes.Buffer
	w, _ := stream.NewWriter(&file, &secret, "journal")
	_, _ = w.Write([]byte("what was said"))
	r, _ := stream.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), &secret, "journal")
	text, _ := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	fmt.Printf("%s, whole: %t\n", text, r.Whole())
	// Output: what was said, whole: false
}

// BenchmarkWrite is a quarter of a second of a call's stereo sound.
func BenchmarkWrite(b *testing.B) {
	secret := stream.NewSecret()
	w, err := stream.NewWriter(io.Discard, &secret, "recording")
	if err != nil {
		b.Fatal(err)
	}
	sound := make([]byte, 16<<10)
	b.SetBytes(int64(len(sound)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = w.Write(sound)
	}
}
