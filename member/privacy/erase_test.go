package privacy_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/privacy"
	"huike/member/store"
	"huike/member/store/storetest"
)

// shelf notes what it is told to let go of.
type shelf struct {
	members, calls []string
	handles        int
}

func (s *shelf) Forget(_ context.Context, id member.ID, handles []member.Handle) error {
	s.members, s.handles = append(s.members, string(id)), len(handles)
	return nil
}

func (s *shelf) Delete(_ context.Context, call string) error {
	s.calls = append(s.calls, call)
	return nil
}

// contains tells which of the words the text has, or lacks, against what is wanted.
func contains(t *testing.T, when, text string, words []string, want bool) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(text, word) != want {
			t.Errorf("%s: that %q is there is %t", when, word, !want)
		}
	}
}

func TestNothingIsLeftOfAnErasedPerson(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		contains(t, "before the erasure", dump(t, s), words(), true)
		kept := new(shelf)
		d := privacy.New(s, privacy.Config{Calls: kept, Forget: []privacy.Forgetter{kept}, Reader: "a_9"})
		done, err := d.Erase(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		after := dump(t, s)
		contains(t, "after the erasure", after, words(), false)
		contains(t, "of somebody else", after, []string{"Smith", "+8613900005678", "c_hers/1", "R-1"}, true)
		if !slices.Equal(done.Members, []member.ID{who, twin}) || done.Rows["orders"] == 0 || done.Rows["dead_letters"] != 1 {
			t.Errorf("reached %+v", done)
		}
		if !slices.Equal(kept.members, []string{who, twin}) || kept.handles != 3 || !slices.Contains(kept.calls, "c_her") {
			t.Errorf("told %+v", kept)
		}
		if rows, err := s.FindAudit(t.Context(), store.AuditQuery{Member: who, Action: "erase"}); err != nil || len(rows) != 1 {
			t.Errorf("audit rows %v, %v", rows, err)
		}
		if _, err := s.CheckAudit(t.Context(), nil, nil); err != nil {
			t.Error(err)
		}
		if done, err = d.Erase(t.Context(), who); err != nil || done.Calls == 0 || len(done.Rows) != 0 {
			t.Errorf("again: %+v, %v", done, err)
		}
		if _, err = d.Erase(t.Context(), "m_nobody"); !errors.Is(err, member.ErrUnknown) {
			t.Error(err)
		}
	})
}

func TestAnErasedPersonComesBackByAConsentOfTheirOwnAlone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		if _, err := privacy.New(s, privacy.Config{}).Erase(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		refused := map[string]string{
			"an old file": "phone,family_name,consent\n13800001234,张,service\n",
			"a consent from before": "phone,family_name,consent,consent_at\n13800001234,张,service," +
				time.Now().Add(-24*time.Hour).Format(time.RFC3339) + "\n",
			"a consent to something else": "phone,consent,consent_at\n13800001234,marketing," + later(t) + "\n",
		}
		for name, file := range refused {
			var row *store.RowError
			if n, err := s.Import(t.Context(), strings.NewReader(file)); n != 0 || !errors.As(err, &row) || !strings.Contains(err.Error(), "forgotten") {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		phone, _ := member.Phone("13800001234")
		if err := s.Create(t.Context(), &member.Profile{ID: "m_new", Handles: []member.Handle{phone}}); !errors.Is(err, store.ErrErased) {
			t.Errorf("created: %v", err)
		}
		in := event.New(s, event.Config{Now: func() time.Time { return now }})
		out, err := in.Take(t.Context(), [][]byte{[]byte(`{"specversion":"1.0","id":"e9","source":"app","type":"browse","time":"2026-11-20T10:00:00Z","subject":"phone:13800001234","data":{"product":"backpack"}}`)})
		if err != nil || out[0].Status != event.Refused || !strings.Contains(out[0].Reason, "forgotten") {
			t.Errorf("an event: %v, %v", out, err)
		}
		if strings.Contains(dump(t, s), "13800001234") {
			t.Error("a refused event left the number in the store")
		}
		if n, err := s.Import(t.Context(), strings.NewReader("phone,consent,consent_at\n13800001234,service,"+later(t)+"\n")); n != 1 || err != nil {
			t.Errorf("a new consent: %d, %v", n, err)
		}
		if _, err := s.Lookup(t.Context(), phone); err != nil {
			t.Error(err)
		}
	})
}

// later is a moment after an erasure that has just happened and not in the future.
func later(t *testing.T) string {
	t.Helper()
	at := time.Now().Add(time.Millisecond)
	for time.Now().Before(at) {
	}
	return at.Format(time.RFC3339Nano)
}

func TestAnotherKeyErasesAndAdmitsNobody(t *testing.T) {
	address := storetest.Address(t, "sqlite")
	s := filled(t, address)
	if _, err := privacy.New(s, privacy.Config{}).Erase(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{"another": bytes.Repeat([]byte{8}, 32), "none": nil} {
		o, err := store.Open(t.Context(), address, store.Config{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Import(t.Context(), strings.NewReader("phone\n13811110001\n")); !errors.Is(err, store.ErrKey) {
			t.Errorf("key %s imports: %v", name, err)
		}
		if _, err := privacy.New(o, privacy.Config{}).Erase(t.Context(), other); !errors.Is(err, store.ErrKey) {
			t.Errorf("key %s erases: %v", name, err)
		}
		_ = o.Close()
	}
}

func TestNoByteOfAnErasedPersonIsLeftInTheFiles(t *testing.T) {
	address := storetest.Address(t, "sqlite")
	s := filled(t, address)
	if _, err := privacy.New(s, privacy.Config{}).Erase(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(address), "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words() {
			if bytes.Contains(text, []byte(word)) && word != "张" { // three bytes, which other words may have
				t.Errorf("%q is in %s", word, filepath.Base(file))
			}
		}
	}
	if len(files) == 0 {
		t.Error("no files")
	}
}

func TestAServerLetsGoOfWhomAnotherErases(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		if _, err := privacy.New(s, privacy.Config{}).Erase(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		kept := new(shelf)
		d := privacy.New(s, privacy.Config{Calls: kept, Forget: []privacy.Forgetter{kept}})
		through, err := d.CatchUp(t.Context(), 0)
		if err != nil || !slices.Equal(kept.members, []string{who, twin}) || !slices.Contains(kept.calls, "c_her") {
			t.Errorf("%+v, %v", kept, err)
		}
		if again, err := d.CatchUp(t.Context(), through); again != through || err != nil || len(kept.members) != 2 {
			t.Errorf("again %d after %d, %v", again, through, err)
		}
	})
}
