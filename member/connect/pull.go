package connect

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"huike/member/store"
)

// Limits of a source.
const (
	longestPage = 32 << 20 // bytes
	mostPages   = 100_000  // of one reading; more is a source that goes in a circle
	longestWait = time.Minute
	rest        = 30 * time.Second // of a source that has failed too often
	trip        = 5                // failures one after the other
)

// Errors of a reading.
var (
	ErrPage    = errors.New("the page is no JSON of at most 32 MiB")
	ErrCircle  = errors.New("the pages do not end; check page in the file of connectors")
	ErrResting = errors.New("the source has failed too often and is left alone for a while")
	ErrHost    = errors.New("the next page is on another host, which is not given the headers")
)

// StatusError is an answer that is no page.
type StatusError int

// Error names the status, and what to do.
func (s StatusError) Error() string {
	if s == http.StatusUnauthorized || s == http.StatusForbidden {
		return fmt.Sprintf("the source answered %d: check the headers", int(s))
	}
	return fmt.Sprintf("the source answered %d", int(s))
}

// Puller reads one source.
type Puller struct {
	pull    *Pull
	store   *store.Store
	in      Taker
	client  *http.Client
	breaker *gobreaker.CircuitBreaker[*page]
	pause   time.Duration // before the second try
	log     *slog.Logger
	tell    func(Report)
}

// Config shapes a [Puller] and a [Teller]. Zero values work.
type Config struct {
	Pause    time.Duration // before the second try, growing; 0 is 500 ms for pulls, 5 s for tells
	Log      *slog.Logger  // nil is slog's default
	Progress func(Report)  // told after each page; nil tells nobody
}

// NewPuller returns a puller of a source, that remembers in s how far it has read.
func NewPuller(p *Pull, s *store.Store, in Taker, cfg Config) *Puller {
	if cfg.Progress == nil {
		cfg.Progress = func(Report) {}
	}
	return &Puller{
		pull: p, store: s, in: in, pause: cmp.Or(cfg.Pause, 500*time.Millisecond), log: cmp.Or(cfg.Log, slog.Default()), tell: cfg.Progress,
		// a redirect would carry the headers to who knows whom
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		breaker: gobreaker.NewCircuitBreaker[*page](gobreaker.Settings{
			Timeout: rest, ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= trip },
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		}),
	}
}

// Run reads at once and then every so often, until ctx ends. A reading that fails is
// logged once, and tried again when the next is due.
func (p *Puller) Run(ctx context.Context) error {
	tick := time.NewTicker(p.pull.Every)
	defer tick.Stop()
	failing := false
	for {
		r, err := p.Pull(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			p.log.Warn("a source cannot be read", "pull", p.pull.Name, "error", err, "rows", r.Rows)
		case err == nil && (failing || r.Accepted+r.Refused > 0):
			p.log.Info("a source is read", "pull", p.pull.Name, "rows", r.Rows, "accepted", r.Accepted, "refused", r.Refused)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// state is how far a source has been read.
type state struct{ since, etag string }

// Pull reads all that is new, page by page. How far it has come is kept only at the end: a
// reading that breaks off is done again, and what it took counts once.
func (p *Puller) Pull(ctx context.Context) (Report, error) {
	var r Report
	was, err := p.state(ctx)
	if err != nil {
		return r, err
	}
	now := was
	address := p.first(was.since)
	for n := 1; address != ""; n++ {
		if n > mostPages {
			return r, ErrCircle
		}
		etag := ""
		if n == 1 {
			etag = was.etag
		}
		one, err := p.get(ctx, address, etag)
		if err != nil {
			return r, fmt.Errorf("pull %s, page %d: %w", p.pull.Name, n, err)
		}
		if one.same {
			return r, nil
		}
		if n == 1 {
			now.etag = one.etag
		}
		rows, err := p.pull.all(one.body)
		if err != nil {
			return r, fmt.Errorf("pull %s, page %d: %w", p.pull.Name, n, err)
		}
		newest, err := p.pull.take(ctx, p.in, "/pull/"+p.pull.Name, rows, &r)
		if err != nil {
			return r, err
		}
		now.since = latest(now.since, newest)
		r.Pages++
		p.tell(r)
		if address, err = p.next(address, one.body, n, len(rows)); err != nil {
			return r, fmt.Errorf("pull %s, page %d: %w", p.pull.Name, n, err)
		}
	}
	return r, p.keep(ctx, now)
}

func (p *Puller) first(since string) string {
	u := *p.pull.url
	q := u.Query()
	if p.pull.since != "" && since != "" {
		q.Set(p.pull.since, since)
	}
	if p.pull.page.Param != "" && p.pull.page.Next == "" {
		q.Set(p.pull.page.Param, "1")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// next is the next page's address; empty after the last.
func (p *Puller) next(address string, body any, n, rows int) (string, error) {
	g := p.pull.page
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	switch {
	case g.Next != "":
		mark := textOf(at(body, g.Next))
		if mark == "" {
			return "", nil
		}
		if g.Param == "" {
			to, err := u.Parse(mark)
			if err == nil && (to.Host != u.Host || to.Scheme != u.Scheme) {
				err = ErrHost
			}
			if err != nil {
				return "", err
			}
			return to.String(), nil
		}
		q := u.Query()
		q.Set(g.Param, mark)
		u.RawQuery = q.Encode()
		return u.String(), nil
	case g.Param != "" && rows > 0:
		q := u.Query()
		q.Set(g.Param, strconv.Itoa(n+1))
		u.RawQuery = q.Encode()
		return u.String(), nil
	}
	return "", nil
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// page is one answer.
type page struct {
	body any
	etag string
	same bool // nothing is new since the ETag
}

// get asks until there is an answer that can be used, or no more tries are left.
func (p *Puller) get(ctx context.Context, address, etag string) (*page, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = p.pause, longestWait
	one, err := backoff.Retry(ctx, func() (*page, error) {
		var after int
		one, err := p.breaker.Execute(func() (one *page, err error) {
			one, after, err = p.once(ctx, address, etag)
			return one, err
		})
		var status StatusError
		switch {
		case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
			return nil, backoff.Permanent(ErrResting)
		case errors.As(err, &status) && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
			return nil, backoff.Permanent(err)
		case err != nil && after > 0:
			return nil, backoff.RetryAfter(after)
		}
		return one, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(p.pull.Tries))
	if permanent, is := errors.AsType[*backoff.PermanentError](err); is {
		err = permanent.Err
	}
	return one, err
}

// once asks once. Its errors repeat no address, which may hold a key.
func (p *Puller) once(ctx context.Context, address, etag string) (one *page, after int, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.pull.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, errors.New("the address cannot be used")
	}
	request.Header.Set("Accept", "application/json")
	for name, value := range p.pull.headers {
		request.Header.Set(name, value)
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, 0, quiet(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	switch {
	case response.StatusCode == http.StatusNotModified && etag != "":
		return &page{same: true}, 0, nil
	case response.StatusCode != http.StatusOK:
		after, _ = strconv.Atoi(response.Header.Get("Retry-After"))
		return nil, min(after, int(longestWait/time.Second)), StatusError(response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, longestPage+1))
	if err != nil {
		return nil, 0, quiet(err)
	}
	one = &page{etag: response.Header.Get("ETag")}
	if len(text) > longestPage || json.Unmarshal(text, &one.body) != nil {
		return nil, 0, ErrPage
	}
	return one, 0, nil
}

// quiet takes the address out of an error of net/http.
func quiet(err error) error {
	if outer, is := errors.AsType[*url.Error](err); is {
		err = outer.Err
	}
	return fmt.Errorf("no answer: %w", err)
}

func (p *Puller) state(ctx context.Context) (s state, err error) {
	err = p.store.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT since, etag FROM pulls WHERE name = $1`, p.pull.Name).Scan(&s.since, &s.etag)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return s, err
}

func (p *Puller) keep(ctx context.Context, s state) error {
	return p.store.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO pulls (name, since, etag, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET since = excluded.since, etag = excluded.etag, at = excluded.at`, p.pull.Name, s.since, s.etag, time.Now().UnixMilli())
		return err
	})
}

// later is the later of a time and an event's.
func later(newest string, body []byte) string {
	var e struct{ Time string }
	_ = json.Unmarshal(body, &e) // was written by event
	return latest(newest, e.Time)
}

// latest is the later of two times as in RFC 3339; what is none is not.
func latest(a, b string) string {
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	if errY == nil && (errX != nil || y.After(x)) {
		return b
	}
	return a
}
