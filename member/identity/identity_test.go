package identity_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/member"
	"huike/member/demo"
	"huike/member/identity"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var access = member.Access{Role: member.RoleAgent, Purpose: member.PurposeService}

const keep, gone = "m_zhang_li", "m_wang_qiang"

func filled(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		if _, err := demo.Load(t.Context(), s, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
}

// state is every row that belongs to anybody.
func state(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		for table, columns := range map[string]string{
			"handles": "kind, value, added_at", "consents": "purpose, given, at", "interactions": "id, at", "events": "id, at, entity", "points": "delta, at",
			"orders": "number, total", "coupons": "code, off", "tickets": "number, created_at", "tags": "name, source, at",
		} {
			all, err := rows(t.Context(), tx, "SELECT member_id, "+columns+" FROM "+table+" ORDER BY member_id, "+columns)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s %d %v\n", table, len(all), all)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func rows(ctx context.Context, tx *sql.Tx, query string) ([]string, error) {
	found, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	names, _ := found.Columns()
	var all []string
	for found.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := found.Scan(cells...); err != nil {
			return nil, err
		}
		one := ""
		for _, c := range cells {
			one += fmt.Sprint(*c.(*any), " ")
		}
		all = append(all, one)
	}
	return all, found.Err()
}

func load(t *testing.T, s *store.Store, id member.ID) *member.Profile {
	t.Helper()
	p, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAMergeIsUndoneExactly(t *testing.T) {
	filled(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		d := identity.New(s, identity.Config{})
		before := state(t, s)
		a, b := load(t, s, keep), load(t, s, gone)
		m := identity.Merge{Keep: keep, Gone: gone, Author: "a_7", Reason: "told so by the member"}
		if _, err := d.Merge(t.Context(), m); !errors.Is(err, identity.ErrConflict) {
			t.Fatalf("two people were merged: %v", err)
		}
		if state(t, s) != before {
			t.Fatal("a refused merge left something")
		}
		m.Force = true
		number, err := d.Merge(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		both, rest := load(t, s, keep), load(t, s, gone)
		if both.Consumption.Orders != a.Consumption.Orders+b.Consumption.Orders || len(both.Handles) != len(a.Handles)+len(b.Handles) ||
			both.Complaint == nil || len(rest.Handles) != 0 || rest.Consumption.Orders != 0 {
			t.Errorf("%d orders and %d handles of %d+%d and %d+%d", both.Consumption.Orders, len(both.Handles),
				a.Consumption.Orders, b.Consumption.Orders, len(a.Handles), len(b.Handles))
		}
		for _, h := range b.Handles {
			if id, err := s.Lookup(t.Context(), h); id != keep || err != nil {
				t.Errorf("a handle of the other leads to %s, %v", id, err)
			}
		}
		if err := d.Undo(t.Context(), number, "a_7"); err != nil {
			t.Fatal(err)
		}
		if after := state(t, s); after != before {
			t.Errorf("after the undo\n%s\nbefore\n%s", after, before)
		}
		if err := d.Undo(t.Context(), number, "a_7"); !errors.Is(err, identity.ErrUndone) {
			t.Error(err)
		}
	})
}

func TestMergesAreUndoneLastFirst(t *testing.T) {
	filled(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		d := identity.New(s, identity.Config{})
		before := state(t, s)
		first, err := d.Merge(t.Context(), identity.Merge{Keep: keep, Gone: gone, Author: "a_7", Force: true})
		if err != nil {
			t.Fatal(err)
		}
		second, err := d.Merge(t.Context(), identity.Merge{Keep: "m_chen_xiaoyu", Gone: keep, Author: "a_7", Force: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Undo(t.Context(), first, "a_7"); !errors.Is(err, identity.ErrLater) {
			t.Fatal(err)
		}
		if err := errors.Join(d.Undo(t.Context(), second, "a_7"), d.Undo(t.Context(), first, "a_7")); err != nil {
			t.Fatal(err)
		}
		if state(t, s) != before {
			t.Error("something is left of the merges")
		}
	})
}

// Two processes, each with its own connections, directory and cache client, write the
// same member by five channels each, over a real Postgres and a real Redis.
func TestTwoProcessesLoseNothing(t *testing.T) {
	address, redis := storetest.Address(t, "postgres"), startRedis(t)
	if err := storetest.At(t, address).Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for process := range 2 {
		client, closer, err := member.OpenRedis(redis)
		if err != nil {
			t.Fatal(err)
		}
		defer closer()
		d := member.NewDirectory(storetest.At(t, address), client, member.Config{})
		for channel := range 5 {
			wg.Go(func() {
				for n := range 4 {
					name := fmt.Sprint(process, "-", channel, "-", n)
					for {
						err := d.Update(t.Context(), "m_1", access, func(p *member.Profile) error {
							p.Tags = append(p.Tags, member.Tag{Name: name, Source: "agent", At: time.Now()})
							return nil
						})
						if !errors.Is(err, member.ErrConflict) {
							if err != nil {
								t.Error(err)
							}
							break
						}
					}
					if err := d.Record(t.Context(), "m_1", access, member.Interaction{At: time.Now(), Channel: "web"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	if p := load(t, storetest.At(t, address), "m_1"); len(p.Tags) != 40 || p.Version != 81 {
		t.Errorf("%d tags of 40, version %d of 81", len(p.Tags), p.Version)
	}
}

// startRedis starts Debian's redis-server and returns its address.
func startRedis(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal("redis-server is not installed; run: apt-get install redis-server")
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 200 {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
	return "redis://127.0.0.1:" + port
}

func Example() {
	fmt.Println(identity.ErrConflict)
	// Output: the two records contradict each other; a person must decide
}
