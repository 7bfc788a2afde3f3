package turn

import (
	"strings"
	"unicode"

	"huike/dialog"
)

// completeness says how much the caller's words so far look like a whole answer.
type completeness int

const (
	unsure completeness = iota
	complete
	incomplete
	listing // digits, of which more may come, or a beginning by the model of endings
)

// judge tells how complete text is for the answer that is due.
func judge(text string, expect dialog.Expect) completeness {
	words := fold(text)
	if words == "" {
		return unsure
	}
	if n := digits(words); expect.Kind == "digits" && expect.Digits > 0 && n > 0 {
		if n >= expect.Digits {
			return complete
		}
		return incomplete
	}
	return answer(words, expect, lastRune(text))
}

// numeric tells whether folded words are a number, or announce one, or are digits that
// are due: then the number tells whether it is whole, and the voice does not.
func numeric(words string, expect dialog.Expect) bool {
	n := digits(words)
	return expect.Kind == "digits" && expect.Digits > 0 && n > 0 || n >= wholeNumber && endsInDigits(words) || mayGoOn(words)
}

// answer judges folded words that are not the digits that are due.
func answer(words string, expect dialog.Expect, last rune) completeness {
	comma := strings.ContainsRune(",，、", last)
	switch {
	case bare(words):
		return unsure // "Yes, please", "No, on Friday"
	case open(words):
		return incomplete
	case expect.Kind == "yesno" && len(strings.Fields(words)) <= 3 && !comma:
		return complete
	case mayGoOn(words), digits(words) >= wholeNumber && endsInDigits(words), digits(words) == wholeNumber && phoneDue(words):
		return number(words, comma)
	case comma && hanEnd(words):
		return listing // there is no model of Chinese
	default:
		return sentence(words, last)
	}
}

// number judges folded words that are a number that is not due, or announce one.
func number(words string, comma bool) completeness {
	n := digits(words)
	switch {
	case n == wholeNumber && phoneDue(words):
		return listing // some have one more
	case n >= wholeNumber:
		return complete
	case phoneDue(words), n < shortNumber:
		return incomplete
	case comma:
		return listing
	default:
		return unsure
	}
}

// mayGoOn tells whether folded words are a number, or announce one, that need not be
// over.
func mayGoOn(words string) bool {
	n := digits(words)
	return n < wholeNumber && (n > 1 && endsInDigits(words) || numberDue(words))
}

// sentence judges folded words by the model of endings and by how the recogniser
// punctuated them.
func sentence(words string, last rune) completeness {
	comma := last == ',' || last == '，' || last == '、'
	question := last == '?' || last == '？'
	p := ending(words)
	switch {
	case strings.HasSuffix(words, "think so"), strings.HasSuffix(words, "hope so"):
		return complete
	case p >= wholeFrom || greeting(words) || p >= partBelow && question:
		if comma {
			return unsure // recognisers put one after a whole answer too
		}
		return complete // a full stop says less: recognisers put one after any words
	case p < partBelow && !shortAnswer(words) && (last != '.' || len(strings.Fields(words)) < 5):
		return listing // the model is not as sure as a list of words that end nothing
	default:
		return unsure
	}
}

// numberDue tells whether folded words announce a number.
func numberDue(words string) bool {
	for _, lead := range []string{"number is", "number's", "the numbers", "order numbers", "phone numbers", "member numbers", "card numbers", "reach me at", "call me at", "call me on", "号码是", "电话是", "订单号是"} {
		if strings.Contains(words, lead) {
			return true
		}
	}
	return false
}

// phoneDue tells whether folded words announce a telephone number, which is longer than
// any other.
func phoneDue(words string) bool {
	for _, lead := range []string{"phone", "mobile", "reach me", "call me", "ring me", "手机", "电话"} {
		if strings.Contains(words, lead) {
			return true
		}
	}
	return false
}

// bare tells whether folded words are a yes or no that more may follow at once.
func bare(words string) bool {
	switch words {
	case "yes", "no", "yeah", "yep", "nope", "是", "不", "好", "对":
		return true
	}
	return false
}

// greeting tells whether folded words are a whole turn that sentences do not teach.
func greeting(words string) bool {
	switch words {
	case "hello", "hi", "good morning", "good afternoon", "good evening", "good-bye", "good-by", "yes please", "no thanks", "no thank you", "thank you", "thanks", "goodbye", "bye", "that's right", "stop":
		return true
	}
	return false
}

// shortAnswer tells whether folded words look like an answer that is no sentence: a
// thing, a time or a place. They begin otherwise than sentences do.
func shortAnswer(words string) bool {
	fields := strings.Fields(words)
	if len(fields) > 4 {
		return false
	}
	switch fields[0] {
	case "i", "i'm", "i'd", "i've", "i'll", "can", "could", "would", "will", "do", "does", "did", "is", "are", "was", "what",
		"what's", "where", "when", "why", "who", "how", "which", "my", "we", "you", "your", "our", "please", "tell", "give", "well",
		"so", "if", "because", "it", "it's", "he", "she", "they", "there", "let", "let's", "that", "and", "but":
		return false
	}
	return true
}

// wholeNumber is how many digits a telephone number has at least; a number that is not
// asked for and has fewer may go on.
const wholeNumber = 10

// shortNumber is how many digits an order's or a member's number has at least.
const shortNumber = 5

// endsInDigits tells whether the last of folded words is a digit or a number.
func endsInDigits(words string) bool {
	fields := strings.Fields(words)
	return len(fields) > 0 && digits(fields[len(fields)-1]) > 0
}

// open says whether folded words end as nobody ends a turn.
func open(words string) bool {
	if strings.HasSuffix(words, "think so") || strings.HasSuffix(words, "hope so") || asksWithin(words) {
		return false
	}
	switch words {
	case "it", "you", "he", "she", "they", "we":
		return true
	}
	for _, tail := range openEnds() {
		if words == tail || strings.HasSuffix(words, " "+tail) || (hanEnd(tail) && strings.HasSuffix(words, tail)) {
			return true
		}
	}
	return false
}

// openEnds are the words that nobody ends a turn with.
func openEnds() []string {
	return []string{
		"and", "but", "or", "so", "because", "the", "a", "an", "my", "is", "of", "for", "to", "with", "number is", "it's", "that's", "tell me", "because of",
		"um", "uh", "i", "然后", "还有", "就是", "因为", "但是", "我的", "那个", "是",
	}
}

// Backchannel reports whether text is a listener's noise ("mm-hm", "嗯", "okay")
// that asks for nothing, or no words at all.
func Backchannel(text string) bool {
	words := fold(text)
	switch words {
	case "", "all right", "got it", "go on", "that's fine", "sounds good", "i know":
		return true
	case "ice", "i c": // what recognisers make of "I see"
		return true
	}
	for w := range strings.FieldsSeq(words) {
		if !murmur(w) {
			return false
		}
	}
	return true
}

func murmur(w string) bool {
	switch w {
	case "mm", "mmm", "mhm", "hm", "hmm", "hmmm", "mm-hm", "mm-hmm", "mmhm", "mmhmm", "uh", "huh", "uh-huh", "um", "ah", "oh",
		"yeah", "yep", "yup", "alright", "fine", "great", "ok", "okay", "right", "sure", "aha", "i", "see",
		"嗯", "嗯嗯", "哦", "噢", "啊", "好的", "好", "对", "对对", "是的", "行", "唔", "呃":
		return true
	}
	return false
}

// fold lowers text and takes out punctuation but for apostrophes and hyphens
// inside words.
func fold(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// digits counts the digits in folded words, written or spoken.
func digits(words string) int {
	n := 0
	for _, r := range words {
		if unicode.IsDigit(r) || strings.ContainsRune("零一二三四五六七八九幺", r) {
			n++
		}
	}
	for w := range strings.FieldsSeq(words) {
		switch w {
		case "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine":
			n++
		}
	}
	return n
}

func lastRune(text string) rune {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return 0
	}
	runes := []rune(trimmed)
	return runes[len(runes)-1]
}

func hanEnd(s string) bool { return unicode.Is(unicode.Han, lastRune(s)) }

// hesitation tells whether text is nothing but the sounds of somebody who thinks.
func hesitation(text string) bool {
	for w := range strings.FieldsSeq(fold(text)) {
		switch w {
		case "um", "uh", "hm", "hmm", "hmmm", "mm", "mmm", "er", "ah", "oh", "呃", "额", "唔", "哦", "噢", "啊":
		default:
			return false
		}
	}
	return true
}

// aside tells whether text says that it is for somebody else than the agent.
func aside(text string) bool {
	words := " " + fold(text) + " "
	for _, said := range []string{
		" i'm on the phone ", " i'm on a call ", " on the phone here ", " be quiet ", " television ", " the tv ", " honey ", " sweetie ",
		" darling ", " get the door ", " mom ", " mommy ", " daddy ", "我在打电话", "我在讲电话", "别吵", "宝贝", "小声点", "妈妈",
	} {
		if strings.Contains(words, said) {
			return true
		}
	}
	return false
}

// asksWithin tells whether folded words end as a question does that is part of a
// sentence: "I'd like to know where my order is".
func asksWithin(words string) bool {
	before, ok := strings.CutSuffix(words, " is")
	if !ok {
		return false
	}
	for _, asked := range []string{" where ", " who ", " how ", "know what ", "tell me what ", "know which ", "know when "} {
		if at := strings.LastIndex(" "+before, asked); at >= 0 {
			return true
		}
	}
	return false
}
