package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/knowledge"
	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/session/journal/score"
	"huike/session/problem"
)

// The learning routes ask for a token, as the members' do: kept calls to look, settings to
// change what the shop knows. Each look and each change is a row of the audit trail.
//
//	GET  /v1/knowledge           what was not answered, alike together, and the versions
//	POST /v1/knowledge/approve   {"question", "phrasings", "zh", "en", "like", "flow"}: a new version, for the next call
//	POST /v1/knowledge/rollback  {"version": 3}: its entries as a new version, whose number is answered
//	GET  /v1/quality             every finished call held to the rules
func (f *front) learnRoutes() {
	f.Handle("GET /v1/knowledge", f.learner(access.OpCalls, "knowledge.read", f.showKnowledge))
	f.Handle("POST /v1/knowledge/approve", f.learner(access.OpSettings, "knowledge.approve", f.approveKnowledge))
	f.Handle("POST /v1/knowledge/rollback", f.learner(access.OpSettings, "knowledge.rollback", f.rollBackKnowledge))
	f.Handle("GET /v1/quality", f.learner(access.OpCalls, "quality.read", f.showQuality))
}

// learner lets in who may do an operation, once the trail says what they do.
func (f *front) learner(op access.Op, action string, next http.HandlerFunc) http.Handler {
	return f.house.guard.Require(op, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.traceLearning(w, r, action, audit.OK) {
			next(w, r)
		}
	}))
}

// traceLearning leaves a row of what somebody does; without it nothing is done.
func (f *front) traceLearning(w http.ResponseWriter, r *http.Request, action, outcome string) bool {
	name, role := learning(r)
	row := audit.Row{At: time.Now(), Reader: name, Role: string(role), Purpose: "knowledge", Action: action, Outcome: outcome}
	if err := f.house.audit.Append(row); err != nil {
		f.house.log.Error("audit row not kept", "action", action, "err", err)
		problem.Write(w, http.StatusServiceUnavailable, "nothing was done, as the audit trail takes no more rows; try again in a moment")
		return false
	}
	return true
}

const longestAgent = 64 // bytes

// learning is who works here: the token's holder, or one of those who share the desk's.
func learning(r *http.Request) (string, member.Role) {
	who, _ := access.From(r.Context())
	name, err := url.PathUnescape(r.Header.Get("X-Agent"))
	if err != nil || name == "" || who.ID != who.Name || len(name) > longestAgent || member.Mask(name) != name {
		name = who.Name
	}
	return name, who.Role
}

func (f *front) knowledge() knowledgeFolder {
	return knowledgeFolder{Data: f.house.config.Data, Shop: f.house.config.Shop}
}

// shownCluster is what callers said, and whether the version in use answers it by now.
type shownCluster struct {
	knowledge.Cluster
	Answered bool `json:"answered"`
}

// mostClusters is how many a page shows: a person works from the top.
const mostClusters = 50

func (f *front) showKnowledge(w http.ResponseWriter, _ *http.Request) {
	c := f.knowledge()
	said, unread := f.house.said.turns(f.house.calls, f.house.log)
	entries, entriesErr := c.entries()
	versions, versionsErr := c.versions()
	if err := errors.Join(entriesErr, versionsErr); err != nil {
		problem.Write(w, http.StatusInternalServerError, err.Error())
		return
	}
	var all knowledge.Unanswered
	langs := map[string]dialog.Lang{}
	for _, s := range said {
		all.Add(s.text)
		langs[s.text] = s.lang
	}
	base := knowledge.New(entries)
	clusters := []shownCluster{}
	for _, k := range all.Clusters() {
		if len(clusters) == mostClusters {
			break
		}
		_, ok := base.Find(k.Examples[0], langs[k.Examples[0]], "")
		clusters = append(clusters, shownCluster{k, ok})
	}
	for i := range versions {
		versions[i].Entries = nil
	}
	writeJSON(w, map[string]any{
		"n": len(said), "answered_now": answeredOf(base, said), "clusters": clusters, "versions": versions[max(0, len(versions)-20):],
		"entries": len(entries), "flows": f.flowTitles(), "unread_calls": unread,
	})
}

// flowTitles are the flows that an example can lead to, with their titles.
func (f *front) flowTitles() []map[string]string {
	out := []map[string]string{}
	definition := f.shelf.now.Load().flow
	zh := map[dialog.Intent]string{}
	for _, wish := range definition.Wishes(dialog.Chinese) {
		zh[wish.Intent] = wish.Title
	}
	for _, wish := range definition.Wishes(dialog.English) {
		if name := string(wish.Intent); wish.Title != "" && definition.HasFlow(name) {
			out = append(out, map[string]string{"flow": name, "en": wish.Title, "zh": zh[wish.Intent]})
		}
	}
	return out
}

// approval is what a person has written for a cluster.
type approval struct {
	Question  string   `json:"question"`
	Phrasings []string `json:"phrasings"`
	ZH        string   `json:"zh"`
	EN        string   `json:"en"`
	Like      string   `json:"like"`
	Flow      string   `json:"flow"`
}

func (f *front) approveKnowledge(w http.ResponseWriter, r *http.Request) {
	var a approval
	if !readBody(w, r, &a) {
		return
	}
	f.shelf.learning.Lock()
	defer f.shelf.learning.Unlock()
	c := f.knowledge()
	approve := knowledgeApprove{Question: a.Question, ZH: a.ZH, EN: a.EN, Like: a.Like, Flow: a.Flow, knowledgeFolder: c}
	now, err := c.entries()
	var changed []knowledge.Entry
	if err == nil {
		changed, err = approve.change(now)
	}
	if err != nil {
		problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	changed[0].Phrasings = append(changed[0].Phrasings, a.Phrasings...)
	said, _ := f.house.said.turns(f.house.calls, f.house.log)
	before := takenBy(f.shelf.now.Load().flow, said)
	if !f.learn(w, r, knowledge.Merge(now, changed), "approved", "knowledge.approve") {
		return
	}
	writeJSON(w, map[string]any{"n": len(said), "before": before, "after": takenBy(f.shelf.now.Load().flow, said)})
}

func (f *front) rollBackKnowledge(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Version int `json:"version"`
	}
	if !readBody(w, r, &in) {
		return
	}
	f.shelf.learning.Lock()
	defer f.shelf.learning.Unlock()
	c := f.knowledge()
	v, err := c.version(in.Version)
	if err != nil {
		problem.Write(w, http.StatusNotFound, err.Error())
		return
	}
	if f.learn(w, r, v.Entries, fmt.Sprintf("rollback to %d", in.Version), "knowledge.rollback") {
		writeJSON(w, map[string]int{"version": latestKnowledge(c.Data)})
	}
}

// takenBy counts what the flows, or what the shop knows, would take.
func takenBy(definition *flow.Definition, said []turnSaid) int {
	n := 0
	for _, s := range said {
		if definition.Takes(s.text, s.lang) {
			n++
		}
	}
	return n
}

// learn writes a version and has the next call use it.
func (f *front) learn(w http.ResponseWriter, r *http.Request, entries []knowledge.Entry, from, action string) bool {
	by, _ := learning(r)
	c := f.knowledge()
	err := c.write(entries, by, from, io.Discard)
	if err == nil {
		err = f.shelf.reload(r.Context())
	}
	if err != nil {
		if f.traceLearning(w, r, action, audit.Failed) {
			problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		}
		return false
	}
	return true
}

// readBody decodes a small JSON body, or answers what was wrong with it.
func readBody(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		problem.Write(w, http.StatusBadRequest, "the body is not the JSON that is wanted: "+err.Error())
		return false
	}
	return true
}

// loadRules reads the rules of quality that stand beside the shop's flows, and those
// that come with huike where there are none.
func loadRules(folder string) (*score.Rules, error) {
	if folder == "" {
		return score.Load(nil)
	}
	data, err := os.ReadFile(filepath.Join(folder, "quality.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return score.Load(nil)
	}
	if err != nil {
		return nil, err
	}
	return score.Load(data)
}

func (f *front) showQuality(w http.ResponseWriter, _ *http.Request) {
	rules, err := loadRules(f.house.config.Shop)
	if err != nil {
		problem.Write(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	writeJSON(w, rules.Report(f.house.calls))
}
