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
	all, err := sentences(c.Fit)
	if err != nil {
		return err
	}
	var learn, hold []string
	for n, sentence := range all {
		if n%5 == 4 {
			hold = append(hold, sentence)
		} else {
			learn = append(learn, sentence)
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

// sentences reads text files of a sentence a line, alone or before a tab.
func sentences(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		if err := readSentences(path, &all); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

func readSentences(path string, all *[]string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	var text io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		sentence, _, _ := strings.Cut(lines.Text(), "\t")
		*all = append(*all, sentence)
	}
	return lines.Err()
}
