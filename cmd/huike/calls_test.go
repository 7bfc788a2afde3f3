package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/member/store"
	"huike/session/journal"
)

// keptText is the journal of a kept call, as who has the keys of its data folder reads it.
func keptText(t *testing.T, data, call string) string {
	t.Helper()
	s, err := openSealed(t, data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return keptIn(t, s, data, call)
}

// keptIn is keptText with the keys of a store.
func keptIn(t *testing.T, s *store.Store, data, call string) string {
	t.Helper()
	path := filepath.Join(data, "calls", call, "journal.jsonl")
	if !journal.Sealed(path) {
		t.Errorf("the journal of call %s is not sealed", call)
	}
	file, err := journal.OpenFile(s.Vault(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestKeptCallsAreSealedAndOfUse keeps a call on a running server, and does with it what
// people do; the keys are exchanged in the middle of another one.
func TestKeptCallsAreSealedAndOfUse(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--stub")
	const odd = "do your llamas spit at wedding guests"
	call := func() *caller {
		c := s.call(t, "ws", "en", james)
		c.hears("Hello Mr Smith")
		c.types(odd)
		c.hears("Sorry")
		return c
	}
	call().hangUp()
	id := overCalls(t, s.data, 1)[0]
	for _, word := range []string{"llamas", "Smith", "RIFF", "hung_up"} {
		if names := found(t, filepath.Join(s.data, "calls", id), word); len(names) > 0 {
			t.Errorf("%q is in %v", word, names)
		}
	}
	llamasAreKnown(t, s, id, "before")

	live := call()
	if out, notes, err := execute(t, nil, "member", "rekey", "--data="+s.data); err != nil || !strings.Contains(out, "data key 2") || !strings.Contains(out, "2 calls") {
		t.Fatal(out, notes, err)
	}
	llamasAreKnown(t, s, id, "with other keys")
	live.types(odd)
	live.hears("Sorry")
	live.hangUp()
	for _, id := range overCalls(t, s.data, 2) {
		if text := keptText(t, s.data, id); !strings.Contains(text, "llamas") || !strings.Contains(text, "hung_up") {
			t.Errorf("%s is kept as %.300s", id, text)
		}
	}
	llamasLeaveTheHouse(t, s.data, id)
}

// overCalls returns the ids of the n calls that are kept and over, when there are so many.
func overCalls(t *testing.T, data string, n int) (ids []string) {
	t.Helper()
	until(t, "the calls to be kept", func() bool {
		out, _, err := execute(t, nil, "calls", "list", "--data="+data)
		ids = nil
		for line := range strings.Lines(out) {
			if strings.Contains(line, "hung_up") {
				ids = append(ids, strings.Fields(line)[0])
			}
		}
		return err == nil && len(ids) == n
	})
	return ids
}

// llamasAreKnown asks for the kept call by all ways of the house.
func llamasAreKnown(t *testing.T, s *server, id, when string) {
	t.Helper()
	if out, notes, err := execute(t, nil, "knowledge", "unanswered", "--data="+s.data); err != nil || !strings.Contains(out, "llamas") {
		t.Errorf("%s, what was not answered: %s%s%v", when, out, notes, err)
	}
	if out, notes, err := execute(t, nil, "quality", "--data="+s.data); err != nil || !strings.Contains(out, "finished calls") {
		t.Errorf("%s, how good the calls were: %s%s%v", when, out, notes, err)
	}
	if status, text := s.ask("/v1/calls/" + id); status != http.StatusOK || !strings.Contains(text, "llamas") {
		t.Errorf("%s, on the desk: %d, %.200s", when, status, text)
	}
	if status, sound := s.ask("/v1/calls/" + id + "/recording.wav"); status != http.StatusOK || !strings.HasPrefix(sound, "RIFF") {
		t.Errorf("%s, listened to: %d, %.20q", when, status, sound)
	}
}

// llamasLeaveTheHouse replays the kept call as it lies there, compares it with its own
// journal, and exports it for others.
func llamasLeaveTheHouse(t *testing.T, data, id string) {
	t.Helper()
	folder := filepath.Join(data, "calls", id)
	if out, notes, err := execute(t, nil, "replay", folder, "--models=../../bin/models", "--against="+filepath.Join(folder, "journal.jsonl")); err != nil || !strings.Contains(out, "ok ") || !strings.Contains(out, "llamas") {
		t.Errorf("%s%s%v", out, notes, err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if out, notes, err := execute(t, nil, "calls", "export", id, plain, "--data="+data); err != nil {
		t.Fatal(out, notes, err)
	}
	text, err := os.ReadFile(filepath.Join(plain, "journal.jsonl"))
	sound, err2 := os.ReadFile(filepath.Join(plain, "recording.wav"))
	if err != nil || err2 != nil || !bytes.Contains(text, []byte("llamas")) || !bytes.HasPrefix(sound, []byte("RIFF")) {
		t.Errorf("exported: %.200s, %.10q, %v, %v", text, sound, err, err2)
	}
	if out, notes, err := execute(t, nil, "audit", "search", "--call="+id, "--action=export", "--data="+data); err != nil || !strings.Contains(out, "export") {
		t.Error("the export left no row", out, notes, err)
	}
}
