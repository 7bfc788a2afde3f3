package journal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"huike/audio/wav"
	"huike/member/vault/stream"
)

// keyFile holds a call's secret, sealed: then every file of the call is sealed with it. A
// call without one is kept plain, or is just being sealed and has partlyFile.
const (
	keyFile    = "key"
	partlyFile = "key.partly"
)

// Seals keeps the calls' secrets: a vault of the member store. Each call has a secret of
// its own, bound to the call's id; with other data keys the secret alone is sealed anew.
type Seals interface {
	Sealing() bool // false: calls are kept plain
	SealFor(place, text string) string
	OpenFor(place, text string) (plain string, was bool)
	Newest(text string) bool // whether it was sealed under the newest data key
}

// ErrSealed says that a call is sealed and cannot be opened.
var ErrSealed = errors.New("the call is sealed, and not with the keys of this store and folder; " +
	"name them as serve has them (--data, --store, --master-key), or export the call where it was kept: huike calls export")

// ErrForeign says that a file of a sealed call is not sealed: somebody has put it there.
var ErrForeign = errors.New("a plain file stands in the folder of a sealed call: huike did not write it, and it is not taken for the call's; " +
	"put the sealed one back from a backup, or delete the call")

func place(file, id string) string {
	if file == partlyFile {
		return "call partly " + id
	}
	return "call " + id
}

// sealing tells whether new calls are sealed.
func (s *Store) sealing() bool { return s.seals != nil && s.seals.Sealing() }

// newSecret gives a new call its secret; nil where calls are kept plain.
func (s *Store) newSecret(id string) (*stream.Secret, error) {
	if !s.sealing() {
		return nil, nil //nolint:nilnil // a plain call has none
	}
	secret := stream.NewSecret()
	if err := s.writeKey(id, keyFile, &secret, s.root.Link); err != nil {
		return nil, err
	}
	return &secret, s.sync(callsDir) // the folder is new, too
}

func (s *Store) sealed(id, file string, secret *stream.Secret) string {
	return s.seals.SealFor(place(file, id), base64.RawStdEncoding.EncodeToString(secret[:]))
}

// secret returns the secret of a kept call; nil where it is kept plain.
func (s *Store) secret(id string) (*stream.Secret, error) {
	s.mu.Lock()
	secret := s.secrets[id]
	s.mu.Unlock()
	if secret != nil {
		return secret, nil
	}
	return readSecret(s.seals, id, func(file string) ([]byte, error) { return s.root.ReadFile(path.Join(callsDir, id, file)) })
}

// whole tells whether every file of a call is sealed.
func (s *Store) whole(id string) bool {
	_, err := s.root.Stat(path.Join(callsDir, id, keyFile))
	return !errors.Is(err, fs.ErrNotExist)
}

// readSecret reads a call's secret, or that of one which is just being sealed.
func readSecret(seals Seals, id string, read func(file string) ([]byte, error)) (*stream.Secret, error) {
	for _, file := range []string{keyFile, partlyFile, keyFile} { // the last in place of a partly one that was just exchanged
		text, err := read(file)
		if err == nil {
			return openSecret(seals, file, id, string(text))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, nil //nolint:nilnil // a plain call has none
}

func openSecret(seals Seals, file, id, text string) (*stream.Secret, error) {
	if seals == nil {
		return nil, ErrSealed
	}
	plain, was := seals.OpenFor(place(file, id), text)
	key, err := base64.RawStdEncoding.DecodeString(plain)
	if !was || err != nil || len(key) != stream.SecretSize {
		return nil, ErrSealed
	}
	return (*stream.Secret)(key), nil
}

// OpenFile opens a file of a call's folder, which is sealed or plain, as it was before it
// was sealed. The folder is named by the call's id, and the caller closes the file. seals
// may be nil where the file is plain.
func OpenFile(seals Seals, name string) (io.ReadSeekCloser, error) {
	folder, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	_, none := os.Stat(filepath.Join(folder, keyFile))
	return openFile(name, !errors.Is(none, fs.ErrNotExist), func() (*stream.Secret, error) {
		return readSecret(seals, filepath.Base(folder), func(file string) ([]byte, error) {
			return os.ReadFile(filepath.Join(folder, file)) //nolint:gosec // the name is the caller's to choose
		})
	}, os.Open)
}

// Sealed tells whether a file of a call's folder is sealed.
func Sealed(name string) bool {
	file, err := os.Open(name) //nolint:gosec // the name is the caller's to choose
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // only read
	head := make([]byte, len("hkseal1\n"))
	n, _ := io.ReadFull(file, head)
	return stream.Sealed(head[:n])
}

// openFile opens a file that is sealed with that secret, or may be.
func openFile(name string, must bool, secret func() (*stream.Secret, error), open func(string) (*os.File, error)) (io.ReadSeekCloser, error) {
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	plain, err := unsealed(file, filepath.Base(name), must, secret)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return plain, nil
}

func unsealed(file *os.File, name string, must bool, secret func() (*stream.Secret, error)) (io.ReadSeekCloser, error) {
	head := make([]byte, len("hkseal1\n"))
	if n, _ := file.ReadAt(head, 0); !stream.Sealed(head[:n]) {
		if must {
			return nil, fmt.Errorf("%s: %w", name, ErrForeign)
		}
		return file, nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	key, err := secret()
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, ErrSealed
	}
	body, err := stream.Open(file, info.Size(), key, name)
	if err != nil {
		return nil, err
	}
	r := &opened{file: file, body: body}
	if name == recordingFile {
		r.head = wav.Header(channels, body.Size())
	}
	r.SectionReader = io.NewSectionReader(r.at(), 0, int64(len(r.head))+body.Size())
	return r, nil
}

// opened is a sealed file, read as it was; a recording's header is made for its length.
type opened struct {
	*io.SectionReader
	file io.Closer
	head []byte
	body *stream.Reader
}

func (o *opened) Close() error    { return o.file.Close() }
func (o *opened) at() io.ReaderAt { return headed{o.head, o.body} }

// cutOff tells whether a sealed file lacks its end.
func cutOff(file io.ReadSeekCloser) bool {
	o, sealed := file.(*opened)
	return sealed && !o.body.Whole()
}

// headed is a header and what stands behind it.
type headed struct {
	head []byte
	body io.ReaderAt
}

func (h headed) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(h.head)) {
		n = copy(p, h.head[off:])
		if n == len(p) {
			return n, nil
		}
	}
	more, err := h.body.ReadAt(p[n:], off+int64(n)-int64(len(h.head)))
	return n + more, err
}

// open opens a file of a kept call.
func (s *Store) open(id, file string) (io.ReadSeekCloser, error) {
	return openFile(path.Join(callsDir, id, file), s.whole(id), func() (*stream.Secret, error) { return s.secret(id) }, s.root.Open)
}

// read reads a small file of a kept call.
func (s *Store) read(id, file string) ([]byte, error) {
	f, err := s.open(id, file)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// bufferSize is how much of a plain file is sealed at once.
const bufferSize = 64 << 10

// sealTo returns what writes a file of that name to out, sealed if there is a secret, and
// what marks its end.
func sealTo(out io.Writer, name string, secret *stream.Secret) (w io.Writer, end func() error, err error) {
	if secret == nil {
		return out, func() error { return nil }, nil
	}
	sealed, err := stream.NewWriter(out, secret, name)
	if err != nil {
		return nil, nil, err
	}
	return sealed, sealed.Close, nil
}

// take is a recording's file whose samples are sealed.
type take struct {
	io.Writer
	end  func() error
	file io.Closer
}

func (t take) Close() error { return errors.Join(t.end(), t.file.Close()) }

// tape makes the file of a recording.
func (s *Store) tape(id string) (*wav.Writer, error) {
	secret, err := s.secret(id)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		return wav.Create(filepath.Join(s.root.Name(), callsDir, id, recordingFile), channels)
	}
	file, err := s.root.OpenFile(path.Join(callsDir, id, recordingFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w, end, err := sealTo(file, recordingFile, secret)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return wav.NewSamples(take{w, end, file}, channels), nil
}
