package api

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/member/segment"
)

const (
	countFresh = time.Hour      // how old the newest count of a saved segment may be that is shown
	countDaily = 23 * time.Hour // and one that is counted though nobody looks
)

// segments lists the saved segments with their counts, day by day.
func (a *API) segments(w http.ResponseWriter, r *request) error {
	all, err := a.shelf.All(r.Context())
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "saved", audit.OK); err != nil {
		return err
	}
	if err := a.recount(r.Context(), all, countFresh); err != nil {
		return err
	}
	if all, err = a.shelf.All(r.Context()); err != nil {
		return err
	}
	return answer(w, r, list[segment.Saved]{Items: all})
}

// recount counts those segments whose newest count is older than a length of time.
func (a *API) recount(ctx context.Context, all []segment.Saved, age time.Duration) error {
	old := segment.Stale(all, a.cfg.Now(), age)
	if len(old) == 0 {
		return nil
	}
	book, err := a.book.open(ctx)
	if err != nil {
		return err
	}
	return a.shelf.Count(ctx, book, old)
}

// CountDaily counts the saved segments once a day, whether anybody looks or not, until ctx
// ends.
func (a *API) CountDaily(ctx context.Context) error {
	tick := time.NewTicker(countFresh)
	defer tick.Stop()
	for {
		all, err := a.shelf.All(ctx)
		if err == nil {
			err = a.recount(ctx, all, countDaily)
		}
		if err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("saved segments are not counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Warm reads all members for the figures and segments, so that the first who asks does not
// wait for it.
func (a *API) Warm(ctx context.Context) error {
	if _, err := a.book.open(ctx); err != nil && ctx.Err() == nil {
		a.cfg.Log.Warn("members are not read ahead; who asks first for figures waits", "error", err)
	}
	return nil
}

// Forget lets go of what is held of a member who was erased, as another process may have.
func (a *API) Forget(_ context.Context, id member.ID, _ []member.Handle) error {
	a.book.forget(id)
	return nil
}

// naming is a segment as a person saves it.
type naming struct {
	Name    string `json:"name"`
	Segment string `json:"segment"`
}

func (n *naming) read(r *request) (*segment.Segment, error) {
	if err := decode(r, n); err != nil {
		return nil, err
	}
	return parse(n.Segment)
}

// runs finds out whether a segment can be worked out for every member, before it is kept.
func (a *API) runs(ctx context.Context, one *segment.Segment) error {
	book, err := a.book.open(ctx)
	if err == nil {
		_, _, err = find(ctx, book, one)
	}
	return err
}

// saveSegment gives an expression a name.
func (a *API) saveSegment(w http.ResponseWriter, r *request) error {
	var body naming
	one, err := body.read(r)
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "save", audit.OK); err != nil {
		return err
	}
	var saved segment.Saved
	if err = a.runs(r.Context(), one); err == nil {
		saved, err = a.shelf.Save(r.Context(), body.Name, one, r.access.Reader)
	}
	if err != nil {
		return errors.Join(err, a.trace(r, "", "segment", "save", audit.Failed))
	}
	w.Header().Set("Location", "/v1/segments/"+saved.ID)
	return a.countedAt(w, r, http.StatusCreated, saved)
}

// countedAt answers with a segment that was just counted.
func (a *API) countedAt(w http.ResponseWriter, r *request, status int, saved segment.Saved) error {
	all := []segment.Saved{saved}
	if err := a.recount(r.Context(), all, countFresh); err != nil {
		return err
	}
	saved, err := a.shelf.Get(r.Context(), saved.ID)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		return answerAt(w, r, saved.Version, saved)
	}
	w.Header().Set("ETag", `"`+strconv.FormatInt(saved.Version, 10)+`-0"`)
	return reply(w, status, saved)
}

// segmentOf is one saved segment, by its id or its name.
func (a *API) segmentOf(w http.ResponseWriter, r *request) error {
	saved, err := a.shelf.Get(r.Context(), r.PathValue("saved"))
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "saved", audit.OK); err != nil {
		return err
	}
	return a.countedAt(w, r, http.StatusOK, saved)
}

// changeSegment gives a saved segment another name or another expression.
func (a *API) changeSegment(w http.ResponseWriter, r *request) error {
	var body naming
	one, err := body.read(r)
	if err != nil {
		return err
	}
	was, err := mustMatch(r, 1)
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "change", audit.OK); err != nil {
		return err
	}
	var saved segment.Saved
	if err = a.runs(r.Context(), one); err == nil {
		saved, err = a.shelf.Change(r.Context(), r.PathValue("saved"), was, body.Name, one, r.access.Reader)
	}
	if err != nil {
		return errors.Join(err, a.trace(r, "", "segment", "change", audit.Failed))
	}
	r.Header.Del("If-None-Match")
	return a.countedAt(w, r, http.StatusOK, saved)
}

// dropSegment forgets a saved segment.
func (a *API) dropSegment(w http.ResponseWriter, r *request) error {
	was, err := mustMatch(r, 1)
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "delete", audit.OK); err != nil {
		return err
	}
	if err := a.shelf.Delete(r.Context(), r.PathValue("saved"), was); err != nil {
		return errors.Join(err, a.trace(r, "", "segment", "delete", audit.Failed))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// exportSegment gives out a segment's members who have agreed to profiling as a CSV file,
// their names and numbers masked.
func (a *API) exportSegment(w http.ResponseWriter, r *request) error {
	if r.access.Scope != (member.Scope{}) || r.access.Role.Scoped() {
		return denied(r.who.Role, access.OpList) // a snapshot knows no scopes
	}
	var q struct {
		Segment   string `json:"segment"`
		Marketing bool   `json:"marketing"` // only who has agreed to marketing too
	}
	if err := decode(r, &q); err != nil {
		return err
	}
	one, err := parse(q.Segment)
	if err != nil {
		return err
	}
	book, found, _, err := a.selected(r, one, "export")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="segment.csv"`)
	out := csvOf(w)
	for _, i := range found {
		if !allowed(func(p member.Purpose) bool { return book.Allowed(i, p) }, q.Marketing) {
			continue
		}
		view, err := a.cfg.Members.Get(r.Context(), book.ID(i), r.access)
		switch {
		case errors.Is(err, member.ErrUnknown), errors.Is(err, member.ErrDenied): // gone, or has just withdrawn
			continue
		case err != nil: // the status is sent: a file that breaks off is not taken for a whole one
			panic(http.ErrAbortHandler) //nolint:forbidigo // the way to break off an answer
		}
		if !allowed(view.Allows, q.Marketing) { // withdrawn since the snapshot
			continue
		}
		h, row := hitOf(&view), rowOf(book, i)
		row.May = view.Allows(member.PurposeMarketing)
		recency := ""
		if row.Recency != nil {
			recency = strconv.Itoa(*row.Recency)
		}
		out.write(string(h.ID), h.Name, h.Phone, row.Tier, row.Stage, strconv.Itoa(row.Orders), yuan(row.Spent), recency,
			strconv.Itoa(row.R), strconv.Itoa(row.F), strconv.Itoa(row.M), strconv.FormatBool(row.May))
	}
	return out.end()
}

// allowed reports whether a member may be in a file: who has agreed to profiling, and to
// marketing where it is for that.
func allowed(by func(member.Purpose) bool, marketing bool) bool {
	return by(member.PurposeProfiling) && (!marketing || by(member.PurposeMarketing))
}

func yuan(hundredths int) string { return strconv.FormatFloat(float64(hundredths)/hundred, 'f', 2, 64) }

// sheet is a CSV file for people's spreadsheets: it begins with a mark that says UTF-8,
// and no cell is taken for a formula.
type sheet struct{ *csv.Writer }

func csvOf(w io.Writer) sheet {
	_, _ = io.WriteString(w, "\ufeff") // a client that has gone reads nothing
	s := sheet{csv.NewWriter(w)}
	s.write("id", "name", "phone", "tier", "stage", "orders", "spent", "recency_days", "r", "f", "m", "marketing")
	return s
}

func (s sheet) write(cells ...string) {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	_ = s.Write(cells) // told by end
}

func (s sheet) end() error {
	s.Flush()
	return nil // a client that has gone reads nothing
}

var (
	errSegmentName    = &problem{http.StatusUnprocessableEntity, "segment-name", "a segment's name is 1 to 64 bytes, without control characters, gaps at its ends or a telephone number", "分群名称为 1 至 64 字节，不含控制字符、首尾空格或电话号码"}
	errSegmentTaken   = &problem{http.StatusConflict, "segment-taken", "another segment has this name: choose another, or change that one", "已有同名分群：请换一个名称，或修改原来的分群"}
	errSegmentGone    = &problem{http.StatusNotFound, "segment-unknown", "no segment is saved by this id or name; GET /v1/segments lists them", "没有这个分群；GET /v1/segments 列出全部"}
	errSegmentChanged = &problem{http.StatusPreconditionFailed, "changed", "the segment was changed by somebody else meanwhile: read it again, look, and send the new ETag as If-Match", "分群已被别人改过：请重新读取、核对，再以新的 ETag 作为 If-Match 提交"}
)
