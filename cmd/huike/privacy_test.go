package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/store"
	"huike/member/vault"
	"huike/session/journal"
)

// peopled is a data folder with one member who has called.
func peopled(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	file := filepath.Join(t.TempDir(), "members.csv")
	text := "phone,family_name,given_name,consent,tags\n13811110001,欧阳,晓雯,service,爱喝乌龙茶\n13811110002,Other,Person,service,\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := told(t, "member", "import", file, "--data="+data); err != nil {
		t.Fatal(out, err)
	}
	s, err := openSealed(t, data)
	if err != nil {
		t.Fatal(err)
	}
	phone, _ := member.Phone("13811110001")
	id, err := s.Lookup(t.Context(), phone)
	if err == nil {
		_, err = s.Record(t.Context(), id, member.Interaction{At: time.Now(), Channel: "phone", Call: "c_hers"})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"c_hers", "c_else"} {
		keepCall(t, data, call)
	}
	return data
}

func keepCall(t *testing.T, data, call string) {
	t.Helper()
	s, err := openSealed(t, data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	keepCallIn(t, s, data, call)
}

// keepCallIn keeps a call that is sealed with the keys of a store.
func keepCallIn(t *testing.T, s *store.Store, data, call string) {
	t.Helper()
	calls, err := journal.OpenSealed(data, s.Vault())
	if err != nil {
		t.Fatal(err)
	}
	defer calls.Close()
	w, err := calls.Create(call, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	words := "words of " + call
	if err := w.Write(journal.Event{Type: journal.TypeCaption, Party: "caller", Turn: 1, Text: words, Final: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// told runs a command line.
func told(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, notes bytes.Buffer
	err := run(t.Context(), args, &out, &notes)
	return out.String(), err
}

// openSealed opens the store of a data folder, as a command does.
func openSealed(t *testing.T, data string) (*store.Store, error) {
	t.Helper()
	master, _, err := vault.ReadMaster(filepath.Join(data, vault.MasterFile), true)
	if err != nil {
		t.Fatal(err)
	}
	return store.Open(t.Context(), filepath.Join(data, "huike.db"), store.Config{KMS: master})
}

// found names the files of a folder that hold a text.
func found(t *testing.T, folder, text string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) || strings.Contains(path, text) && !strings.Contains(path, "/deleted/") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAPersonIsExportedAndErasedFromTheCommandLine(t *testing.T) {
	data := peopled(t)
	archive := filepath.Join(t.TempDir(), "her.zip")
	if out, err := told(t, "member", "export", "13811110001", "--whole", "--out", archive, "--data="+data); err != nil || !strings.Contains(out, "1 of 1 calls kept") {
		t.Fatal(out, err)
	}
	inArchive(t, archive, "member.json", "calls/c_hers/journal.jsonl", "calls/c_hers/transcript.txt")
	words := []string{"13811110001", "欧阳", "晓雯", "爱喝乌龙茶", "words of c_hers"}
	for _, word := range []string{"13811110001", "欧阳", "晓雯", "words of c_"} {
		if files := found(t, data, word); len(files) > 0 {
			t.Errorf("%q is not sealed in %v", word, files)
		}
	}
	if text := keptText(t, data, "c_hers"); len(found(t, data, words[3])) == 0 || !strings.Contains(text, words[4]) {
		t.Error("what is looked for is nowhere before the erasure")
	}
	if out, err := told(t, "member", "erase", "13811110001", "--yes", "--data="+data); err != nil || !strings.Contains(out, "is erased") {
		t.Fatal(out, err)
	}
	for _, word := range words {
		if files := found(t, data, word); len(files) > 0 {
			t.Errorf("%q is in %v", word, files)
		}
	}
	nobodyElseIsGone(t, data)
}

// inArchive tells which of the files the archive lacks.
func inArchive(t *testing.T, archive string, names ...string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, name := range names {
		if f, err := z.Open(name); err != nil {
			t.Error(err)
		} else {
			f.Close()
		}
	}
}

// nobodyElseIsGone looks at what an erasure has to leave.
func nobodyElseIsGone(t *testing.T, data string) {
	t.Helper()
	if text := keptText(t, data, "c_else"); !strings.Contains(text, "words of c_else") {
		t.Error("a call of somebody else's is gone")
	}
	if names, _ := filepath.Glob(filepath.Join(data, "calls", "*")); len(names) != 1 {
		t.Errorf("calls kept: %v", names)
	}
	if out, err := told(t, "member", "export", "13811110002", "--data="+data); err != nil || !strings.Contains(out, "Person") {
		t.Error("somebody else is gone", err)
	}
	if out, err := told(t, "audit", "verify", "--data="+data); err != nil {
		t.Error(out, err)
	}
	if info, err := os.Stat(filepath.Join(data, "erasure.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}
