package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"huike/member/store"
	"huike/member/vault"
	"huike/session/journal"
)

// masterConfig says where the master key is.
type masterConfig struct {
	MasterKey string `help:"File with the master key, 32 bytes in base64, that what is personal is sealed with; default: master.key in the data folder, made where there is none. HUIKE_MASTER_KEY in the environment is the key itself." env:"HUIKE_MASTER_KEY_FILE" placeholder:"FILE" type:"path" group:"Data"`
}

// masterVariable is the variable of the environment that holds a master key itself.
const masterVariable = "HUIKE_MASTER_KEY"

// master returns the master key of a data folder, and the file that it is in, if it is in
// one. One that is made is told of.
func (c *masterConfig) master(data string, log *slog.Logger) (m *vault.Master, file string, err error) {
	if text := os.Getenv(masterVariable); text != "" && c.MasterKey == "" {
		if m, err = vault.NewMaster(text); err != nil {
			return nil, "", fmt.Errorf("%s: %w", masterVariable, err)
		}
		return m, "", nil
	}
	file = cmp.Or(c.MasterKey, filepath.Join(data, vault.MasterFile))
	m, made, err := vault.ReadMaster(file, c.MasterKey == "")
	if made {
		log.Info("master key made; keep a copy elsewhere: without it nobody reads the members again", "file", file)
	}
	return m, file, err
}

// sealing tells how far the store has been sealed, once a second.
func sealing(log *slog.Logger) func(done, of int64) {
	told := time.Now()
	return func(done, of int64) {
		if time.Since(told) > time.Second {
			told = time.Now()
			log.Info("sealing what the store keeps", "rows", done, "of", of)
		}
	}
}

// notesLog is the log of a command.
func notesLog() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

// memberRekey exchanges keys.
type memberRekey struct {
	Master string `help:"File of a new master key, made where there is none: the data keys are wrapped by it and what they sealed stays. The old file is kept beside it as NAME.old." placeholder:"FILE" type:"path"`
	JSON   bool   `help:"Print {\"key\",\"sealed\",\"calls\"}."`
	memberStore
}

// Run gives the store a new data key and seals everything anew, or exchanges the master
// key.
func (c *memberRekey) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was written is committed
	if c.Master != "" {
		return c.rewrap(ctx, s, to)
	}
	if err := traced(ctx, s, "", "rekey", "data"); err != nil {
		return err
	}
	told := time.Now()
	done, err := s.Rekey(ctx, func(done, of int64) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "\r%d of %d rows", done, of)
		}
	})
	if err != nil {
		return fmt.Errorf("%w; do it again to go on", err)
	}
	calls, err := journal.OpenSealed(c.Data, s.Vault())
	if err != nil {
		return err
	}
	defer calls.Close() //nolint:errcheck // what was written is in its place
	kept, err := calls.Rekey(ctx, nil)
	if err != nil {
		return fmt.Errorf("%w; do it again to go on", err)
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(map[string]any{"key": done.Key, "sealed": done.Sealed, "calls": kept})
	}
	fmt.Fprintf(to.out, "data key %d seals what is written from now on; %d rows and the keys of %d calls were sealed anew\n", done.Key, done.Sealed, kept)
	return nil
}

// rewrap exchanges the master key.
func (c *memberRekey) rewrap(ctx context.Context, s *store.Store, to streams) error {
	fresh, _, err := vault.ReadMaster(c.Master, true)
	if err != nil {
		return err
	}
	_, file, err := c.master(c.Data, notesLog())
	if err != nil {
		return err
	}
	if err := traced(ctx, s, "", "rekey", "master"); err != nil {
		return err
	}
	if err := s.Rewrap(ctx, fresh); err != nil {
		return err
	}
	if c.MasterKey != "" || file == "" {
		fmt.Fprintf(to.out, "master key %s wraps the data keys; start servers with %s\n", fresh.ID(), c.Master)
		return nil
	}
	if err := os.Rename(file, file+".old"); err != nil {
		return err
	}
	if err := fresh.Write(file); err != nil {
		return fmt.Errorf("%w; put %s in the place of %s", err, c.Master, file)
	}
	fmt.Fprintf(to.out, "master key %s wraps the data keys; it is in %s, and the old one in %s.old\n", fresh.ID(), file, file)
	return nil
}
