package event_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var day = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// told is one event as a source would send it.
func told(id, kind, subject string, at time.Time, data string) []byte {
	b, _ := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "source": "/pos/7", "type": kind, "subject": subject,
		"time": at.Format(time.RFC3339Nano), "data": json.RawMessage(data),
	})
	return b
}

func take(tb testing.TB, in *event.Inbox, bodies ...[]byte) []event.Outcome {
	tb.Helper()
	out, err := in.Take(tb.Context(), bodies)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// life is what happened to two people, every kind more than once and some of it at the
// same moment.
func life() [][]byte {
	var all [][]byte
	n := 0
	tell := func(subject, kind string, minutes int, data string) {
		n++
		all = append(all, told(fmt.Sprint("e", n), kind, subject, day.Add(time.Duration(minutes)*time.Minute), data))
	}
	const li, wang = "phone:13800001234", "openid:o_wang"
	tell(li, "order", 0, `{"order":"1001","items":[{"product":"milk","quantity":2,"price":5000,"category":"baby"},{"product":"hat","price":900}]}`)
	tell(li, "order", 5, `{"order":"1001","status":"paid","coupon":"C1"}`)
	tell(li, "order", 60, `{"order":"1001","status":"delivered"}`)
	tell(li, "return", 90, `{"order":"1001","items":[{"product":"milk"}]}`)
	tell(li, "order", 60, `{"order":"1001","status":"shipped"}`) // at the same moment as the delivery
	tell(li, "order", 200, `{"order":"1002","total":700,"items":[{"product":"tea","price":700,"name":"茶"}]}`)
	tell(li, "return", 300, `{"order":"1002"}`)
	tell(wang, "order", 10, `{"order":"1003","items":[{"product":"milk","price":5000}]}`)
	tell(wang, "order", 20, `{"order":"1003","status":"cancelled"}`)
	tell(li, "browse", 1, `{"product":"shoe","brand":"Norden"}`)
	tell(li, "browse", 2, `{"product":"boat"}`)
	tell(li, "cart", 3, `{"product":"boat"}`)
	tell(li, "cart", 4, `{"product":"tea"}`)
	tell(li, "cart", 6, `{"product":"shoe"}`)
	tell(li, "cart", 7, `{"product":"shoe","removed":true}`)
	tell(li, "favourite", 8, `{"product":"kite"}`)
	tell(li, "favourite", 8, `{"product":"kite","removed":true}`)
	tell(wang, "favourite", 8, `{"product":"kite"}`)
	tell(li, "coupon", 1, `{"code":"C1","status":"granted","name":"十元","off":1000}`)
	tell(li, "coupon", 5, `{"code":"C1","status":"used"}`)
	tell(li, "visit", 30, `{"store":"s1"}`)
	tell(li, "dwell", 31, `{"store":"s1","zone":"toys","seconds":12.5}`)
	tell(li, "dwell", 32, `{"store":"s1","zone":"baby","seconds":80}`)
	tell(li, "dwell", 33, `{"store":"s1","zone":"toys","seconds":0.1}`)
	tell(li, "campaign", 40, `{"name":"双11","outcome":"joined","channel":"wechat"}`)
	tell(wang, "complaint", 50, `{"ticket":"T9","text":"the box was wet"}`)
	tell(li, "complaint", 50, `{"ticket":"T8","text":"too late"}`)
	tell(li, "complaint", 55, `{"ticket":"T8","resolved":true}`)
	tell(li, "rating", 50, `{"rating":2,"about":"delivery"}`)
	tell(li, "call", 70, `{"call":"c_1","channel":"phone","intent":"order.status"}`)
	tell(li, "call", 71, `{"call":"c_1","channel":"phone","outcome":"done","rating":5,"text":"my number is 13800001234"}`)
	tell(wang, "device", 80, `{"device":"filter","metric":"left","value":0.05}`)
	return all
}

// portrait is a profile without what each run must have of its own.
func portrait(tb testing.TB, s *store.Store, kind, value string) string {
	tb.Helper()
	h, err := member.NewHandle(kind, value)
	if err != nil {
		tb.Fatal(err)
	}
	id, err := s.Lookup(tb.Context(), h)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := s.Load(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := json.Marshal([]any{p.Basic.Stage, p.Basic.FirstPurchase, p.Consumption, p.Preference, p.Path, p.Complaint, plain(p.Interactions)})
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func plain(all []member.Interaction) []any {
	var out []any
	for _, in := range all {
		out = append(out, []any{in.At, in.Channel, in.Call, in.Intent, in.Outcome, in.Complaint, in.Rating, in.Summary})
	}
	return out
}

func TestWhatALifeComesTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		in := event.New(s, event.Config{})
		for i, o := range take(t, in, life()...) {
			if o.Status != event.Accepted {
				t.Errorf("event %d: %+v", i+1, o)
			}
		}
		li := portrait(t, s, "phone", "13800001234")
		for _, want := range []string{
			`"prospect"`, `"orders":1,"spent":5900,"basket":5900`, `"categories":{"baby":1}`, `"unbought":["boat"]`, `"favourites":null`,
			`"sensitivity":1`, `[{"store":"s1","zone":"baby","stayed":80000000000},{"store":"s1","zone":"toys","stayed":12600000000}]`,
			`"phone","c_1","order.status","done",false,5,"my number is 138****1234"`, `"campaign 双11","joined"`,
		} {
			if !strings.Contains(li, want) {
				t.Errorf("%s is not in %s", want, li)
			}
		}
		if wang := portrait(t, s, "openid", "o_wang"); !strings.Contains(wang, `"ticket":"T9"`) || !strings.Contains(wang, `"orders":0`) {
			t.Error(wang)
		}
	})
}

// Any permutation, with duplicates, in batches of any size, gives the same profiles.
func TestAnyOrderOfArrival(t *testing.T) {
	for kind, rounds := range map[string]int{"sqlite": 25, "postgres": 10} {
		t.Run(kind, func(t *testing.T) {
			var li, wang string
			for round := range rounds {
				r := rand.New(rand.NewPCG(6, uint64(round)))
				events := life()
				if round > 0 {
					events = slices.Concat(events, events[:r.IntN(len(events))])
					r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				}
				s := storetest.Open(t, kind)
				in := event.New(s, event.Config{})
				for len(events) > 0 {
					n := min(len(events), 1+r.IntN(9))
					take(t, in, events[:n]...)
					events = events[n:]
				}
				gotLi, gotWang := portrait(t, s, "phone", "13800001234"), portrait(t, s, "openid", "o_wang")
				if round == 0 {
					li, wang = gotLi, gotWang
				}
				if gotLi != li || gotWang != wang {
					t.Fatalf("round %d:\n%s\n%s\nwant\n%s\n%s", round, gotLi, gotWang, li, wang)
				}
			}
		})
	}
}

func TestManySourcesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		var wg sync.WaitGroup
		for source := range 5 {
			wg.Go(func() {
				in := event.New(s, event.Config{})
				for n := range 10 {
					id := fmt.Sprint(source, "-", n)
					take(t, in,
						told(id, "order", "card:VIP 77", day, fmt.Sprintf(`{"order":"%s","total":100,"items":[{"product":"p","price":100}]}`, id)),
						told("shared", "visit", "card:vip77", day, `{"store":"s1"}`))
				}
			})
		}
		wg.Wait()
		if got := portrait(t, s, "card", "vip77"); !strings.Contains(got, `"orders":50,"spent":5000`) {
			t.Error(got)
		}
	})
}

func TestAPoisonedEventIsBuriedAndTheStreamGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		at := func(id, kind, subject, data string) []byte { return told(id, kind, subject, day, data) }
		shared, _ := member.Phone("13300006677")
		for _, id := range []member.ID{"m_1", "m_2"} {
			if err := s.Create(t.Context(), &member.Profile{ID: id, Handles: []member.Handle{shared}}); err != nil {
				t.Fatal(err)
			}
		}
		in := event.New(s, event.Config{})
		good := at("good", "visit", "m_1", `{"store":"s1"}`)
		take(t, in, at("used", "visit", "m_1", `{"store":"s2"}`))
		tests := []struct{ name, body, want string }{
			{"no JSON", `{"id"`, "no JSON object"},
			{"another version", strings.Replace(string(good), `"1.0"`, `"0.3"`, 1), "specversion"},
			{"no id", strings.Replace(string(good), `"good"`, `""`, 1), "id is missing"},
			{"a time of no calendar", strings.Replace(string(good), "2026-11-21", "2026-13-41", 1), "RFC 3339"},
			{"a time to come", strings.Replace(string(good), "2026-", "2096-", 1), "ahead of this"},
			{"a kind that nobody knows", string(at("x", "party", "m_1", `{}`)), "want one of browse, call"},
			{"a member whom nobody knows", string(at("x", "visit", "m_none", `{"store":"s"}`)), "nobody has"},
			{"a shared phone", string(at("x", "visit", "phone:13300006677", `{"store":"s"}`)), "several members share the phone"},
			{"no phone", string(at("x", "visit", "phone:12", `{"store":"s"}`)), "not a phone number"},
			{"no handle", string(at("x", "visit", "13800001234", `{"store":"s"}`)), "neither a member's id"},
			{"a field too few", string(at("x", "visit", "m_1", `{}`)), "data.store is missing"},
			{"a number out of bounds", string(at("x", "rating", "m_1", `{"rating":6}`)), "data.rating is not a whole number between 1 and 5"},
			{"a text for a number", string(at("x", "order", "m_1", `{"order":"1","items":[{"product":"p","price":"many"}]}`)), "data.items[].price"},
			{"a zero byte", string(at("x", "visit", "m_1", `{"store":"a\u0000b"}`)), "zero byte"},
			{"an id used again", string(at("used", "visit", "m_1", `{"store":"s3"}`)), "id was used before"},
			{"a book", string(at("x", "visit", "m_1", `{"store":"`+strings.Repeat("x", 70_000)+`"}`)), "want at most"},
		}
		bodies := [][]byte{good}
		for _, test := range tests {
			bodies = append(bodies, []byte(test.body))
		}
		out := take(t, in, append(bodies, at("last", "visit", "m_2", `{"store":"s1"}`))...)
		if out[0].Status != event.Accepted || out[len(out)-1].Status != event.Accepted {
			t.Error("the stream did not go on", out[0], out[len(out)-1])
		}
		for i, test := range tests {
			if o := out[i+1]; o.Status != event.Refused || !strings.Contains(o.Reason, test.want) || strings.Contains(o.Reason, "13300006677") {
				t.Errorf("%s: %+v", test.name, o)
			}
		}
		dead, err := in.Dead(t.Context(), 0, 100)
		if err != nil || len(dead) != len(tests) {
			t.Fatalf("%d dead letters of %d, %v", len(dead), len(tests), err)
		}
	})
}

func TestADeadLetterIsTakenOnceItCanBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		in := event.New(s, event.Config{})
		take(t, in, told("1", "visit", "m_late", day, `{"store":"s1"}`))
		dead, _ := in.Dead(t.Context(), 0, 10)
		if o, err := in.Retry(t.Context(), dead[0].Number); err != nil || o.Status != event.Refused {
			t.Fatal(o, err)
		}
		if err := s.Create(t.Context(), &member.Profile{ID: "m_late"}); err != nil {
			t.Fatal(err)
		}
		dead, _ = in.Dead(t.Context(), 0, 10)
		if len(dead) != 1 {
			t.Fatal(dead)
		}
		if o, err := in.Retry(t.Context(), dead[0].Number); err != nil || o.Status != event.Accepted {
			t.Error(o, err)
		}
		if dead, _ = in.Dead(t.Context(), 0, 10); len(dead) != 0 {
			t.Error(dead)
		}
	})
}

func TestACallInProgressKnowsByItsNextTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		rdb, closer, err := member.OpenRedis("")
		if err != nil {
			t.Fatal(err)
		}
		defer closer()
		grants := []member.Grant{{Purpose: member.PurposeService, Given: true, At: day}, {Purpose: member.PurposeProfiling, Given: true, At: day}}
		if err := s.Create(t.Context(), &member.Profile{ID: "m_1", Consent: grants}); err != nil {
			t.Fatal(err)
		}
		d := member.NewDirectory(s, rdb, member.Config{Patience: time.Minute, Timeout: time.Minute, RedisWait: time.Minute})
		robot := member.Access{Role: member.RoleRobot, Purpose: member.PurposeService}
		in := event.New(s, event.Config{Members: d})
		for n := 1; n <= 3; n++ {
			if v, err := d.Get(t.Context(), "m_1", robot); err != nil || v.Consumption.Orders != n-1 {
				t.Fatal(n, v.Consumption, err)
			}
			take(t, in, told(fmt.Sprint(n), "order", "m_1", day, fmt.Sprintf(`{"order":"%d","total":100}`, n)))
		}
	})
}

func BenchmarkTake(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			in := event.New(storetest.Open(b, kind), event.Config{})
			n := 0
			for b.Loop() {
				bodies := make([][]byte, event.BatchEvents)
				for i := range bodies {
					n++
					subject := fmt.Sprint("card:", n%5000)
					bodies[i] = told(fmt.Sprint(n), "browse", subject, day, `{"product":"p1"}`)
					if n%4 == 0 {
						bodies[i] = told(fmt.Sprint(n), "order", subject, day, fmt.Sprintf(`{"order":"%d","items":[{"product":"p1","price":100},{"product":"p2","price":200}]}`, n))
					}
				}
				take(b, in, bodies...)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
