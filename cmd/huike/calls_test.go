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
	over := func(n int) (ids []string) {
		t.Helper()
		until(t, "the calls to be kept", func() bool {
			out, _, err := execute(t, nil, "calls", "list", "--data="+s.data)
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
	call().hangUp()
	id := over(1)[0]
	folder := filepath.Join(s.data, "calls", id)
	for _, word := range []string{"llamas", "Smith", "RIFF", "hung_up"} {
		if names := found(t, folder, word); len(names) > 0 {
			t.Errorf("%q is in %v", word, names)
		}
	}
	said := func(when string) {
		t.Helper()
		for _, ask := range [][]string{{"knowledge", "unanswered"}, {"quality"}} {
			if out, notes, err := execute(t, nil, append(ask, "--data="+s.data)...); err != nil || !strings.Contains(out, map[bool]string{true: "llamas", false: "finished calls"}[ask[0] == "knowledge"]) {
				t.Errorf("%s, huike %v: %s%s%v", when, ask, out, notes, err)
			}
		}
		if status, text := s.ask("/v1/calls/" + id); status != http.StatusOK || !strings.Contains(text, "llamas") {
			t.Errorf("%s, on the desk: %d, %.200s", when, status, text)
		}
		if status, sound := s.ask("/v1/calls/" + id + "/recording.wav"); status != http.StatusOK || !strings.HasPrefix(sound, "RIFF") {
			t.Errorf("%s, listened to: %d, %.20q", when, status, sound)
		}
	}
	said("before")

	live := call()
	if out, notes, err := execute(t, nil, "member", "rekey", "--data="+s.data); err != nil || !strings.Contains(out, "data key 2") || !strings.Contains(out, "2 calls") {
		t.Fatal(out, notes, err)
	}
	said("with other keys")
	live.types(odd)
	live.hears("Sorry")
	live.hangUp()
	for _, id := range over(2) {
		if text := keptText(t, s.data, id); !strings.Contains(text, "llamas") || !strings.Contains(text, "hung_up") {
			t.Errorf("%s is kept as %.300s", id, text)
		}
	}

	// Replayed as it lies there, compared with its own journal, and exported for others.
	if out, notes, err := execute(t, nil, "replay", folder, "--models=../../bin/models", "--against="+filepath.Join(folder, "journal.jsonl")); err != nil || !strings.Contains(out, "ok ") || !strings.Contains(out, "llamas") {
		t.Errorf("%s%s%v", out, notes, err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if out, notes, err := execute(t, nil, "calls", "export", id, plain, "--data="+s.data); err != nil {
		t.Fatal(out, notes, err)
	}
	text, err := os.ReadFile(filepath.Join(plain, "journal.jsonl"))
	sound, err2 := os.ReadFile(filepath.Join(plain, "recording.wav"))
	if err != nil || err2 != nil || !bytes.Contains(text, []byte("llamas")) || !bytes.HasPrefix(sound, []byte("RIFF")) {
		t.Errorf("exported: %.200s, %.10q, %v, %v", text, sound, err, err2)
	}
	if out, notes, err := execute(t, nil, "audit", "search", "--call="+id, "--action=export", "--data="+s.data); err != nil || !strings.Contains(out, "export") {
		t.Error("the export left no row", out, notes, err)
	}
}
