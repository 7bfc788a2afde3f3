package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
)

// eachLine calls take with the cells of each line of a tab-separated file, which it may
// keep; all lines have as many.
func eachLine(path string, cells int, take func(row []string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	r := csv.NewReader(file)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = '\t', cells, true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := take(row); err != nil {
			return err
		}
	}
}
