package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a small build as Vite leaves it.
func built() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":               {},
		"index.html":             {Data: []byte("<!doctype html><title>caller</title>")},
		"desk/index.html":        {Data: []byte("<!doctype html><title>desk</title>")},
		"members/index.html":     {Data: []byte("<!doctype html><title>members</title>")},
		"assets/caller-1a2b.js":  {Data: []byte("export {}")},
		"assets/caller-3c4d.css": {Data: []byte("body{}")},
		"favicon.svg":            {Data: []byte("<svg/>")},
	}
}

func TestPages(t *testing.T) {
	t.Parallel()

	const forever = "public, max-age=31536000, immutable"

	pages := handler(built())
	for _, test := range []struct {
		name, method, path string
		status             int
		mime, cache, body  string
	}{
		{"the root is the caller's page", "GET", "/", 200, "text/html; charset=utf-8", "no-cache", "caller"},
		{"the desk has its own address", "GET", "/desk", 200, "text/html; charset=utf-8", "no-cache", "desk"},
		{"with a slash too", "GET", "/desk/", 200, "text/html; charset=utf-8", "no-cache", "desk"},
		{"so have the members", "GET", "/members", 200, "text/html; charset=utf-8", "no-cache", "members"},
		{"a script is kept by its hash", "GET", "/assets/caller-1a2b.js", 200, "text/javascript; charset=utf-8", forever, "export"},
		{"a style sheet is kept by its hash", "GET", "/assets/caller-3c4d.css", 200, "text/css; charset=utf-8", forever, "body"},
		{"a picture has no hash in its name", "GET", "/favicon.svg", 200, "image/svg+xml", "no-cache", "svg"},
		{"a head has no body", "HEAD", "/", 200, "text/html; charset=utf-8", "no-cache", ""},
		{"an unknown page names the two that are", "GET", "/help", 404, "text/plain; charset=utf-8", "", "the desk at /desk"},
		{"a dot file is no page", "GET", "/.gitkeep", 404, "text/plain; charset=utf-8", "", "no such page"},
		{"a climb out of the folder finds nothing", "GET", "/../web.go", 404, "text/plain; charset=utf-8", "", "no such page"},
		{"a page takes no POST", "POST", "/", 405, "text/plain; charset=utf-8", "", "POST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			request := httptest.NewRequestWithContext(t.Context(), test.method, "/", nil)
			request.URL.Path = test.path
			answer := httptest.NewRecorder()
			pages.ServeHTTP(answer, request)

			if answer.Code != test.status {
				t.Errorf("status %d, want %d", answer.Code, test.status)
			}

			head := answer.Result().Header
			if got := head.Get("Content-Type"); got != test.mime {
				t.Errorf("content type %q, want %q", got, test.mime)
			}

			if got := head.Get("Cache-Control"); got != test.cache {
				t.Errorf("cache %q, want %q", got, test.cache)
			}

			if got := answer.Body.String(); !strings.Contains(got, test.body) {
				t.Errorf("body %q lacks %q", got, test.body)
			}

			if got := head.Get("Content-Security-Policy"); test.status == 200 && strings.Contains(got, "unsafe") {
				t.Errorf("policy %q lets inline scripts or styles in", got)
			}
		})
	}
}

func TestVisitorWhoHasThePageIsNotSentItAgain(t *testing.T) {
	t.Parallel()

	pages := handler(built())
	first := httptest.NewRecorder()
	pages.ServeHTTP(first, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))

	again := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	again.Header.Set("If-None-Match", first.Result().Header.Get("ETag"))

	second := httptest.NewRecorder()
	pages.ServeHTTP(second, again)

	if second.Code != http.StatusNotModified || second.Body.Len() != 0 {
		t.Errorf("status %d with %d bytes, want 304 with none", second.Code, second.Body.Len())
	}
}

func TestPagesThatAreNotBuiltSayWhatToDo(t *testing.T) {
	t.Parallel()

	answer := httptest.NewRecorder()
	handler(fstest.MapFS{".gitkeep": {}}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))

	if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "make build") {
		t.Errorf("status %d, body %q, want 503 with the way out", answer.Code, answer.Body)
	}
}
