package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrSum is the error, wrapped, of a file that is not the one that is known.
var ErrSum = errors.New("SHA-256 differs")

// A Fetcher brings models into a folder.
type Fetcher struct {
	Dir      string                      // where models stand, each in a folder of its own
	Client   *http.Client                // nil means http.DefaultClient
	Progress func(done, all int64)       // is told of what has come, a few times a second; may be nil
	Tries    int                         // after a broken connection, each going on where the last ended; 0 means 5
	Wait     func(try int) time.Duration // before a try; nil means 1 s, 2 s, 4 s, ...
}

// Has reports whether a model stands whole in the folder.
func (f *Fetcher) Has(m Model) bool {
	for _, name := range m.Files {
		if info, err := os.Stat(filepath.Join(f.Dir, m.Folder, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return len(m.Files) > 0
}

// Fetch brings a model: it downloads the archive, going on where an earlier one was
// broken off, compares its sum, and unpacks it into a folder that appears only when it
// is whole. A file whose sum differs is removed.
func (f *Fetcher) Fetch(ctx context.Context, m Model) error {
	if m.SHA256 == "" {
		return fmt.Errorf("%s: %w: no sum is known for it, so it is not fetched", m.Name, ErrSum)
	}
	if err := os.MkdirAll(f.Dir, 0o755); err != nil { //nolint:gosec // models are for all to read
		return fmt.Errorf("models folder: %w", err)
	}
	part := filepath.Join(f.Dir, m.Folder+".tar.bz2.part")
	if err := f.download(ctx, m, part); err != nil {
		return err
	}
	sum, err := Sum(part)
	if err != nil {
		return err
	}
	if sum != m.SHA256 {
		return errors.Join(
			fmt.Errorf("%s from %s: %w: it is %s, want %s; it has been removed", m.Name, m.URL, ErrSum, sum, m.SHA256),
			os.Remove(part))
	}
	if strings.HasSuffix(m.URL, ".onnx") && len(m.Files) == 1 { // the model itself, no archive
		to := filepath.Join(f.Dir, m.Folder)
		return errors.Join(os.MkdirAll(to, 0o755), os.Rename(part, filepath.Join(to, m.Files[0]))) //nolint:gosec // as above
	}
	into := filepath.Join(f.Dir, "."+m.Folder+".unpacking")
	if err := os.RemoveAll(into); err != nil {
		return fmt.Errorf("unpack %s: %w", m.Name, err)
	}
	if err := unpack(ctx, part, into); err != nil {
		return errors.Join(fmt.Errorf("unpack %s: %w", m.Name, err), os.RemoveAll(into))
	}
	to := filepath.Join(f.Dir, m.Folder)
	if err := errors.Join(os.RemoveAll(to), os.Rename(filepath.Join(into, m.Folder), to), os.RemoveAll(into)); err != nil {
		return fmt.Errorf("unpack %s: %w", m.Name, err)
	}
	if !f.Has(m) {
		return fmt.Errorf("%s: the archive lacks some of %v", m.Name, m.Files)
	}
	return os.Remove(part)
}

// Sum returns a file's SHA-256 in hexadecimal.
func Sum(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the caller's own
	if err != nil {
		return "", fmt.Errorf("sum: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("sum of %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// errAgain marks what another try may mend.
var errAgain = errors.New("the connection broke")

func (f *Fetcher) download(ctx context.Context, m Model, part string) error {
	tries, wait := f.Tries, f.Wait
	if tries == 0 {
		tries = 5
	}
	if wait == nil {
		wait = func(try int) time.Duration { return time.Second << try }
	}
	for try := 0; ; try++ {
		err := f.more(ctx, m, part)
		if err == nil || !errors.Is(err, errAgain) || try+1 >= tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait(try)):
		}
	}
}

// more asks for what part lacks.
func (f *Fetcher) more(ctx context.Context, m Model, part string) error {
	file, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644) //nolint:gosec // as above
	if err != nil {
		return fmt.Errorf("fetch %s: %w", m.Name, err)
	}
	defer file.Close() //nolint:errcheck // Sync tells
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("fetch %s: %w", m.Name, err)
	}
	have := info.Size()
	if have >= m.Size && m.Size > 0 {
		return nil
	}
	answer, err := f.ask(ctx, m, have)
	if err != nil {
		return err
	}
	defer answer.Body.Close()                           //nolint:errcheck // only read
	if answer.StatusCode == http.StatusOK && have > 0 { // it does not know how to go on
		if err := file.Truncate(0); err != nil {
			return fmt.Errorf("fetch %s: %w", m.Name, err)
		}
		have = 0
	}
	// more than is due must not fill the disk
	counted := &counter{from: io.LimitReader(answer.Body, m.Size-have+1), done: have, all: m.Size, tell: f.Progress}
	_, err = io.Copy(file, counted)
	if ctx.Err() != nil {
		return fmt.Errorf("fetch %s: %w; %d of %d bytes are kept for the next time", m.Name, ctx.Err(), counted.done, m.Size)
	}
	if err != nil || counted.done < m.Size {
		return fmt.Errorf("fetch %s: %w after %d of %d bytes: %w", m.Name, errAgain, counted.done, m.Size, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return file.Sync()
}

func (f *Fetcher) ask(ctx context.Context, m Model, have int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", m.Name, err)
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w: %w", m.Name, errAgain, err)
	}
	if answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusPartialContent {
		return answer, nil
	}
	_ = answer.Body.Close()
	err = fmt.Errorf("fetch %s from %s: status %s", m.Name, m.URL, answer.Status)
	if answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests {
		err = fmt.Errorf("%w: %w", err, errAgain)
	}
	return nil, err
}

// counter tells of what was read.
type counter struct {
	from      io.Reader
	done, all int64
	tell      func(done, all int64)
	told      time.Time
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.done += int64(n)
	if c.tell != nil && (time.Since(c.told) > 250*time.Millisecond || c.done >= c.all) {
		c.told = time.Now()
		c.tell(c.done, c.all)
	}
	return n, err //nolint:wrapcheck // io.Reader's
}
