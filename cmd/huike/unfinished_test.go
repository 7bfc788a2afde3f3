package main

import (
	"errors"
	"testing"
	"time"

	"huike/member"
	"huike/member/vault"
)

// ownSeals returns a vault with keys of its own.
func ownSeals(t *testing.T) *vault.Vault {
	t.Helper()
	master := vault.GenerateMaster()
	var keys []vault.Key
	for id := range int64(2) {
		key, err := vault.NewKey(t.Context(), master, id)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	v := new(vault.Vault)
	if err := v.Load(t.Context(), master, keys); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPlaceThatAnOlderVersionKeptIsNone(t *testing.T) {
	v, r := ownSeals(t), startRedis(t)
	u := unfinished{r.client, v}
	const id = member.ID("m_1")
	for name, c := range map[string]struct {
		text, want string
		err        error
	}{
		"kept for the member":      {v.SealFor(unfinishedKey(id), "place"), "place", nil},
		"kept for another":         {v.SealFor(unfinishedKey("m_2"), "place"), "", vault.ErrMoved},
		"sealed but bound nowhere": {v.Seal("place"), "", nil},
		"in plain":                 {`{"call":"c_1"}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := r.client.Set(t.Context(), unfinishedKey(id), c.text, time.Hour).Err(); err != nil {
				t.Fatal(err)
			}
			if got, err := u.Load(t.Context(), id); string(got) != c.want || !errors.Is(err, c.err) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
