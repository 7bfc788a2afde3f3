package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"huike/dialog/turn"
)

// fit fits the model of endings to whole sentences.
func (c *evalTurnsCommand) fit(to streams) error {
	var learn, hold []string
	for _, path := range c.Fit {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		var text io.Reader = file
		if strings.HasSuffix(path, ".gz") {
			if text, err = gzip.NewReader(file); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		lines := bufio.NewScanner(text)
		for n := 0; lines.Scan(); n++ {
			sentence, _, _ := strings.Cut(lines.Text(), "\t")
			if n%5 == 4 {
				hold = append(hold, sentence)
			} else {
				learn = append(learn, sentence)
			}
		}
		_ = file.Close() // only read
		if err := lines.Err(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	model := turn.Fit(turn.Samples(learn, c.Seed), c.Seed)
	path := filepath.Join(c.Dir, "ending.tsv")
	if err := os.WriteFile(path, []byte(model.String()), 0o644); err != nil { //nolint:gosec // for all to read
		return err
	}
	fmt.Fprintf(to.out, "%s: %d features; right on %.1f %% of %d sentences and beginnings that it was fitted on, %.1f %% of %d held out\n", path,
		len(model), 100*model.Accuracy(turn.Samples(learn, c.Seed)), 2*len(learn), 100*model.Accuracy(turn.Samples(hold, c.Seed+1)), 2*len(hold))
	return nil
}
