package nlu

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"huike/dialog"
	"huike/dialog/pattern"
)

const street = `street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl|square|sq|terrace|close|crescent|parkway|highway`

// Names and addresses are read from the words as they were written, because
// their capitals and commas belong to them.
var (
	calledEN = pattern.MustCompile(`(?i)\b(?:my (?:full |first |last )?name is|my name's|the name is|the name's|name's|i am called|they call me)\s+((?:(?:mr|mrs|ms|dr)\.?\s+)?[\p{L}'’-]+(?:\s+[\p{L}'’-]+){0,3})`)
	calledZH = pattern.MustCompile(`(?:我的名字(?:是|叫)|名字(?:是|叫)|姓名(?:是|叫)?|我叫)\s*(\p{Han}{2,4})`)
	surname  = pattern.MustCompile(`(?:免贵姓|我姓|姓)(\p{Han})`)
	livesEN  = pattern.MustCompile(`(?i)\b((?:(?:flat|apartment|apt|unit|suite|room)\.?\s*[0-9]+[a-z]?\s*,?\s*)?[0-9]{1,5}[a-z]?\s+(?:[\p{L}'’-]+\s+){1,4}?(?:` + street + `)\b\.?(?:\s*,\s*[\p{L}0-9 .'’-]+?)*)\s*(?:please|thanks|thank you|$|[.!?]|,?\s+(?:and|but|instead|not)\b)`)
	livesZH  = pattern.MustCompile(`((?:\p{Han}{2,8}?(?:省|自治区))?(?:\p{Han}{2,6}?市)?(?:\p{Han}{1,6}?[区县])?\p{Han}{1,8}?(?:路|街|道|巷|弄|胡同|大道|小区|花园|村|镇)\s*[0-9０-９零一二三四五六七八九十百〇两]*\s*(?:号|弄|栋|幢|座|号楼|楼|单元|室)(?:\s*[0-9０-９零一二三四五六七八九十百A-Za-z]+\s*(?:号楼|号|栋|幢|座|楼|层|单元|室))*)`)
	leadIn   = pattern.MustCompile(`^(?:我?(?:的)?(?:新)?(?:收货)?地址(?:是|改成|改到|换成|为)?|我?(?:要|想)?(?:帮我|请)?(?:把)?(?:寄|送|改|发|换)(?:到|去|成)|我?(?:现在)?住(?:在)?|在|到|是)+`)
)

// What ends a name that somebody says without a pause behind it.
const (
	behindEN = " and my i the number phone email from calling speaking please thanks but is it with at here "
	behindZH = "的我手电住要想在是请你您今现帮查办预退换联号地和就了吧呢啊"
)

// said finds what a caller says of himself: a name, an address.
func said(text string) []dialog.Slot {
	var out []dialog.Slot
	text = norm.NFKC.String(text)
	if name := nameIn(text); name != "" {
		out = append(out, dialog.Slot{Name: SlotName, Value: name, Heard: name})
	}
	if mail, heard := mailIn(text); mail != "" {
		out = append(out, dialog.Slot{Name: SlotEmail, Value: mail, Heard: heard})
	}
	if at := livesEN.FindStringSubmatch(text); at != nil {
		out = append(out, dialog.Slot{Name: SlotAddress, Value: strings.Trim(at[1], " ,."), Heard: at[1]})
	} else if at := livesZH.FindStringSubmatch(text); at != nil {
		if address := leadIn.ReplaceAllString(at[1], ""); address != "" {
			out = append(out, dialog.Slot{Name: SlotAddress, Value: address, Heard: address})
		}
	}
	return out
}

var (
	mailWritten = pattern.MustCompile(`(?i)\b[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+\b`)
	mailSpoken  = pattern.MustCompile(`(?i)((?:[a-z0-9]+(?: (?:dot|underscore|dash|hyphen|minus) )?(?: ?[a-z0-9]+)??)+?) at ([a-z0-9-]+) dot ([a-z]+(?: dot [a-z]+)?)\b`)
	mailLead    = pattern.MustCompile(`(?i)^.*\b(?:is|to|it's|it is|mail|email|address|um|uh|no|sorry|yes)\s+`)
)

// mailIn finds an e-mail address, written or spelled out in words, and the words.
func mailIn(text string) (mail, heard string) {
	if m := mailWritten.FindString(text); m != "" {
		return strings.ToLower(m), m
	}
	plain := strings.NewReplacer("'s ", " is ", "’s ", " is ", "艾特", " at ", "圈a", " at ", "点com", " dot com", "点cn", " dot cn").Replace(text)
	m := mailSpoken.FindStringSubmatch(plain)
	if m == nil {
		return "", ""
	}
	user := mailLead.ReplaceAllString(m[1], "")
	heard = strings.TrimSpace(strings.TrimPrefix(m[0], strings.TrimSuffix(m[1], user)))
	user = strings.NewReplacer(" dot ", ".", " underscore ", "_", " dash ", "-", " hyphen ", "-", " minus ", "-", " ", "").Replace(user)
	return strings.ToLower(user + "@" + m[2] + "." + strings.ReplaceAll(m[3], " dot ", ".")), heard
}

func nameIn(text string) string {
	if m := calledEN.FindStringSubmatch(text); m != nil {
		var words []string
		for w := range strings.FieldsSeq(m[1]) {
			if strings.Contains(behindEN, " "+strings.ToLower(w)+" ") {
				break
			}
			words = append(words, capital(w))
		}
		return strings.Join(words, " ")
	}
	if m := calledZH.FindStringSubmatch(strings.ReplaceAll(text, "明天", " 明天")); m != nil { // 明 ends many names
		name := []rune(m[1])
		for i, c := range name {
			if i > 0 && strings.ContainsRune(behindZH, c) {
				name = name[:i]
				break
			}
		}
		const usual = 3
		if len(name) > usual && !compound(name) {
			name = name[:usual]
		}
		if len(name) > 1 {
			return string(name)
		}
		return ""
	}
	if m := surname.FindStringSubmatch(text); m != nil && !strings.ContainsAny(m[1], "名氏什") {
		return m[1]
	}
	return ""
}

// compound says whether a name begins with a surname of two characters.
func compound(name []rune) bool {
	return strings.Contains("欧阳 司马 诸葛 上官 司徒 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 端木 独孤 南宫 ", string(name[:2])+" ")
}

func capital(word string) string {
	runes := []rune(word)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}
