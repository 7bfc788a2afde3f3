package wording

import (
	"strings"

	"huike/dialog/pattern"
)

var (
	zhEach     = pattern.MustCompile(`(元|块|\d)\s?/\s?(kg|公斤|斤|平方米|平|㎡|米|小时|分钟|人|月|年|天|次|件|晚|位|个|周|日|份|g|L)`)
	zhPrices   = pattern.MustCompile(`([¥$£€]\d[\d,]*(?:\.\d+)?)\s?[-–—~]\s?([¥$£€]\d)`)
	zhOver     = pattern.MustCompile(`(满\d+)-(\d+)`)
	zhOwed     = pattern.MustCompile(`((?:余额|差额|合计|总计|退款|调整|为|是)[:：]?)-(\d)`)
	zhModel    = pattern.MustCompile(`\b((?:19|20)\d{2})(新?款|版|届|赛季|春|夏|秋|冬)`)
	zhSlashDay = pattern.MustCompile(`\b(\d{1,2})/(\d{1,2})(发货|送到|到货|之?前|起|截止|下单|开始|结束)`)
	zhBorn     = pattern.MustCompile(`\b([5-9][05]|0[05])后`)
	zhYears    = pattern.MustCompile(`\b((?:19|20)\d{2})\s?[-–—~至到]\s?((?:19|20)\d{2})年`)
	zhTwoYear  = pattern.MustCompile(`'(\d{2})年|\b(0\d)年`)
	zhDays     = pattern.MustCompile(`\b(\d{1,2})月(\d{1,2})\s?[-–—~]\s?(\d{1,2})([日号])`)
	zhOrders   = pattern.MustCompile(`(?:订单|单号|编号)(?:是|为)?[:：]?\d{4,}(?:[、，和,]\s?\d{4,})+`)
	zhArea     = pattern.MustCompile(`[（(](0\d{2,3})[)）]\s?(\d{7,8})`)
	zhShelf    = pattern.MustCompile(`((?:取件码|提货码|货架号?)(?:是|为)?[:：]?\s?)(\d+(?:-\d+)+)`)
	zhEntrance = pattern.MustCompile(`(\d+)(单元|号楼|号线|栋)`)
	zhTwo      = pattern.MustCompile(`\b2([元块])2\b`)
	zhAtLeast  = pattern.MustCompile(`(>=|<=|[<>≥≤])\s?(\d)`)
	zhVersion  = pattern.MustCompile(`(^|[^\d.])([Vv]?)(\d+(?:\.\d+){2,})`)
	zhRated    = pattern.MustCompile(`(\d\.\d)/(5|10)\b`)
	zhRatio    = pattern.MustCompile(`\b(\d):(\d)\b`)
	zhTall     = pattern.MustCompile(`(\d)米(\d{1,2})([^\d厘米]|$)`)
	zhGeneric  = pattern.MustCompile(`\b([2458])([KGD])(电视|手机|网络|套餐|屏|画质|电影|视频|信号|流量)`)
	zhSelf     = pattern.MustCompile(`\b([A-Z])2([A-Z])\b`)
	zhTop      = pattern.MustCompile(`\bN[Oo]\.\s?(\d+)`)
	zhHyphen   = pattern.MustCompile(`\b([A-Z]{2,5})-([A-Z])\b`)
	zhSeven    = pattern.MustCompile(`\b7-(?:11|Eleven|ELEVEN)`)
	zhTickets  = pattern.MustCompile(`([A-Z])(\d)(张)`)
	zhOrderEn  = pattern.MustCompile(`(?i)\b((?:order|ticket|parcel|number|code|no) ?)(\d{3,})`)
	zhElectric = pattern.MustCompile(`(\d)\s?(mAh|kHz|MHz|GHz|Hz|kWh|kW|Wh|W|V)(?:\b|([一-龥]))`)
	zhPieces   = pattern.MustCompile(`(\d(?:ml|kg|g|L|片|粒|袋|瓶|包))\s?[×x*]\s?(\d)`)
	zhWords    = pattern.MustCompile(`第(\d{5,})([位名个单])`)
)

// chineseShop are the short forms of shops and their callers: prices by the
// piece, model years, shelves. What they leave the later passes read.
func chineseShop() []pass {
	return append([]pass{
		{zhSeven, to("七十一")},
		{zhEach, func(m match) string {
			unit := m.groups[2]
			if name := chineseUnit(unit); !strings.HasPrefix(name, " ") {
				unit = name
			}
			return m.groups[1] + "每" + unit
		}},
		{zhPrices, func(m match) string { return m.groups[1] + "到" + m.groups[2] }},
		{zhOver, func(m match) string { return m.groups[1] + "减" + m.groups[2] }},
		{zhOwed, func(m match) string { return m.groups[1] + "负" + m.groups[2] }},
		{zhTwo, func(m match) string { return "两" + m.groups[1] + "二" }},
		{zhRated, func(m match) string {
			return chineseNumber(m.groups[1]) + "分，满分" + chineseNumber(m.groups[2]) + "分"
		}},
		{zhRatio, func(m match) string { return chineseNumber(m.groups[1]) + "比" + chineseNumber(m.groups[2]) }},
		{zhTall, func(m match) string {
			return chineseNumber(m.groups[1]) + "米" + chineseRow(m.groups[2], false) + m.groups[3]
		}},
		{zhElectric, func(m match) string { return m.groups[1] + chineseElectric(m.groups[2]) + m.groups[3] }},
		{zhAtLeast, func(m match) string {
			return map[string]string{
				">": "大于", "<": "小于", "≥": "大于等于", ">=": "大于等于", "≤": "小于等于", "<=": "小于等于",
			}[m.groups[1]] + m.groups[2]
		}},
		{zhVersion, func(m match) string {
			parts := strings.Split(m.groups[3], ".")
			if len(parts[0]) == 4 {
				return m.groups[0] // a date
			}
			for i, part := range parts {
				parts[i] = chineseNumber(part)
			}
			return m.groups[1] + spaced(spell(m.groups[2])) + strings.Join(parts, "点")
		}},
		{zhPieces, func(m match) string { return m.groups[1] + "乘" + m.groups[2] }},
		{zhWords, func(m match) string { return "第" + chineseNumber(m.groups[1]) + m.groups[2] }},
	}, chineseNames()...)
}

// chineseNames are years, codes and names in which a number is no quantity.
func chineseNames() []pass {
	return []pass{
		{zhYears, func(m match) string {
			return chineseRow(m.groups[1], false) + "到" + chineseRow(m.groups[2], false) + "年"
		}},
		{zhTwoYear, func(m match) string { return chineseRow(m.groups[1]+m.groups[2], false) + "年" }},
		{zhModel, func(m match) string { return chineseRow(m.groups[1], false) + m.groups[2] }},
		{zhBorn, func(m match) string { return chineseRow(m.groups[1], false) + "后" }},
		{zhSlashDay, func(m match) string {
			month, day := number(m.groups[1]), number(m.groups[2])
			if month < 1 || month > 12 || day < 1 || day > 31 || strings.HasSuffix(m.before, "/") {
				return m.groups[0]
			}
			return chineseCardinal(month) + "月" + chineseCardinal(day) + "日" + m.groups[3]
		}},
		{zhDays, func(m match) string {
			return chineseNumber(m.groups[1]) + "月" + chineseNumber(m.groups[2]) + "到" + chineseNumber(m.groups[3]) + m.groups[4]
		}},
		{zhOrders, func(m match) string {
			return run(m.groups[0], []pass{{zhNumber, func(m match) string { return chineseDigits(m.groups[0]) }}})
		}},
		{zhArea, func(m match) string { return m.groups[1] + "-" + m.groups[2] }},
		{zhShelf, func(m match) string {
			rows := strings.Split(m.groups[2], "-")
			for i, row := range rows {
				rows[i] = chineseRow(row, true)
			}
			return m.groups[1] + strings.Join(rows, "杠")
		}},
		{zhEntrance, func(m match) string { return chineseNumber(m.groups[1]) + m.groups[2] }},
		{zhGeneric, func(m match) string { return chineseNumber(m.groups[1]) + m.groups[2] + m.groups[3] }},
		{zhSelf, func(m match) string { return m.groups[1] + " 二 " + m.groups[2] }},
		{zhTop, func(m match) string { return "第" + chineseNumber(m.groups[1]) }},
		{zhTickets, func(m match) string { return m.groups[1] + chineseCount(m.groups[2]) + m.groups[3] }},
		{zhOrderEn, func(m match) string { return m.groups[1] + chineseDigits(m.groups[2]) }},
	}
}

// chineseElectric returns the Chinese name of a unit of electricity.
func chineseElectric(unit string) string {
	return map[string]string{
		"mAh": "毫安时", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫",
		"W": "瓦", "kW": "千瓦", "Wh": "瓦时", "kWh": "千瓦时", "V": "伏",
	}[unit]
}
