package api_test

import (
	"net/http"
	"testing"

	"huike/member/privacy"
	"huike/member/segment"
	"huike/member/store/storetest"
)

func TestWhoIsErasedElsewhereIsNotCounted(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := open(t, kind)
			if err := h.api.Warm(t.Context()); err != nil {
				t.Fatal(err)
			}
			count := func() (n segment.Count) {
				h.ask(http.StatusOK, "POST", "/v1/segments/count", map[string]any{"segment": "true"}).into(&n)
				return n
			}
			before := count()
			other := privacy.New(h.store, privacy.Config{Reader: "command line", Forget: []privacy.Forgetter{h.api}})
			if _, err := other.Erase(t.Context(), "m_zhang_li"); err != nil {
				t.Fatal(err)
			}
			if after := count(); after.Of != before.Of-1 {
				t.Errorf("counted among %d, then %d", before.Of, after.Of)
			}
		})
	}
}
