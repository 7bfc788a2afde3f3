package tag_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

const (
	day  = 24 * time.Hour
	baby = `tags: [{name: baby, when: 'count(filter(items, .category == "baby"), "90d") >= 3'}]`
)

func TestTheThirdPurchaseMakesTheTagAndTimeAloneTakesItAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, baby)
		sh.buy("baby", 100, 80*day, "")
		sh.buy("baby", 100, 40*day, "")
		sh.buy("shoes", 100, 20*day, "")
		sh.buy("baby", 100, 91*day, "") // told late, and too old
		sh.want("two in the window", "")
		sh.buy("baby", 100, 0, "")
		sh.want("the third", "[baby]")
		before, _ := sh.Load(t.Context(), "m_1")
		sh.sweep(10*day - time.Millisecond)
		sh.want("a moment before the first is 90 days old", "[baby]")
		sh.sweep(time.Millisecond)
		sh.want("without an event", "")
		after, _ := sh.Load(t.Context(), "m_1")
		if after.Version <= before.Version {
			t.Error("a profile that is held elsewhere would not be read again")
		}
		all, err := sh.History(t.Context(), "m_1", 10)
		if err != nil || len(all) != 2 || all[0].Change != "removed" || all[1].Change != "added" || all[1].Evidence == nil {
			t.Fatalf("%+v, %v", all, err)
		}
		got := ""
		for _, f := range all[1].Evidence.Facts {
			got += f.Kind + " " + f.ID + " "
		}
		if got != "item A4 item A1 item A0 " || all[1].Evidence.Count != 3 || !strings.Contains(all[1].Reason, "baby") {
			t.Errorf("evidence %q of %+v", got, all[1])
		}
	})
}

func TestAnOrderGivenBackTakesTheTagAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags:
  - {name: saver, when: 'share(filter(orders, .coupon != ""), orders, "90d") > 0.5'}
  - {name: spender, when: 'sum(orders, "total", "90d") >= 1000'}`)
		sh.buy("a", 400, day, `,"coupon":"X"`)
		sh.want("bought with a coupon", "[saver]")
		sh.buy("a", 600, 0, "")
		sh.want("half at the full price", "[spender]")
		sh.take("return", 0, `{"order":"A1"}`)
		sh.want("given back", "[saver]")
	})
}

func TestSilenceMakesATag(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags: [{name: silent, when: 'last(orders) >= 30 and last(orders) < 60'}]`)
		sh.buy("a", 1, 0, "")
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{30*day - 1e6, ""}, {1e6, "[silent]"}, {30*day - 1e6, "[silent]"}, {1e6, ""}} {
			sh.sweep(step.after)
			sh.want(fmt.Sprint("at ", sh.now), step.want)
		}
	})
}

func TestChannelAndPlaceByThemselves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		rules, err := os.ReadFile("tags.yaml")
		if err != nil {
			t.Fatal(err)
		}
		sh := open(t, s, string(rules))
		sh.take("call", 3*day, `{"channel":"wechat"}`)
		sh.want("one contact", "")
		sh.take("call", 2*day, `{"channel":"wechat"}`)
		sh.take("visit", day, `{"store":"s9"}`)
		sh.take("visit", 0, `{"store":"s9"}`)
		sh.want("two contacts and two visits", "[常去:s9][常用渠道:wechat]")
		for range 3 {
			sh.take("call", 0, `{"channel":"phone"}`)
		}
		sh.want("phone is the usual now", "[常去:s9][常用渠道:phone]")
	})
}

func TestTagsByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags: [{name: careful, when: 'has("irritable")'}, {name: two, when: 'count(orders, "1d") > 0'}]`)
		until := noon.Add(day)
		if _, err := sh.Put(t.Context(), "m_1", "irritable", "agent 7", &until); err != nil {
			t.Fatal(err)
		}
		sh.want("by hand, and what follows from it", "[careful][irritable]")
		p, _ := sh.Load(t.Context(), "m_1")
		if g := p.Tags[1]; g.Author != "agent 7" || g.Source != tag.SourceAgent || !g.At.Equal(noon) {
			t.Errorf("%+v", g)
		}
		if _, err := sh.Take(t.Context(), "m_1", "careful", "agent 7"); !errors.Is(err, tag.ErrByRule) {
			t.Error(err)
		}
		sh.sweep(day)
		sh.want("its time is over", "")
		if _, err := sh.Put(t.Context(), "m_1", "expert", "agent 8", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := sh.Take(t.Context(), "m_1", "expert", "agent 9"); err != nil {
			t.Fatal(err)
		}
		all, _ := sh.History(t.Context(), "m_1", 1)
		if len(all) != 1 || all[0].Author != "agent 9" || all[0].Change != "removed" {
			t.Errorf("%+v", all)
		}
		for _, name := range []string{"", "call 13800001234", strings.Repeat("x", 65), "a\nb"} {
			if _, err := sh.Put(t.Context(), "m_1", name, "agent", nil); !errors.Is(err, tag.ErrName) {
				t.Errorf("%d bytes: %v", len(name), err)
			}
		}
		if _, err := sh.Put(t.Context(), "m_none", "x", "agent", nil); !errors.Is(err, member.ErrUnknown) {
			t.Error(err)
		}
	})
}

func TestWhatIsChangedElsewhereIsSweptToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags: [{name: caller, when: 'count(contacts, "30d") > 0'}]`)
		sh.sweep(0)
		if _, err := s.Record(t.Context(), "m_1", member.Interaction{At: noon, Channel: "phone"}); err != nil {
			t.Fatal(err)
		}
		sh.sweep(0)
		sh.want("after a call", "[caller]")
	})
}

func TestOtherRulesHoldForEverybody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, baby)
		for range 3 {
			sh.buy("baby", 1, 0, "")
		}
		sh.want("by the first rules", "[baby]")
		r, err := tag.Parse("x", []byte(`tags: [{name: buyer, when: 'count(orders, "30d") > 2'}]`))
		if err != nil {
			t.Fatal(err)
		}
		if err := sh.Use(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		sh.sweep(0)
		sh.want("by the second", "[buyer]")
		if n, err := sh.Sweep(t.Context(), nil); n != 0 || err != nil {
			t.Error("swept again", n, err)
		}
	})
}

func TestRulesAreReadAgainWhileRunning(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	file := filepath.Join(t.TempDir(), "rules.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`tags: [{name: one, when: "true"}]`)
	if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	changed := make(chan member.ID, 10)
	k, err := tag.New(s, tag.Config{File: file, Members: told(changed)})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = k.Run(t.Context()) }()
	sh := &shop{T: t, Store: s, Keeper: k}
	<-changed
	sh.want("at first", "[one]")
	write(`tags: [{name: two, when: "tru"}]`) // refused
	write(`tags: [{name: three, when: "true"}]`)
	<-changed
	sh.want("read again", "[three]")
}

type told chan member.ID

func (c told) Changed(_ context.Context, id member.ID, _ int64) { c <- id }
