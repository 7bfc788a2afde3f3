package stream_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member"
	"huike/member/event/stream"
	"huike/member/privacy"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestWhoIsErasedIsTakenOutOfTheStream(t *testing.T) {
	rdb := client(t, storetest.OpenRedis(t).URL())
	add := func(subject, data string) {
		t.Helper()
		err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: name, Values: map[string]any{"id": "e", "subject": subject, "data": data}}).Err()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2100 { // of others, more than two looks
		add("card:X-"+fmt.Sprint(i), "{}")
		if i%700 == 0 {
			add("phone:138 1111 0001", "{}")
			add("card:X-1", `{"for":"m_hers"}`)
			add("openid:o-hers", "{}")
		}
	}
	add("card:X-1", `{"total":8800,"order":"98800","paid":"8800.00"}`)
	add("card:X-8800", `{"for":"m_hersister"}`)
	add("card:88001", `{"at":1763800001}`)
	add("card:8800", "{}")
	e := stream.Eraser{Redis: rdb}
	handles := []member.Handle{{Kind: member.HandlePhone, Value: "+8613811110001"}, {Kind: member.HandleOpenID, Value: "o-hers"}, {Kind: member.HandleCard, Value: "8800"}}
	for range 2 { // doing it again changes nothing
		if err := e.Forget(t.Context(), "m_hers", handles); err != nil {
			t.Fatal(err)
		}
		if n := rdb.XLen(t.Context(), name).Val(); n != 2103 {
			t.Errorf("%d entries are left, want those of others", n)
		}
	}
}

// Whoever hears of an erasure by the store has no handles, nor has an erasure that is
// carried out again.
func TestWhoWasErasedElsewhereIsTakenOutOfTheStream(t *testing.T) {
	rdb := client(t, storetest.OpenRedis(t).URL())
	s, err := store.Open(t.Context(), storetest.Address(t, "sqlite"), store.Config{Location: time.UTC, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	phone := member.Handle{Kind: member.HandlePhone, Value: "+8613811110001"}
	shared := member.Handle{Kind: member.HandleDevice, Value: "d-family"}
	for id, handles := range map[member.ID][]member.Handle{"m_hers": {phone, shared}, "m_other": {shared}} {
		if err := s.Create(t.Context(), &member.Profile{ID: id, Handles: handles}); err != nil {
			t.Fatal(err)
		}
	}
	erase := func(forget ...privacy.Forgetter) {
		t.Helper()
		if _, err := privacy.New(s, privacy.Config{Forget: forget}).Erase(t.Context(), "m_hers"); err != nil {
			t.Fatal(err)
		}
	}
	erase() // by a process that knows of no stream
	for _, values := range []map[string]any{
		{"id": "1", "subject": "phone:138 1111 0001", "data": "{}"},
		{"event": `{"id":"2","subject":"phone:+8613811110001"}`},
		{"event": `{"id":"3","subject":"m_hers"}`},
		{"id": "4", "subject": "device:d-family", "data": "{}"}, // somebody else has it, too
		{"id": "5", "subject": "phone:13811110002", "data": "{}"},
		{"event": "no JSON"},
	} {
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: name, Values: values}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	erase(stream.Eraser{Redis: rdb, Graves: s})
	if left := rdb.XRange(t.Context(), name, "-", "+").Val(); len(left) != 3 || left[0].Values["id"] != "4" || left[1].Values["id"] != "5" {
		t.Errorf("left are %v", left)
	}
}
