// Package web serves huike's pages: the caller's at /, the agent's desk at /desk,
// the members' at /members, and at /learn what was not answered and how calls were
// led. Vite builds them from the TypeScript beside this file into dist, and
// they are embedded in the binary, so that one file is the whole server. It
// serves files and nothing else: what the pages ask for is the server's API.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// NotBuilt is what a visitor reads where the pages were not built into the
// binary.
const NotBuilt = "huike is running, but its pages are not built into this binary.\n" +
	"Run 'make build' and start bin/huike again; calls by WebSocket and the API work without them.\n"

// policy lets a page load its own files, talk to its own server, and nothing
// else: no inline script, no frame around it. Blobs are sound that the page itself
// made or fetched.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is one embedded file, ready to be sent.
type page struct {
	content []byte
	mime    string
	etag    string
	cache   string
}

// Handler returns a handler of the pages as they were built into the binary.
// Where they were not, it answers every request with [NotBuilt].
func Handler() http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return notBuilt()
	}

	return handler(built)
}

// handler serves the pages of files, which are read once.
func handler(files fs.FS) http.Handler {
	pages := load(files)
	if pages["index.html"] == nil || pages["desk/index.html"] == nil {
		return notBuilt()
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "a page is read with GET, not "+r.Method, http.StatusMethodNotAllowed)

			return
		}

		found := pages[fileOf(r.URL.Path)]
		if found == nil {
			http.Error(w, "there is no such page; the caller's page is at /, the desk at /desk, the members' at /members and the one to learn at /learn", http.StatusNotFound)

			return
		}

		found.serve(w, r)
	})
}

// fileOf returns which file answers a request for the path of a URL.
func fileOf(url string) string {
	name := strings.TrimPrefix(path.Clean("/"+url), "/")
	switch name {
	case "":
		return "index.html"
	case "desk", "members", "learn":
		return name + "/index.html"
	}

	return name
}

// load reads every file of the build. A file that cannot be read is left out,
// and so are dot files.
func load(files fs.FS) map[string]*page {
	pages := make(map[string]*page)
	_ = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return nil //nolint:nilerr // a missing folder is a build that did not happen
		}

		if content, err := fs.ReadFile(files, name); err == nil {
			pages[name] = newPage(name, content)
		}

		return nil
	})

	return pages
}

// newPage returns a file with the headers that it is sent with.
func newPage(name string, content []byte) *page {
	sum := sha256.Sum256(content)
	p := &page{content: content, mime: mimeOf(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`}

	// Vite puts a hash of the content into the name of each file in assets, so
	// a name never changes its meaning.
	p.cache = "no-cache"
	if strings.HasPrefix(name, "assets/") {
		p.cache = "public, max-age=31536000, immutable"
	}

	return p
}

// mimeOf returns the content type by the name's ending. The table stands here
// because the system's own may be absent or wrong, and browsers refuse a
// module script of another type.
func mimeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}

		return "application/octet-stream"
	}
}

// serve answers with the page, or 304 where the visitor has it.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Type", p.mime)
	head.Set("Cache-Control", p.cache)
	head.Set("ETag", p.etag)
	head.Set("Content-Security-Policy", policy)
	head.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.content))
}

// notBuilt answers that the pages are missing, and how to get them.
func notBuilt() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, NotBuilt, http.StatusServiceUnavailable)
	})
}
