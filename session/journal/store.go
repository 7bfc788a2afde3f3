package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"huike/member/vault/stream"
)

const (
	journalFile   = "journal.jsonl"
	recordingFile = "recording.wav"
	summaryFile   = "summary.json"
	callsDir      = "calls"
	deletedDir    = "deleted" // an empty file for each call that was deleted
	trashDir      = "trash"   // what is on its way out
	maxID         = 64
)

// ErrNotFound is returned for a call that the store does not hold.
var ErrNotFound = errors.New("no such call")

// ErrExists is returned when a call of that id is kept already.
var ErrExists = errors.New("call exists")

// ErrBadID is returned for an id that is not one to 64 letters, digits,
// hyphens and underscores.
var ErrBadID = errors.New("malformed call id")

// Store keeps the calls of one server in a directory: calls/ID/journal.jsonl
// and calls/ID/recording.wav, each sealed where there are [Seals]. Its methods may be called by any goroutine.
type Store struct {
	root *os.Root // no name leaves it, whatever it holds
	disk disk

	mu    sync.Mutex
	index map[string]Summary // of every call kept, live ones included
	live  map[string]*Writer
	takes map[string]*Recording
	gone  map[string]struct{} // deleted, never to return
	score func([]Event) Score // of a call that has ended; nil: none is scored

	seals   Seals                     // nil: calls are kept plain
	secrets map[string]*stream.Secret // of live calls
}

// ScoreWith has every call that ends from now on scored, for its summary. The function
// is called by the goroutine that closes the call's journal.
func (s *Store) ScoreWith(score func([]Event) Score) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.score = score
}

// scored is the score of a call whose journal is written; nil where calls are not
// scored, or the journal cannot be read.
func (s *Store) scored(id string) *Score {
	s.mu.Lock()
	score := s.score
	s.mu.Unlock()
	if score == nil {
		return nil
	}
	file, err := s.open(id, journalFile)
	if err != nil {
		return nil
	}
	events, err := Parse(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil
	}
	found := score(events)
	return &found
}

// OpenStore opens the store in dir, which it makes when it is missing, and
// finishes what a crash left half deleted. Calls are kept plain; those that are
// sealed are listed as broken off, and can be deleted and not opened.
func OpenStore(dir string) (*Store, error) { return OpenSealed(dir, nil) }

// OpenSealed is OpenStore with calls that are kept sealed, and sealed ones opened.
// Those that are plain can be opened too, until [Store.Seal] seals them.
func OpenSealed(dir string, seals Seals) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open journals: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open journals: %w", err)
	}
	s := &Store{
		root:  root,
		disk:  newDisk(),
		index: map[string]Summary{},
		live:  map[string]*Writer{},
		takes: map[string]*Recording{},
		gone:  map[string]struct{}{},

		seals: seals, secrets: map[string]*stream.Secret{},
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open journals in %s: %w", filepath.Clean(dir), err), root.Close())
	}
	return s, nil
}

// Run writes the recordings of all calls to the disk until ctx is done, and
// then what is still queued. One call of it serves the whole process.
func (s *Store) Run(ctx context.Context) error { return s.disk.run(ctx) }

// Close lets go of the directory. Calls that are still written end first.
func (s *Store) Close() error { return s.root.Close() }

// Create begins the journal of a call that began at the given time. The
// Writer is the caller's to close.
func (s *Store) Create(id string, began time.Time) (*Writer, error) {
	if !validID(id) {
		return nil, ErrBadID
	}
	if err := s.reserve(id, began); err != nil {
		return nil, err
	}
	w, err := s.create(id)
	if err != nil {
		s.mu.Lock()
		delete(s.index, id)
		delete(s.secrets, id)
		s.mu.Unlock()
		return nil, fmt.Errorf("create journal: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, gone := s.gone[id]; gone {
		w.deleted.Store(true)
		return w, nil
	}
	s.live[id] = w
	return w, nil
}

// reserve takes the id, so that no other call can have it.
func (s *Store) reserve(id string, began time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.gone[id]; ok {
		return ErrDeleted
	}
	if _, ok := s.index[id]; ok {
		return ErrExists
	}
	s.index[id] = Summary{Call: id, Began: began, Live: true}
	return nil
}

// create makes the call's folder with its secret, summary and journal.
func (s *Store) create(id string) (*Writer, error) {
	if err := s.root.Mkdir(path.Join(callsDir, id), 0o700); err != nil {
		return nil, err
	}
	secret, err := s.newSecret(id)
	if err != nil {
		return nil, err
	}
	if secret != nil {
		s.mu.Lock()
		s.secrets[id] = secret
		s.mu.Unlock()
	}
	if err := s.writeSummary(id, s.index0(id)); err != nil {
		return nil, err
	}
	file, err := s.root.OpenFile(path.Join(callsDir, id, journalFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	out, end, err := sealTo(file, journalFile, secret)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	w := NewWriter(out)
	w.finish = func(t *tally, failed error) error {
		return s.finish(id, t, errors.Join(failed, end(), file.Sync(), file.Close()))
	}
	return w, nil
}

func (s *Store) index0(id string) Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index[id]
}

// finish writes the summary of a call whose journal is closed beside it.
func (s *Store) finish(id string, t *tally, failed error) error {
	score := s.scored(id)
	s.mu.Lock()
	delete(s.live, id)
	delete(s.takes, id)
	sum, kept := s.index[id]
	if kept {
		began, recording := sum.Began, sum.Recording
		sum = t.summary()
		sum.Call, sum.Began, sum.Recording, sum.Score = id, began, recording, score
		s.index[id] = sum
	}
	s.mu.Unlock()
	if !kept {
		return nil // deleted while it went on
	}
	err := errors.Join(failed, s.writeSummary(id, sum))
	s.mu.Lock()
	delete(s.secrets, id)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

// writeSummary writes what List shows, by way of a second name, so that a crash
// leaves the old one or the new one.
func (s *Store) writeSummary(id string, sum Summary) error {
	data, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	secret, err := s.secret(id)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	w, end, err := sealTo(&text, summaryFile, secret)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = end()
	}
	if err != nil {
		return err
	}
	return s.replace(id, summaryFile, text.Bytes())
}

// replace writes a file of a call by way of a second name.
func (s *Store) replace(id, file string, data []byte) error {
	name := path.Join(callsDir, id, file)
	if err := s.root.WriteFile(name+".new", data, 0o600); err != nil {
		return err
	}
	return s.root.Rename(name+".new", name)
}

// List returns the kept calls, newest first; limit 0 means all of them.
func (s *Store) List(limit int) []Summary {
	s.mu.Lock()
	all := make([]Summary, 0, len(s.index))
	for _, sum := range s.index {
		all = append(all, sum)
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b Summary) int {
		if c := b.Began.Compare(a.Began); c != 0 {
			return c
		}
		return strings.Compare(b.Call, a.Call)
	})
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all
}

// Call is a kept call, read back.
type Call struct {
	Summary Summary `json:"summary"`
	Events  []Event `json:"events"`
}

// Open reads a call back, as far as it is written.
func (s *Store) Open(id string) (Call, error) {
	sum, err := s.find(id)
	if err != nil {
		return Call{}, err
	}
	file, err := s.open(id, journalFile)
	if err != nil {
		return Call{}, notFound(err)
	}
	sum.BrokenOff = sum.BrokenOff || !sum.Live && cutOff(file)
	events, err := Parse(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return Call{Summary: sum, Events: events}, fmt.Errorf("open call: %w", err)
	}
	return Call{Summary: sum, Events: events}, nil
}

// Recording opens the call's recording for reading, as far as it goes; the caller closes it. What
// is recorded after that may or may not be seen.
func (s *Store) Recording(id string) (io.ReadSeekCloser, error) {
	if _, err := s.find(id); err != nil {
		return nil, err
	}
	file, err := s.open(id, recordingFile)
	if err != nil {
		return nil, notFound(err)
	}
	return file, nil
}

// Fault tells what is wrong with the recording of a call that does not go on:
// [ErrCutOff], where its end is missing, or [ErrForeign]; nil where nothing is or there
// is none.
func (s *Store) Fault(id string) error {
	sum, err := s.find(id)
	if err != nil || sum.Live || !sum.Recording {
		return nil //nolint:nilerr // it is not there
	}
	file, err := s.Recording(id)
	if errors.Is(err, ErrForeign) {
		return err
	}
	if err != nil {
		return nil //nolint:nilerr // told by who opens it
	}
	if cutOff(file) {
		err = ErrCutOff
	}
	return errors.Join(err, file.Close())
}

func (s *Store) find(id string) (Summary, error) {
	if !validID(id) {
		return Summary{}, ErrBadID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum, ok := s.index[id]
	if !ok {
		return Summary{}, ErrNotFound
	}
	return sum, nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}

// validID tells whether id can name a directory and nothing else.
func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
