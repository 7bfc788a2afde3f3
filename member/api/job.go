package api

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"huike/member/audit"
	"huike/member/event"
	"huike/member/store"
)

const (
	jobsKept    = 50        // finished ones whose report can still be read
	refusedMost = 1000      // rows listed in a report
	longestFile = 512 << 20 // bytes
)

// job is an import and how far it has come.
type job struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`  // members or events
	State     string     `json:"state"` // running, done or failed
	By        string     `json:"by"`
	Began     time.Time  `json:"began"`
	Ended     *time.Time `json:"ended"`
	Bytes     int64      `json:"bytes"` // read
	Of        int64      `json:"of"`    // the file's
	Rows      int        `json:"rows"`
	Accepted  int        `json:"accepted"`
	Duplicate int        `json:"duplicate"`
	Refused   int        `json:"refused"`
	Lines     []badLine  `json:"lines"`           // refused, the first 1000
	Error     string     `json:"error,omitempty"` // why it failed; names the line and no person
}

type badLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// jobs are the imports of this process.
type jobs struct {
	mu  sync.Mutex
	all []*job // newest first
}

func (j *jobs) add(one *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = slices.Insert(j.all, 0, one)
	j.all = j.all[:min(len(j.all), jobsKept)]
}

// change changes a job under the lock.
func (j *jobs) change(do func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	do()
}

// show copies the jobs, or the one with an id.
func (j *jobs) show(id string) []job {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []job{}
	for _, one := range j.all {
		if id == "" || one.ID == id {
			c := *one
			c.Lines = append([]badLine{}, one.Lines...)
			out = append(out, c)
		}
	}
	return out
}

// startImport takes a CSV file and imports it while the reader looks on.
func (a *API) startImport(w http.ResponseWriter, r *request) error {
	kind := r.URL.Query().Get("kind")
	if kind != "members" && kind != "events" {
		return wrong("kind", "…", "members or events", "members 或 events")
	}
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(media) != "text/csv" {
		return &problem{http.StatusUnsupportedMediaType, "media", "want the file as text/csv, in UTF-8", "请以 text/csv（UTF-8）上传文件"}
	}
	if err := a.trace(r, "", "import", kind, audit.OK); err != nil {
		return err
	}
	file, size, err := received(http.MaxBytesReader(w, r.Body, longestFile))
	if err != nil {
		return err
	}
	one := &job{ID: strings.ToLower(rand.Text()[:12]), Kind: kind, State: "running", By: r.access.Reader, Began: a.cfg.Now(), Of: size, Lines: []badLine{}}
	a.jobs.add(one)
	a.working.Go(func() { a.carry(context.WithoutCancel(r.Context()), one, file) })
	w.Header().Set("Location", "/v1/imports/"+one.ID)
	return reply(w, http.StatusAccepted, a.jobs.show(one.ID)[0])
}

// received keeps an upload in a file that has no name, so that nothing of it stays.
func received(body io.Reader) (*os.File, int64, error) {
	file, err := os.CreateTemp("", "huike-import-*")
	if err != nil {
		return nil, 0, err
	}
	_ = os.Remove(file.Name())
	size, err := io.Copy(file, body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, err
	}
	return file, size, nil
}

// carry imports the file of a job.
func (a *API) carry(ctx context.Context, one *job, file *os.File) {
	defer file.Close() //nolint:errcheck // only read
	var err error
	if one.Kind == "events" {
		err = a.importEvents(ctx, one, file)
	} else {
		err = a.importMembers(ctx, one, file)
	}
	now := a.cfg.Now()
	a.jobs.change(func() {
		one.State, one.Ended = "done", &now
		if err != nil {
			one.State, one.Error = "failed", err.Error()
		} else {
			one.Bytes = one.Of
		}
	})
	a.book.stale()
}

func (a *API) importEvents(ctx context.Context, one *job, file io.Reader) error {
	_, err := a.cfg.Events.ImportCSV(ctx, file, "import", func(row event.Row) {
		a.jobs.change(func() {
			if len(one.Lines) < refusedMost {
				one.Lines = append(one.Lines, badLine{row.Line, row.Reason})
			}
		})
	}, func(r event.Report) {
		a.jobs.change(func() {
			one.Rows, one.Accepted, one.Duplicate, one.Refused, one.Bytes = r.Rows, r.Accepted, r.Duplicate, r.Refused, r.Bytes
		})
	})
	return err
}

// importMembers adds all members of a file or none.
func (a *API) importMembers(ctx context.Context, one *job, file io.Reader) error {
	began := time.Now()
	n, err := a.cfg.Store.Import(ctx, &metered{file, func(n int) { a.jobs.change(func() { one.Bytes += int64(n) }) }})
	a.jobs.change(func() { one.Rows, one.Accepted = n, n })
	if bad, ok := errors.AsType[*store.RowError](err); ok {
		a.jobs.change(func() { one.Refused, one.Lines = 1, []badLine{{bad.Line, bad.Error()}} })
	}
	if err == nil {
		_, err = a.cfg.Identity.Sweep(ctx, began)
	}
	return err
}

// metered tells of each piece that is read.
type metered struct {
	io.Reader

	told func(bytes int)
}

// Read is [io.Reader].
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.told(n)
	return n, err
}

// imports lists the jobs, newest first.
func (a *API) imports(w http.ResponseWriter, r *request) error {
	return answer(w, r, list[job]{Items: a.jobs.show("")})
}

// importOf is one job.
func (a *API) importOf(w http.ResponseWriter, r *request) error {
	found := a.jobs.show(r.PathValue("job"))
	if len(found) == 0 {
		return &problem{http.StatusNotFound, "import-unknown", "no import has this id, or its report is no longer kept; GET /v1/imports lists them", "没有这个编号的导入，或其报告已不再保留；GET /v1/imports 列出全部"}
	}
	return answer(w, r, found[0])
}

// Wait returns when no import is under way.
func (a *API) Wait() { a.working.Wait() }
