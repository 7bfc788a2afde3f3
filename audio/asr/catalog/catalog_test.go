package catalog

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// tiny is a model of two small files.
func tiny(t *testing.T) (Model, []byte) {
	t.Helper()
	data, err := os.ReadFile("testdata/tiny.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Sum("testdata/tiny.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	return Model{Name: "tiny", Folder: "tiny", Size: int64(len(data)), SHA256: sum, Files: []string{"model.onnx", "tokens.txt"}}, data
}

func at(t *testing.T, handler http.HandlerFunc) (*Fetcher, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &Fetcher{Dir: t.TempDir(), Wait: func(int) time.Duration { return 0 }}, server.URL
}

func TestAModelIsFetchedAfterBrokenConnections(t *testing.T) {
	m, data := tiny(t)
	var asked atomic.Int32
	var ranges []string
	f, url := at(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		switch asked.Add(1) {
		case 1: // breaks off in the middle
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(data[:50])
		case 2:
			http.Error(w, "later", http.StatusServiceUnavailable)
		default:
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		}
	})
	var last int64
	f.Progress = func(done, all int64) { last = 100 * done / all }
	m.URL = url
	if err := f.Fetch(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !f.Has(m) || last != 100 {
		t.Errorf("the model is not here, or %d %% were told", last)
	}
	if len(ranges) != 3 || ranges[2] != "bytes=50-" {
		t.Errorf("asked for %q: want that the third goes on where the first broke off", ranges)
	}
	if rest, _ := filepath.Glob(filepath.Join(f.Dir, "*.part")); len(rest) > 0 {
		t.Errorf("%v is left", rest)
	}
}

func TestAServerThatCannotGoOnBeginsAgain(t *testing.T) {
	m, data := tiny(t)
	f, url := at(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	m.URL = url
	if err := os.WriteFile(filepath.Join(f.Dir, "tiny.tar.bz2.part"), []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Fetch(t.Context(), m); err != nil || !f.Has(m) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNotTheModelIsRefused(t *testing.T) {
	m, data := tiny(t)
	bad, err := os.ReadFile("testdata/bad.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	badSum, _ := Sum("testdata/bad.tar.bz2")
	for _, c := range []struct {
		name   string
		change func(*Model)
		answer []byte
		want   error
	}{
		{"another file", func(*Model) {}, bytes.Replace(data, data[20:24], []byte("abcd"), 1), ErrSum},
		{"a longer file", func(*Model) {}, append(bytes.Clone(data), 1, 2, 3), ErrSum},
		{"no sum is known", func(m *Model) { m.SHA256 = "" }, data, ErrSum},
		{"a name that leads out", func(m *Model) { m.SHA256, m.Size = badSum, int64(len(bad)) }, bad, errPath},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, url := at(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(c.answer) })
			m := m
			m.URL = url
			c.change(&m)
			if err := f.Fetch(t.Context(), m); !errors.Is(err, c.want) || f.Has(m) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAModelThatIsOneFileIsPutInItsFolder(t *testing.T) {
	m, data := tiny(t)
	f, url := at(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	m.Folder, m.Files, m.URL = "voice", []string{"voice.onnx"}, url+"/voice.onnx"
	if err := f.Fetch(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(f.Dir, "voice", "voice.onnx"))
	if err != nil || !bytes.Equal(got, data) || !f.Has(m) {
		t.Errorf("%d of %d bytes, %v", len(got), len(data), err)
	}
}

func TestFetchingThatCannotBe(t *testing.T) {
	m, _ := tiny(t)
	f, url := at(t, func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) })
	m.URL = url
	if err := f.Fetch(t.Context(), m); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a file that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f, m.URL = at(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if err := f.Fetch(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// placed says whether a model's address, folder and files go together.
func placed(m Model) bool {
	if len(m.Files) == 1 {
		return strings.HasSuffix(m.URL, m.Folder+".onnx")
	}
	return strings.HasSuffix(m.URL, m.Folder+".tar.bz2") && len(m.Files) > 1
}

func TestTheCatalogIsWhole(t *testing.T) {
	for _, m := range All() {
		summed := len(m.SHA256) == 64 || m.SHA256 == "" && m.Name == "piper-amy" // which is listed, and not fetched
		if !summed || m.Size < 1000000 || m.Licence == "" || m.Use == "" || !placed(m) {
			t.Errorf("%+v", m)
		}
		if found, err := Find(m.Name); err != nil || found.URL != m.URL {
			t.Errorf("%s is not found: %v", m.Name, err)
		}
	}
	if _, err := Find("whisper-huge"); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "paraformer-zh") {
		t.Errorf("%v: want that it names what there is", err)
	}
}
