package journal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/session/journal"
)

func began() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func openStore(t *testing.T, dir string) *journal.Store {
	t.Helper()
	store, err := journal.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// keep writes a whole call.
func keep(t *testing.T, store *journal.Store, id string, at time.Time, events ...journal.Event) {
	t.Helper()
	w, err := store.Create(id, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func ids(list []journal.Summary) string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].Call
	}
	return strings.Join(out, " ")
}

func TestAKeptCallIsListedAndReadBack(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	keep(t, store, "c_1", began(), sample()...)
	keep(t, store, "c_2", began().Add(time.Hour), journal.Event{Type: journal.TypeStarted, Call: "c_2", Lang: "zh"})

	want := journal.Summary{
		Call: "c_1", Began: began(), Duration: 9000, Lang: dialog.English, Caller: "138****1234", Name: "张女士",
		Disposition: dialog.HandedOff, By: dialog.Human, Handoff: dialog.ReasonAsked, Agent: "Li",
		Intents: []dialog.Intent{"order.status"},
		Figures: journal.Figures{Turns: 1, Interruptions: 1, Operations: 1, LatencyP50: 300, LatencyMax: 300},
	}
	for _, s := range []*journal.Store{store, openStore(t, dir)} { // as it ran, and after a start
		list := s.List(0)
		if got := ids(list); got != "c_2 c_1" {
			t.Fatalf("listed %s", got)
		}
		if diff := cmp.Diff(want, list[1]); diff != "" {
			t.Error(diff)
		}
		if !list[0].BrokenOff || list[1].BrokenOff {
			t.Error("the call without an end, and only that one, is broken off")
		}
		call, err := s.Open("c_1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sample(), call.Events); diff != "" {
			t.Error(diff)
		}
		if got := ids(s.List(1)); got != "c_2" {
			t.Errorf("the newest is %s", got)
		}
	}
}

func TestACallWhoseProcessDiedIsBrokenOff(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	w, err := store.Create("c_1", began())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range sample()[:8] { // and no Close: the process is gone
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if sum := store.List(0)[0]; !sum.Live || sum.BrokenOff {
		t.Errorf("while it goes on: %+v", sum)
	}
	sum := openStore(t, dir).List(0)[0]
	if sum.Live || !sum.BrokenOff || !sum.Began.Equal(began()) || sum.Name != "张女士" {
		t.Errorf("after a start: %+v", sum)
	}
}

func TestADeletedCallStaysDeleted(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	keep(t, store, "c_1", began(), sample()...)
	if err := store.Delete("c_1"); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete("c_1"); err != nil {
		t.Errorf("deleted again: %v", err)
	}
	for _, s := range []*journal.Store{store, openStore(t, dir)} {
		if len(s.List(0)) != 0 {
			t.Error("it is listed")
		}
		if _, err := s.Open("c_1"); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("opened: %v", err)
		}
		if _, err := s.Recording("c_1"); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("played: %v", err)
		}
		if _, err := s.Create("c_1", began()); !errors.Is(err, journal.ErrDeleted) {
			t.Errorf("written again: %v", err)
		}
	}
	if left := files(t, dir, "c_1"); len(left) != 1 || !strings.HasPrefix(left[0], "deleted") {
		t.Errorf("on the disk: %v", left)
	}
}

func TestACallDeletedWhileItGoesOnIsWrittenNoMore(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	w, err := store.Create("c_1", began())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Delete("c_1"); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(journal.Event{Type: journal.TypeEnded}); !errors.Is(err, journal.ErrDeleted) {
		t.Errorf("written: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed: %v", err)
	}
	if len(store.List(0)) != 0 || len(openStore(t, dir).List(0)) != 0 {
		t.Error("it is back")
	}
}

func TestADeletionThatACrashCutOffIsFinishedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	keep(t, store, "c_1", began(), sample()...)
	if err := os.WriteFile(filepath.Join(dir, "deleted", "c_1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := len(openStore(t, dir).List(0)); n != 0 {
		t.Errorf("%d calls are listed", n)
	}
	if left := files(t, filepath.Join(dir, "calls"), "c_1"); len(left) != 0 {
		t.Errorf("on the disk: %v", left)
	}
}

func TestAServersDeletionsAndAnotherStartDoNotMeetInTheTrash(t *testing.T) {
	dir := t.TempDir()
	store, trash := openStore(t, dir), filepath.Join(dir, "trash")
	keep(t, store, "c_1", began(), sample()...)
	held, err := os.Open(trash) // so that no other folder gets its inode
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	before, err := held.Stat()
	if err == nil {
		err = os.Mkdir(filepath.Join(trash, "c_0"), 0o700) // a crash left it
	}
	if err != nil {
		t.Fatal(err)
	}
	openStore(t, dir)
	after, err := os.Stat(trash)
	if err != nil || !os.SameFile(before, after) {
		t.Error("the trash is another folder", err)
	}
	if left, err := os.ReadDir(trash); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	if err := os.Remove(trash); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete("c_1"); err == nil {
		t.Errorf("deleted, with %v on the disk", files(t, filepath.Join(dir, "calls"), "c_1"))
	}
}

func TestAnIDThatLeavesTheDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, filepath.Join(dir, "store"))
	if err := os.WriteFile(filepath.Join(dir, "journal.jsonl"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", ".", "..", "../..", "c_1/../../..", `..\..`, "c 1", "c_1\x00", "c_张", "/etc", strings.Repeat("c", 65)} {
		if _, err := store.Create(id, began()); !errors.Is(err, journal.ErrBadID) {
			t.Errorf("create %q: %v", id, err)
		}
		if _, err := store.Open(id); !errors.Is(err, journal.ErrBadID) {
			t.Errorf("open %q: %v", id, err)
		}
		if _, err := store.Recording(id); !errors.Is(err, journal.ErrBadID) {
			t.Errorf("play %q: %v", id, err)
		}
		if err := store.Delete(id); !errors.Is(err, journal.ErrBadID) {
			t.Errorf("delete %q: %v", id, err)
		}
	}
	if err := store.Delete("c_9"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("delete of an unknown call: %v", err)
	}
	keep(t, store, "c_1", began())
	if _, err := store.Create("c_1", began()); !errors.Is(err, journal.ErrExists) {
		t.Errorf("create twice: %v", err)
	}
}

// files returns what lies below dir and has the name in its path.
func files(tb testing.TB, dir, name string) (found []string) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(path, name) {
			rel, _ := filepath.Rel(dir, path)
			found = append(found, rel)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}
