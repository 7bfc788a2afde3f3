package nlu

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"huike/dialog"
)

// thousand is a shop with a thousand intents of ten examples each, made of
// beginnings and things, half of them Chinese.
func thousand(tb testing.TB) (*Understander, []string) {
	tb.Helper()
	def := Definition{Names: map[string][]Name{"product": {{ID: "tent", EN: []string{"tent"}, ZH: []string{"帐篷"}}}}}
	asks := []string{"where is", "I want to change", "please cancel", "how much is", "can you explain", "who sells", "tell me about", "is there a", "show me", "I have lost"}
	zh := []string{"我想查", "请帮我改", "取消一下", "多少钱", "怎么办理", "哪里有", "介绍一下", "有没有", "看看", "丢了"}
	syllables := []string{"ka", "lo", "mi", "ter", "bon", "vi", "sel", "ran", "pu", "dex"}
	han := []rune("春夏秋冬山水花鸟云月风雨星河海江湖石木竹")
	var said []string
	for i := range 1000 {
		thing := syllables[i%10] + syllables[i/10%10] + syllables[i/100]
		name := string([]rune{han[i%20], han[i/20%20], han[(i/50)%20]})
		in := IntentData{Intent: dialog.Intent(fmt.Sprintf("wish.%03d", i)), Examples: Texts{}}
		for k := range 5 {
			in.Examples[dialog.English] = append(in.Examples[dialog.English], asks[(i+k)%10]+" my "+thing)
			in.Examples[dialog.Chinese] = append(in.Examples[dialog.Chinese], zh[(i+k)%10]+name)
		}
		def.Intents = append(def.Intents, in)
		if i%10 == 0 {
			said = append(said, "well "+asks[(i+7)%10]+" the "+thing+" and then the tent please", "那个"+zh[(i+6)%10]+name+"还有帐篷")
		}
	}
	u, err := New(def)
	if err != nil {
		tb.Fatal(err)
	}
	return u, said
}

// worked is the processor's time that this thread has used: other work on the
// machine does not count.
func worked(tb testing.TB) time.Duration {
	tb.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// BenchmarkUnderstandAmongAThousandIntents reports what the slowest of a hundred
// sentences takes of a core too: with one flow step it may be 2 ms.
func BenchmarkUnderstandAmongAThousandIntents(b *testing.B) {
	u, said := thousand(b)
	for _, tt := range []struct {
		name  string
		other []string
	}{{"one reading", nil}, {"two readings", []string{"yes"}}} {
		b.Run(tt.name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			took := make([]time.Duration, 0, b.N)
			b.ReportAllocs()
			for b.Loop() {
				text := said[len(took)%len(said)]
				var other []string
				for _, o := range tt.other {
					other = append(other, text+" "+o)
				}
				began := worked(b)
				u.Understand(lang(text), text, other, Expect{})
				took = append(took, worked(b)-began)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-cpu-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-cpu-µs")
		})
	}
}
