package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/audio/wav"
	"huike/member/vault"
	"huike/session/journal"
)

// keyring is a vault and what it was made of.
type keyring struct {
	*vault.Vault
	master *vault.Master
	keys   []vault.Key
}

func newKeyring(tb testing.TB) *keyring {
	tb.Helper()
	k := &keyring{Vault: &vault.Vault{}, master: vault.GenerateMaster()}
	k.add(tb)
	k.add(tb)
	return k
}

// add gives it a further data key.
func (k *keyring) add(tb testing.TB) {
	tb.Helper()
	key, err := vault.NewKey(tb.Context(), k.master, int64(len(k.keys)))
	if err != nil {
		tb.Fatal(err)
	}
	if k.keys = append(k.keys, key); len(k.keys) > 1 {
		if err := k.Load(tb.Context(), k.master, k.keys); err != nil {
			tb.Fatal(err)
		}
	}
}

func openSealed(tb testing.TB, dir string, seals journal.Seals) *journal.Store {
	tb.Helper()
	store, err := journal.OpenSealed(dir, seals)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	return store
}

// kept is a folder with one whole call of a second's sound.
func kept(tb testing.TB, seals journal.Seals) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	store := openSealed(tb, dir, seals)
	ctx, cancel := context.WithCancel(tb.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	w, err := store.Create("c_1", began())
	if err != nil {
		tb.Fatal(err)
	}
	r, err := store.Record("c_1")
	if err != nil {
		tb.Fatal(err)
	}
	for i := range 50 {
		r.Write(time.Duration(i)*audio.PTime, tone(int16(i)), tone(int16(-i)))
	}
	for _, e := range sample() {
		if err := w.Write(e); err != nil {
			tb.Fatal(err)
		}
	}
	if err := errors.Join(r.Close(ctx), w.Close()); err != nil {
		tb.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		tb.Fatal(err)
	}
	return dir
}

// wantCall wants a store to have the call of kept, whole.
func wantCall(tb testing.TB, store *journal.Store) {
	tb.Helper()
	sum := store.List(0)[0]
	if sum.Name != "张女士" || sum.BrokenOff || !sum.Recording || !sum.Began.Equal(began()) {
		tb.Errorf("listed %+v", sum)
	}
	call, err := store.Open("c_1")
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(sample(), call.Events); diff != "" || call.Summary.BrokenOff {
		tb.Errorf("broken off %t, %s", call.Summary.BrokenOff, diff)
	}
	file, err := store.Recording("c_1")
	if err != nil {
		tb.Fatal(err)
	}
	sound, err := wav.Read(file)
	if err := errors.Join(err, file.Close()); err != nil {
		tb.Fatal(err)
	}
	if len(sound) != 2 || len(sound[0]) != audio.Rate || sound[0][audio.Rate-1] != 49 || sound[1][audio.Rate-1] != -49 {
		tb.Errorf("%d channels of %d samples", len(sound), len(sound[0]))
	}
}

// told names the files below a folder that tell something.
func told(tb testing.TB, dir string) (names []string) {
	tb.Helper()
	for _, name := range files(tb, dir, "") {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
		}
		for _, word := range []string{"张", "138****", "order", "started", "RIFF", "\x05\x00\xfb\xff\x05\x00\xfb\xff"} {
			if bytes.Contains(text, []byte(word)) {
				names = append(names, fmt.Sprintf("%s: %q", name, word))
			}
		}
	}
	return names
}

func TestAKeptCallTellsNothingOnTheDiskAndEverythingToWhoHasTheKeys(t *testing.T) {
	keys := newKeyring(t)
	dir := kept(t, keys)
	if names := told(t, dir); len(names) > 0 {
		t.Error(names)
	}
	if len(told(t, kept(t, nil))) < 6 {
		t.Error("the words that are looked for are in no plain call")
	}
	store := openSealed(t, dir, keys)
	wantCall(t, store)
	file, err := store.Recording("c_1")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	at, _ := file.Seek(44+4*audio.FrameSamples*20, io.SeekStart)
	var frame [4]byte
	if _, err := io.ReadFull(file, frame[:]); err != nil || frame != [4]byte{20, 0, 0xec, 0xff} {
		t.Errorf("at %d: %v, %v", at, frame, err)
	}
	for name, other := range map[string]journal.Seals{"nobody": nil, "another's keys": newKeyring(t)} {
		store := openSealed(t, dir, other)
		if sum := store.List(0)[0]; sum.Call != "c_1" || sum.Began.IsZero() || !sum.BrokenOff || sum.Name != "" {
			t.Errorf("%s lists %+v", name, sum)
		}
		if _, err := store.Open("c_1"); !errors.Is(err, journal.ErrSealed) {
			t.Errorf("%s opens it: %v", name, err)
		}
		if _, err := store.Recording("c_1"); !errors.Is(err, journal.ErrSealed) {
			t.Errorf("%s plays it: %v", name, err)
		}
	}
	if err := openSealed(t, dir, nil).Delete("c_1"); err != nil || len(files(t, filepath.Join(dir, "calls"), "")) > 0 {
		t.Error("who has no keys cannot delete it", err)
	}
}

// diesInTheMiddleOfAWrite leaves half a block at a file's end.
func diesInTheMiddleOfAWrite(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(text, 0, 0, 1, 0, 'h', 'a', 'l', 'f'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASealedCallIsReadAsFarAsItWasWrittenWhenTheProcessDied(t *testing.T) {
	keys, dir := newKeyring(t), t.TempDir()
	store := openSealed(t, dir, keys)
	w, err := store.Create("c_1", began())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range sample()[:8] {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	live, err := store.Open("c_1") // while it goes on
	if err != nil || len(live.Events) < 2 || !live.Summary.Live || live.Summary.BrokenOff {
		t.Errorf("%d events, %+v, %v", len(live.Events), live.Summary, err)
	}
	diesInTheMiddleOfAWrite(t, filepath.Join(dir, "calls", "c_1", "journal.jsonl"))
	again := openSealed(t, dir, keys)
	sum := again.List(0)[0]
	if !sum.BrokenOff || sum.Live || !sum.Began.Equal(began()) || sum.Name != "张女士" {
		t.Errorf("%+v", sum)
	}
	if call, err := again.Open("c_1"); err != nil || !call.Summary.BrokenOff || len(call.Events) < 2 {
		t.Errorf("%d events, %v", len(call.Events), err)
	}
}

func TestAFileOfAnotherCallDoesNotPass(t *testing.T) {
	keys := newKeyring(t)
	dir := kept(t, keys)
	keep(t, openSealed(t, dir, keys), "c_2", began(), sample()...)
	folder := func(call, file string) string { return filepath.Join(dir, "calls", call, file) }
	for _, move := range [][]string{{"journal.jsonl"}, {"summary.json"}, {"key"}, {"journal.jsonl", "summary.json", "key"}} {
		to := t.TempDir()
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		for _, file := range move {
			text, err := os.ReadFile(folder("c_1", file))
			if err == nil {
				err = os.WriteFile(filepath.Join(to, "calls", "c_2", file), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		store := openSealed(t, to, keys)
		if call, err := store.Open("c_2"); err == nil && (len(move) > 1 || move[0] != "summary.json" || call.Summary.Name != "张女士") {
			t.Errorf("%v: %d events", move, len(call.Events))
		}
	}
}

func TestACallThatWasKeptPlainIsSealedInItsPlace(t *testing.T) {
	keys, dir := newKeyring(t), kept(t, nil)
	store := openSealed(t, dir, keys)
	wantCall(t, store)
	if n, err := store.Seal(t.Context(), nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if names := told(t, dir); len(names) > 0 {
		t.Error(names)
	}
	wantCall(t, store)
	wantCall(t, openSealed(t, dir, keys))
	if n, err := store.Seal(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("sealed again: %d, %v", n, err)
	}
	if left := files(t, dir, ".new"); len(left) > 0 {
		t.Error(left)
	}
}

func TestNewDataKeysNeedNoCallWrittenAnew(t *testing.T) {
	keys := newKeyring(t)
	dir := kept(t, keys)
	store := openSealed(t, dir, keys)
	before, err := os.ReadFile(filepath.Join(dir, "calls", "c_1", "recording.wav"))
	if err != nil {
		t.Fatal(err)
	}
	keys.add(t)
	if n, err := store.Rekey(t.Context(), nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := store.Rekey(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	wantCall(t, openSealed(t, dir, keys))
	after, _ := os.ReadFile(filepath.Join(dir, "calls", "c_1", "recording.wav"))
	key, _ := os.ReadFile(filepath.Join(dir, "calls", "c_1", "key"))
	if !bytes.Equal(before, after) || !keys.Newest(string(key)) {
		t.Error("the recording was written anew, or its key was not")
	}
}

func TestAnExportedCallIsAsItWasBeforeItWasSealed(t *testing.T) {
	keys := newKeyring(t)
	dir, out := kept(t, keys), filepath.Join(t.TempDir(), "out")
	store := openSealed(t, dir, keys)
	if err := store.Export("c_1", out); err != nil {
		t.Fatal(err)
	}
	plain := kept(t, nil)
	for _, file := range []string{"journal.jsonl", "recording.wav", "summary.json"} {
		got, err := os.ReadFile(filepath.Join(out, file))
		want, _ := os.ReadFile(filepath.Join(plain, "calls", "c_1", file))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", file, len(got), len(want), err)
		}
		from, err := journal.OpenFile(keys, filepath.Join(dir, "calls", "c_1", file))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(from); err != nil || !bytes.Equal(text, want) || from.Close() != nil {
			t.Errorf("%s is opened as %d bytes, %v", file, len(text), err)
		}
		if _, err := journal.OpenFile(nil, filepath.Join(dir, "calls", "c_1", file)); !errors.Is(err, journal.ErrSealed) || !strings.Contains(err.Error(), "huike calls export") {
			t.Errorf("%s without keys: %v", file, err)
		}
	}
	if err := store.Export("c_1", out); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	if err := store.Export("c_9", out); !errors.Is(err, journal.ErrNotFound) {
		t.Error(err)
	}
}

func TestAnExportSaysWhatWasCutOff(t *testing.T) {
	keys := newKeyring(t)
	dir, out := kept(t, keys), filepath.Join(t.TempDir(), "out")
	store := openSealed(t, dir, keys)
	name := filepath.Join(dir, "calls", "c_1", "recording.wav")
	info, err := os.Stat(name)
	if err == nil {
		err = os.Truncate(name, info.Size()-20) // the mark of its end, as a crash leaves it
	}
	if err != nil {
		t.Fatal(err)
	}
	err = store.Export("c_1", out)
	if !errors.Is(err, journal.ErrCutOff) || !strings.Contains(err.Error(), "recording.wav") || strings.Contains(err.Error(), "journal") {
		t.Error(err)
	}
	if sound, err := os.ReadFile(filepath.Join(out, "recording.wav")); err != nil || len(sound) < audio.Rate || len(files(t, out, "summary.json")) != 1 {
		t.Errorf("exported %d bytes, %v", len(sound), err)
	}
	if file, err := store.Recording("c_1"); err != nil || file.Close() != nil {
		t.Error("what is left is not played", err)
	}
}

func TestARecordingWithoutItsEndSaysSo(t *testing.T) {
	keys := newKeyring(t)
	dir := kept(t, keys)
	if err := openSealed(t, dir, keys).Fault("c_1"); err != nil {
		t.Errorf("a whole one: %v", err)
	}
	name := filepath.Join(dir, "calls", "c_1", "recording.wav")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openSealed(t, dir, keys).Fault("c_1"); !errors.Is(err, journal.ErrCutOff) {
		t.Errorf("a cut one: %v", err)
	}
}

func TestAPlainFileInASealedCallsFolderIsRefused(t *testing.T) {
	keys := newKeyring(t)
	plain := kept(t, nil)
	for _, file := range []string{"recording.wav", "journal.jsonl"} {
		dir := kept(t, keys)
		text, err := os.ReadFile(filepath.Join(plain, "calls", "c_1", file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "calls", "c_1", file), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		store := openSealed(t, dir, keys)
		_, played := store.Recording("c_1")
		_, opened := store.Open("c_1")
		if file == "journal.jsonl" {
			played = opened
		}
		if !errors.Is(played, journal.ErrForeign) || !strings.Contains(played.Error(), file) {
			t.Errorf("%s: %v", file, played)
		}
		if _, err := journal.OpenFile(keys, filepath.Join(dir, "calls", "c_1", file)); !errors.Is(err, journal.ErrForeign) {
			t.Errorf("%s by its name: %v", file, err)
		}
		if n, err := store.Seal(t.Context(), nil); n != 0 || err != nil { // which would make it the call's own
			t.Errorf("sealed %d, %v", n, err)
		}
		if file == "recording.wav" && !errors.Is(store.Fault("c_1"), journal.ErrForeign) {
			t.Error("no fault is told")
		}
	}
}
