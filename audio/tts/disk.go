package tts

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// A disk keeps sound in files of one directory, up to a number of bytes. Any
// number of processes may share the directory: a file appears whole, under a
// name made of what it holds, or not at all.
type disk struct {
	root  *os.Root
	limit int64

	mu    sync.Mutex
	bytes int64 // at least what this process knows of
}

const (
	magic    = "huikeTT2"
	fileHead = len(magic) + 4 // magic and the CRC of what follows: marks, samples
	markSize = 4 + 8          // bytes of a mark: its end, its time in nanoseconds
	suffix   = ".pcm"
	begun    = ".part" // a file still being written
	abandon  = time.Hour
)

func openDisk(dir string, limit int64) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &disk{root: root, limit: limit}
	if err := d.sweep(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// Close lets go of the directory.
func (d *disk) Close() error { return d.root.Close() }

func fileName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:]) + suffix
}

// get returns the sound kept for key and its marks, or nil. A file that is damaged is no
// file. A nil disk keeps nothing.
func (d *disk) get(key string) (pcm []int16, marks []Mark) {
	if d == nil {
		return nil, nil
	}
	name := fileName(key)
	data, err := d.root.ReadFile(name)
	if err != nil {
		return nil, nil
	}
	if len(data) < fileHead || string(data[:len(magic)]) != magic ||
		binary.LittleEndian.Uint32(data[len(magic):]) != crc32.ChecksumIEEE(data[fileHead:]) {
		_ = d.root.Remove(name) // it is made anew
		return nil, nil
	}
	body := data[fileHead:]
	n := 0
	if len(body) >= 4 {
		n = int(binary.LittleEndian.Uint32(body))
	}
	if len(body) < 4 || n > (len(body)-4)/markSize {
		_ = d.root.Remove(name)
		return nil, nil
	}
	body = body[4:]
	for ; n > 0; n, body = n-1, body[markSize:] {
		marks = append(marks, Mark{
			int(binary.LittleEndian.Uint32(body)), time.Duration(binary.LittleEndian.Uint64(body[4:])),
		})
	}
	now := time.Now()
	_ = d.root.Chtimes(name, now, now) // used last: a younger file outlives it otherwise, no more
	pcm = make([]int16, len(body)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
	}
	return pcm, marks
}

// put keeps the sound for key, unless it is there.
func (d *disk) put(key string, pcm []int16, marks []Mark) error {
	name := fileName(key)
	if _, err := d.root.Stat(name); err == nil {
		return nil
	}
	data := make([]byte, fileHead, fileHead+4+len(marks)*markSize+2*len(pcm))
	copy(data, magic)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(marks)))
	for _, m := range marks {
		data = binary.LittleEndian.AppendUint32(data, uint32(m.End))
		data = binary.LittleEndian.AppendUint64(data, uint64(m.At))
	}
	for _, x := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(x))
	}
	binary.LittleEndian.PutUint32(data[len(magic):], crc32.ChecksumIEEE(data[fileHead:]))
	if int64(len(data)) > d.limit {
		return nil
	}
	part := name + "." + rand.Text() + begun
	err := d.root.WriteFile(part, data, 0o600)
	if err == nil {
		err = d.root.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(d.root.Remove(part)))
	}
	d.mu.Lock()
	d.bytes += int64(len(data))
	full := d.bytes > d.limit
	d.mu.Unlock()
	if full {
		return d.sweep()
	}
	return nil
}

// sweep counts the files and removes those not used for longest, until a tenth
// of the room is free, and what writers that died have left.
func (d *disk) sweep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	d.bytes = 0
	for _, entry := range entries {
		info, err := entry.Info()
		switch {
		case err != nil: // another process has just removed it
		case strings.HasSuffix(entry.Name(), suffix):
			files = append(files, info)
			d.bytes += info.Size()
		case strings.HasSuffix(entry.Name(), begun) && time.Since(info.ModTime()) > abandon:
			_ = d.root.Remove(entry.Name()) // the next sweep tries again
		}
	}
	if d.bytes <= d.limit {
		return nil
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for _, info := range files {
		if d.bytes <= d.limit-d.limit/10 {
			break
		}
		if err := ignoreMissing(d.root.Remove(info.Name())); err != nil {
			return fmt.Errorf("make room: %w", err)
		}
		d.bytes -= info.Size()
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
