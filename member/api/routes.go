package api

import (
	"net/http"

	"huike/member/access"
)

// routes are all ways to ask, as openapi.yaml has them.
func (a *API) routes() []route {
	return []route{
		{"GET", "/v1/me", "", a.me},
		{"POST", "/v1/members/search", "", a.search},
		{"GET", "/v1/members/{id}", access.OpRead, a.show},
		{"PATCH", "/v1/members/{id}", access.OpWrite, a.correct},
		{"GET", "/v1/members/{id}/timeline", access.OpRead, a.timeline},
		{"GET", "/v1/members/{id}/tags", access.OpRead, a.tags},
		{"PUT", "/v1/members/{id}/tags/{tag}", access.OpTag, a.putTag},
		{"DELETE", "/v1/members/{id}/tags/{tag}", access.OpTag, a.takeTag},
		{"GET", "/v1/members/{id}/consent", access.OpRead, a.consent},
		{"PUT", "/v1/members/{id}/consent/{for}", access.OpConsent, a.setConsent},
		{"GET", "/v1/members/{id}/predictions", access.OpRead, a.predictions},
		{"POST", "/v1/members/{id}/export", access.OpExport, a.export},
		{"POST", "/v1/members/{id}/erasure", access.OpErase, a.erase},
		{"GET", "/v1/matches", access.OpMerge, a.matches},
		{"POST", "/v1/matches", access.OpMerge, a.decide},
		{"GET", "/v1/merges", access.OpMerge, a.merges},
		{"POST", "/v1/merges", access.OpMerge, a.merge},
		{"DELETE", "/v1/merges/{number}", access.OpMerge, a.undo},
		{"POST", "/v1/imports", access.OpImport, a.startImport},
		{"GET", "/v1/imports", access.OpImport, a.imports},
		{"GET", "/v1/imports/{job}", access.OpImport, a.importOf},
		{"POST", "/v1/segments/count", access.OpCount, a.count},
		{"POST", "/v1/segments/members", access.OpList, a.rows},
		{"GET", "/v1/segments", access.OpCount, a.segments},
		{"POST", "/v1/segments", access.OpRules, a.saveSegment},
		{"GET", "/v1/segments/{saved}", access.OpCount, a.segmentOf},
		{"PUT", "/v1/segments/{saved}", access.OpRules, a.changeSegment},
		{"DELETE", "/v1/segments/{saved}", access.OpRules, a.dropSegment},
		{"POST", "/v1/segments/export", access.OpList, a.exportSegment},
		{"GET", "/v1/rules", access.OpRules, a.rules},
		{"PUT", "/v1/rules", access.OpRules, a.saveRules},
		{"POST", "/v1/rules/trial", access.OpRules, a.tryRules},
		{"POST", "/v1/rules/rollback", access.OpRules, a.rollBackRules},
		{"GET", "/v1/rules/versions", access.OpRules, a.ruleVersions},
		{"GET", "/v1/rules/versions/{number}", access.OpRules, a.ruleVersion},
		{"GET", "/v1/tiers", access.OpReport, a.tiers},
		{"GET", "/v1/rfm", access.OpReport, a.rfm},
		{"GET", "/v1/churn", access.OpReport, a.churn},
		{"GET", "/v1/audit", access.OpTrail, a.auditRows},
	}
}

// Patterns returns what of a server's addresses is the API's, for its [net/http.ServeMux].
func Patterns() []string {
	return []string{"/v1/me", "/v1/members/", "/v1/segments", "/v1/segments/", "/v1/rules", "/v1/rules/", "/v1/matches", "/v1/merges", "/v1/merges/", "/v1/imports", "/v1/imports/", "/v1/tiers", "/v1/rfm", "/v1/churn", "/v1/audit", "/openapi.yaml", "/openapi.json"}
}

// Routes returns the methods and paths that are served, such as "GET /v1/members/{id}".
func Routes() []string {
	var all []string
	for _, r := range (&API{}).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// me answers who the reader is and what they may do, so that a page offers no more.
func (a *API) me(w http.ResponseWriter, r *request) error {
	can := []access.Op{}
	for _, op := range access.Ops() {
		if r.who.Can(op) {
			can = append(can, op)
		}
	}
	return answer(w, r, map[string]any{"name": r.access.Reader, "role": r.who.Role, "scope": r.who.Scope, "can": can})
}
