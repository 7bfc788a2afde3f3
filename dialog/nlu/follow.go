package nlu

import (
	"slices"
	"strings"

	"huike/dialog"
	"huike/dialog/pattern"
)

// Words that mean something only after what was said just before.
var (
	followsEN = pattern.MustCompile(`^(?:oh |ok |okay |so |well |and |um )*(?:what about|how about|and|same for|the same for|also)\b(.*)$`)
	followsZH = pattern.MustCompile(`^(?:那么|那|还有|然后)?(.*?)(?:呢|怎么样|也是吗|也要|也一样吗?)$|^那(.{1,6})$`)
	otherEN   = pattern.MustCompile(`\b(?:the )?other one\b|\banother one\b|\bthe other\b`)
	otherZH   = pattern.MustCompile(`另外?一?(?:个|双|件|只|条|家|单)|别的那(?:个|双|件)`)
	pronounEN = pattern.MustCompile(`\b(?:it|that one|this one|them|those|these|there|that|the same)\b`)
	droppedZH = pattern.MustCompile(`^.{0,4}(?:吗|么|没有|多少钱(?:一.)?)$`) // "有货吗": what it is about goes without saying
	pronounZH = pattern.MustCompile(`它|(?:这|那)(?:个|双|件|只|条|家|款|单|里)|同(?:样|一)`)
)

// longestFollow is how many words may follow "and" for the whole to hang on
// what was said before.
const longestFollow = 7

// follow reads ellipsis and pronouns: "and the second one?" is about what was
// asked before; in "is it in stock" somebody must know what it is.
func (u *Understander) follow(r reading, expect Expect, out *dialog.Understanding) {
	if slices.Contains([]string{"digits", "yesno"}, expect.Kind) || expect.Kind == "choice" && expect.Slot != "" { // an answer is due
		return
	}
	decided := out.Intent != "" && out.Score >= sure
	other := otherEN.MatchString(r.plain) || otherZH.MatchString(r.plain)
	if (r.hangs() || other) && len(r.words) <= longestFollow+3 && (!decided || u.byName(r)) {
		u.hang(r, other, expect, out)
		return
	}
	if u.shop[out.Intent] && !named(out.Slots) && r.points(expect) {
		out.Follows = true
	}
}

// hangs says whether the words begin or end as those do that go on from others.
func (r reading) hangs() bool {
	return followsEN.MatchString(r.plain) && len(r.words) <= longestFollow || followsZH.MatchString(r.plain) && len(r.words) <= longestFollow+3
}

// points says whether a pronoun stands for what was named before, or would if one
// were said.
func (r reading) points(expect Expect) bool {
	return pronounEN.MatchString(r.plain) || pronounZH.MatchString(r.plain) || expect.Before != "" && droppedZH.MatchString(r.plain)
}

// hang takes the words that name a thing, or an ordinal, and nothing of what is
// to be done with it, for what was to be done before.
func (u *Understander) hang(r reading, other bool, expect Expect, out *dialog.Understanding) {
	if other {
		out.Slots = keep(out.Slots, dialog.Slot{Name: SlotChoice, Value: "other", Heard: r.plain}, true)
	} else {
		for _, s := range choices(r.words) {
			out.Slots = keep(out.Slots, dialog.Slot{Name: SlotChoice, Value: s.value, Heard: join(r.words[s.from:s.to])}, false)
		}
	}
	if len(out.Slots) == 0 || out.Intent != "" && !u.shop[out.Intent] && out.Intent != Chat {
		return
	}
	out.Follows = true
	if expect.Before != "" {
		out.Intent, out.Score, out.Need = expect.Before, sure, u.need(expect.Before, r)
	} else if out.Score < sure { // examples are whole sentences
		out.Intent, out.Score = "", 0
	}
}

// named says whether slots hold more than an answer.
func named(slots []dialog.Slot) bool {
	for _, s := range slots {
		if s.Name != SlotAnswer && s.Name != SlotDate {
			return true
		}
	}
	return false
}

// byName says whether nothing but names and small words was said, so that a
// pattern that matched was led by the name alone.
func (u *Understander) byName(r reading) bool {
	for _, w := range r.masked {
		if w[0] == '<' {
			continue
		}
		if !strings.Contains(" and what how about the a an one ones so ok okay oh well um then also for same is at in on first second third fourth last other another 那 呢 么 怎 样 第 一 二 三 四 两 个 双 件 只 家 款 还 有 另 外 的 也 ", " "+w+" ") {
			return false
		}
	}
	return true
}
