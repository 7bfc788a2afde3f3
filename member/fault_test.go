package member_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/member"
)

func TestWithdrawalHoldsWhileTheStoreIsSlow(t *testing.T) {
	b := newBook(person())
	d := run(t, b, open(t, startEmbedded(t)), member.Config{Patience: 10 * time.Millisecond})
	if err := d.Update(t.Context(), "m_1", robot(), withdraw); err != nil {
		t.Fatal(err)
	}
	defer b.slow()()
	v := get(t, d)
	if v.Address("zh") != "" || !v.Stale {
		t.Errorf("an old copy told what was withdrawn: stale %t", v.Stale)
	}
}

// prints is a book whose store can keep voice prints, and has none.
type prints struct{ *book }

func (prints) Voiceprint(context.Context, member.ID, string) (member.Voiceprint, error) {
	return member.Voiceprint{}, member.ErrNoVoiceprint
}

func (prints) KeepVoiceprint(context.Context, member.ID, member.Voiceprint) (int64, error) {
	return 0, nil
}

func (prints) DropVoiceprints(context.Context, member.ID) (n, version int64, err error) {
	return 0, 0, nil
}

func TestAnOldCopyDoesNotSayThatThereIsNoVoiceprint(t *testing.T) {
	b := prints{newBook(person())}
	d := run(t, b, open(t, startEmbedded(t)), member.Config{Patience: 10 * time.Millisecond})
	agree := func(p *member.Profile) error {
		p.SetConsent(member.Grant{Purpose: member.PurposeVoice, Given: true})
		return nil
	}
	if err := d.Update(t.Context(), "m_1", robot(), agree); err != nil {
		t.Fatal(err)
	}
	defer b.slow()()
	if _, err := d.Voiceprint(t.Context(), "m_1", robot(), "m"); !errors.Is(err, member.ErrVoiceConsentOld) || errors.Is(err, member.ErrNoVoiceprint) {
		t.Errorf("asked for: %v", err)
	}
	if err := d.KeepVoiceprint(t.Context(), "m_1", robot(), member.Voiceprint{Model: "m"}); !errors.Is(err, member.ErrVoiceConsentOld) {
		t.Errorf("kept: %v", err)
	}
}

func TestSlowOrGoneStoreIsStoodInFor(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			cfg := member.Config{RedisWait: 5 * time.Second, TTL: time.Millisecond, Patience: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
			rdb := open(t, s)
			d := member.NewDirectory(b, rdb, cfg)
			if v := get(t, d); v.Stale {
				t.Error("the first read is stale")
			}
			fast := b.slow()
			until(t, "the copy is old", func() bool {
				v := get(t, d) // though the store does not answer before fast
				return v.Stale && v.Address("en") == "Ms Zhang" && v.Age > 0
			})
			fast()
			b.setGone(true)
			until(t, "a copy stands in for the lost store, and is flagged", func() bool { return get(t, d).Stale })
			newcomer := member.NewDirectory(b, rdb, cfg)
			if v, err := newcomer.Get(t.Context(), "m_1", robot()); err != nil || !v.Stale {
				t.Errorf("a process without a copy of its own: stale %t, %v", v.Stale, err)
			}
			if _, err := newcomer.Find(t.Context(), phone(t, "13911112222"), robot()); !errors.Is(err, errGone) {
				t.Errorf("nobody is known by that number: %v", err)
			}
			b.setGone(false)
			until(t, "the store's word counts again", func() bool { return !get(t, d).Stale })
		})
	}
}

func TestRedisKilledInMidCall(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			var out syncBuffer
			cfg := member.Config{Log: slog.New(slog.NewTextHandler(&out, nil))}
			one, other := run(t, b, open(t, s), cfg), run(t, b, open(t, s), patient())
			s.kill()
			for range 20 {
				if v := get(t, one); v.Address("zh") != "张女士" {
					t.Fatal("the caller is not known any more")
				}
			}
			if err := one.Update(t.Context(), "m_1", robot(), setTier("platinum")); err != nil {
				t.Fatal(err)
			}
			until(t, "the other sees a change without Redis", func() bool { return *get(t, other).Tier == "platinum" })
			if _, err := other.Find(t.Context(), phone(t, "13800001234"), robot()); err != nil {
				t.Errorf("finding without Redis: %v", err)
			}
			s.start()
			warm(t, one)
			warm(t, other)
			if tier := *get(t, other).Tier; tier != "platinum" {
				t.Errorf("Redis came back and told of %s", tier)
			}
			if !strings.Contains(out.String(), "redis is gone") {
				t.Error("the step down is not logged")
			}
			for _, secret := range secrets {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is logged", secret)
				}
			}
		})
	}
}

func TestRedisComesBackWithWhatItHeldBefore(t *testing.T) {
	s := startEmbedded(t) // keeps its keys over a restart, as one with a disk does
	b := newBook(person())
	writer := run(t, b, open(t, s), patient())
	s.kill()
	if err := writer.Update(t.Context(), "m_1", robot(), withdraw); err != nil {
		t.Fatal(err)
	}
	s.start()
	rdb := open(t, s)
	until(t, "the writer tells Redis what it missed", func() bool {
		newcomer := member.NewDirectory(b, rdb, patient())
		return get(t, newcomer).Address("zh") == ""
	})
	if get(t, writer).Address("zh") != "" {
		t.Error("the writer believes the old copy in Redis")
	}
}

func TestRedisHangs(t *testing.T) {
	s := startReal(t)
	b := newBook(person())
	d := run(t, b, open(t, s), member.Config{TTL: time.Millisecond, Patience: time.Minute, Timeout: time.Minute})
	s.freeze()
	defer s.thaw()
	before := d.Stats()
	until(t, "a hung Redis is counted, and the store read", func() bool {
		if v := get(t, d); v.Stale {
			t.Error("the store answers, and its word is called stale")
		}
		after := d.Stats()
		return after.RedisFailed > before.RedisFailed && after.Store > before.Store
	})
	if after := d.Stats(); after.Redis != before.Redis {
		t.Errorf("a hung Redis has answered: %+v, then %+v", before, after)
	}
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
