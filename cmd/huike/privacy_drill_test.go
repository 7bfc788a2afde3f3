package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/vault"
)

// premises is a shop's server as the command line is told of it.
type premises struct {
	data, address string // address is that of the store
	args          []string
}

// homes returns premises with people in it, and an empty one to restore into.
func homes(t *testing.T, kind string) (from, into premises) {
	t.Helper()
	from.data, into.data = peopled(t), filepath.Join(t.TempDir(), "again")
	from.address, into.address = filepath.Join(from.data, "huike.db"), filepath.Join(into.data, "huike.db")
	from.args, into.args = []string{"--data=" + from.data}, []string{"--data=" + into.data}
	if kind != "postgres" {
		return from, into
	}
	from.address, into.address = storetest.Address(t, kind), storetest.Empty(t)
	from.args, into.args = append(from.args, "--store="+from.address), append(into.args, "--store="+into.address)
	file := filepath.Join(t.TempDir(), "members.csv")
	if err := os.WriteFile(file, []byte("phone,family_name\n13811110001,欧阳\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := told(t, append([]string{"member", "import", file}, from.args...)...); err != nil {
		t.Fatal(out, err)
	}
	if err := os.RemoveAll(filepath.Join(from.data, "calls")); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, from.address, filepath.Join(from.data, vault.MasterFile))
	keepCallIn(t, s, from.data, "c_hers")
	keepCallIn(t, s, from.data, "c_else")
	return from, into
}

// sealedBackup makes a backup of the premises and looks that nobody reads it without the key.
func sealedBackup(t *testing.T, from premises) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.zip")
	if out, err := told(t, append([]string{"backup", file}, from.args...)...); err != nil {
		t.Fatal(out, err)
	}
	if z, err := zip.OpenReader(opened(t, file, from.data)); err != nil {
		t.Fatal(err)
	} else if _, err := z.Open(vault.MasterFile); err == nil {
		t.Error("the master key is in the backup")
	}
	if text, err := os.ReadFile(file); err != nil || bytes.Contains(text, []byte("journal.jsonl")) || !bytes.HasPrefix(text, []byte(sealMagic)) {
		t.Error("the backup is not sealed", err)
	}
	return file
}

// lost takes the premises away but for its key, and returns where that is.
func lost(t *testing.T, from premises) (key string) {
	t.Helper()
	key = filepath.Join(t.TempDir(), "kept.key")
	if err := os.Rename(filepath.Join(from.data, vault.MasterFile), key); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(from.data); err != nil {
		t.Fatal(err)
	}
	return key
}

// TestADrill loses everything and gets it back from the backup.
func TestADrill(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			from, into := homes(t, kind)
			file := sealedBackup(t, from)
			head, err := told(t, append([]string{"audit", "head"}, from.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			before := exported(t, from.args)
			key := lost(t, from)
			into.args = append(into.args, "--master-key="+key)
			if out, err := told(t, append([]string{"restore", file}, into.args...)...); err != nil {
				t.Fatal(out, err)
			}
			if out, err := told(t, append([]string{"audit", "verify", "--head", strings.TrimSpace(head)}, into.args...)...); err != nil {
				t.Error(out, err)
			}
			if after := exported(t, into.args); after != before {
				t.Errorf("restored\n%s\nbefore\n%s", after, before)
			}
			s := openAt(t, into.address, key)
			for _, call := range []string{"c_hers", "c_else"} {
				if text := keptIn(t, s, into.data, call); !strings.Contains(text, "words of "+call) {
					t.Errorf("call %s is restored as %q", call, text)
				}
			}
			refusesToWriteOver(t, kind, file, into)
		})
	}
}

// refusesToWriteOver restores where something is: the folder, or the database alone.
func refusesToWriteOver(t *testing.T, kind, file string, into premises) {
	t.Helper()
	full := [][]string{into.args}
	if kind == "postgres" {
		full = append(full, append([]string{"--data=" + t.TempDir()}, into.args[1:]...))
	}
	for _, args := range full {
		if out, err := told(t, append([]string{"restore", file}, args...)...); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("written over: %s, %v", out, err)
		}
	}
}

// openAt opens a store with the master key of a file, until the test ends.
func openAt(t *testing.T, address, key string) *store.Store {
	t.Helper()
	master, _, err := vault.ReadMaster(key, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), address, store.Config{KMS: master})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// exported is what is known of the member, but for the trail and the time of asking.
func exported(t *testing.T, where []string) string {
	t.Helper()
	out, err := told(t, append([]string{"member", "export", "13811110001"}, where...)...)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Tables map[string]any }
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc.Tables, "audit")
	text, _ := json.Marshal(doc)
	return string(text)
}

func TestADamagedBackupPutsNothingInPlace(t *testing.T) {
	data := peopled(t)
	file := filepath.Join(t.TempDir(), "backup.zip")
	if out, err := told(t, "backup", file, "--data="+data); err != nil {
		t.Fatal(out, err)
	}
	if _, err := told(t, "backup", file, "--data="+data); err == nil {
		t.Error("a backup was written over")
	}
	for name, damage := range map[string]func(name string, text []byte) []byte{
		"checksum": func(name string, text []byte) []byte {
			if strings.HasSuffix(name, "journal.jsonl") {
				return append(text, 0)
			}
			return text
		},
		"missing": func(name string, text []byte) []byte {
			if strings.HasSuffix(name, "erasure.key") {
				return nil
			}
			return text
		},
		"no backup": func(name string, text []byte) []byte {
			if name == manifestFile {
				return nil
			}
			return text
		},
	} {
		into := filepath.Join(t.TempDir(), "again")
		_, err := told(t, "restore", damaged(t, opened(t, file, data), damage), "--data="+into)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(into); err == nil {
			t.Errorf("%s: something was put in place", name)
		}
	}
}

// opened is the zip in a sealed backup of a data folder.
func opened(t *testing.T, file, data string) string {
	t.Helper()
	master, _, err := vault.ReadMaster(filepath.Join(data, vault.MasterFile), false)
	if err != nil {
		t.Fatal(err)
	}
	name, err := openSeal(file, t.TempDir(), master)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestASealedBackupIsOpenedByItsMasterKeyAlone(t *testing.T) {
	data, into := peopled(t), filepath.Join(t.TempDir(), "again")
	file, key := filepath.Join(t.TempDir(), "backup"), filepath.Join(data, vault.MasterFile)
	if out, err := told(t, "backup", file, "--data="+data); err != nil {
		t.Fatal(out, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other, cut, turned := filepath.Join(t.TempDir(), "other.key"), file+".cut", file+".turned"
	text[len(text)/2] ^= 1
	err = errors.Join(vault.GenerateMaster().Write(other), os.WriteFile(turned, text, 0o600), os.WriteFile(cut, text[:len(text)/2], 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ file, key, want string }{
		{file, "", "--master-key"}, {file, other, "another master key"}, {cut, key, "damaged"}, {turned, key, "damaged"},
	} {
		args := []string{"restore", tt.file, "--data=" + into}
		if tt.key != "" {
			args = append(args, "--master-key="+tt.key)
		}
		if _, err := told(t, args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
		if _, err := os.Stat(into); err == nil {
			t.Fatal("something was put in place")
		}
	}
}

// damaged copies a zip, each file as damage makes it; nil leaves it out.
func damaged(t *testing.T, file string, damage func(name string, text []byte) []byte) string {
	t.Helper()
	in, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		if text = damage(f.Name, text); text != nil {
			w, _ := z.Create(f.Name)
			_, _ = w.Write(text)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "damaged.zip")
	if err := os.WriteFile(out, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
