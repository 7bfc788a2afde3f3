package catalog

import (
	"archive/tar"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// errPath is the error of an archive that would write elsewhere.
var errPath = errors.New("a name leads out of the folder")

// mostUnpacked bounds what an archive may hold.
const mostUnpacked = 8 << 30

// unpack writes the plain files and folders of a .tar.bz2 below into; links and the
// rest are left out.
func unpack(ctx context.Context, archive, into string) error {
	file, err := os.Open(archive) //nolint:gosec // fetched by us
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer file.Close()                               //nolint:errcheck // only read
	if err := os.MkdirAll(into, 0o755); err != nil { //nolint:gosec // models are for all to read
		return fmt.Errorf("archive: %w", err)
	}
	return untar(ctx, tar.NewReader(bzip2.NewReader(file)), into)
}

func untar(ctx context.Context, r *tar.Reader, into string) error {
	left := int64(mostUnpacked)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		name := filepath.Clean(head.Name)
		if !filepath.IsLocal(name) || strings.Contains(head.Name, "\\") {
			return fmt.Errorf("%w: %q", errPath, head.Name)
		}
		to := filepath.Join(into, name)
		switch head.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(to, 0o755) //nolint:gosec // as above
		case tar.TypeReg:
			if left -= head.Size; left < 0 {
				return fmt.Errorf("archive holds more than %d bytes", int64(mostUnpacked))
			}
			err = writeFile(to, io.LimitReader(r, head.Size))
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
}

func writeFile(to string, from io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // as above
		return err //nolint:wrapcheck // named by untar
	}
	file, err := os.Create(to) //nolint:gosec // below the folder
	if err != nil {
		return err //nolint:wrapcheck // named by untar
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
