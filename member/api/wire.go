package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huike/member"
)

// Limits of a page of a list.
const (
	pageUsual = 50
	pageMost  = 200
)

// list is a page of something. Next is the cursor of the page after it, empty at the end.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// answer writes a value with an ETag over its bytes, or 304 where the reader has it.
func answer(w http.ResponseWriter, r *request, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return send(w, r, `"`+hex.EncodeToString(sum[:9])+`"`, body)
}

// answerAt is answer for what is a member's: its ETag begins with the member's version,
// which a write may name as If-Match.
func answerAt(w http.ResponseWriter, r *request, version int64, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return send(w, r, `"`+strconv.FormatInt(version, 10)+"-"+hex.EncodeToString(sum[:6])+`"`, body)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func send(w http.ResponseWriter, r *request, etag string, body []byte) error {
	w.Header().Set("ETag", etag)
	for one := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // a client that has gone reads nothing
	return nil
}

// reply writes a value that is no representation to be kept.
func reply(w http.ResponseWriter, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone reads nothing
	return nil
}

// wanted returns the member's version that a write asks for by If-Match; 0 asks for none.
func wanted(r *request) (int64, error) {
	text := r.Header.Get("If-Match")
	if text == "" || text == "*" {
		return 0, nil
	}
	version, ok := versionOf(text)
	if !ok || version == 0 {
		return 0, wrong("If-Match", member.Mask(text), "one ETag of the member, as a GET gave it", "GET 返回的该会员的一个 ETag")
	}
	return version, nil
}

// versionOf reads the version with which an ETag of answerAt begins.
func versionOf(etag string) (version int64, ok bool) {
	digits, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(etag, "W/"), `"`), "-")
	version, err := strconv.ParseInt(digits, 10, 64)
	return version, err == nil && version >= 0
}

// pageOf reads limit.
func pageOf(r *request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return pageUsual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > pageMost {
		want := "1 to " + strconv.Itoa(pageMost)
		return 0, wrong("limit", member.Mask(text), want, strings.Replace(want, "to", "至", 1))
	}
	return n, nil
}

// cursors are opaque to the reader: what they hold may change.

func seal(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// unseal reads a cursor into as many values as seal was given; "" leaves them as they are.
func unseal(cursor string, into ...any) error {
	if cursor == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	var parts []json.RawMessage
	if err == nil {
		err = json.Unmarshal(text, &parts)
	}
	if err != nil || len(parts) != len(into) {
		return errCursor
	}
	for i, value := range into {
		if json.Unmarshal(parts[i], value) != nil {
			return errCursor
		}
	}
	return nil
}

var errCursor = &problem{http.StatusUnprocessableEntity, "cursor", "the cursor is none of this list's: take it from next of the page before, or leave it out to begin", "游标不属于此列表：请使用上一页的 next，或去掉它从头开始"}

// moment reads a time of a query, RFC 3339 or a day; the zero time where there is none.
func moment(r *request, name string, place *time.Location) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, place)
	if err != nil {
		return t, wrong(name, member.Mask(text), "a day such as 2026-11-22, or a time as in RFC 3339", "日期，如 2026-11-22，或 RFC 3339 时间")
	}
	return t, nil
}
