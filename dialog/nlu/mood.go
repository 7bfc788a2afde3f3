package nlu

import (
	"slices"

	"huike/dialog"
	"huike/dialog/pattern"
)

// Moods of the understanding: the first two also stand in its Mood.
const (
	Angry      = "angry"
	Vulnerable = "vulnerable"
	Confused   = "confused"
	Busy       = "busy"      // no time now: another way or another hour
	Unwilling  = "unwilling" // does not care to be told more
)

// How much a phrase that shows a mood weighs, and words that make it weigh more.
const (
	phraseWeight = 0.6
	loudWeight   = 0.35
)

var (
	loud     = pattern.MustCompile(`\b(?:very|really|so|extremely|totally|absolutely|fucking|bloody|damn|right now|again and again)\b|非常|特别|太|真的|实在|极其|简直|到底|一直|好几次|多少次`)
	shouting = pattern.MustCompile(`[!！]{1,}|[A-Z]{4,} [A-Z]{3,}`)
)

// aged is what callers say of their age who may want more patience.
var aged = pattern.MustCompile(`\bi am (?:nearly |almost |over |already )?(?:seventy|eighty|ninety|[789][0-9])(?: (?:one|two|three|four|five|six|seven|eight|nine))?(?: years| and|$)|我(?:今年|都|已经|快)*(?:[七八九]十[一二三四五六七八九]?|[789][0-9])(?:多?岁|多了|了)`)

// mood finds how much of each mood a text shows, 0 to 1: several signs add up,
// and stress makes them more. "I am not angry" shows none.
func (u *Understander) mood(text string, r reading) (moods map[string]float64, strongest string) {
	calm := map[string]float64{} // 1 - the score
	for i := 0; i < len(r.words); {
		ph, ok := u.moods.at(r.words, i)
		if !ok {
			i++
			continue
		}
		if !denied(r.words, i) {
			mood := ph.to[0]
			if calm[mood] == 0 {
				calm[mood] = 1
			}
			calm[mood] *= 1 - phraseWeight
		}
		i += len(ph.from)
	}
	if aged.MatchString(r.plain) {
		calm[Vulnerable] = max(calm[Vulnerable], 1) * (1 - phraseWeight)
	}
	if len(calm) == 0 {
		return nil, ""
	}
	stressed := 0.0
	if loud.MatchString(r.plain) {
		stressed += loudWeight
	}
	if shouting.MatchString(text) {
		stressed += loudWeight
	}
	moods = map[string]float64{}
	for mood, c := range calm {
		moods[mood] = 1 - c*(1-stressed)
	}
	for _, mood := range []string{Vulnerable, Angry} {
		if moods[mood] > moods[strongest] {
			strongest = mood
		}
	}
	return moods, strongest
}

// denied says whether the word at i is said not to be so.
func denied(words []string, i int) bool {
	before := words[max(0, i-2):i]
	if slices.Contains(before, "not") {
		return true
	}
	return i > 0 && (words[i-1] == "不" || words[i-1] == "没" || words[i-1] == "别") || i > 1 && words[i-2] == "没" && words[i-1] == "有"
}

// A need that is only hinted at: what others say or do, how a thing looks; and
// the words that make it a wish all the same.
var (
	hints = pattern.MustCompile(`\b(?:heard|hear) (?:that |about |of |you |your |from |good )|\b(?:friend|friends|colleague|sister|brother|neighbour|neighbor|wife|husband|mother|daughter|son|everyone|everybody|people|they|he|she)\b.{0,24}\b(?:said|says|say|told|tell|recommended|recommends|bought|loves?|swears? by|got|has|wears?|showed|keeps?)\b|\b(?:saw|seen|noticed|read about)\b|\blooks? (?:really |so |quite |very )?(?:nice|good|great|lovely|cool|interesting)\b|\b(?:i have been|i am|been) (?:thinking|wondering|considering|toying)\b|\b(?:might|maybe|perhaps|some ?day|one day|tempted|curious|interested|wondering)\b|` +
		`听(?:说|朋友|别人|人家|同事|邻居)|(?:朋友|同事|别人|人家|邻居|我妈|我姐|我哥|老公|老婆|闺蜜|大家).{0,8}(?:说|推荐|买了|在用|夸|用着|都有|都在)|看(?:到|见).{0,10}(?:不错|好看|挺好|喜欢)|(?:挺|好像|感觉|蛮|看着).{0,3}(?:不错|好看|好用)|种草|有点?(?:心动|想买|兴趣)|感兴趣|考虑|要是有|以后想|改天|说不定`)
	demands = pattern.MustCompile(`\bi (?:want|need|would like|will take|will have)\b|\b(?:can|could|may) (?:i|you)\b|\b(?:give|get|send|book|order|check|cancel|return|exchange|find) (?:me|my|it|the|one|a)\b|\bplease\b|\bi (?:have )?(?:ordered|bought|paid)\b|我(?:要|需要|想要|得)|帮我|给我|麻烦|请(?:你|您|帮|给)|(?:办|买|订|查|退|换)(?:一下|一张|一个|一双|一件)|来一(?:张|个|双|件)`)
)

// need says whether an intent was wished for or only hinted at.
func (u *Understander) need(intent dialog.Intent, r reading) string {
	if intent == "" {
		return ""
	}
	if need := u.needs[intent]; need != "" {
		return need
	}
	if u.shop[intent] && r.hints() {
		return "latent"
	}
	return "explicit"
}

// hints says whether one of the shop's things is spoken of and none demanded.
func (r reading) hints() bool {
	return r.names() && hints.MatchString(r.plain) && !demands.MatchString(r.plain)
}

// names says whether one of the shop's own things is named.
func (r reading) names() bool {
	for _, s := range r.slots {
		switch s.Name {
		case SlotNumber, SlotOrder, SlotPhone, SlotDate, SlotChoice, SlotAnswer:
		default:
			return true
		}
	}
	return false
}
