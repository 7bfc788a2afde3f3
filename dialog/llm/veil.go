package llm

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"huike/dialog"
	"huike/member"
)

// Veil stands between a call and a model: numbers, names, addresses and the shop's
// records go to the model as names in brackets, "[order_number_1]", and what stands
// behind them is filled in on this side. One goroutine uses it; the zero value is
// ready.
type Veil struct {
	Open   bool                      // the member has agreed that records may be shown to a model
	Called func(value string) string // how the agent calls a thing of the shop's by its id; nil: as it stands
	behind map[string]string
	names  map[string]string // by what is behind: its name
	count  map[string]int
}

func (v *Veil) clone() Veil {
	return Veil{Open: v.Open, Called: v.Called, behind: maps.Clone(v.behind), names: maps.Clone(v.names), count: maps.Clone(v.count)}
}

// shown are slots whose words say nothing of who calls: names of the shop's own.
func shown(slot string) bool {
	switch slot {
	case "product", "store", "service", "field", "answer", "choice", "date", "product_text":
		return true
	}
	return false
}

// Hide returns text as a model may read it: the details that were found in it, what
// callers say of themselves, and every other number, hidden.
func (v *Veil) Hide(said string, slots []dialog.Slot) string {
	said = norm.NFKC.String(said)
	slots = slices.Clone(slots)
	slices.SortStableFunc(slots, func(a, b dialog.Slot) int { return len(b.Heard) - len(a.Heard) }) // an address before the number in it
	born := birth.MatchString(said)
	for _, s := range slots {
		if shown(s.Name) && (s.Name != "date" || !born) || s.Heard == "" {
			continue
		}
		said = v.hideAll(said, s.Name, s.Heard)
	}
	for _, re := range [...]*regexp.Regexp{callersEN, callersZH, housesEN, housesZH} {
		for _, m := range re.FindAllStringSubmatch(said, -1) {
			if !strings.ContainsAny(m[1], "[]") {
				said = v.hideAll(said, "detail", m[1])
			}
		}
	}
	var b strings.Builder
	at := 0
	for _, span := range bracketed.FindAllStringIndex(said, -1) {
		b.WriteString(masked(said[at:span[0]]))
		b.WriteString(said[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(masked(said[at:]))
	return b.String()
}

// What callers say of themselves that may have been found as no detail: their names,
// where they live, and when they were born.
var (
	birth     = regexp.MustCompile(`(?i)\bborn\b|\bbirth|生日|出生|年.{0,8}生的`)
	callersEN = regexp.MustCompile(`\b(?:[Tt]his is|I am|I'm|I’m|[Ii]t's|[Ii]t is|[Cc]all me|[Nn]ame(?: is|'s|’s))\s+((?:(?:Mr|Mrs|Ms|Dr)\.?\s+)?\p{Lu}\p{L}+(?:\s+\p{Lu}\p{L}+)*)`)
	callersZH = regexp.MustCompile(`(?:我是|这里是|这边是|我叫|我姓)([` + surnames + `]\p{Han}{1,3}?)(?:$|[\s\p{P}]|女士|先生|小姐|的|啊|呀|吧|我|想|要|帮|你|您)`)
	housesEN  = regexp.MustCompile(`(?i)\b([0-9]+[a-z]?\s+(?:\p{L}+\s+){1,3}?(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|ct|place|pl|square|sq|close|terrace)\b(?:[\s,]+\p{Lu}\p{L}+)*)`)
	housesZH  = regexp.MustCompile(`(?:住在?|寄到|送到|地址是?)(\p{Han}*?[路街道巷弄村镇区](?:\p{Han}|[0-9])*[号室栋楼弄])`)
)

const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻苏潘葛范彭郎鲁韦昌马苗方任袁柳史唐费岑薛雷贺倪汤罗毕郝安常乐于傅康余顾孟黄穆萧尹姚邵汪毛米成戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫房丁邓洪石崔龚程陆段侯武刘龙叶黎白温欧阳司马诸葛上官"

// hideAll hides heard wherever it stands in said as words of its own, though it may be
// written with other blanks, dashes and capitals.
func (v *Veil) hideAll(said, kind, heard string) string {
	words := strings.Fields(heard)
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	re, err := regexp.Compile(`(?i)` + strings.Join(words, `[\s\p{P}]*`))
	if err != nil || len(words) == 0 {
		return said
	}
	hidden := bracketed.FindAllStringIndex(said, -1)
	var b strings.Builder
	at := 0
	for _, span := range re.FindAllStringIndex(said, -1) {
		within := slices.ContainsFunc(hidden, func(h []int) bool { return span[0] < h[1] && h[0] < span[1] })
		if within || !apart(said, span[0], span[1]) {
			continue
		}
		b.WriteString(said[at:span[0]])
		b.WriteString(v.put(kind, said[span[0]:span[1]]))
		at = span[1]
	}
	return b.String() + said[at:]
}

// apart tells whether said[from:to] is no part of a longer word or number. Chinese
// characters divide themselves.
func apart(said string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(said[:from])
	first, _ := utf8.DecodeRuneInString(said[from:])
	last, _ := utf8.DecodeLastRuneInString(said[:to])
	after, _ := utf8.DecodeRuneInString(said[to:])
	return (!joins(before) || !joins(first)) && (!joins(last) || !joins(after))
}

func joins(c rune) bool {
	return (unicode.IsLetter(c) || unicode.IsDigit(c)) && !unicode.Is(unicode.Han, c)
}

// masked hides every digit, written or spoken as a telephone number is.
func masked(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return '#'
		}
		return c
	}, member.Mask(text))
	text = spelledEN.ReplaceAllString(text, "#")
	text = yearZH.ReplaceAllString(text, "#年")
	return spelledZH.ReplaceAllStringFunc(text, func(run string) string {
		if digits := []rune(run); strings.ContainsRune("号日点月分个件双", digits[len(digits)-1]) { // a day, an hour, a few of something
			return run
		}
		return "#"
	})
}

// Numbers of three digits and more, in words.
var (
	spelledEN = regexp.MustCompile(`(?i)\b(?:(?:` + numberWords + `)[\s\-,.]+(?:and[\s\-]+)?){2,}(?:` + numberWords + `)\b`)
	spelledZH = regexp.MustCompile(`[零〇一二三四五六七八九幺两十百千万]{3,}[号日点月分个件双]?`)
	yearZH    = regexp.MustCompile(`[零〇一二三四五六七八九]{2,4}年`)
)

const numberWords = `zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|double|triple`

// put hides a value, always under the same name.
func (v *Veil) put(kind, value string) string {
	if v.behind == nil {
		v.behind, v.names, v.count = map[string]string{}, map[string]string{}, map[string]int{}
	}
	key := kind + "=" + value
	if name := v.names[key]; name != "" {
		return name
	}
	v.count[kind]++
	name := fmt.Sprintf("[%s_%d]", kind, v.count[kind])
	v.names[key], v.behind[name] = name, value
	return name
}

// Rows hides the values of what the shop has answered, but for words that only say how
// something stands; where the member has agreed, only numbers and names of people.
func (v *Veil) Rows(rows []map[string]string) []map[string]string {
	out := make([]map[string]string, len(rows))
	for i, row := range rows {
		out[i] = map[string]string{}
		for _, column := range slices.Sorted(maps.Keys(row)) {
			value := row[column]
			switch {
			case value == "" || column == "status" || column == "code":
				out[i][column] = value
			case v.Open && !personal(column) && !strings.ContainsAny(value, "0123456789"):
				out[i][column] = value
			default:
				out[i][column] = v.put(column, value)
			}
		}
	}
	return out
}

func personal(column string) bool {
	return strings.Contains(column, "phone") || strings.Contains(column, "name") || strings.Contains(column, "address")
}

// bracketed is what hidden values are called.
var bracketed = regexp.MustCompile(`\[[a-z_0-9]+_[0-9]+\]`)

// Show fills in what is hidden. It returns false where a name hides nothing, or where
// a digit stands in text that was hidden from the model: it made it up.
func (v *Veil) Show(said string) (string, bool) {
	known := true
	bare := bracketed.ReplaceAllString(said, "")
	if strings.ContainsAny(bare, "0123456789[]{}<>") {
		known = false
	}
	return bracketed.ReplaceAllStringFunc(said, func(name string) string {
		value, ok := v.behind[name]
		known = known && ok
		if v.Called != nil {
			value = v.Called(value)
		}
		return value
	}), known
}

// Behind returns what text stands for: itself, or what a name in brackets hides.
func (v *Veil) Behind(text string) string {
	if value, ok := v.behind[strings.TrimSpace(text)]; ok {
		return value
	}
	return text
}

// Said are all values that are hidden: what was said in this call, and what the shop
// has answered.
func (v *Veil) Said() []string { return slices.Sorted(maps.Values(v.behind)) }
