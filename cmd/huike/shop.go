package main

import (
	"io/fs"
	"os"
	"path"

	"huike/dialog/flow"
	"huike/dialog/wording"
)

// loadShop reads a shop's flows and words from folder, and those of the
// demonstration shop where it is empty.
func loadShop(folder string) (*flow.Definition, *wording.Wording, error) {
	var files fs.FS = flow.Shop
	at := "shop"
	if folder != "" {
		files, at = os.DirFS(folder), "."
	}
	definition, err := flow.Load(files, at)
	if err != nil {
		return nil, nil, err
	}
	words, err := wording.Open(files, path.Join(at, "wording.yaml"))
	if err != nil {
		return nil, nil, err
	}
	return definition, words, nil
}
