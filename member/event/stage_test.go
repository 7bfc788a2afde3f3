package event_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestStagesGoForwardInWhateverOrderTheyAreTold(t *testing.T) {
	tell := func(id, data string, minutes int) []byte {
		return told(id, event.Stage, "openid:o_wang", day.Add(time.Duration(minutes)*time.Minute), data)
	}
	first := tell("s1", `{"stage":"fan"}`, 1)
	second := tell("s2", `{"stage":"intent","from":"fan"}`, 2)
	missed := tell("s3", `{"stage":"member","from":"prospect"}`, 3) // was none
	browse := told("b1", "browse", "openid:o_wang", day, `{"product":"milk"}`)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		for i, order := range [][][]byte{{first, second, missed, browse}, {browse, missed, second, first}, {second, browse, first, missed, second}} {
			for j := range order {
				order[j] = []byte(strings.ReplaceAll(strings.ReplaceAll(string(order[j]), "o_wang", fmt.Sprint("o_", i)), `"id":"`, fmt.Sprintf(`"id":"%d`, i)))
			}
			in := event.New(s, event.Config{})
			for _, body := range order {
				take(t, in, body)
			}
			if got := stageOf(t, s, fmt.Sprint("o_", i)); got != "intent" {
				t.Errorf("order %d: stage %q, want intent", i, got)
			}
		}
		in := event.New(s, event.Config{})
		for data, want := range map[string]string{
			`{"stage":"fan","from":"member"}`:        "does not follow member",
			`{"stage":"prospect","from":"prospect"}`: "does not follow prospect",
			`{"stage":"god"}`:                        "stage",
			`{}`:                                     "stage",
		} {
			if out := take(t, in, told("x"+data, event.Stage, "openid:o_0", day.Add(time.Hour), data)); out[0].Status != event.Refused || !strings.Contains(out[0].Reason, want) {
				t.Errorf("%s: %+v, want %q", data, out[0], want)
			}
		}
		take(t, in, told("m1", event.Stage, "openid:o_0", day.Add(2*time.Hour), `{"stage":"member"}`))
		take(t, in, told("m2", event.Stage, "openid:o_0", day.Add(3*time.Hour), `{"stage":"fan"}`))
		if got := stageOf(t, s, "o_0"); got != event.StageMember {
			t.Errorf("a member is %q again", got)
		}
	})
}

func stageOf(t *testing.T, s *store.Store, openid string) string {
	t.Helper()
	id, err := s.Lookup(t.Context(), member.Handle{Kind: "openid", Value: openid})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Load(t.Context(), id)
	if err != nil || p.Basic.Stage == nil {
		t.Fatal(p, err)
	}
	return *p.Basic.Stage
}
