package main

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huike/member/audit"
	"huike/member/store"
	"huike/member/vault"
)

// manifestFile names every other file of a backup, with its checksum.
const manifestFile = "manifest.json"

// manifest is a backup's list of contents.
type manifest struct {
	At    time.Time         `json:"at"`
	By    string            `json:"huike"`      // the version that made it
	Store string            `json:"store"`      // the name of the store's file
	Head  string            `json:"audit_head"` // of the audit trail, for huike audit verify --head
	Files map[string]string `json:"files"`      // name -> SHA-256 in hex
}

// backupCommand writes everything that the server keeps into one file.
type backupCommand struct {
	File string `arg:"" help:"File to make: everybody's data, recordings and the erasure key in a zip that is sealed (age) with the master key, which is not in it: keep that elsewhere." type:"path"`
	memberStore
}

// Run backs up while a server may go on. The file is there whole or not at all.
func (c *backupCommand) Run(ctx context.Context, to streams) error {
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s is there already; name another file", c.File)
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	row := audit.Row{At: time.Now(), Reader: operator(), Role: "operator", Purpose: "backup", Action: "backup", Fields: "all", Outcome: audit.OK}
	if err := s.AppendAudit(ctx, []audit.Row{row}); err != nil {
		return err
	}
	head, err := s.AuditHead(ctx)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(c.File), ".huike-backup-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // what is wanted of it has moved
	list := manifest{At: time.Now().UTC(), By: version, Head: head.String(), Files: map[string]string{}}
	before, err := s.DataKey(ctx)
	if err == nil {
		list.Store, err = s.Backup(ctx, temp)
	}
	if err != nil {
		return err
	}
	master, _, err := c.master(c.Data, notesLog())
	if err != nil {
		return err
	}
	half, sealed := filepath.Join(temp, "backup.zip"), filepath.Join(temp, "backup.age")
	if err = list.write(ctx, half, filepath.Join(temp, list.Store), c); err == nil {
		err = sameKey(ctx, s, before)
	}
	if err == nil {
		err = sealFile(half, sealed, master)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if err := os.Rename(sealed, c.File); err != nil {
		return err
	}
	fmt.Fprintf(to.out, "%s: %d files of %s\n", c.File, len(list.Files), c.Data)
	return nil
}

// sameKey proves that the calls' keys in the folder are under the data keys in the store's
// copy, which was made first.
func sameKey(ctx context.Context, s *store.Store, before int64) error {
	if now, err := s.DataKey(ctx); err != nil || now == before {
		return err
	}
	return errors.New("the keys were exchanged meanwhile; do it again")
}

// write makes the archive.
func (m *manifest) write(ctx context.Context, name, dump string, c *backupCommand) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	z := zip.NewWriter(file)
	if err = m.add(z, m.Store, dump); err == nil {
		err = m.addFolder(ctx, z, c)
	}
	if err == nil {
		var w io.Writer
		if w, err = z.Create(manifestFile); err == nil {
			err = json.NewEncoder(w).Encode(m)
		}
	}
	return errors.Join(err, z.Close(), file.Sync(), file.Close())
}

// addFolder adds the data folder but for the store itself, what is spoken again at the
// next start, and what is on its way out.
func (m *manifest) addFolder(ctx context.Context, z *zip.Writer, c *backupCommand) error {
	storeFile := storeAddress(c.Store, c.Data)
	return filepath.WalkDir(c.Data, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted meanwhile
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		name, err := filepath.Rel(c.Data, path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && (name == "prompts" || name == "trash" || strings.HasPrefix(filepath.Base(name), ".huike-")):
			return filepath.SkipDir
		case !entry.Type().IsRegular(), path == storeFile, path == storeFile+"-wal", path == storeFile+"-shm", path == c.File, name == vault.MasterFile:
			return nil
		}
		if err := m.add(z, filepath.ToSlash(name), path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

func (m *manifest) add(z *zip.Writer, name, from string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	w, err := z.Create(name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), file); err != nil {
		return err
	}
	m.Files[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// restoreCommand puts a backup where nothing is.
type restoreCommand struct {
	File string `arg:"" help:"The file that huike backup made." type:"existingfile"`
	memberStore
}

// Run checks every file of the backup before the first one is put in its place.
func (c *restoreCommand) Run(ctx context.Context, to streams) error {
	if entries, err := os.ReadDir(c.Data); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty, and nothing is written over; name an empty or a new folder with --data", c.Data)
	}
	var master *vault.Master
	if c.MasterKey != "" || os.Getenv(masterVariable) != "" {
		var err error
		if master, _, err = c.master(c.Data, notesLog()); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(c.Data), 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(c.Data), ".huike-restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // it has its name by then
	list, err := c.unseal(ctx, temp, master)
	if err == nil {
		err = c.fill(ctx, filepath.Join(temp, list.Store), list)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(c.Data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(temp, c.Data); err != nil {
		return err
	}
	if c.MasterKey != "" {
		if err := master.Write(filepath.Join(c.Data, vault.MasterFile)); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(to.notes, "The master key is in no backup: put it into %s as %s, unless a server is told of it otherwise.\n", c.Data, vault.MasterFile)
	}
	fmt.Fprintf(to.out, "%s holds %d files of %s. Whoever was erased after that is in it again: erase them once more.\n",
		c.Data, len(list.Files), list.At.Format(time.DateTime))
	return nil
}

// unseal opens the backup and unpacks it into a folder.
func (c *restoreCommand) unseal(ctx context.Context, folder string, master *vault.Master) (*manifest, error) {
	opened, err := os.MkdirTemp(filepath.Dir(c.Data), ".huike-restore-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(opened) //nolint:errcheck // what was wanted of it is unpacked
	var list *manifest
	file, err := openSeal(c.File, opened, master)
	if err == nil {
		list, err = unpack(ctx, file, folder)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	return list, nil
}

// fill puts the dump of the store into the database that is named. A store of the data
// folder's own stays where it was unpacked.
func (c *restoreCommand) fill(ctx context.Context, dump string, list *manifest) error {
	if c.Store == "" {
		if list.Store != "huike.db" {
			return fmt.Errorf("%s holds a Postgres store (%s); name an empty database with --store", c.File, list.Store)
		}
		return nil
	}
	if err := store.Restore(ctx, dump, storeAddress(c.Store, c.Data)); err != nil {
		return err
	}
	return os.RemoveAll(dump)
}

// unpack writes the files of a backup into a folder, and checks each.
func unpack(ctx context.Context, name, folder string) (*manifest, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("it is no backup: %w", err)
	}
	defer z.Close() //nolint:errcheck // only read
	file, err := z.Open(manifestFile)
	if err != nil {
		return nil, fmt.Errorf("it is no backup: %w", err)
	}
	var list manifest
	if err := errors.Join(json.NewDecoder(file).Decode(&list), file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	left := len(list.Files)
	for _, f := range z.File {
		want, listed := list.Files[f.Name]
		switch {
		case f.Name == manifestFile:
			continue
		case !listed:
			return nil, fmt.Errorf("%s is not in the backup's list", f.Name)
		case !filepath.IsLocal(f.Name):
			return nil, fmt.Errorf("%s would leave the folder", f.Name)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		if err := extract(f, filepath.Join(folder, filepath.FromSlash(f.Name)), want); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		left--
	}
	if left != 0 || list.Files[list.Store] == "" {
		return nil, fmt.Errorf("%d of its files are missing", max(left, 1))
	}
	return &list, nil
}

var errSum = errors.New("it is damaged: its checksum is not the one that it had")

func extract(f *zip.File, path, want string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), in) //nolint:gosec // as long as the backup says, which is the shop's own
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != want {
		return errSum
	}
	return nil
}
