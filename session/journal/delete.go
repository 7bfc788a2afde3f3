package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"
)

// Delete removes a call's journal and recording at once. A call that still goes
// on is no longer written; its id is never kept again.
func (s *Store) Delete(id string) error {
	if !validID(id) {
		return ErrBadID
	}
	s.mu.Lock()
	if _, ok := s.index[id]; !ok {
		_, gone := s.gone[id]
		s.mu.Unlock()
		if gone {
			return nil
		}
		return ErrNotFound
	}
	delete(s.index, id)
	s.gone[id] = struct{}{}
	if w := s.live[id]; w != nil {
		w.deleted.Store(true)
	}
	if r := s.takes[id]; r != nil {
		r.deleted.Store(true)
	}
	delete(s.live, id)
	delete(s.takes, id)
	delete(s.secrets, id)
	s.mu.Unlock()

	// The mark first: a crash after it ends the work at the next start.
	if err := s.mark(id); err != nil {
		return fmt.Errorf("delete call: %w", err)
	}
	if err := s.remove(id); err != nil {
		return fmt.Errorf("delete call: %w", err)
	}
	return nil
}

// mark writes down, for good, that the call is deleted.
func (s *Store) mark(id string) error {
	file, err := s.root.OpenFile(path.Join(deletedDir, id), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// remove takes the call's files away: out of sight in one step, then for good.
func (s *Store) remove(id string) error {
	trash := path.Join(trashDir, id)
	if err := s.root.RemoveAll(trash); err != nil {
		return err
	}
	call := path.Join(callsDir, id)
	if err := s.root.Rename(call, trash); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// It is gone already, or it is the trash that is not there.
		if _, there := s.root.Stat(call); !errors.Is(there, fs.ErrNotExist) {
			return errors.Join(err, there)
		}
	}
	return s.root.RemoveAll(trash)
}

// empty takes away what is in the trash. The folder stays, as another process may be
// moving a call into it.
func (s *Store) empty() error {
	left, err := fs.ReadDir(s.root.FS(), trashDir)
	for _, entry := range left {
		err = errors.Join(err, s.root.RemoveAll(path.Join(trashDir, entry.Name())))
	}
	return err
}

// load reads what is kept, and ends what a crash left half done.
func (s *Store) load() error {
	for _, dir := range []string{callsDir, deletedDir, trashDir} {
		if err := s.root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := s.empty(); err != nil {
		return err
	}
	gone, err := fs.ReadDir(s.root.FS(), deletedDir)
	if err != nil {
		return err
	}
	for _, entry := range gone {
		s.gone[entry.Name()] = struct{}{}
	}
	calls, err := fs.ReadDir(s.root.FS(), callsDir)
	if err != nil {
		return err
	}
	for _, entry := range calls {
		id := entry.Name()
		if !entry.IsDir() || !validID(id) {
			continue
		}
		if _, ok := s.gone[id]; ok {
			if err := s.remove(id); err != nil {
				return err
			}
			continue
		}
		s.index[id] = s.recall(id)
	}
	return nil
}

// recall returns the summary of a call of an earlier run. A call whose summary
// says that it is live was cut off with that run: its journal is read instead.
func (s *Store) recall(id string) Summary {
	var sum Summary
	data, err := s.read(id, summaryFile)
	if err == nil {
		err = json.Unmarshal(data, &sum)
	}
	if err == nil && !sum.Live {
		return sum
	}
	began := sum.Began
	sum = Summary{BrokenOff: true}
	if info, err := s.root.Stat(path.Join(callsDir, id, journalFile)); err == nil && began.IsZero() {
		began = info.ModTime().UTC().Round(time.Second)
	}
	if file, err := s.open(id, journalFile); err == nil {
		events, _ := Parse(file) // what can be read of it
		_ = file.Close()         // read only
		sum = Summarise(events)
	}
	sum.Call, sum.Began, sum.Live = id, began, false
	sum.Recording = s.recorded(id)
	return sum
}
