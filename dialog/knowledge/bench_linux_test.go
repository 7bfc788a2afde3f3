package knowledge

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"huike/dialog"
)

// BenchmarkFindAmongTenThousand reports what a query takes of a core among 10,000
// entries of three phrasings, half of them Chinese.
func BenchmarkFindAmongTenThousand(b *testing.B) {
	asks := []string{"where is the", "how do I change my", "can you cancel the", "how much is a", "please explain the", "who sells the", "I have lost my"}
	zh := []string{"我想查", "请帮我改", "怎么取消", "多少钱一个", "怎么办理", "哪里有", "丢了怎么补"}
	syllables := []string{"ka", "lo", "mi", "ter", "bon", "vi", "sel", "ran", "pu", "dex"}
	han := []rune("春夏秋冬山水花鸟云月风雨星河海江湖石木竹")
	var entries []Entry
	for i := range 10_000 {
		e := Entry{ID: fmt.Sprint(i), Answer: map[dialog.Lang]string{dialog.English: "Yes.", dialog.Chinese: "好。"}}
		thing := syllables[i/2%10] + syllables[i/20%10] + syllables[i/200%10] + syllables[i/2000]
		name := string([]rune{han[i%20], han[i/20%20], han[i/400%20], han[i/8000]})
		for k := range 3 {
			text := asks[(i+k)%7] + " " + thing
			if i%2 == 0 {
				text = zh[(i+k)%7] + name
			}
			e.Phrasings = append(e.Phrasings, text)
		}
		e.Question, e.Phrasings = e.Phrasings[0], e.Phrasings[1:]
		entries = append(entries, e)
	}
	base := New(entries)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	worked := func() time.Duration {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
			b.Fatal(err)
		}
		return time.Duration(t.Nano())
	}
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		text := "well " + entries[len(took)*7919%len(entries)].Question + " and what then"
		began := worked()
		base.Find(text, dialog.English, "2026-05-18")
		took = append(took, worked()-began)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-cpu-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-cpu-µs")
}
