package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/wav"
	"huike/session/journal"
)

// recorder is a store whose disk runs, and one call in it.
func recorder(t *testing.T) (store *journal.Store, dir string, stop func()) {
	t.Helper()
	dir = t.TempDir()
	store = openStore(t, dir)
	if _, err := store.Create("c_1", began()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return store, dir, stop
}

// tone is a frame of one value.
func tone(v int16) audio.Frame {
	f := make(audio.Frame, audio.FrameSamples)
	for i := range f {
		f[i] = v
	}
	return f
}

func record(t *testing.T, store *journal.Store) *journal.Recording {
	t.Helper()
	r, err := store.Record("c_1")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sound is what both sides of frame i hold.
func sound(i int) (left, right int16) {
	switch {
	case i >= 50 && i < 60: // the media loop missed 200 ms
		return 0, 0
	case i == 30: // the agent was silent
		return 30, 0
	default:
		return int16(i), int16(-i)
	}
}

func TestARecordingHasTheCallerLeftTheAgentRightAndCallTime(t *testing.T) {
	store, dir, _ := recorder(t)
	r := record(t, store)
	for i := range 100 { // 2 s
		left, right := sound(i)
		agent := tone(right)
		if right == 0 {
			agent = nil
		}
		if left != 0 {
			r.Write(time.Duration(i)*audio.PTime, tone(left), agent)
		}
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	channels, err := wav.ReadFile(filepath.Join(dir, "calls", "c_1", "recording.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if len(channels) != 2 || len(channels[0]) != 100*audio.FrameSamples {
		t.Fatalf("%d channels of %d samples", len(channels), len(channels[0]))
	}
	for n := range channels[0] {
		left, right := sound(n / audio.FrameSamples)
		if channels[0][n] != left || channels[1][n] != right {
			t.Fatalf("sample %d: %d and %d, want %d and %d", n, channels[0][n], channels[1][n], left, right)
		}
	}
	if r.Dropped() != 0 || !store.List(0)[0].Recording {
		t.Errorf("dropped %v, listed %+v", r.Dropped(), store.List(0)[0])
	}
}

func TestACallIsRecordedOnceAndAfterItsJournalWasBegun(t *testing.T) {
	store, _, _ := recorder(t)
	r := record(t, store)
	if _, err := store.Record("c_1"); !errors.Is(err, journal.ErrExists) {
		t.Errorf("recorded twice: %v", err)
	}
	if _, err := store.Record("c_2"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("recorded without a journal: %v", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADiskThatStandsStillDropsSoundAndCountsIt(t *testing.T) {
	store := openStore(t, t.TempDir()) // nobody runs it
	if _, err := store.Create("c_1", began()); err != nil {
		t.Fatal(err)
	}
	r := record(t, store)
	const blocks, queue = 3000, 2048
	for i := range blocks*10 + 1 {
		r.Write(time.Duration(i)*audio.PTime, tone(1), tone(2))
	}
	if want := (blocks - queue) * 200 * time.Millisecond; r.Dropped() != want {
		t.Errorf("dropped %v, want %v", r.Dropped(), want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed: %v", err)
	}
}

func TestACallDeletedWhileItIsRecordedLeavesNoSound(t *testing.T) {
	store, dir, _ := recorder(t)
	r := record(t, store)
	r.Write(0, tone(1), tone(2))
	if err := store.Delete("c_1"); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		r.Write(time.Duration(i)*audio.PTime, tone(1), tone(2))
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("closed: %v", err)
	}
	if left := files(t, dir, "recording"); len(left) != 0 {
		t.Errorf("on the disk: %v", left)
	}
}

func TestARecordingIsWholeWhenTheServerStopsAndNothingWaitsForItAfterwards(t *testing.T) {
	store, dir, stop := recorder(t)
	r := record(t, store)
	for i := range 100 {
		r.Write(time.Duration(i)*audio.PTime, tone(1), tone(2))
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if info, err := os.Stat(filepath.Join(dir, "calls", "c_1", "recording.wav")); err != nil || info.Size() != 44+100*audio.FrameSamples*4 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := store.Create("c_2", began()); err != nil {
		t.Fatal(err)
	}
	late, err := store.Record("c_2")
	if err != nil {
		t.Fatal(err)
	}
	late.Write(0, tone(1), nil)
	if err := late.Close(t.Context()); !errors.Is(err, journal.ErrStopped) {
		t.Errorf("closed: %v", err)
	}
}

func BenchmarkRecordingWrite(b *testing.B) {
	store, err := journal.OpenStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := store.Create("c_1", began()); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx) }()
	r, err := store.Record("c_1")
	if err != nil {
		b.Fatal(err)
	}
	caller, agent := tone(100), tone(-100)
	b.ReportAllocs()
	at := time.Duration(0)
	for b.Loop() {
		r.Write(at, caller, agent)
		at += audio.PTime
	}
	_ = r.Close(ctx)
	cancel()
	<-ended
}

func BenchmarkWriterWrite(b *testing.B) {
	store, err := journal.OpenStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	w, err := store.Create("c_1", began())
	if err != nil {
		b.Fatal(err)
	}
	e := journal.Event{Type: journal.TypeCaption, Party: "caller", Turn: 3, Text: "where is my order", Final: true}
	b.ReportAllocs()
	for b.Loop() {
		e.At += 20
		if err := w.Write(e); err != nil {
			b.Fatal(err)
		}
	}
	_ = w.Close()
}
