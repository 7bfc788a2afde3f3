// Package remote does a shop's business in the shop's own systems, over HTTP: what an
// OpenAPI document or a small mapping says is where each operation goes. Every try has
// its time-out; what may be tried again is, with growing pauses; a system that only
// fails is left alone for a while (circuit breaker); and a write carries its key as
// Idempotency-Key, so that the system does it once however often it arrives.
//
// It knows no policy: the shop's systems refuse what they refuse. It starts no goroutine
// but those of [net/http].
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"huike/member"
	"huike/member/shop"
)

// Doer does the operations that the document does not have; [shop.Shop] is one.
type Doer interface {
	Do(ctx context.Context, id member.ID, op string, args map[string]string, key string) (shop.Result, error)
}

// Gate says whether an operation may touch a member's data, and leaves the audit row; the
// code is why not. [shop.Shop] is one.
type Gate interface {
	Admit(ctx context.Context, id member.ID, op, call string) (code string, err error)
}

// Config shapes a [Shop]. Zero values work, but for what a document leaves out.
type Config struct {
	Local  Doer         // nil: what is not in the document is [shop.CodeUnknownOp]
	Gate   Gate         // nil: nothing is asked, which is for tests
	Client *http.Client // nil: one of its own
	Log    *slog.Logger // nil: slog's own

	Timeout time.Duration // of one try; 0 is the document's, or else 2 s
	Tries   uint          // in all; 0 is the document's, or else 3
	Pause   time.Duration // before the second try, growing by half each time; 0 is 100 ms
	Trip    uint32        // failures one after the other that open the breaker; 0 is 5
	Rest    time.Duration // how long the breaker stays open; 0 is 10 s
}

// Shop is the shop's own systems. It is safe from any goroutine.
type Shop struct {
	cfg     Config
	doc     *Document
	client  *http.Client
	breaker *gobreaker.CircuitBreaker[shop.Result]
}

// New returns the systems that a document describes.
func New(doc *Document, cfg Config) *Shop {
	cfg.Timeout = cmp.Or(cfg.Timeout, doc.timeout, 2*time.Second)
	cfg.Tries = cmp.Or(cfg.Tries, doc.tries, 3)
	cfg.Pause = cmp.Or(cfg.Pause, 100*time.Millisecond)
	cfg.Trip = cmp.Or(cfg.Trip, 5)
	cfg.Rest = cmp.Or(cfg.Rest, 10*time.Second)
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	client := http.Client{}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	// a redirect would carry keys and members' data to who knows whom
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Shop{
		cfg: cfg, doc: doc, client: &client,
		breaker: gobreaker.NewCircuitBreaker[shop.Result](gobreaker.Settings{
			Name:        doc.base.Host,
			Timeout:     cfg.Rest,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= cfg.Trip },
			IsExcluded:  func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(name string, from, to gobreaker.State) {
				cfg.Log.Warn("shop's systems", "host", name, "from", from.String(), "to", to.String())
			},
		}),
	}
}

// ErrResting says that the shop's systems have failed so often that they are left alone.
var ErrResting = errors.New("the shop's systems have failed too often and are left alone for a while")

// Do runs an operation in the shop's systems, by the rules of [shop.Shop.Do].
func (s *Shop) Do(ctx context.Context, id member.ID, op string, args map[string]string, key string) (shop.Result, error) {
	r, known := s.doc.routes[op]
	switch {
	case !known && s.cfg.Local != nil:
		return s.cfg.Local.Do(ctx, id, op, args, key)
	case !known:
		return shop.Result{Code: shop.CodeUnknownOp}, nil
	case r.writes() && key == "":
		return shop.Result{Code: shop.CodeUnavailable}, fmt.Errorf("%s: %w", op, shop.ErrKey)
	}
	if s.cfg.Gate != nil && !r.public {
		code, err := s.cfg.Gate.Admit(ctx, id, op, args["call"])
		if err != nil {
			return shop.Result{Code: shop.CodeUnavailable}, fmt.Errorf("%s: %w", op, err)
		}
		if code != "" {
			return shop.Result{Code: code}, nil
		}
	}
	result, err := s.try(ctx, r, call{member: id, args: args, key: key})
	if err != nil {
		return shop.Result{Code: shop.CodeUnavailable}, fmt.Errorf("%s: %w", op, err)
	}
	return result, nil
}

// try sends the request until an answer can be used, or no more tries are left.
func (s *Shop) try(ctx context.Context, r *route, c call) (shop.Result, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier, wait.RandomizationFactor = s.cfg.Pause, 1.5, 0.3
	result, err := backoff.Retry(ctx, func() (shop.Result, error) {
		result, err := s.breaker.Execute(func() (shop.Result, error) { return s.once(ctx, r, c) })
		switch {
		case err == nil:
			return result, nil
		case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
			return result, backoff.Permanent(ErrResting)
		case ctx.Err() != nil, final(err), r.writes() && !r.again:
			return result, backoff.Permanent(err)
		}
		if after := retryAfter(err); after > 0 {
			return result, backoff.RetryAfter(after)
		}
		return result, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(s.cfg.Tries))
	if permanent, is := errors.AsType[*backoff.PermanentError](err); is {
		err = permanent.Err
	}
	return result, err
}
