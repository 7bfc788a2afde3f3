package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"huike/member/shop"
	"huike/member/shop/policy"
	"huike/member/shop/remote"
	"huike/session"
)

// backendConfig names the shop's own systems.
type backendConfig struct {
	Backend string `help:"The shop's own systems: an OpenAPI document, or a mapping of operations to requests, as a file or at a URL; default: the books in the store. Operations that it does not have are done in the store." env:"HUIKE_BACKEND" placeholder:"FILE|URL" group:"Data"`
}

const (
	largestDocument = 4 << 20
	documentTimeout = 10 * time.Second
)

// readBackend reads what --backend names.
func readBackend(ctx context.Context, from string) (*remote.Document, error) {
	read := func(_ context.Context, path string) ([]byte, error) { return os.ReadFile(path) }
	if isSite(from) {
		read = download
	}
	text, err := read(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("--backend: %w", err)
	}
	doc, err := remote.Parse(text, nil)
	if err != nil {
		return nil, fmt.Errorf("--backend %s: %w", from, err)
	}
	return doc, nil
}

func download(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, documentTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s: want the document", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, largestDocument))
}

// backend is who does the shop's business: the embedded shop, or its own systems before
// it, which ask it for consent and leave its audit rows.
func (h *house) backend(ctx context.Context) (session.Shop, error) {
	if h.config.Backend == "" {
		return h.shop, nil
	}
	doc, err := readBackend(ctx, h.config.Backend)
	if err != nil {
		return nil, err
	}
	for _, op := range doc.Operations() {
		if !shop.Known(op) {
			h.log.Warn("backend has an operation that the flows that come with huike do not ask for", "operation", op)
		}
	}
	return remote.New(doc, remote.Config{Local: h.shop, Gate: h.shop, Log: h.log}), nil
}

// policy reads the rules of policy.yaml beside the shop's flows, where there is one.
func (h *house) policy() (*policy.Policy, error) {
	if h.config.Shop == "" {
		return policy.Default()
	}
	path := filepath.Join(h.config.Shop, "policy.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return policy.Default()
	}
	if err != nil {
		return nil, err
	}
	rules, err := policy.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rules, nil
}
