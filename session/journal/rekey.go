package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"huike/audio/wav"
	"huike/member/vault/stream"
)

// Rekey seals every call's secret under the newest data key, and returns how many it has
// sealed anew; what the secrets have sealed stays as it is. Others may read and write
// meanwhile. progress, if not nil, is told after each call.
func (s *Store) Rekey(ctx context.Context, progress func(done, of int)) (sealed int, err error) {
	return s.walk(ctx, progress, s.rekey)
}

// Seal seals what is kept plain, and returns how many calls that was. Calls that still go
// on are passed over, so it is for the one process that writes them; each file is sealed
// beside itself and takes its own place, so a crash leaves it plain or sealed.
func (s *Store) Seal(ctx context.Context, progress func(done, of int)) (sealed int, err error) {
	if !s.sealing() {
		return 0, nil
	}
	return s.walk(ctx, progress, s.seal)
}

// walk does something to every call. One that fails, or was deleted meanwhile, keeps no
// other from it.
func (s *Store) walk(ctx context.Context, progress func(done, of int), do func(Summary) (bool, error)) (changed int, err error) {
	all := s.List(0)
	for i, sum := range all {
		if ctx.Err() != nil {
			return changed, errors.Join(err, ctx.Err())
		}
		did, failed := do(sum)
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("call %s: %w", sum.Call, failed))
		}
		if did && failed == nil {
			changed++
		}
		if progress != nil {
			progress(i+1, len(all))
		}
	}
	return changed, err
}

func (s *Store) rekey(sum Summary) (bool, error) {
	id, file := sum.Call, keyFile
	if !s.whole(id) {
		file = partlyFile
	}
	text, err := s.root.ReadFile(path.Join(callsDir, id, file))
	if err != nil || s.seals != nil && s.seals.Newest(string(text)) {
		return false, err
	}
	secret, err := openSecret(s.seals, file, id, string(text))
	if err != nil {
		return false, err
	}
	return true, s.writeKey(id, file, secret, s.root.Rename)
}

func (s *Store) seal(sum Summary) (changed bool, err error) {
	if sum.Live || s.whole(sum.Call) {
		return false, nil
	}
	for _, file := range []string{journalFile, recordingFile, summaryFile} {
		did, err := s.sealFile(sum.Call, file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return changed, err
		}
		changed = changed || did
	}
	secret, err := s.claim(sum.Call)
	if err != nil {
		return changed, err
	}
	if err := s.writeKey(sum.Call, keyFile, secret, s.root.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return changed, err
	}
	if err := s.root.Remove(path.Join(callsDir, sum.Call, partlyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return changed, err
	}
	return true, nil
}

// sealFile seals one file, if it is plain.
func (s *Store) sealFile(id, file string) (bool, error) {
	name := path.Join(callsDir, id, file)
	in, err := s.root.Open(name)
	if err != nil {
		return false, err
	}
	defer in.Close() //nolint:errcheck // only read
	head := make([]byte, len(wav.Header(channels, 0)))
	n, err := io.ReadFull(in, head)
	if stream.Sealed(head[:n]) {
		return false, nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, err
	}
	if file == recordingFile { // its header is made anew when it is read
		if !ours(head[:n]) {
			return false, errors.New("its recording is of another form and stays plain")
		}
		n = 0
	}
	secret, err := s.claim(id)
	if err != nil {
		return false, err
	}
	return true, s.exchange(name, file, io.MultiReader(bytes.NewReader(head[:n]), in), secret)
}

// ours tells whether a recording's header is one that huike writes, whatever its length.
func ours(head []byte) bool {
	want := wav.Header(channels, 0)
	return len(head) == len(want) && slices.Equal(head[8:40], want[8:40])
}

// exchange puts what is read, sealed, in the place of a file.
func (s *Store) exchange(name, file string, from io.Reader, secret *stream.Secret) error {
	beside := name + mark()
	out, err := s.root.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w, end, err := sealTo(out, file, secret)
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{w}, from, make([]byte, bufferSize))
	}
	if err == nil {
		err = end()
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = s.root.Rename(beside, name)
	}
	if err != nil {
		_ = s.root.Remove(beside)
	}
	return err
}

// claim returns the secret of a call that had none, or that which another process has
// given it first. It is on the disk for good, as what it seals will be all there is.
func (s *Store) claim(id string) (*stream.Secret, error) {
	secret, err := s.secret(id)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		fresh := stream.NewSecret()
		err = s.writeKey(id, partlyFile, &fresh, s.root.Link) // other than a rename it replaces nothing
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if secret, err = s.secret(id); err != nil {
			return nil, err
		}
	}
	return secret, s.sync(path.Join(callsDir, id)) // where another process has just named it
}

// writeKey keeps a call's secret, sealed: what is on the disk when it returns outlives a
// power failure. put gives the written file its name, by a link or a rename.
func (s *Store) writeKey(id, file string, secret *stream.Secret, put func(from, to string) error) error {
	folder := path.Join(callsDir, id)
	name := path.Join(folder, file)
	beside := name + mark()
	out, err := s.root.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.WriteString(s.sealed(id, file, secret))
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = put(beside, name)
	}
	if gone := s.root.Remove(beside); gone != nil && !errors.Is(gone, fs.ErrNotExist) { // a rename leaves none
		err = errors.Join(err, gone)
	}
	if err != nil {
		return err
	}
	return s.sync(folder)
}

// sync has the names in a folder outlive a power failure.
func (s *Store) sync(folder string) error {
	dir, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// mark ends the name of a file that will take another's place.
func mark() string {
	var n [6]byte
	_, _ = rand.Read(n[:]) // never fails
	return "." + hex.EncodeToString(n[:]) + ".new"
}

// ErrCutOff says that files of a call that does not go on lack their end: the process died
// in it, or somebody has cut them.
var ErrCutOff = fmt.Errorf("%w: cut off", stream.ErrDamaged)

// Export writes a call's files as they were before they were sealed into a folder, which
// it makes: what huike replay reads. [ErrCutOff] names files that were written as far as
// they go.
func (s *Store) Export(id, folder string) error {
	sum, err := s.find(id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var cut []error
	for _, file := range []string{journalFile, recordingFile, summaryFile} {
		err := s.export(id, file, folder)
		switch {
		case errors.Is(err, ErrCutOff):
			if !sum.Live {
				cut = append(cut, fmt.Errorf("%s: %w", file, err))
			}
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("export %s of call %s: %w", file, id, err)
		}
	}
	return errors.Join(cut...)
}

func (s *Store) export(id, file, folder string) error {
	in, err := s.open(id, file)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is held in it
	out, err := root.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err == nil && cutOff(in) {
		return ErrCutOff
	}
	return err
}
