package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"huike/session/problem"
	"huike/session/sip"
)

const (
	ringFor    = 60 * time.Second // that a call placed by the API waits for an answer
	placeLimit = 4 << 10          // bytes of a request
	placeEach  = time.Second      // between two calls that the API places; ten may come at once
	placeBurst = 10
)

// placing is what POST /v1/calls asks for.
type placing struct {
	To   string `json:"to"`   // a SIP URI, or a number
	Lang string `json:"lang"` // "en" or "zh"
	From string `json:"from"` // the number to show
}

// placeCalls is POST /v1/calls: it calls somebody, and the robot talks to who answers.
// It answers when they have: 201, or a problem that says why not.
func (f *front) placeCalls() http.HandlerFunc {
	limiter := rate.NewLimiter(rate.Every(placeEach), placeBurst)
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if want := f.house.config.DeskToken; want == "" || subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem.Write(w, http.StatusUnauthorized, "the desk's token opens this: Authorization: Bearer TOKEN")
			return
		}
		if f.sip.Server == nil {
			problem.Write(w, http.StatusNotImplemented, "calls are placed by SIP: start the server with --sip, and --sip-trunk for numbers")
			return
		}
		if !limiter.Allow() {
			w.Header().Set("Retry-After", "1")
			problem.Write(w, http.StatusTooManyRequests, "more than one call a second; ask again")
			return
		}
		var p placing
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, placeLimit)).Decode(&p); err != nil || p.To == "" || (p.Lang != "" && p.Lang != "en" && p.Lang != "zh") {
			problem.Write(w, http.StatusBadRequest, `want {"to":"sip:name@host or a number","lang":"en or zh"}`)
			return
		}
		f.place(w, r, p)
	}
}

// place places the call and tells what became of it.
func (f *front) place(w http.ResponseWriter, r *http.Request, p placing) {
	ctx, cancel := context.WithTimeout(r.Context(), ringFor)
	defer cancel()
	began := time.Now()
	id, err := f.sip.Place(ctx, p.To, sip.CallOptions{From: p.From, Lang: p.Lang})
	refused, wasRefused := errors.AsType[*sip.ResponseError](err)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"call_id": id, "answered_ms": time.Since(began).Milliseconds()})
	case wasRefused:
		if refused.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(refused.RetryAfter.Seconds())))
		}
		problem.Document{
			Status: http.StatusBadGateway, Detail: "the other side refused the call: " + strconv.Itoa(refused.Status), SIPStatus: refused.Status,
		}.Write(w)
	case errors.Is(err, sip.ErrNoTrunk):
		problem.Write(w, http.StatusNotImplemented, "a number needs a carrier to be called by: --sip-trunk")
	case errors.Is(err, sip.ErrTarget):
		problem.Write(w, http.StatusBadRequest, `"to" is neither a number nor a URI such as sip:name@host`)
	case errors.Is(err, sip.ErrFrom):
		problem.Write(w, http.StatusBadRequest, `"from" is no number: digits, with a + in front or without`)
	case errors.Is(err, sip.ErrBusy):
		w.Header().Set("Retry-After", "5")
		problem.Write(w, http.StatusServiceUnavailable, err.Error())
	case ctx.Err() != nil:
		problem.Write(w, http.StatusGatewayTimeout, "nobody answered within "+ringFor.String())
	default:
		f.house.log.Warn("a call was not placed", "err", sip.Cause(err))
		problem.Write(w, http.StatusBadGateway, "the other side was not reached: "+sip.Cause(err))
	}
}
