package wording

import (
	"strings"

	"huike/dialog/pattern"
)

const (
	englishDays   = `Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun`
	englishAmount = `\d[\d,]*(?:\.\d+)?`
)

var (
	enTall       = pattern.MustCompile(`\b(\d{1,2})'\s?(\d{1,2})["”″]`)
	enInches     = pattern.MustCompile(`\b(\d+(?:\.\d+)?)["”″]( (?:wide|tall|long|deep|high|screen|monitor|laptop|TV|x|by)\b)`)
	enISOTime    = pattern.MustCompile(`\b(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\b`)
	enPrices     = pattern.MustCompile(`[$£€¥](` + englishAmount + `)\s?[-–—]\s?([$£€¥])?(` + englishAmount + `)\b`)
	enBigMoney   = pattern.MustCompile(`([$£€¥]` + englishAmount + `)([KkMB])\b`)
	enArea       = pattern.MustCompile(`(` + englishAmount + `)\s?(?:m²|㎡)`)
	enPower      = pattern.MustCompile(`\b(` + englishAmount + `)\s?(mAh|W|V|GB|TB|L|kg|m|cm)( (?:battery|charger|adapter|bulb|drive|bottle|bag|cable)\b)`)
	enCents      = pattern.MustCompile(`\b(\d+)\s?¢`)
	enCurrency   = pattern.MustCompile(`\b(` + englishAmount + `) ?(USD|EUR|GBP|JPY|HKD)\b`)
	enEach       = pattern.MustCompile(`(\d)\s?/\s?(month|mo|year|yr|week|wk|day|hour|hr|night|person|item|kg|lb|GB)\b\.?`)
	enGift       = pattern.MustCompile(`\$(\d+)( (?:gift|voucher|coupon|bill|credit|note|discount|card|deposit|minimum|fee)\b)`)
	enDaySpan    = pattern.MustCompile(`\b(` + englishDays + `)\s?[-–—]\s?(` + englishDays + `)\b`)
	enDay        = pattern.MustCompile(`\b((?:[Oo]n|and|[Ee]very|[Uu]ntil|[Bb]y|[Tt]his|[Nn]ext|[Cc]losed) )?(` + englishDays + `)\b(\.)?`)
	enDaysOf     = pattern.MustCompile(`\b(` + englishMonths + `) (\d{1,2})\s?[-–—]\s?(\d{1,2})\b`)
	enShortDate  = pattern.MustCompile(`\b((?:[A-Z][a-z]+day|[Oo]n|[Bb]y|[Uu]ntil|[Ff]rom|[Bb]efore|[Aa]fter),? )(\d{1,2})/(\d{1,2})\b`)
	enYearSpan   = pattern.MustCompile(`\b((?:19|20)\d{2})\s?[-–—]\s?((?:19|20)\d{2})\b`)
	enYearOf     = pattern.MustCompile(`\b((?:19|20)\d{2})( (?:models?|season|edition|version|collection|line|range|catalog|sale)\b)`)
	enLasting    = pattern.MustCompile(`\b((?:lasts?|takes?|took|in|for|within|after|about|wait) )(\d+)(?::(\d{2}):(\d{2})|s)\b`)
	enHours      = pattern.MustCompile(`\b(\d+)\s?h\s?(\d+)\s?min\b`)
	enTollFree   = pattern.MustCompile(`\b1-(\d{3})-(\d{3})-(\d{4})\b`)
	enDotted     = pattern.MustCompile(`\b(\d{3})\.(\d{3})\.(\d{4})\b`)
	enAbroad     = pattern.MustCompile(`\+\d{1,3}(?: \d{2,4}){3,4}\b`)
	enLocal      = pattern.MustCompile(`(?i)\b((?:at|call|phone|number|number is|dial|text|mobile|on) )(\d{3})-(\d{4})\b`)
	enExtension  = pattern.MustCompile(`(\d{4}) x(\d{2,5})\b`)
	enDial       = pattern.MustCompile(`\b((?:[Cc]all|[Dd]ial|[Tt]ext) )(\d{3,6})\b`)
	enOrders     = pattern.MustCompile(`(?i)\b(?:orders|tickets|parcels|invoices) \d{4,}(?:(?:, (?:and |or )?| and | or )\d{4,})+`)
	enCase       = pattern.MustCompile(`(?i)\b((?:case|order|ticket|invoice|reference|claim|number) #?)(\d{3,})-(\d{3,})\b`)
	enBrandModel = pattern.MustCompile(`\b(Levi's|Levis|Boeing|Airbus|Porsche) (\d{3})\b`)
	enTimes      = pattern.MustCompile(`\b(\d+(?:\.\d+)?)[x×](\s[a-z])`)
	enThousand   = pattern.MustCompile(`\b(\d+(?:\.\d+)?)k\b`)
	enAbout      = pattern.MustCompile(`(^|[\s(])~\s?(\d)`)
	enCompare    = pattern.MustCompile(`(>=|<=|[<>≥≤])\s?(\d)`)
	enVersion    = pattern.MustCompile(`\b\d+(?:\.\d+){2,}\b`)
	enRated      = pattern.MustCompile(`\b(\d\.\d)/(5|10)\b`)
	enRatio      = pattern.MustCompile(`\b(\d):(\d)\b`)
	enInch       = pattern.MustCompile(`(\d)\s?in\.`)
	enManyX      = pattern.MustCompile(`\b(X{2,3})L\b`)
	enPort       = pattern.MustCompile(`\b([A-Z]{2,5})-([A-Z])\b`)
	enCapitals   = pattern.MustCompile(`\b[A-Z]{6,}\b`)
)

// englishQuoted are the passes for signs that fall when quotation marks do.
func englishQuoted() []pass {
	return []pass{
		{enTall, func(m match) string { return m.groups[1] + " foot " + m.groups[2] }},
		{enInches, func(m match) string { return m.groups[1] + " inches" + m.groups[2] }},
	}
}

// englishShop are the short forms of shops and their callers: prices by the
// month, opening days, extensions. What they write the later passes read.
func englishShop() []pass {
	return append([]pass{
		{enISOTime, func(m match) string { return m.groups[1] + " at " + m.groups[2] }},
		{enPrices, englishPrices},
		{enBigMoney, func(m match) string {
			return m.groups[1] + map[string]string{"K": " thousand", "k": " thousand", "M": " million", "B": " billion"}[m.groups[2]]
		}},
		{enArea, func(m match) string { return englishNumber(m.groups[1]) + " square meters" }},
		{enPower, func(m match) string {
			return englishNumber(m.groups[1]) + " " + singular(englishUnit(m.groups[2])) + m.groups[3]
		}},
		{enCents, func(m match) string { return one(number(m.groups[1]), englishNumber(m.groups[1]), "cents") }},
		{enCurrency, englishCurrency},
		{enEach, englishEach},
		{enGift, func(m match) string { return englishNumber(m.groups[1]) + " dollar" + m.groups[2] }},
		{enInch, func(m match) string { return m.groups[1] + " inches" + stopAtEnd(m) }},
	}, append(englishCalendar(), englishLines()...)...)
}

// englishCalendar are the short forms of days, dates and lengths of time.
func englishCalendar() []pass {
	return []pass{
		{enDaysOf, func(m match) string {
			return englishMonthName(m.groups[1]) + " " + englishOrdinal(number(m.groups[2])) + " to " + englishOrdinal(number(m.groups[3]))
		}},
		{enShortDate, func(m match) string {
			month, day := number(m.groups[2]), number(m.groups[3])
			if month < 1 || month > 12 || day < 1 || day > 31 || strings.HasPrefix(m.after, "/") {
				return m.groups[0]
			}
			return m.groups[1] + englishMonth(int(month)) + " " + englishOrdinal(day)
		}},
		{enYearSpan, func(m match) string {
			return englishYear(number(m.groups[1])) + " to " + englishYear(number(m.groups[2]))
		}},
		{enYearOf, func(m match) string { return englishYear(number(m.groups[1])) + m.groups[2] }},
		{enLasting, englishLasting},
		{enHours, func(m match) string {
			return one(number(m.groups[1]), englishNumber(m.groups[1]), "hours") + " " +
				one(number(m.groups[2]), englishNumber(m.groups[2]), "minutes")
		}},
	}
}

// englishLines are numbers that are dialled, quoted or compared.
func englishLines() []pass {
	return []pass{
		{enExtension, func(m match) string { return m.groups[1] + " extension " + m.groups[2] }},
		{enTollFree, func(m match) string {
			return "one, " + englishRow(m.groups[1]) + ", " + englishRow(m.groups[2]) + ", " + englishRow(m.groups[3])
		}},
		{enDotted, func(m match) string {
			return englishRow(m.groups[1]) + ", " + englishRow(m.groups[2]) + ", " + englishRow(m.groups[3])
		}},
		{enAbroad, func(m match) string {
			rows := strings.Fields(m.groups[0][1:])
			for i, row := range rows {
				rows[i] = englishRow(row)
			}
			return "plus " + strings.Join(rows, ", ")
		}},
		{enLocal, func(m match) string { return m.groups[1] + englishRow(m.groups[2]) + ", " + englishRow(m.groups[3]) }},
		{enDial, func(m match) string {
			if strings.HasPrefix(m.after, "-") {
				return m.groups[0]
			}
			return m.groups[1] + englishDigits(m.groups[2])
		}},
		{enOrders, func(m match) string {
			return run(m.groups[0], []pass{{enNumber, func(m match) string { return englishDigits(m.groups[0]) }}})
		}},
		{enCase, func(m match) string {
			return strings.TrimSuffix(m.groups[1], "#") + englishRow(m.groups[2]) + ", " + englishDigits(m.groups[3])
		}},
		{enBrandModel, func(m match) string { return m.groups[1] + " " + englishRow(m.groups[2]) }},
		{enTimes, func(m match) string { return englishNumber(m.groups[1]) + " times" + m.groups[2] }},
		{enThousand, func(m match) string { return englishNumber(m.groups[1]) + " thousand" }},
		{enAbout, func(m match) string { return m.groups[1] + "about " + m.groups[2] }},
		{enCompare, func(m match) string {
			return map[string]string{
				">": "more than ", "<": "less than ", "≥": "at least ", ">=": "at least ", "≤": "at most ", "<=": "at most ",
			}[m.groups[1]] + m.groups[2]
		}},
		{enVersion, englishVersion},
		{enRated, func(m match) string { return englishNumber(m.groups[1]) + " out of " + englishNumber(m.groups[2]) }},
		{enRatio, func(m match) string { return englishNumber(m.groups[1]) + " to " + englishNumber(m.groups[2]) }},
	}
}

// stopAtEnd is the period that an abbreviation at the end of a text shares
// with its sentence.
func stopAtEnd(m match) string {
	if strings.TrimSpace(m.after) == "" {
		return "."
	}
	return ""
}

// englishPrices reads "$20-$30".
func englishPrices(m match) string {
	sign := firstRune(m.groups[0])
	if m.groups[2] != "" && m.groups[2] != string(sign) {
		return m.groups[0]
	}
	return englishNumber(m.groups[1]) + " to " + string(sign) + m.groups[3]
}

// englishCurrency reads an amount before the code of its currency.
func englishCurrency(m match) string {
	if m.groups[2] == "JPY" {
		return englishNumber(m.groups[1]) + " yen"
	}
	return map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"}[m.groups[2]] + m.groups[1]
}

// englishEach reads "/month" behind a price.
func englishEach(m match) string {
	unit := m.groups[2]
	if long, ok := map[string]string{
		"mo": "month", "yr": "year", "wk": "week", "hr": "hour", "kg": "kilogram", "lb": "pound", "GB": "gigabyte",
	}[unit]; ok {
		unit = long
	}
	article := " a "
	if unit == "hour" || unit == "item" {
		article = " an "
	}
	if strings.HasSuffix(m.groups[0], ".") {
		unit += stopAtEnd(m)
	}
	return m.groups[1] + article + unit
}

// englishWeekday writes out the name of a day, which "sun" and "sat" are only
// where a day is due: before a number or a month, or behind "on".
func englishWeekday(m match) string {
	after := strings.TrimLeft(m.after, " ,")
	if m.groups[1] == "" && (after == "" || !isDigit(after[0]) && enMonthDay.FindStringIndex(after) == nil) {
		return m.groups[0]
	}
	words := m.groups[1] + englishDayName(m.groups[2])
	if m.groups[3] != "" {
		words += stopAtEnd(m)
	}
	return words
}

// englishDayName writes out the day that short begins.
func englishDayName(short string) string {
	for _, day := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		if day[:3] == short[:3] {
			return day
		}
	}
	return short
}

// englishLasting reads "takes 45s" and "took 1:05:30".
func englishLasting(m match) string {
	count := func(written, unit string) string {
		n := number(written)
		return one(n, englishCardinal(n), unit)
	}
	if m.groups[3] == "" {
		return m.groups[1] + count(m.groups[2], "seconds")
	}
	return m.groups[1] + count(m.groups[2], "hours") + ", " + count(m.groups[3], "minutes") + " and " + count(m.groups[4], "seconds")
}

// englishVersion reads "2.0.1".
func englishVersion(m match) string {
	parts := strings.Split(m.groups[0], ".")
	for i, part := range parts {
		parts[i] = englishNumber(part)
	}
	return strings.Join(parts, " point ")
}

// englishBrand returns how a name in capitals that people read as a word is
// written for a voice, or "".
func englishBrand(letters string) string {
	switch letters {
	case "IKEA", "LEGO", "NIKE", "ASUS", "SONY", "OPPO", "VIVO", "ZARA", "PUMA", "VANS", "FILA", "MUJI", "DELL",
		"ACER", "BOSE", "VISA", "AUDI", "FIAT", "CHLOE", "GUCCI", "PRADA", "DYSON", "CANON", "ROLEX":
		return letters[:1] + strings.ToLower(letters[1:])
	}
	return ""
}
