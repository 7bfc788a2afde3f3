package main

import (
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/vault"
	"huike/session/journal"
)

// person is somebody of whom there is something everywhere.
var person = struct {
	phone string
	words []string // that are said or written of them and of nobody else
}{"13811110001", []string{"呼延", "晓雯", "Huyan", "乌龙茶", "zwiebelfisch", "quittengelee", "rumtopf", "o-hers-openid", "kirschwasser"}}

// numbers are the person's number as it may be written.
func numbers() []string {
	return []string{"13811110001", "138 1111 0001", "138-1111-0001", "1381111", "11110001", "one three eight one one"}
}

// home is a server with a person in every corner of it.
type home struct {
	*server
	redis *redis.Client
	store string // its address
	where []string
	id    string
}

// command runs huike on the home's data.
func (h *home) command(args ...string) string {
	h.t.Helper()
	out, notes, err := execute(h.t, nil, append(args, h.where...)...)
	if err != nil {
		h.t.Fatal(args, out, notes, err)
	}
	return out
}

// openHome starts a server beside a real Redis, and Postgres if it is asked for.
func openHome(t *testing.T, kind string) *home {
	t.Helper()
	r := storetest.OpenRedis(t)
	h := &home{redis: redis.NewClient(&redis.Options{Addr: r.Address()})}
	t.Cleanup(func() { _ = h.redis.Close() })
	flags := []string{"--stub", "--redis=" + r.URL(), "--events-redis=" + r.URL(), "--events-token=pos"}
	if kind == "postgres" {
		h.store = storetest.Address(t, kind)
		flags = append(flags, "--store="+h.store)
	}
	h.server = startServer(t, flags...)
	h.where = []string{"--data=" + h.data}
	if h.store != "" {
		h.where = append(h.where, "--store="+h.store)
	}
	h.store = storeAddress(h.store, h.data)
	return h
}

// people imports the person, and another record of theirs, and merges them.
func (h *home) people() {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "members.csv")
	text := "phone,family_name,given_name,family_name_en,consent,tags,birthday\n" +
		"13811110001,呼延,晓雯,Huyan,service;recording;profiling,爱喝乌龙茶,1987-03-14\n13811110009,呼延,晓雯,,service,,\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.command("member", "import", file)
	h.open(func(s *store.Store) {
		var ids []member.ID
		for _, number := range []string{person.phone, "13811110009"} {
			phone, err := member.Phone(number)
			if err != nil {
				h.t.Fatal(err)
			}
			id, err := s.Lookup(h.t.Context(), phone)
			if err != nil {
				h.t.Fatal(err)
			}
			ids = append(ids, id)
		}
		h.id = string(ids[0])
		status, body := h.request(http.MethodPost, "/v1/merges", fmt.Sprintf(`{"keep":%q,"gone":%q,"force":true}`, ids[0], ids[1]))
		if status/100 != 2 {
			h.t.Fatal("merge:", status, body)
		}
	})
}

// request asks the members' API as a supervisor.
func (h *home) request(method, path, body string) (status int, answer string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url(path), strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if strings.HasPrefix(path, "/v1/events") {
		r.Header.Set("Authorization", "Bearer pos")
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

// open opens the home's store beside the server.
func (h *home) open(do func(*store.Store)) {
	h.t.Helper()
	master, _, err := vault.ReadMaster(filepath.Join(h.data, vault.MasterFile), false)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := store.Open(h.t.Context(), h.store, store.Config{KMS: master})
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	do(s)
}

// happen has events of the person come in by HTTP and by the stream, good and bad ones.
func (h *home) happen() {
	h.t.Helper()
	event := func(id, kind, subject, data string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"app","type":%q,"time":%q,"subject":%q,"data":%s}`,
			id, kind, time.Now().UTC().Format(time.RFC3339), subject, data)
	}
	for _, e := range []string{
		event("w1", "browse", "phone:138 1111 0001", `{"product":"backpack"}`),
		event("w2", "complaint", "phone:13811110001", `{"text":"zwiebelfisch"}`),
		event("w3", "nonsense", "phone:138-1111-0001", `{"text":"quittengelee"}`),
	} {
		if status, body := h.request(http.MethodPost, "/v1/events", e); status >= 500 {
			h.t.Fatal(status, body)
		}
	}
	for _, e := range []string{event("w4", "browse", "phone:+8613811110001", `{"product":"backpack"}`), event("w5", "nonsense", "phone:13811110001", `{"text":"quittengelee"}`)} {
		if err := h.redis.XAdd(h.t.Context(), &redis.XAddArgs{Stream: "huike:events", Values: map[string]any{"event": e}}).Err(); err != nil {
			h.t.Fatal(err)
		}
	}
	until(h.t, "the events of the stream", func() bool {
		_, body := h.ask("/metrics")
		return strings.Contains(body, "huike_stream_accepted_total 1") && strings.Contains(body, "huike_stream_refused_total 1")
	})
}

// call has the person call, leave words, and be cut off in the middle of something.
func (h *home) talk() {
	h.t.Helper()
	c := h.call(h.t, "ws", "en", person.phone)
	c.hears("Hello")
	c.types("do you sell rumtopf")
	c.hears("Sorry")
	c.types("Please call me back tomorrow.")
	c.hears("right?")
	c.quiet()
	c.types("yes")
	c.hears("will call you")
	c.types("I'd like to cancel my order")
	c.hears("?")
	c.hangUp()
	until(h.t, "the call to be kept", func() bool {
		_, list := h.ask("/v1/calls")
		return strings.Contains(list, "hung_up")
	})
}

// everything is all that is kept anywhere, opened: every cell, every key, every file, the
// log, the metrics.
func (h *home) everything() map[string]string {
	h.t.Helper()
	all := map[string]string{"log": h.log.String()}
	_, all["metrics"] = h.ask("/metrics")
	h.open(func(s *store.Store) {
		err := s.View(h.t.Context(), func(tx *sql.Tx) error {
			tables, err := s.Tables(h.t.Context(), tx)
			for table, columns := range tables {
				var b strings.Builder
				if err := cells(h.t, tx, &b, table, columns); err != nil {
					return err
				}
				all["table "+table] = b.String()
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
		h.keys(all, s.Vault())
		h.files(all, s.Vault())
	})
	return all
}

// cells writes down every cell of a table, as the store opens it.
func cells(t *testing.T, tx *sql.Tx, b *strings.Builder, table string, columns []string) error {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), "SELECT "+store.Columns(table, columns)+" FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, _ := rows.Columns()
	for rows.Next() {
		row := make([]any, len(names))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			return err
		}
		for i, c := range row {
			fmt.Fprintf(b, "%s=%s ", names[i], fmt.Sprint(*c.(*any)))
		}
		b.WriteByte('\n')
	}
	return rows.Err()
}

// keys reads every key of Redis, whatever it holds.
func (h *home) keys(all map[string]string, v *vault.Vault) {
	h.t.Helper()
	ctx := h.t.Context()
	names, err := h.redis.Keys(ctx, "*").Result()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, name := range names {
		var values []string
		switch kind := h.redis.Type(ctx, name).Val(); kind {
		case "string":
			values = []string{h.redis.Get(ctx, name).Val()}
		case "hash":
			for field, value := range h.redis.HGetAll(ctx, name).Val() {
				values = append(values, field, value)
			}
		case "list":
			values = h.redis.LRange(ctx, name, 0, -1).Val()
		case "set":
			values = h.redis.SMembers(ctx, name).Val()
		case "zset":
			values = h.redis.ZRange(ctx, name, 0, -1).Val()
		case "stream":
			for _, e := range h.redis.XRange(ctx, name, "-", "+").Val() {
				values = append(values, fmt.Sprint(e.Values))
			}
		default:
			h.t.Errorf("key %s is a %s, which nobody looks into", name, kind)
		}
		for i, value := range values {
			if at := strings.Index(value, "hk1."); at >= 0 {
				plain, _ := v.Open(value[at:])
				values[i] += plain
			}
			if at := strings.Index(value, "hk2."); at >= 0 { // bound to its key
				plain, _ := v.OpenFor(name, value[at:])
				values[i] += plain
			}
		}
		all["redis "+name] = name + strings.Join(values, "\n")
	}
}

// files reads every file of the data folder, sealed calls opened; the database is read
// cell by cell and byte by byte.
func (h *home) files(all map[string]string, v *vault.Vault) {
	h.t.Helper()
	err := filepath.WalkDir(h.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if filepath.Base(path) == "key" { // a call's own, sealed under the vault's
			text, err := os.ReadFile(path)
			all["file "+path] = path + string(text)
			return err
		}
		file, err := journal.OpenFile(v, path)
		if err != nil {
			return err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		all["file "+path] = path + string(text)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// traces names where a word is.
func traces(all map[string]string, word string) (where []string) {
	for name, text := range all {
		at := strings.Index(text, word)
		if at >= 0 {
			where = append(where, fmt.Sprintf("%s: …%q…", name, text[max(0, at-60):min(len(text), at+len(word)+60)]))
		}
	}
	return where
}

func TestNothingIsLeftAnywhereOfWhoIsErased(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := openHome(t, kind)
			h.people()
			h.happen()
			h.command("member", "tags", "add", h.id, "kirschwasser")
			h.talk()
			before := h.everything()
			for _, word := range append([]string{person.phone, "138-1111-0001"}, person.words[:7]...) {
				if len(traces(before, word)) == 0 {
					t.Errorf("%q is nowhere before the erasure", word)
				}
			}
			redis := "--redis=redis://" + h.redis.Options().Addr
			out := h.command("member", "erase", h.id, "--yes", redis, "--events-"+redis[2:])
			if !strings.Contains(out, "is erased") {
				t.Error(out)
			}
			h.gone()
			if out, notes, err := execute(t, nil, append([]string{"member", "import", h.again()}, h.where...)...); err == nil || !strings.Contains(notes, "forgotten") {
				t.Error("the person came back by an old file", out, notes)
			}
			h.gone()
		})
	}
}

// again is an old file with the person in it.
func (h *home) again() string {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "old.csv")
	if err := os.WriteFile(file, []byte("phone,family_name,consent\n13811110001,呼延,service\n"), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return file
}

// gone wants nothing to be left but what is meant to be.
func (h *home) gone() {
	h.t.Helper()
	var after map[string]string
	until(h.t, "the server to let go", func() bool { // it looks every two seconds
		after = h.everything()
		return len(traces(after, "rumtopf")) == 0
	})
	for _, word := range append(numbers(), person.words...) {
		if where := traces(after, word); len(where) > 0 {
			h.t.Errorf("%q is left in %s", word, strings.Join(where, "\n"))
		}
	}
	// The id stays, which names nobody any more: in the trail, in the list of erasures,
	// and for a day where Redis holds its place.
	for _, where := range traces(after, h.id) {
		if !strings.HasPrefix(where, "table audit:") && !strings.HasPrefix(where, "table erasures:") &&
			!strings.HasPrefix(where, "redis huike:unfinished:") && !strings.HasPrefix(where, "redis huike:member:") && !strings.Contains(where, "huike.db") {
			h.t.Errorf("the id is left in %s", where)
		}
	}
	if strings.TrimSpace(after["table tombstones"]) == "" {
		h.t.Error("no tombstone")
	}
	if out := h.command("audit", "verify"); !strings.Contains(out, "whole") && out == "" {
		h.t.Error(out)
	}
}
