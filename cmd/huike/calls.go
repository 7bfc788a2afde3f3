package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"huike/member/store"
	"huike/session/journal"
)

// callKeys says where the keys of kept calls are: in the members' store. It keeps that
// store open from the first sealed file on.
type callKeys struct {
	Store string `help:"The members' store, whose keys open sealed calls: a Postgres URL or the path of a SQLite file; default: huike.db in the data folder." env:"HUIKE_STORE" placeholder:"URL"`
	masterConfig

	opened *store.Store
	data   string // of opened
}

// calls opens the calls that are kept in a data folder. A folder without a store has no
// sealed ones, and is given none.
func (k *callKeys) calls(ctx context.Context, data string) (calls *journal.Store, done func() error, err error) {
	seals, err := k.seals(ctx, data)
	if err == nil {
		calls, err = journal.OpenSealed(data, seals)
	}
	if err != nil {
		return nil, nil, errors.Join(err, k.close())
	}
	return calls, func() error { return errors.Join(calls.Close(), k.close()) }, nil
}

func (k *callKeys) seals(ctx context.Context, data string) (journal.Seals, error) {
	if _, err := os.Stat(storeAddress(k.Store, data)); k.Store == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nothing is sealed
	}
	if k.opened != nil && k.data == data {
		return k.opened.Vault(), nil
	}
	if err := k.close(); err != nil {
		return nil, err
	}
	s, err := (&memberStore{Data: data, Store: k.Store, masterConfig: k.masterConfig}).open(ctx)
	if err != nil {
		return nil, err
	}
	k.opened, k.data = s, data
	return s.Vault(), nil
}

func (k *callKeys) close() error {
	s := k.opened
	if k.opened = nil; s == nil {
		return nil
	}
	return s.Close()
}

// file opens a file of a recorded or a kept call; a sealed one with the keys of the data
// folder that it lies in, two folders up.
func (k *callKeys) file(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	if !journal.Sealed(name) {
		return os.Open(name)
	}
	whole, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	seals, err := k.seals(ctx, filepath.Dir(filepath.Dir(filepath.Dir(whole))))
	if err != nil {
		return nil, err
	}
	return journal.OpenFile(seals, name)
}

// callsCommand is what can be done with kept calls.
type callsCommand struct {
	List   callsList   `cmd:"" help:"List the kept calls, newest first."`
	Export callsExport `cmd:"" help:"Write a kept call into a folder as huike replay and other programs read it: journal.jsonl, recording.wav, summary.json, not sealed."`
}

type callsList struct {
	Limit int  `help:"How many at most; 0: all." default:"20"`
	JSON  bool `help:"Print one JSON object a call."`
	memberStore
}

// Run lists the calls.
func (c *callsList) Run(ctx context.Context, to streams) error {
	return c.withCalls(ctx, func(s *store.Store, calls *journal.Store) error {
		if err := traced(ctx, s, "", "list", "calls"); err != nil {
			return err
		}
		kept := calls.List(c.Limit)
		if c.JSON {
			return writeLines(to.out, kept)
		}
		table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
		for i := range kept {
			sum := &kept[i]
			how := cmp.Or(sum.Disposition, "broken off")
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", sum.Call, sum.Began.Format(time.DateTime), sum.Duration.Duration(), sum.Lang, how)
		}
		return table.Flush()
	})
}

// withCalls does something to the calls that are kept in the data folder, with the keys of
// its store.
func (c *memberStore) withCalls(ctx context.Context, do func(*store.Store, *journal.Store) error) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	calls, err := journal.OpenSealed(c.Data, s.Vault())
	if err != nil {
		return err
	}
	defer calls.Close() //nolint:errcheck // no call is going on
	return do(s, calls)
}

// writeLines writes a JSON object a line.
func writeLines[T any](w io.Writer, all []T) error {
	lines := json.NewEncoder(w)
	for i := range all {
		if err := lines.Encode(all[i]); err != nil {
			return err
		}
	}
	return nil
}

type callsExport struct {
	Call   string `arg:"" help:"The call's id." placeholder:"ID"`
	Folder string `arg:"" help:"Folder to make." type:"path" placeholder:"DIR"`
	memberStore
}

// Run exports one call.
func (c *callsExport) Run(ctx context.Context, to streams) error {
	return c.withCalls(ctx, func(s *store.Store, calls *journal.Store) error {
		if err := tracedCall(ctx, s, c.Call, "export"); err != nil {
			return err
		}
		err := calls.Export(c.Call, c.Folder)
		if errors.Is(err, journal.ErrCutOff) {
			fmt.Fprintf(to.notes, "call %s is exported as far as it goes: %v\n", c.Call, err)
		} else if err != nil {
			return fmt.Errorf("%s: %w", c.Call, err)
		}
		fmt.Fprintf(to.out, "%s holds call %s, with what was said in it: huike replay %s\n", c.Folder, c.Call, c.Folder)
		return nil
	})
}
