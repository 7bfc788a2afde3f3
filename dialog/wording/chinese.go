package wording

import (
	"strings"
	"unicode"

	"huike/dialog/pattern"
)

// zhMeasures are the words before which a 2 is 两. 号, 日, 月, 楼, 层, 码 and
// 线 are not among them: those count in order, not in quantity.
const zhMeasures = `个半?月|个|双|件|条|张|位|次|份|天|周|小时|分钟|年|台|只|本|盒|瓶|套|家|名|人|种|块|包|袋|箱|款|杯|单|遍|部|把|秒|步|倍|积分|分|元|厘米|毫米|毫升|平方米|米|升|克|毛|笔|公里|公斤|斤|万|亿|千|百`

var (
	zhMail     = pattern.MustCompile(`[A-Za-z0-9][\w.+-]*@[\w-]+(?:\.[\w-]+)+`)
	zhAddress  = pattern.MustCompile(`(?:https?://)?((?:[A-Za-z][\w-]*\.)+(?:com|cn|org|net|example|shop|io)(?:/[\w/-]*)?)`)
	zhMasked   = pattern.MustCompile(`(?:\d{2,4}[*x•]{3,}|[*•]{3,})(\d{2,4})`)
	zhPhone    = pattern.MustCompile(`(\+86)?[ -]?\b(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8}|[48]00[ -]?\d{3}[ -]?\d{4})(?:转(\d{1,5}))?\b`)
	zhDate     = pattern.MustCompile(`\b(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?`)
	zhYear     = pattern.MustCompile(`\b(\d{4})年`)
	zhMonthDay = pattern.MustCompile(`\b(\d{1,2})月(\d{1,2})([日号])`)
	zhRange    = pattern.MustCompile(`(\d{1,2}):(\d{2})\s?[-–—~至到]+\s?(\d{1,2}):(\d{2})`)
	zhHalfDay  = pattern.MustCompile(`(早上|上午|中午|下午|晚上|凌晨|傍晚)(\d{1,2})[:点](\d{2})?(?:分)?`)
	zhTime     = pattern.MustCompile(`\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b`)
	zhClock    = pattern.MustCompile(`\b(\d{1,2})点(?:(\d{1,2})分|(半)|(钟))?`)
	zhMoney    = pattern.MustCompile(`([-−])?(US\$|HK\$|\$|£|€|¥|RMB ?|CNY ?)(\d[\d,]*(?:\.\d+)?)(万|亿)?元?`)
	zhYuan     = pattern.MustCompile(`(\d[\d,]*\.\d{1,2})元`)
	zhPercent  = pattern.MustCompile(`([-])?(\d[\d,]*(?:\.\d+)?)\s?%`)
	zhPercents = pattern.MustCompile(`(\d+(?:\.\d+)?)%?\s?[-–—~至到]\s?(\d+(?:\.\d+)?)\s?%`)
	zhOrder    = pattern.MustCompile(`((?:订单|单号|编号|工单|运单|快递|尾号|验证码|会员号|卡号|号码|密码|券码|发票|受理号|编码|拨打|致电|电话|热线|客服|邮编|货号|取件码|提货码|兑换码|口令|座机|短信发送|航班)(?:号码?|编号)?(?:是|为)?[:：]?\s?#?)([A-Za-z]{0,4})-?(\d{3,})`)
	zhHash     = pattern.MustCompile(`#(\d+)`)
	zhDegree   = pattern.MustCompile(`([-])?(\d+(?:\.\d+)?)\s?°[C]?`)
	zhSize     = pattern.MustCompile(`(\d+(?:\.\d+)?)\s?[x×*]\s?(\d+(?:\.\d+)?)(?:\s?[x×*]\s?(\d+(?:\.\d+)?))?`)
	zhUnit     = pattern.MustCompile(`([\d]|[一-龥])\s?(km/h|kg|km|cm|mm|ml|mg|GB|MB|TB|g|m|L|h|min)\b|([\d])\s?(m²|㎡)`)
	zhFraction = pattern.MustCompile(`\b(\d{1,2})/(\d{1,3})\b`)
	zhSpan     = pattern.MustCompile(`(\d[\d,]*(?:\.\d+)?)\s?[-–—~]\s?(\d[\d,]*(?:\.\d+)?)(` + zhMeasures + `)?`)
	zhCode     = pattern.MustCompile(`[A-Za-z]{1,4}-?\d+[A-Za-z\d-]*|\d+[A-Z]{1,3}\d[A-Za-z\d]*`)
	zhCount    = pattern.MustCompile(`(第)?\b(\d[\d,]*(?:\.\d+)?)(多|余|几)?(` + zhMeasures + `)`)
	zhNegative = pattern.MustCompile(`(^|[^\w一-龥])-(\d)|([为是了到])-(\d)`)
	zhNumber   = pattern.MustCompile(`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`)
	zhAcronym  = pattern.MustCompile(`\b[A-Z]{2,5}\b`)
	zhAnd      = pattern.MustCompile(`\s?&\s?`)
	zhPlus     = pattern.MustCompile(`\s?\+\s?`)
	zhRoom     = pattern.MustCompile(`\b(\d{3,4})(室|房|号房)`)
	zhDiscount = pattern.MustCompile(`\b(\d)\.(\d)折`)
	zhKuai     = pattern.MustCompile(`\b(\d+)\.(\d)块钱?`)
	zhPoints   = pattern.MustCompile(`…+`)
	zhComma    = pattern.MustCompile(`([\p{Han}])\s*([,;!?])\s*`)
	zhSlash    = pattern.MustCompile(`([\p{Han}])\s?/\s?([\p{Han}A-Za-z])`)
	zhAround   = pattern.MustCompile(`(?:\b24/7\b|\b7[x×*]24\b)(?:小时)?`)
	zhDash     = pattern.MustCompile(`\s*[–—]+\s*`)
)

// chinese writes out what a Chinese voice cannot read.
func chinese(text string) string {
	text = run(text, []pass{
		{zhPoints, to("。")},
		{zhMail, func(m match) string { return chineseAddress(m.groups[0]) }},
		{zhAddress, func(m match) string { return chineseAddress(m.groups[1]) }},
	})
	text = zhHyphen.ReplaceAllString(text, "$1 $2")
	if counted(text) {
		text = run(text, chineseShop())
		text = run(text, chineseFigures())
	}
	return run(text, []pass{
		{zhAcronym, func(m match) string { return spell(m.groups[0]) }},
		{zhSlash, func(m match) string { return m.groups[1] + "或" + m.groups[2] }},
		{zhAnd, to("和")},
		{zhPlus, to("加")},
		{zhDash, to("，")},
		{zhComma, chineseComma},
	})
}

// chineseFigures are the passes for text with digits; each takes what those
// before it left.
func chineseFigures() []pass {
	return []pass{
		{zhMasked, chineseMasked},
		{zhDate, chineseDate},
		{zhPhone, chinesePhone},
		{zhYear, func(m match) string { return chineseRow(m.groups[1], false) + "年" }},
		{zhMonthDay, func(m match) string {
			return chineseNumber(m.groups[1]) + "月" + chineseNumber(m.groups[2]) + m.groups[3]
		}},
		{zhAround, to("二十四小时")},
		{zhRange, chineseTimeRange},
		{zhHalfDay, chineseHalfDay},
		{zhTime, chineseTimeOfDay},
		{zhClock, chineseHour},
		{zhMoney, chineseMoney},
		{zhDiscount, func(m match) string {
			return chineseRow(m.groups[1]+m.groups[2], false) + "折"
		}},
		{zhKuai, func(m match) string {
			return chineseCount(m.groups[1]) + "块" + chineseRow(m.groups[2], false)
		}},
		{zhYuan, func(m match) string { return chineseYuan(m.groups[1]) }},
		{zhRoom, func(m match) string { return chineseRow(m.groups[1], true) + m.groups[2] }},
		{zhPercents, func(m match) string {
			return "百分之" + chineseNumber(m.groups[1]) + "到百分之" + chineseNumber(m.groups[2])
		}},
		{zhPercent, chinesePercent},
		{zhOrder, func(m match) string {
			return strings.TrimRight(m.groups[1], "# ") + spaced(spell(m.groups[2])) + chineseDigits(m.groups[3])
		}},
		{zhHash, func(m match) string { return chineseDigits(m.groups[1]) + "号" }},
		{zhDegree, chineseDegrees},
		{zhSize, chineseSize},
		{zhUnit, func(m match) string {
			return m.groups[1] + m.groups[3] + chineseUnit(m.groups[2]+m.groups[4])
		}},
		{zhFraction, func(m match) string {
			return chineseNumber(m.groups[2]) + "分之" + chineseNumber(m.groups[1])
		}},
		{zhSpan, chineseSpan},
		{zhCode, func(m match) string { return chineseCode(m.groups[0]) }},
		{zhCount, chineseQuantity},
		{zhNegative, func(m match) string { return m.groups[1] + m.groups[3] + "负" + m.groups[2] + m.groups[4] }},
		{zhNumber, func(m match) string { return chineseNumber(m.groups[0]) }},
	}
}

// spaced puts a space behind words that are not empty.
func spaced(words string) string {
	if words == "" {
		return ""
	}
	return words + " "
}

func chineseComma(m match) string {
	return m.groups[1] + strings.NewReplacer(",", "，", ";", "；", "!", "！", "?", "？").Replace(m.groups[2])
}

// chineseAddress reads a web or mail address.
func chineseAddress(address string) string {
	address = strings.TrimRight(address, "/.")
	address = strings.NewReplacer(
		"www.", "W W W 点 ", ".", " 点 ", "@", " 艾特 ", "/", " 斜杠 ", "-", " 杠 ", "_", " 下划线 ",
	).Replace(address)
	return run(address, []pass{{zhNumber, func(m match) string {
		return " " + chineseRow(m.groups[0], true) + " "
	}}})
}

func chineseMasked(m match) string {
	if strings.HasSuffix(m.before, "尾号") {
		return chineseRow(m.groups[1], true)
	}
	return "尾号" + chineseRow(m.groups[1], true)
}

func chinesePhone(m match) string {
	words := ""
	if m.groups[1] != "" {
		words = "加八六，"
	}
	if digits := digitsOnly(m.groups[2]); digits[0] == '1' {
		words += chineseDigits(digits)
	} else if digits[0] == '4' || digits[0] == '8' {
		words += chineseRow(digits[:3], true) + "，" + chineseRow(digits[3:6], true) + "，" + chineseRow(digits[6:], true)
	} else {
		area, local, _ := strings.Cut(m.groups[2], "-")
		words += chineseRow(area, true) + "，" + chineseDigits(local)
	}
	if m.groups[3] != "" {
		words += "转" + chineseRow(m.groups[3], true)
	}
	return words
}

func chineseDate(m match) string {
	month, day := number(m.groups[2]), number(m.groups[3])
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return m.groups[0]
	}
	return chineseRow(m.groups[1], false) + "年" + chineseCardinal(month) + "月" + chineseCardinal(day) + "日"
}

func chineseTimeRange(m match) string {
	return chineseTime(int(number(m.groups[1])), int(number(m.groups[2]))) + "到" +
		chineseTime(int(number(m.groups[3])), int(number(m.groups[4])))
}

// chineseHalfDay reads a time whose part of the day is given.
func chineseHalfDay(m match) string {
	hour := int(number(m.groups[2]))
	if hour > 12 {
		hour -= 12
	}
	words := m.groups[1] + chineseClock(hour, int(number(m.groups[3])))
	if strings.HasPrefix(m.after, "半") || m.groups[3] != "" || strings.Contains(m.groups[0], "点") {
		return words
	}
	return m.groups[0]
}

func chineseTimeOfDay(m match) string {
	hour, minute := int(number(m.groups[1])), int(number(m.groups[2]))
	if hour > 24 || minute > 59 {
		return m.groups[0]
	}
	return chineseTime(hour, minute)
}

// chineseHour reads "2点", "2点半" and "2点20分".
func chineseHour(m match) string {
	words := chineseCount(m.groups[1]) + "点"
	if m.groups[2] != "" {
		return chineseClock(int(number(m.groups[1])), int(number(m.groups[2])))
	}
	return words + m.groups[3] + m.groups[4]
}

// chineseMoney reads an amount that follows the sign of its currency.
func chineseMoney(m match) string {
	minus := ""
	if m.groups[1] != "" {
		minus = "负"
	}
	amount := strings.TrimRight(m.groups[3], ",")
	comma := strings.Repeat("，", len(m.groups[3])-len(amount))
	unit := "元"
	switch strings.TrimSpace(m.groups[2]) {
	case "$", "US$":
		unit = "美元"
	case "HK$":
		unit = "港元"
	case "£":
		unit = "英镑"
	case "€":
		unit = "欧元"
	default:
		if m.groups[4] == "" {
			return minus + chineseYuan(amount) + comma
		}
	}
	return minus + chineseCount(amount) + m.groups[4] + unit + comma
}

func chinesePercent(m match) string {
	if m.groups[1] != "" {
		return "负百分之" + chineseNumber(m.groups[2])
	}
	if m.groups[2] == "100" {
		return "百分之百"
	}
	return "百分之" + chineseNumber(m.groups[2])
}

func chineseDegrees(m match) string {
	words := chineseNumber(m.groups[2]) + "摄氏度"
	if !strings.Contains(m.groups[0], "C") {
		words = chineseNumber(m.groups[2]) + "度"
	}
	if m.groups[1] != "" {
		words = "零下" + words
	}
	return words
}

func chineseSize(m match) string {
	words := chineseNumber(m.groups[1]) + "乘" + chineseNumber(m.groups[2])
	if m.groups[3] != "" {
		words += "乘" + chineseNumber(m.groups[3])
	}
	return words
}

// chineseUnit returns the Chinese name of a unit.
func chineseUnit(unit string) string {
	switch unit {
	case "km/h":
		return "公里每小时"
	case "kg":
		return "公斤"
	case "km":
		return "公里"
	case "cm":
		return "厘米"
	case "mm":
		return "毫米"
	case "ml":
		return "毫升"
	case "mg":
		return "毫克"
	case "m²", "㎡":
		return "平方米"
	case "g":
		return "克"
	case "m":
		return "米"
	case "L":
		return "升"
	case "h":
		return "小时"
	case "min":
		return "分钟"
	}
	return " " + spell(unit)
}

// chineseSpan reads "3-5天".
func chineseSpan(m match) string {
	first, second := chineseNumber(m.groups[1]), chineseNumber(m.groups[2])
	if m.groups[3] != "" {
		first, second = chineseCount(m.groups[1]), chineseCount(m.groups[2])
	}
	return first + "到" + second + m.groups[3]
}

// chineseQuantity reads a number before its measure word.
func chineseQuantity(m match) string {
	words := chineseCount(m.groups[2])
	if m.groups[1] != "" {
		words = m.groups[1] + chineseNumber(m.groups[2])
	}
	return words + m.groups[3] + m.groups[4]
}

// chineseCode reads a name made of letters and digits.
func chineseCode(code string) string {
	var words []string
	for _, part := range runs(code) {
		switch {
		case unicode.IsLetter(rune(part[0])):
			words = append(words, spell(part))
		case len(part) <= 2 && part[0] != '0':
			words = append(words, chineseCardinal(number(part)))
		default:
			words = append(words, chineseDigits(part))
		}
	}
	return strings.Join(words, " ")
}
