package flow_test

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"huike/dialog"
	"huike/dialog/flow"
)

// among is the demonstration shop with the examples of other intents beside its
// own: of ten each, made of beginnings and things, half of them Chinese.
func among(tb testing.TB, intents int) *flow.Definition {
	tb.Helper()
	shop := fstest.MapFS{}
	entries, err := fs.ReadDir(flow.Shop, "shop")
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		data, err := fs.ReadFile(flow.Shop, "shop/"+e.Name())
		if err != nil {
			tb.Fatal(err)
		}
		shop["shop/"+e.Name()] = &fstest.MapFile{Data: data}
	}
	asks := []string{"where is", "I want to change", "please cancel", "how much is", "can you explain", "who sells", "tell me about", "is there a", "show me", "I have lost"}
	zh := []string{"我想查", "请帮我改", "取消一下", "多少钱", "怎么办理", "哪里有", "介绍一下", "有没有", "看看", "丢了"}
	syllables := []string{"ka", "lo", "mi", "ter", "bon", "vi", "sel", "ran", "pu", "dex"}
	han := []rune("春夏秋冬山水花鸟云月风雨星河海江湖石木竹")
	var b strings.Builder
	for i := range intents {
		thing := syllables[i%10] + syllables[i/10%10] + syllables[i/100]
		name := string([]rune{han[i%20], han[i/20%20], han[(i/50)%20]})
		fmt.Fprintf(&b, "  - intent: wish.%03d\n    examples:\n      en:\n", i)
		for k := range 5 {
			fmt.Fprintf(&b, "        - %s my %s\n", asks[(i+k)%10], thing)
		}
		b.WriteString("      zh:\n")
		for k := range 5 {
			fmt.Fprintf(&b, "        - %s%s\n", zh[(i+k)%10], name)
		}
	}
	words := shop["shop/nlu.yaml"]
	words.Data = []byte(strings.Replace(string(words.Data), "\nintents:\n", "\nintents:\n"+b.String(), 1))
	def, err := flow.Load(shop, "shop")
	if err != nil {
		tb.Fatal(err)
	}
	return def
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

// BenchmarkUnderstandAndStep reports what understanding a sentence and one flow
// step take of a core, over all that the callers of the golden dialogues say and
// four sentences that are longer. With a thousand intents loaded the 99th
// percentile may be 2 ms.
func BenchmarkUnderstandAndStep(b *testing.B) {
	_, texts := spoken(b)
	texts = append(texts,
		"Hi, um, could you please tell me where my order one zero zero two three is right now?",
		"Do you have the hiking boats in stock at the Pudong store?",
		"我想问一下我上个星期在你们店里买的那个双肩包什么时候能送到啊",
		"purple elephants quietly walk over the umbrella of seven galaxies",
	)
	for _, intents := range []int{0, 1000} {
		b.Run(fmt.Sprintf("%d intents beside the shop's", intents), func(b *testing.B) {
			def := among(b, intents)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			b.ReportAllocs()
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				text := texts[i%len(texts)]
				lang := dialog.English
				if text[0] >= 0x80 {
					lang = dialog.Chinese
				}
				c := flow.New(def, lang)
				began := worked(b)
				c.Step(flow.Input{Kind: flow.Words, Text: text})
				took = append(took, worked(b)-began)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-cpu-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-cpu-µs")
		})
	}
}
