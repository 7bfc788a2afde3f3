package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"huike/dialog/flow"
)

// trainCommand trains a shop's understanding ahead.
type trainCommand struct {
	Shop string `arg:"" help:"Folder with the shop's flows, wording and names. What is trained is written there, to nlu.model; a server that is told --shop takes it, and refuses it when the examples or names have changed since." type:"existingdir"`
}

// Run trains from the shop's examples and writes the file, whole or not at all.
func (c *trainCommand) Run(to streams) error {
	name := filepath.Join(c.Shop, flow.Trained)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) { // the old one may be stale
		return err
	}
	began := time.Now()
	definition, _, err := loadShop(c.Shop)
	if err != nil {
		return err
	}
	data, err := definition.SaveTrained()
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(name+".new", data, 0o600), os.Rename(name+".new", name)); err != nil {
		return err
	}
	fmt.Fprintf(to.out, "%s: %.1f MB, trained in %v\n", name, float64(len(data))/1e6, time.Since(began).Round(time.Millisecond))
	return nil
}
