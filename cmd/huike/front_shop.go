package main

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"huike/member/audit"
	"huike/session/problem"
)

// The shop's routes ask for the desk's token, as "Authorization: Bearer TOKEN":
//
//	GET  /v1/shop             the version of the shop's files, thresholds, why the last load was refused
//	POST /v1/shop/reload      read the files again; 422 with file, line and the way out
//	PUT  /v1/shop/thresholds  {"failures": 4}: for the calls from now on; X-Agent says who
func (f *front) shopRoutes() {
	f.HandleFunc("GET /v1/shop", f.keyed(f.showShop))
	f.HandleFunc("POST /v1/shop/reload", f.keyed(f.reloadShop))
	f.HandleFunc("PUT /v1/shop/thresholds", f.keyed(f.setThresholds))
}

func (f *front) keyed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if f.house.config.DeskToken == "" || subtle.ConstantTimeCompare([]byte(token), []byte(f.house.config.DeskToken)) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="huike desk"`)
			problem.Write(w, http.StatusUnauthorized, "the desk's token is missing or wrong: Authorization: Bearer TOKEN")
			return
		}
		next(w, r)
	}
}

func (f *front) showShop(w http.ResponseWriter, _ *http.Request) {
	now := f.shelf.now.Load()
	f.shelf.mu.Lock()
	defer f.shelf.mu.Unlock()
	writeJSON(w, map[string]any{
		"version": now.version, "loaded": now.loaded.UTC().Format(time.RFC3339), "routing": now.flow.RoutingVersion(), "knowledge": now.known,
		"thresholds": now.flow.Thresholds(), "changes": f.shelf.change, "refused": f.shelf.failed,
	})
}

func (f *front) reloadShop(w http.ResponseWriter, r *http.Request) {
	if err := f.shelf.reload(r.Context()); err != nil {
		problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	f.showShop(w, r)
}

func (f *front) setThresholds(w http.ResponseWriter, r *http.Request) {
	values := map[string]any{}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	if err := decoder.Decode(&values); err != nil || len(values) == 0 {
		problem.Write(w, http.StatusBadRequest, `want an object of thresholds, such as {"failures": 4}; GET /v1/shop shows them`)
		return
	}
	by := r.Header.Get("X-Agent")
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	row := audit.Row{
		At: time.Now(), Reader: by, Role: "agent", Purpose: "routing", Action: "routing.thresholds", Fields: strings.Join(names, ","), Outcome: audit.OK,
	}
	change, err := f.shelf.set(by, values)
	if err != nil {
		row.Outcome = audit.Denied
	}
	if auditErr := f.house.audit.Append(row); auditErr != nil {
		f.house.log.Error("audit row not kept", "action", row.Action, "err", auditErr)
	}
	if err != nil {
		problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	f.house.log.Info("thresholds changed", "version", change.Version, "by", by, "set", strings.Join(names, ","))
	writeJSON(w, change)
}
