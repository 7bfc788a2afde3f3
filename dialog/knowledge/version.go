package knowledge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Version is a base as it was at a time: what one import, approval or rollback made
// of it. Versions are kept, never changed; the highest number is in use.
type Version struct {
	Number  int       `json:"version"` // from 1
	Hash    string    `json:"hash"`    // of the entries: SHA-256, in hexadecimal
	Author  string    `json:"author"`
	At      time.Time `json:"at"`   // in UTC
	From    string    `json:"from"` // where it came from: a file's name, "rollback to 3"
	Entries []Entry   `json:"entries"`
}

// Encode returns the version as a file, with its hash.
func (v Version) Encode() ([]byte, error) {
	v.At = v.At.UTC()
	if v.Entries == nil {
		v.Entries = []Entry{}
	}
	sum, err := hashOf(v.Entries)
	if err != nil {
		return nil, err
	}
	v.Hash = sum
	data, err := json.MarshalIndent(v, "", " ")
	return append(data, '\n'), err
}

// DecodeVersion reads what [Version.Encode] wrote. A file whose entries are not those
// that its hash was taken of, or are no entries, is refused.
func DecodeVersion(data []byte) (Version, error) {
	var v Version
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&v); err != nil {
		return Version{}, fmt.Errorf("knowledge: %w", err)
	}
	sum, err := hashOf(v.Entries)
	if err != nil {
		return Version{}, err
	}
	if sum != v.Hash {
		return Version{}, fmt.Errorf("knowledge: version %d was changed after it was written: its hash is %.12s, its entries' is %.12s; import the entries again, or roll back", v.Number, v.Hash, sum)
	}
	var g gatherer
	for i, e := range v.Entries {
		g.add(i+1, e)
	}
	if len(g.refused) > 0 {
		return Version{}, fmt.Errorf("knowledge: version %d, entry %d: %s", v.Number, g.refused[0].Line, g.refused[0].What)
	}
	return v, nil
}

func hashOf(entries []Entry) (string, error) {
	if entries == nil {
		entries = []Entry{}
	}
	data, err := json.Marshal(entries)
	if err != nil {
		return "", fmt.Errorf("knowledge: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Merge returns old with the entries of changed in it: in place of one with the same
// ID, or of the same question in the same language, and else behind them. Neither
// is changed.
func Merge(old, changed []Entry) []Entry {
	out := append([]Entry{}, old...)
	at := map[string]int{}
	for i, e := range out {
		at["id "+e.ID], at[e.key()] = i+1, i+1
	}
	for _, e := range changed {
		i := at["id "+e.ID]
		if i == 0 {
			i = at[e.key()]
		}
		if i > 0 {
			out[i-1] = e
			continue
		}
		out = append(out, e)
		at["id "+e.ID], at[e.key()] = len(out), len(out)
	}
	return out
}
