package privacy_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/demo"
	"huike/member/event"
	"huike/member/identity"
	"huike/member/privacy"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// who is the person in question; twin is another record of theirs, other somebody else.
const who, twin, other = "m_zhang_li", "m_wang_qiang", "m_james_smith"

// words are what must not be left of the person, or be in their export.
func words() []string {
	return []string{"13800001234", "张", "Zhang", "Qiang", "13700002345", "上海市静安区", "wechat_zhang", "常来南京路店", "ZL-50", "喜欢轻的背包", "m0ther", "hervo1ce"}
}

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// each runs a test on both databases, with the demonstration shop and a person who has
// left something in every corner: two merged records, a call, a dead letter, a friend.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) { test(t, filled(t, storetest.Address(t, kind))) })
	}
}

func filled(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), address, store.Config{Location: time.UTC, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := demo.Load(t.Context(), s, now); err != nil {
		t.Fatal(err)
	}
	if _, err := identity.New(s, identity.Config{}).Merge(t.Context(), identity.Merge{Keep: who, Gone: twin, Author: "a_1", Force: true}); err != nil {
		t.Fatal(err)
	}
	summary := "喜欢轻的背包"
	if _, err := s.Record(t.Context(), who, member.Interaction{At: now, Channel: "phone", Call: "c_her", Summary: &summary}); err != nil {
		t.Fatal(err)
	}
	in := event.New(s, event.Config{Now: func() time.Time { return now }})
	if _, err := in.Take(t.Context(), [][]byte{
		[]byte(`{"specversion":"1.0","id":"e1","source":"app","type":"browse","time":"2026-11-20T10:00:00Z","subject":"phone:13800001234","data":{"product":"backpack"}}`),
		[]byte(`{"specversion":"1.0","id":"e2","source":"app","type":"nonsense","time":"2026-11-20T10:00:00Z","subject":"phone:138-0000-1234","data":{"for":"m0ther"}}`),
	}); err != nil {
		t.Fatal(err)
	}
	change(t, s, `INSERT INTO done (key, fingerprint, result, at) VALUES ('c_her/1', 'f', '{"rows":[{"to":"张丽"}]}', 1), ('c_hers/1', 'g', '{}', 1)`)
	change(t, s, `INSERT INTO referrals (code, member_id, phone, created_at) VALUES ('R-1', '`+other+`', '+8613800001234', 1), ('R-2', '`+who+`', '+8613911112222', 1)`)
	change(t, s, `INSERT INTO voiceprints (id, member_id, model, print, speech_ms, call, at) VALUES ('v1', '`+who+`', 'm', 'hervo1ce', 14000, 'c_her', 1)`)
	change(t, s, `INSERT INTO callbacks (number, member_id, phone, created_at) VALUES ('70999', NULL, '+8613800001234', 1)`)
	return s
}

func change(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	if err := s.Change(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), statement)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// dump is every cell of every table.
func dump(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		tables, err := s.Tables(t.Context(), tx)
		for table := range tables {
			if err := dumpTable(t.Context(), tx, &b, table); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dumpTable(ctx context.Context, tx *sql.Tx, b *strings.Builder, table string) error {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, _ := rows.Columns()
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		for i, c := range cells {
			fmt.Fprintln(b, table, names[i], *c.(*any))
		}
	}
	return rows.Err()
}

func TestAnExportHasEverythingOfThePersonAndNothingOfOthers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		doc, err := privacy.New(s, privacy.Config{Reader: "a_9"}).Export(t.Context(), twin, true)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(doc)
		unread := func(word string) bool { return word == "m0ther" } // of a letter that could not be read
		contains(t, "in the export", string(text), slices.DeleteFunc(slices.Clone(words()), unread), true)
		contains(t, "in the export, of somebody else", string(text), []string{"Smith", "13900005678", "13911112222", "10008"}, false)
		if !slices.Equal(doc.Members, []member.ID{twin, who}) || !slices.Equal(doc.Calls, []string{"c_her"}) || len(doc.Tables["order_items"]) == 0 {
			t.Errorf("members %v, calls %v, %d items", doc.Members, doc.Calls, len(doc.Tables["order_items"]))
		}
		rows, err := s.FindAudit(t.Context(), store.AuditQuery{Action: "export"})
		if err != nil || len(rows) != 1 || rows[0].Reader != "a_9" || rows[0].Member != twin || rows[0].Fields != "whole" {
			t.Errorf("the export left %v, %v", rows, err)
		}
		if doc, err = privacy.New(s, privacy.Config{}).Export(t.Context(), who, false); err != nil {
			t.Fatal(err)
		}
		if text, _ = json.Marshal(doc); strings.Contains(string(text), "hervo1ce") || strings.Contains(string(text), "13800001234") || !strings.Contains(string(text), "138****1234") {
			t.Error("a phone number is not masked, or a voice is given out")
		}
		if _, err = privacy.New(s, privacy.Config{}).Export(t.Context(), "m_nobody", false); !errors.Is(err, member.ErrUnknown) {
			t.Error(err)
		}
	})
}
