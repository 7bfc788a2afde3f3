package wording

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"huike/dialog/pattern"
)

const englishMonths = `Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|` +
	`Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?`

var (
	enMail    = pattern.MustCompile(`\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	enAddress = pattern.MustCompile(`\b(?:https?://)?((?:[A-Za-z][\w-]*\.)+(?:com|cn|org|net|example|shop|io)(?:/[\w/-]*)?)`)
	enMasked  = pattern.MustCompile(`(?:\b\d{2,4}[*x•]{3,}|[*•]{3,})(\d{2,4})\b`)
	enPhone   = pattern.MustCompile(
		`(?:(\+\d{1,3})[ -]?|\b|\()(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\d{3,4}\)?[ -]\d{3,4}[ -]\d{4}|0\d{2,3}-\d{7,8})\b`)
	enISODate   = pattern.MustCompile(`\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})\b`)
	enUSDate    = pattern.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
	enMonthDay  = pattern.MustCompile(`\b(` + englishMonths + `) (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?`)
	enDayMonth  = pattern.MustCompile(`\b(?:the )?(\d{1,2})(?:st|nd|rd|th)? (?:of )?(` + englishMonths + `)\b(?:,? (\d{4})\b)?`)
	enMonthYear = pattern.MustCompile(`\b(` + englishMonths + `) (\d{4})\b`)
	enTimeRange = pattern.MustCompile(`\b(\d{1,2}):(\d{2})\s?[-–—~]\s?(\d{1,2}):(\d{2})\b`)
	enHalfDay   = pattern.MustCompile(`\b(\d{1,2})(?::(\d{2}))?\s?([AaPp])\.?\s?[Mm]\b\.?(?:\s?[-–—]\s?(\d{1,2})(?::(\d{2}))?\s?([AaPp])\.?[Mm]\b\.?)?`)
	enTime      = pattern.MustCompile(`\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b`)
	enMoney     = pattern.MustCompile(
		`(-)?(US\$|HK\$|AU?\$|CA?\$|\$|£|€|¥|₹|(?:RMB|CNY|USD|EUR|GBP) ?)(\d[\d,]*(?:\.\d+)?)(?: (hundred|thousand|million|billion)\b)?`)
	enYuan    = pattern.MustCompile(`\b(\d[\d,]*)\.(\d{2}) (yuan|dollars?|pounds|euros?|RMB)\b`)
	enPercent = pattern.MustCompile(`(\d[\d,]*(?:\.\d+)?)\s?%`)
	enOrder   = pattern.MustCompile(`(?i)\b((?:order|ticket|tracking|reference|account|member|code|coupon|no|number|parcel|invoice|` +
		`sku|pin|zip|batch|case|card|visa|mastercard|digits|password|passcode|booking|policy|serial|item)` +
		`(?: (?:number|no|id|code|is|ending in|ending with|ending))*)[.:]? ?#?(\d{4,})\b`)
	enNo      = pattern.MustCompile(`\b[Nn]o\. ?(\d+)\b`)
	enHash    = pattern.MustCompile(`#(\d+)\b`)
	enMix     = pattern.MustCompile(`\b(?:[A-Za-z]{1,4}-?\d+[A-Za-z\d-]*|\d+[A-Z]{1,3}\d[A-Za-z\d]*)\b`)
	enOrdinal = pattern.MustCompile(`\b(\d{1,6})(?:st|nd|rd|th)\b`)
	enSize    = pattern.MustCompile(`\b(\d+(?:\.\d+)?)\s?[x×]\s?(\d+(?:\.\d+)?)(?:\s?[x×]\s?(\d+(?:\.\d+)?))?(?:\s?(km|cm|mm|ft|m)\b)?`)
	enUnit    = pattern.MustCompile(`\b(\d[\d,]*(?:\.\d+)?)\s?(km/h|kg|kHz|kWh|kW|km|cm|mm|ml|mg|mph|mAh|mi|` +
		`GB|MB|TB|GHz|MHz|Hz|Wh|W|V|lbs?|fl oz|oz|sq ft|ft|yd|yrs?|hrs?|h|mins?|secs?|m|g|L)\b`)
	enDegree   = pattern.MustCompile(`(?:(^|[^\w])-)?\b(\d+(?:\.\d+)?)\s?°([CF])?`)
	enFraction = pattern.MustCompile(`\b(?:(\d+) )?(\d{1,2})/(\d{1,3})\b`)
	enRange    = pattern.MustCompile(`\b(\d[\d,]*(?:\.\d+)?)\s?[-–—~]\s?(\d[\d,]*(?:\.\d+)?)\b`)
	enPercents = pattern.MustCompile(`(\d+(?:\.\d+)?)%?\s?[-–—~]\s?(\d+(?:\.\d+)?)\s?%`)
	enPlural   = pattern.MustCompile(`\b(\d+)s\b`)
	enRoom     = pattern.MustCompile(`(?i)\b(room|flight|gate|suite|bus|extension|unit|apartment) (\d{3,4})\b`)
	enPoints   = pattern.MustCompile(`…+`)
	enDecade   = pattern.MustCompile(`\b(\d{2,4})0s\b`)
	enYear     = pattern.MustCompile(`(?i)\b(in|since|of|year|from|until|by|for) ((?:19|20)\d{2})\b`)
	enYears    = pattern.MustCompile(`(?i)\b(from|between) ((?:19|20)\d{2}) (to|and|until) ((?:19|20)\d{2})\b`)
	enAroundTC = pattern.MustCompile(`\b24/7\b`)
	enNegative = pattern.MustCompile(`(^|[\s(])-(\d)`)
	enNumber   = pattern.MustCompile(`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+`)
	enHan      = pattern.MustCompile(`\p{Han}+`)
	enAcronym  = pattern.MustCompile(`\b[A-Z]{2,5}s?\b`)
	enShort    = pattern.MustCompile(`\b(Mr|Mrs|Ms|Dr|Prof|St|Ave|Rd|Blvd|Apt|Co|Ltd|Inc|e\.g|i\.e|etc|vs|approx|dept|ext|tel|min|max)\.`)
	enSlash    = pattern.MustCompile(`([A-Za-z])\s?/\s?([A-Za-z])`)
	enAnd      = pattern.MustCompile(`\s?&\s?`)
	enAt       = pattern.MustCompile(`@`)
	enDash     = pattern.MustCompile(`\s[–—-]+\s|[–—]`)
	enEquals   = pattern.MustCompile(`=`)
	enPlus     = pattern.MustCompile(`\s?\+\s?`)
)

// english writes out what an English voice cannot read.
func english(text string) string {
	text = run(text, []pass{
		{enPoints, to(".")},
		{enMail, func(m match) string { return englishAddress(m.groups[0]) }},
		{enAddress, func(m match) string { return englishAddress(m.groups[1]) }},
	})
	text = run(text, []pass{
		{enDaySpan, func(m match) string { return englishDayName(m.groups[1]) + " to " + englishDayName(m.groups[2]) }},
		{enDay, englishWeekday},
		{enPort, func(m match) string { return m.groups[1] + " " + m.groups[2] }},
		{enManyX, func(m match) string {
			return map[string]string{"XX": "double", "XXX": "triple"}[m.groups[1]] + " X L"
		}},
		{enCapitals, func(m match) string { return m.groups[0][:1] + strings.ToLower(m.groups[0][1:]) }},
	})
	if counted(text) {
		text = run(text, englishShop())
		text = run(text, englishFigures())
	}
	return run(text, []pass{
		{enShort, englishAbbreviation},
		{enAcronym, englishAcronym},
		{enHan, func(m match) string { return englishHan(m) }},
		{enSlash, func(m match) string { return m.groups[1] + " or " + m.groups[2] }},
		{enAnd, to(" and ")},
		{enPlus, to(" plus ")},
		{enAt, to(" at ")},
		{enDash, to(", ")},
		{enEquals, to(" equals ")},
	})
}

// englishFigures are the passes for text with digits; each takes what those
// before it left.
func englishFigures() []pass {
	return []pass{
		{enMasked, englishMasked},
		{enISODate, func(m match) string { return englishDate(m, m.groups[1], m.groups[2], m.groups[3]) }},
		{enUSDate, func(m match) string { return englishDate(m, m.groups[3], m.groups[1], m.groups[2]) }},
		{enPhone, englishPhone},
		{enMonthDay, func(m match) string { return englishNamedDate(m, m.groups[1], m.groups[2], m.groups[3]) }},
		{enDayMonth, func(m match) string { return englishNamedDate(m, m.groups[2], m.groups[1], m.groups[3]) }},
		{enMonthYear, func(m match) string {
			return englishMonthName(m.groups[1]) + " " + englishYear(number(m.groups[2]))
		}},
		{enTimeRange, englishTimeRange},
		{enHalfDay, englishHalfDay},
		{enTime, englishTimeOfDay},
		{enMoney, englishMoney},
		{enYuan, func(m match) string { return englishPrice(m.groups[1], m.groups[2], m.groups[3]) }},
		{enPercents, func(m match) string {
			return englishNumber(m.groups[1]) + " to " + englishNumber(m.groups[2]) + " percent"
		}},
		{enPercent, func(m match) string { return englishNumber(m.groups[1]) + " percent" }},
		{enAroundTC, to("twenty-four seven")},
		{enOrder, func(m match) string { return englishOrder(m) }},
		{enNo, func(m match) string { return "number " + englishNumber(m.groups[1]) }},
		{enHash, func(m match) string { return "number " + englishDigits(m.groups[1]) }},
		{enOrdinal, func(m match) string { return englishOrdinal(number(m.groups[1])) }},
		{enDecade, func(m match) string { return englishDecade(m.groups[1] + "0") }},
		{enPlural, func(m match) string { return plural(englishNumber(m.groups[1])) }},
		{enRoom, func(m match) string { return m.groups[1] + " " + englishRow(m.groups[2]) }},
		{enSize, englishSize},
		{enUnit, englishMeasure},
		{enMix, func(m match) string { return englishCode(m.groups[0]) }},
		{enDegree, englishDegrees},
		{enFraction, englishFraction},
		{enRange, func(m match) string { return englishNumber(m.groups[1]) + " to " + englishNumber(m.groups[2]) }},
		{enYears, func(m match) string {
			return m.groups[1] + " " + englishYear(number(m.groups[2])) + " " + m.groups[3] + " " + englishYear(number(m.groups[4]))
		}},
		{enYear, func(m match) string { return m.groups[1] + " " + englishYear(number(m.groups[2])) }},
		{enNegative, func(m match) string { return m.groups[1] + "minus " + m.groups[2] }},
		{enNumber, func(m match) string { return englishPlain(m) }},
	}
}

func englishPlain(m match) string {
	written := m.groups[0]
	if strings.HasPrefix(written, ".") {
		return englishNumber("0" + written)
	}
	// A letter that touches the number is part of a name: keep them apart.
	words := englishNumber(written)
	if r := lastRune(m.before); unicode.IsLetter(r) {
		words = " " + words
	}
	if r := firstRune(m.after); unicode.IsLetter(r) {
		words += " "
	}
	return words
}

// englishHan reads Chinese names among English words by their pinyin, and the
// titles behind them before them.
func englishHan(m match) string {
	name, title := m.groups[0], ""
	for _, t := range [][2]string{{"女士", "Miz "}, {"小姐", "Miz "}, {"先生", "Mister "}} {
		if head, ok := strings.CutSuffix(name, t[0]); ok && head != "" {
			name, title = head, t[1]
		}
	}
	syllables := pinyin.LazyConvert(name, nil)
	for i, s := range syllables {
		s = strings.ReplaceAll(s, "v", "u") // ü
		syllables[i] = strings.ToUpper(s[:1]) + s[1:]
	}
	words := title + strings.Join(syllables, " ")
	if r := lastRune(m.before); unicode.IsLetter(r) {
		words = " " + words
	}
	if r := firstRune(m.after); unicode.IsLetter(r) {
		words += " "
	}
	return words
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func lastRune(s string) rune {
	runes := []rune(s[max(0, len(s)-4):])
	if len(runes) == 0 {
		return 0
	}
	return runes[len(runes)-1]
}
