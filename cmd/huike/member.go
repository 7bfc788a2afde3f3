package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"huike/member/store"
)

// memberCommand keeps the shop's people.
type memberCommand struct {
	Import memberImport `cmd:"" help:"Add the members of a CSV file; a broken row is named by its line and nothing is imported."`
}

// memberImport reads a file of members into the store.
type memberImport struct {
	File string `arg:"" help:"CSV file in UTF-8 whose first line names its columns: phone, and any of family_name, given_name, family_name_en, given_name_en, gender (female, male), birth_year, channel, tier, lang (zh, en), consent (purposes divided by ;), tags (divided by ;) and points." type:"existingfile"`
	Data string `help:"Folder of the members." default:"var" env:"HUIKE_DATA" type:"path"`
}

// Run imports the file, or nothing of it.
func (c *memberImport) Run(ctx context.Context, to streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	s, err := store.Open(ctx, filepath.Join(c.Data, "huike.db"), store.Config{})
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was imported is committed
	n, err := s.Import(ctx, file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	members := "members"
	if n == 1 {
		members = "member"
	}
	fmt.Fprintf(to.out, "%d %s imported\n", n, members)
	return nil
}
