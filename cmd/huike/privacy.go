package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"huike/member"
	"huike/member/privacy"
	"huike/member/store"
	"huike/session/journal"
)

// memberExport gives a person what the shop knows of them.
type memberExport struct {
	Who   string `arg:"" help:"The member's id or phone number." placeholder:"ID|PHONE"`
	Out   string `help:"Zip file to make, with member.json and the kept calls (journal, transcript, recording); default: the JSON document on the terminal." placeholder:"FILE"`
	Whole bool   `help:"Write phone numbers whole, for the person's own copy; else they are masked."`
	memberStore
}

// Run prints the document or writes the archive.
func (c *memberExport) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	id, err := whose(ctx, s, c.Who)
	if err != nil {
		return err
	}
	doc, err := privacy.New(s, privacy.Config{Reader: operator()}).Export(ctx, id, c.Whole)
	if err != nil {
		return err
	}
	if c.Out == "" {
		return writeDocument(to.out, doc)
	}
	kept, err := c.archive(doc, s)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Out, err)
	}
	fmt.Fprintf(to.out, "%s: member %s, %d tables, %d of %d calls kept\n", c.Out, id, len(doc.Tables), kept, len(doc.Calls))
	return nil
}

func writeDocument(w io.Writer, doc *privacy.Document) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(doc)
}

// archive writes the document and the calls that are kept, and returns their number. The
// file is there whole or not at all, and nobody else may read it.
func (c *memberExport) archive(doc *privacy.Document, s *store.Store) (kept int, err error) {
	file, err := os.CreateTemp(filepath.Dir(c.Out), ".huike-export-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it has its name by then
	z := zip.NewWriter(file)
	w, err := z.Create("member.json")
	if err == nil {
		err = writeDocument(w, doc)
	}
	if err == nil {
		kept, err = zipCalls(z, s, c.Data, doc.Calls)
	}
	if err = errors.Join(err, z.Close(), file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	return kept, os.Rename(file.Name(), c.Out)
}

// zipCalls adds the files of those calls that are kept, and a transcript of each.
func zipCalls(z *zip.Writer, s *store.Store, data string, calls []string) (kept int, err error) {
	for _, call := range calls {
		folder := filepath.Join(data, "calls", filepath.Base(call))
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return kept, err
		}
		kept++
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".json") && !strings.HasSuffix(entry.Name(), ".jsonl") && !strings.HasSuffix(entry.Name(), ".wav") {
				continue // the call's key, or what is being written
			}
			if err := zipFile(z, s, path.Join("calls", call, entry.Name()), filepath.Join(folder, entry.Name())); err != nil {
				return kept, err
			}
		}
		if err := zipTranscript(z, s, path.Join("calls", call, "transcript.txt"), filepath.Join(folder, "journal.jsonl")); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

func zipFile(z *zip.Writer, s *store.Store, name, from string) error {
	file, err := journal.OpenFile(s.Vault(), from)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	w, err := z.Create(name)
	if err == nil {
		_, err = io.Copy(w, file)
	}
	return err
}

func zipTranscript(z *zip.Writer, s *store.Store, name, from string) error {
	file, err := journal.OpenFile(s.Vault(), from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()               //nolint:errcheck // only read
	events, _ := journal.Parse(file) // a call that was cut off has half a last line
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	transcript := journal.TranscriptOf(events)
	_, err = io.WriteString(w, transcript.String())
	return err
}

// whose finds a member by id or phone number. Its error does not repeat the number.
func whose(ctx context.Context, s *store.Store, who string) (member.ID, error) {
	if strings.Trim(who, "+0123456789 -") != "" {
		return member.ID(who), nil
	}
	phone, err := member.Phone(who)
	if err != nil {
		return member.ID(who), nil //nolint:nilerr // then it is an id
	}
	id, err := s.Lookup(ctx, phone)
	if errors.Is(err, member.ErrShared) {
		return "", fmt.Errorf("%w; give the member's id", err)
	}
	return id, err
}
