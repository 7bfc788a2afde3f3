package api

import (
	"bytes"
	_ "embed" // the document
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// The document is written in files that can be read: the ways to ask, those about all
// members together apart, and the shapes, which stand in its components.
var (
	//go:embed openapi.yaml
	waysToAsk []byte
	//go:embed openapi_figures.yaml
	waysOfFigures []byte
	//go:embed schemas.yaml
	shapes []byte
	//go:embed schemas_figures.yaml
	shapesOfFigures []byte
)

// Document returns the OpenAPI 3.1 document of this API, in YAML. The caller owns it.
func Document() []byte {
	paths, components, _ := bytes.Cut(waysToAsk, []byte("components:\n"))
	return slices.Concat(paths, waysOfFigures, []byte("components:\n"), components, []byte("  schemas:\n"), indent(shapes), indent(shapesOfFigures))
}

// indent moves lines under components and schemas.
func indent(text []byte) []byte {
	lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString("    ")
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

//nolint:gochecknoglobals // made once from constants
var written = sync.OnceValues(func() (map[string][]byte, error) {
	var doc any
	text := Document()
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(doc)
	return map[string][]byte{"/openapi.yaml": text, "/openapi.json": asJSON}, err
})

// document serves the OpenAPI document, in YAML or JSON. It holds nothing of anybody.
func document(w http.ResponseWriter, r *http.Request) {
	forms, err := written()
	if err != nil {
		refuse(w, r, errStore)
		return
	}
	kind := "application/yaml"
	if strings.HasSuffix(r.URL.Path, ".json") {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(forms[r.URL.Path]) // a client that has gone reads nothing
}
