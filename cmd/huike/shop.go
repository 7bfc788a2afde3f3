package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"huike/audio/tts"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/nlu"
	"huike/dialog/wording"
	"huike/member/shop"
)

// loadShop reads a shop's flows and words from folder, and those of the
// demonstration shop where it is empty. What the flows say must have words in both
// languages. An error names the file.
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
	if err := words.Check(definition.Acts(), dialog.Chinese, dialog.English); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(folder, "wording.yaml"), err)
	}
	return definition, words, nil
}

// loadDelivery reads how a shop wants to be heard, voice.yaml in its folder; without one
// the voices speak their own way.
func loadDelivery(folder string) (tts.Delivery, error) {
	if folder == "" {
		return nil, nil //nolint:nilnil // the voices' own way
	}
	name := filepath.Join(folder, "voice.yaml")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	delivery, err := tts.ReadDelivery(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return delivery, nil
}

// withRecords lets callers name what is in the shop's own records.
func (h *house) withRecords(ctx context.Context, definition *flow.Definition) (*flow.Definition, error) {
	names := map[string][]nlu.Name{}
	for slot, list := range map[string]func(context.Context) ([]shop.Name, error){"product": h.shop.Products, "store": h.shop.Stores} {
		records, err := list(ctx)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			names[slot] = append(names[slot], nlu.Name(record))
		}
	}
	return definition.WithNames(names)
}
