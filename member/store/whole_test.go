package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestWholeTables(t *testing.T) {
	odd := []string{"", `\N`, "a\tb", "a\nb\r", `back\slash\t`, "\b\f\v", "会员", `\\N`, `\`}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		for i, text := range odd {
			p := &member.Profile{ID: member.ID(fmt.Sprint("m_", i))}
			p.Tags = []member.Tag{{Name: text, Source: "agent"}}
			p.Basic.Name = &member.Name{Family: "her" + text} // is sealed
			if i == 0 {
				p.Basic.Name = nil
			}
			if err := s.Create(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		read := func(w *store.Whole) error {
			return w.Each(t.Context(), `SELECT m.id, t.name, `+store.Opened("members.family")+`, m.version FROM members m JOIN tags t ON t.member_id = m.id ORDER BY m.id`, func(c [][]byte) error {
				got = append(got, fmt.Sprintf("%s %q %q %t %s", c[0], c[1], c[2], c[2] == nil, c[3]))
				return nil
			})
		}
		if err := s.ViewWhole(t.Context(), func(w *store.Whole) error { return errors.Join(read(w), read(w)) }); err != nil {
			t.Fatal(err)
		}
		for i, line := range got {
			i %= len(odd)
			family := "her" + odd[i]
			if i == 0 {
				family = ""
			}
			if want := fmt.Sprintf("m_%d %q %q %t 1", i, odd[i], family, i == 0); line != want {
				t.Errorf("got %s, want %s", line, want)
			}
		}
		if len(got) != 2*len(odd) {
			t.Error(len(got), "rows")
		}
	})
}

func TestWholeTablesThatAreNotReadToTheirEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		crowd(t, s, 3000, 0)
		enough := errors.New("enough")
		read := func(ctx context.Context, query string, most int) (n int, err error) {
			return n, s.ViewWhole(ctx, func(w *store.Whole) error {
				n = 0
				return w.Each(ctx, query, func([][]byte) error {
					if n++; n == most {
						return enough
					}
					return nil
				})
			})
		}
		for range 20 { // more often than there are connections
			if n, err := read(t.Context(), `SELECT id FROM members`, 7); n != 7 || !errors.Is(err, enough) {
				t.Fatal(n, err)
			}
			if _, err := read(t.Context(), `SELECT id FROM nowhere`, 7); err == nil || !strings.Contains(err.Error(), "nowhere") {
				t.Fatal(err)
			}
		}
		if n, err := read(t.Context(), `SELECT id FROM members`, 0); n != 3000 || err != nil {
			t.Error(n, err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := read(ended, `SELECT id FROM members`, 0); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// FuzzCopied holds what takes COPY's text apart to what wrote it, however it is cut.
func FuzzCopied(f *testing.F) {
	f.Add("a", "b\tc\\", 1)
	f.Add(`\N`, "\n\r\b\f\v", 3)
	f.Add("", "会员\\", 2)
	f.Fuzz(func(t *testing.T, one, other string, cut int) {
		escape := strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\b", `\b`, "\f", `\f`, "\v", `\v`)
		text := escape.Replace(one) + "\t" + `\N` + "\t" + escape.Replace(other) + "\n"
		text += text
		cut = min(max(0, cut), len(text))
		rows := 0
		err := store.Copied(func(c [][]byte) error {
			rows++
			if len(c) != 3 || string(c[0]) != one || c[1] != nil || string(c[2]) != other {
				t.Errorf("%q is %q", text, c)
			}
			return nil
		}, text[:cut], text[cut:])
		if err != nil || rows != 2 {
			t.Error(rows, err)
		}
	})
}
