package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// MasterFile is the name of a master key's file in a data folder.
const MasterFile = "master.key"

// Master is a [KMS] whose master key is at hand: 32 bytes. One that was read from a file
// looks there again when it does not fit: another may have taken its place.
type Master struct {
	file string // or ""

	mu   sync.Mutex
	id   string
	text string
	aead cipher.AEAD
}

var errMasterText = errors.New("want 32 bytes in base64: openssl rand -base64 32")

// NewMaster returns the master key that a text says in base64 (RFC 4648 4 or 5).
func NewMaster(text string) (*Master, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		key, err = base64.RawURLEncoding.DecodeString(text)
	}
	if err != nil || len(key) != keySize {
		return nil, errMasterText
	}
	sum := sha256.Sum256(append([]byte("huike master key\x00"), key...))
	aead, err := gcm(key)
	return &Master{id: hex.EncodeToString(sum[:6]), text: base64.RawStdEncoding.EncodeToString(key), aead: aead}, err
}

// GenerateMaster returns a fresh master key.
func GenerateMaster() *Master {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)                                        // never fails
	m, _ := NewMaster(base64.RawStdEncoding.EncodeToString(key)) // it is right
	return m
}

// ReadMaster returns the master key in a file. Where may is set and there is none, it
// makes one, which nobody else may read; made reports that.
func ReadMaster(path string, may bool) (m *Master, made bool, err error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) && may {
		m = GenerateMaster()
		if err = m.Write(path); err == nil {
			m.file = path
			return m, true, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, false, err
		}
		text, err = os.ReadFile(filepath.Clean(path)) // another process was first
	}
	if err != nil {
		return nil, false, fmt.Errorf("master key: %w", err)
	}
	if m, err = NewMaster(string(text)); err != nil {
		return nil, false, fmt.Errorf("master key %s: %w", path, err)
	}
	m.file = path
	return m, false, nil
}

// Write writes the key into a new file, whole or not at all; one that is there is
// [fs.ErrExist].
func (m *Master) Write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".huike-master-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it has its name by then
	_, err = file.WriteString(m.text + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}

// now returns the key as it is.
func (m *Master) now() (id, text string, aead cipher.AEAD) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.id, m.text, m.aead
}

// ID names the key by its hash.
func (m *Master) ID() string {
	id, _, _ := m.now()
	return id
}

// Secret returns the key in base64, for a backup's seal.
func (m *Master) Secret() string {
	_, text, _ := m.now()
	return text
}

const wrapping = "huike data key" // what a wrapped key is bound to

// Wrap seals a data key.
func (m *Master) Wrap(_ context.Context, key []byte) ([]byte, error) {
	_, _, aead := m.now()
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, key, []byte(wrapping)), nil
}

// Unwrap opens a data key.
func (m *Master) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	if len(wrapped) < nonceSize {
		return nil, ErrMaster
	}
	id, _, aead := m.now()
	key, err := aead.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], []byte(wrapping))
	if err == nil {
		return key, nil
	}
	if m.file == "" {
		return nil, ErrMaster
	}
	other, _, err := ReadMaster(m.file, false)
	if err != nil || other.id == id {
		return nil, ErrMaster
	}
	if key, err = other.aead.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], []byte(wrapping)); err != nil {
		return nil, ErrMaster
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.id, m.text, m.aead = other.id, other.text, other.aead
	return key, nil
}
