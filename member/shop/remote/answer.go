package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"huike/member"
	"huike/member/shop"
)

const (
	largest  = 1 << 20 // bytes of an answer
	mostRows = 100
)

// ErrAnswer says that an answer of the shop's systems cannot be read.
var ErrAnswer = errors.New("the answer is not what the document promises")

// StatusError is an answer that is no result.
type StatusError struct {
	Status int
	After  time.Duration // how long to wait, where the system says so
}

// Error names the status, and who has to do something.
func (e *StatusError) Error() string {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("the shop's systems answered %d: check the headers that the mapping gives", e.Status)
	}
	return fmt.Sprintf("the shop's systems answered %d", e.Status)
}

// final reports whether the same request would fail again.
func final(err error) bool {
	status, is := errors.AsType[*StatusError](err)
	return is && status.Status < http.StatusInternalServerError && status.Status != http.StatusTooManyRequests && status.Status != http.StatusRequestTimeout
}

// retryAfter returns whole seconds that a system asks to wait for, at most three: the
// caller waits too.
func retryAfter(err error) int {
	status, is := errors.AsType[*StatusError](err)
	if !is {
		return 0
	}
	return int(min(status.After, 3*time.Second) / time.Second)
}

// call is what one request is made of.
type call struct {
	member member.ID
	args   map[string]string
	key    string
}

func (c *call) value(name string) string {
	if name == "member" {
		return string(c.member)
	}
	return c.args[name]
}

// once sends one request and reads its answer. Its errors repeat neither address nor
// arguments, which are personal.
func (s *Shop) once(ctx context.Context, r *route, c call) (shop.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	request, refused, err := s.request(ctx, r, c)
	if request == nil || err != nil {
		return refused, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return shop.Result{}, quiet(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if err != nil {
		return shop.Result{}, quiet(err)
	}
	if len(text) > largest {
		return shop.Result{}, fmt.Errorf("%d bytes and more: %w", largest, ErrAnswer)
	}
	return r.read(response, text)
}

// quiet takes the address out of an error of net/http.
func quiet(err error) error {
	if outer, is := errors.AsType[*url.Error](err); is {
		return fmt.Errorf("the shop's systems do not answer: %w", outer.Err)
	}
	return fmt.Errorf("the shop's systems stopped in their answer: %w", err)
}

// request writes a call as the route has it. Without a request the result names the
// argument that the address wants and the call does not have.
func (s *Shop) request(ctx context.Context, r *route, c call) (*http.Request, shop.Result, error) {
	path := r.path
	for _, name := range r.inPath {
		value := c.value(name)
		if value == "" {
			code := shop.CodeMissing
			if name == "member" {
				code = shop.CodeUnknownMember
			}
			return nil, shop.Result{Code: code, Rows: []map[string]string{{"arg": name}}}, nil
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	query := url.Values{}
	for _, name := range r.inQuery {
		if v := c.value(name); v != "" {
			query.Set(name, v)
		}
	}
	var body io.Reader
	if r.body != nil {
		fields := map[string]string{}
		for _, name := range r.body(&c) {
			if v := c.value(name); v != "" {
				fields[name] = v
			}
		}
		text, err := json.Marshal(fields)
		if err != nil {
			return nil, shop.Result{}, err
		}
		body = bytes.NewReader(text)
	}
	address := strings.TrimSuffix(s.doc.base.String(), "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, shop.Result{}, errors.New("the route's address cannot be used")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Language", c.args["lang"])
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range s.doc.headers {
		request.Header.Set(name, value)
	}
	if r.writes() {
		request.Header.Set("Idempotency-Key", c.key)
	}
	return request, shop.Result{}, nil
}

// read makes a result of an answer: of one in the shop's own form (ok, code, rows), or
// of any JSON by the route's paths.
func (r *route) read(response *http.Response, text []byte) (shop.Result, error) {
	status := response.StatusCode
	var body any
	garbage := len(bytes.TrimSpace(text)) > 0 && json.Unmarshal(text, &body) != nil
	if status >= 200 && status < 300 {
		if garbage {
			return shop.Result{}, ErrAnswer
		}
		return r.result(body)
	}
	failed := &StatusError{Status: status}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		failed.After = time.Duration(seconds) * time.Second
	}
	if final(failed) && status >= 400 && status != http.StatusUnauthorized && status != http.StatusForbidden {
		if code := r.refusal(status, body); code != "" {
			return shop.Result{Code: code, Rows: r.rows(body)}, nil
		}
	}
	return shop.Result{}, failed
}

// refusal is the code of an answer that says no.
func (r *route) refusal(status int, body any) string {
	if code := r.codes[strconv.Itoa(status)]; code != "" {
		return code
	}
	fields, _ := body.(map[string]any)
	if code, is := fields["code"].(string); is && code != "" {
		return cmp.Or(r.codes[code], code)
	}
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return shop.CodeNotFound
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return shop.CodeInvalid
	}
	return ""
}

// result reads an answer that is no failure. What a reading route promises and the answer
// does not have is [ErrAnswer]: nothing must be said of it.
func (r *route) result(body any) (shop.Result, error) {
	fields, _ := body.(map[string]any)
	if ok, own := fields["ok"].(bool); own {
		return ownForm(ok, fields), nil
	}
	found := at(body, r.list)
	if list, is := found.([]any); is && len(list) == 0 {
		return shop.Result{Code: shop.CodeNotFound}, nil
	}
	rows := r.rows(body)
	if len(rows) == 0 && !r.writes() {
		return shop.Result{}, ErrAnswer
	}
	return shop.Result{OK: true, Rows: rows}, nil
}

// ownForm reads an answer in the shop's own form.
func ownForm(ok bool, fields map[string]any) shop.Result {
	result := shop.Result{OK: ok, Rows: rowsOf(fields["rows"], nil)}
	result.Code, _ = fields["code"].(string)
	if !ok {
		result.Code = cmp.Or(result.Code, shop.CodeNotFound)
	}
	return result
}

func (r *route) rows(body any) []map[string]string { return rowsOf(at(body, r.list), r.row) }

// rowsOf makes rows of an object or of a list of them. Without paths each plain field is
// a column.
func rowsOf(value any, paths map[string]string) []map[string]string {
	list, is := value.([]any)
	if !is {
		list = []any{value}
	}
	var rows []map[string]string
	for _, one := range list[:min(len(list), mostRows)] {
		fields, is := one.(map[string]any)
		if !is {
			continue
		}
		row := map[string]string{}
		for name, path := range paths {
			row[name] = textOf(at(fields, path))
		}
		for name, v := range fields {
			if _, nested := v.(map[string]any); len(paths) == 0 && !nested {
				row[name] = textOf(v)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// at follows a path such as order.items.0.name.
func at(value any, path string) any {
	if path == "" {
		return value
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := value.(type) {
		case map[string]any:
			value = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			value = in[i]
		default:
			return nil
		}
	}
	return value
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, 0, len(v))
		for _, p := range v {
			parts = append(parts, textOf(p))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}
