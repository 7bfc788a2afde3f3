package knowledge

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// longestQuery bounds the words of a text that are looked at: nobody asks a question
// longer than that.
const longestQuery = 80

// split cuts text into lower-case words without punctuation and endings; each Han
// character is a word of its own.
func split(text string) []string {
	var out []string
	from := -1
	runes := []rune(strings.ToLower(norm.NFKC.String(text)))
	flush := func(to int) {
		if from >= 0 {
			if w := stem(strings.NewReplacer("'", "", "’", "").Replace(string(runes[from:to]))); w != "" {
				out = append(out, w)
			}
			from = -1
		}
	}
	for i, c := range runes {
		switch {
		case unicode.Is(unicode.Han, c):
			flush(i)
			out = append(out, string(c))
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsMark(c), (c == '\'' || c == '’') && from >= 0:
			if from < 0 {
				from = i
			}
		default:
			flush(i)
		}
		if len(out) >= longestQuery {
			return out
		}
	}
	flush(len(runes))
	return out
}

// stem takes the commonest endings off an English word, so that "cards" is "card"
// and "refunded" is "refund". It is no dictionary: both sides are cut alike.
func stem(w string) string {
	const least = 4
	if len(w) <= least || w[0] >= unicode.MaxASCII {
		return w
	}
	for _, s := range [...]struct{ from, to string }{
		{"ies", "y"}, {"sses", "ss"}, {"ing", ""}, {"ied", "y"}, {"ed", ""}, {"es", "e"}, {"ss", "ss"}, {"s", ""}, {"ly", ""},
	} {
		head, ok := strings.CutSuffix(w, s.from)
		if !ok || len(head) < least-1 {
			continue
		}
		if n := len(head); s.to == "" && n > least && head[n-1] == head[n-2] && head[n-1] != 'l' && head[n-1] != 's' {
			head = head[:n-1] // "stopping"
		}
		w = head + s.to
		break
	}
	return strings.TrimSuffix(w, "e")
}

func han(word string) bool {
	for _, c := range word {
		return unicode.Is(unicode.Han, c)
	}
	return false
}

// term is a feature of a text, told by its hash (FNV-1a, 64 bits).
type term struct {
	key    uint64
	weight float32 // of its kind
	count  float32 // how often it stands in the text
}

const (
	offset64 uint64 = 14695981039346656037
	prime64  uint64 = 1099511628211
	pairSeed uint64 = offset64 ^ 0x9e3779b97f4a7c15
	partSeed uint64 = offset64 ^ 0x94d049bb133111eb
	toneSeed uint64 = offset64 ^ 0xbf58476d1ce4e5b9
)

func hash(seed uint64, text string) uint64 {
	for i := range len(text) {
		seed = (seed ^ uint64(text[i])) * prime64
	}
	return seed
}

// What each kind of term weighs beside an English word.
const (
	pairWeight   = 0.5 // two English words side by side
	singleWeight = 0.4 // a Han character, which alone is seldom a word
	doubleWeight = 1   // two Han characters side by side, as most words are
	tripleWeight = 0.5
	idleWeight   = 0.3 // what carries no matter: "please", "的"
)

// wordTerms are the words of a text and their neighbours. Han words are told by
// overlapping runs of two and three characters: no dictionary has a shop's names.
func wordTerms(words []string) []term {
	var out []term
	for i, w := range words {
		weight := weightOf(w)
		if han(w) {
			weight *= singleWeight
		}
		out = append(out, term{hash(offset64, w), weight, 1})
		if i+1 == len(words) {
			continue
		}
		key := hash(hash(pairSeed, w)*prime64, words[i+1])
		out = append(out, term{key, pairOf(w, words[i+1]), 1})
		if i+2 < len(words) && telling(w) && telling(words[i+1]) && telling(words[i+2]) {
			out = append(out, term{hash(key*prime64, words[i+2]), tripleWeight, 1})
		}
	}
	return out
}

// pairOf is what two words side by side weigh.
func pairOf(w, next string) float32 {
	weight := float32(pairWeight)
	if han(w) && han(next) {
		weight = doubleWeight
	}
	if idle(w) || idle(next) {
		weight *= idleWeight
	}
	if idle(w) && idle(next) {
		weight *= idleWeight
	}
	return weight
}

// telling says whether a word is a Han character that carries matter.
func telling(w string) bool { return han(w) && !idle(w) }

// pieceTerms are pieces of three and four letters of the words, which recognisers
// and fingers spoil only in part, and the sounds of two Han characters side by side,
// which recognisers confuse with others of the same sound.
func pieceTerms(words []string) []term {
	var out []term
	for i, w := range words {
		if han(w) {
			if i+1 < len(words) && han(words[i+1]) {
				weight := float32(1)
				if idle(w) || idle(words[i+1]) {
					weight = idleWeight
				}
				out = append(out, term{hash(hash(toneSeed, sound(w))*prime64, sound(words[i+1])), weight, 1})
			}
			out = append(out, term{hash(partSeed, w), singleWeight * weightOf(w), 1})
			continue
		}
		weight := weightOf(w)
		padded := "_" + w + "_"
		for n := 3; n <= 4; n++ {
			for k := 0; k+n <= len(padded); k++ {
				out = append(out, term{hash(partSeed, padded[k:k+n]), weight, 1})
			}
		}
	}
	return out
}

func weightOf(w string) float32 {
	if idle(w) {
		return idleWeight
	}
	return 1
}

// sound is a Han character's pinyin without its tone and without what southern
// accents do not tell apart.
func sound(w string) string {
	list := pinyin.SinglePinyin([]rune(w)[0], pinyin.Args{Style: pinyin.Normal})
	if len(list) == 0 {
		return w
	}
	s := list[0]
	if len(s) > 2 && s[1] == 'h' {
		s = s[:1] + s[2:]
	}
	return strings.TrimSuffix(s, "g")
}

// idle says whether a word carries no matter by itself, whatever the shop sells.
func idle(w string) bool {
	switch w {
	case "a", "an", "the", "is", "are", "am", "be", "was", "i", "im", "my", "me", "you", "your", "it", "its", "do", "does", "did", "to", "of", "in", "on",
		"for", "and", "or", "so", "that", "this", "there", "if", "at", "with", "as", "have", "hav", "has", "had", "can", "could", "would", "will", "pleas",
		"um", "uh", "well", "like", "just", "hi", "hello", "hey", "ok", "okay", "thank", "any", "we", "us", "want", "need", "know", "tell", "about", "id", "ive", "get",
		"what", "whats", "how", "wher", "when", "why", "which", "who":
		return true
	case "的", "了", "吗", "呢", "啊", "吧", "呀", "嘛", "我", "你", "您", "们", "是", "有", "在", "请", "问", "个", "这", "那", "就", "都", "也", "还", "和", "跟",
		"一", "下", "想", "要", "能", "可", "以", "会", "得", "着", "过", "把", "被", "给", "到", "么", "什", "怎", "样", "哪", "里", "好", "嗯", "哦", "喂", "家":
		return true
	}
	return false
}
