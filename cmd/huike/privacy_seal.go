package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"huike/member/vault"
)

// sealMagic begins a sealed backup (age-encryption.org/v1).
const sealMagic = "age-encryption.org/"

// sealWork is the work factor of scrypt, as a power of two. The password is a key of
// 256 random bits, which nobody guesses, so that stretching it gains nothing.
const sealWork = 10

// sealFile writes a copy of a file that the master key alone opens.
func sealFile(from, to string, master *vault.Master) error {
	recipient, err := age.NewScryptRecipient(master.Secret())
	if err != nil {
		return err
	}
	recipient.SetWorkFactor(sealWork)
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w, err := age.Encrypt(out, recipient)
	if err == nil {
		_, err = io.Copy(w, in)
		err = errors.Join(err, w.Close())
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// openSeal returns the file of a backup as it was before it was sealed, written into a
// folder; one that is not sealed is returned as it is.
func openSeal(name, folder string, master *vault.Master) (string, error) {
	in, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer in.Close() //nolint:errcheck // only read
	from := bufio.NewReader(in)
	if head, _ := from.Peek(len(sealMagic)); !bytes.Equal(head, []byte(sealMagic)) {
		return name, nil
	}
	if master == nil {
		return "", errors.New("it is sealed: name the file of the master key that the shop had, with --master-key")
	}
	identity, err := age.NewScryptIdentity(master.Secret())
	if err != nil {
		return "", err
	}
	plain, err := age.Decrypt(from, identity)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return "", fmt.Errorf("it is sealed with another master key than %s", master.ID())
	}
	if err != nil {
		return "", fmt.Errorf("it is damaged: %w", err)
	}
	path := filepath.Join(folder, "backup.zip")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, plain)
	if err = errors.Join(err, out.Close()); err != nil {
		return "", fmt.Errorf("it is damaged: %w", err)
	}
	return path, nil
}
