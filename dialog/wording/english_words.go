package wording

import (
	"strings"
	"unicode"
)

// spell reads letters by their names, as "V I P" makes any voice do.
func spell(letters string) string {
	return strings.Join(strings.Split(strings.ToUpper(letters), ""), " ")
}

// englishAddress reads a web or mail address.
func englishAddress(address string) string {
	address = strings.TrimRight(address, "/.")
	address = strings.NewReplacer(
		"www.", "w w w dot ", ".", " dot ", "@", " at ", "/", " slash ", "-", " dash ", "_", " underscore ",
	).Replace(address)
	return run(address, []pass{{enNumber, func(m match) string {
		return " " + englishDigits(m.groups[0]) + " "
	}}})
}

// englishCode reads a name made of letters and digits: the letters by their
// names, short numbers as numbers, long ones digit by digit.
func englishCode(code string) string {
	var words []string
	for _, part := range runs(code) {
		switch {
		case len(part) > 3 && strings.ContainsAny(part, "aeiouAEIOU"):
			words = append(words, strings.ToLower(part))
		case !isDigit(part[0]):
			words = append(words, spell(part))
		case len(part) <= 2 && part[0] != '0':
			words = append(words, englishCardinal(number(part)))
		default:
			words = append(words, englishDigits(part))
		}
	}
	return strings.Join(words, " ")
}

// runs cuts a code into rows of letters and rows of digits; what is neither
// falls out.
func runs(code string) []string {
	var parts []string
	kind := 0
	for _, r := range code {
		k := 0
		switch {
		case r >= '0' && r <= '9':
			k = 1
		case unicode.IsLetter(r):
			k = 2
		}
		switch k {
		case 0:
		case kind:
			parts[len(parts)-1] += string(r)
		default:
			parts = append(parts, string(r))
		}
		kind = k
	}
	return parts
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// englishMasked reads a number of which only the end is shown.
func englishMasked(m match) string {
	end := englishRow(m.groups[1])
	switch before := strings.TrimRight(m.before, " "); {
	case strings.HasSuffix(before, "ending in"):
		return end
	case strings.HasSuffix(before, "number"):
		return "ending in " + end
	}
	return "the number ending in " + end
}

// englishOrder reads the number of an order.
func englishOrder(m match) string {
	name := m.groups[1]
	if head, ok := strings.CutSuffix(name, " no"); ok {
		name = head + " number"
	}
	return name + " " + englishDigits(m.groups[2])
}

func englishPhone(m match) string {
	words := ""
	if m.groups[1] != "" {
		words = "plus " + strings.ReplaceAll(englishDigits(digitsOnly(m.groups[1])), ",", "") + ", "
	}
	if digits := digitsOnly(m.groups[2]); len(digits) == 11 && digits[0] == '1' {
		return words + englishDigits(digits)
	}
	rows := strings.FieldsFunc(m.groups[2], func(r rune) bool { return r < '0' || r > '9' })
	for i, row := range rows {
		rows[i] = englishDigits(row)
	}
	return words + strings.Join(rows, ", ")
}

// englishDate reads a date given as numbers, or leaves what is none.
func englishDate(m match, year, month, day string) string {
	y, mo, d := number(year), int(number(month)), number(day)
	if mo < 1 || mo > 12 || d < 1 || d > 31 {
		return m.groups[0]
	}
	return englishMonth(mo) + " " + englishOrdinal(d) + ", " + englishYear(y)
}

func englishNamedDate(m match, month, day, year string) string {
	d := number(day)
	if d < 1 || d > 31 {
		return m.groups[0]
	}
	words := englishMonthName(month) + " " + englishOrdinal(d)
	if year != "" {
		words += ", " + englishYear(number(year))
	}
	return words
}

// englishMonthName writes out the month that written begins.
func englishMonthName(written string) string {
	for month := 1; month <= 12; month++ {
		if name := englishMonth(month); name[:3] == written[:3] {
			return name
		}
	}
	return written
}

func englishTimeRange(m match) string {
	return englishTime(int(number(m.groups[1])), int(number(m.groups[2]))) + " to " +
		englishTime(int(number(m.groups[3])), int(number(m.groups[4])))
}

// englishHalfDay reads "9:30 am", and "9 am - 5 pm".
func englishHalfDay(m match) string {
	words := englishClock(int(number(m.groups[1])), int(number(m.groups[2]))) +
		" " + strings.ToUpper(m.groups[3]) + " M"
	if m.groups[4] != "" {
		words += " to " + englishClock(int(number(m.groups[4])), int(number(m.groups[5]))) +
			" " + strings.ToUpper(m.groups[6]) + " M"
	}
	if strings.HasSuffix(m.groups[0], ".") && (m.after == "" || unicode.IsUpper(firstRune(strings.TrimLeft(m.after, " ")))) {
		words += "."
	}
	return words
}

func englishTimeOfDay(m match) string {
	hour, minute := int(number(m.groups[1])), int(number(m.groups[2]))
	if hour > 24 || minute > 59 {
		return m.groups[0]
	}
	return englishTime(hour, minute)
}

func englishDecade(year string) string {
	n := number(year)
	words := englishYear(n)
	if n < 100 {
		words = englishBelow100(n)
	}
	return plural(words)
}

// plural makes one of the numbers, such as the nineties, out of words.
func plural(words string) string {
	if stem, ok := strings.CutSuffix(words, "y"); ok {
		return stem + "ies"
	}
	if strings.HasSuffix(words, "x") {
		return words + "es"
	}
	return words + "s"
}

// englishFraction reads "3/4" and "2 1/2".
func englishFraction(m match) string {
	top, bottom := number(m.groups[2]), number(m.groups[3])
	if top == 0 || bottom < 2 {
		return m.groups[0]
	}
	if top == bottom {
		return englishNumber(m.groups[2]) + "-" + englishNumber(m.groups[3])
	}
	var part string
	switch bottom {
	case 2:
		part = "half"
	case 4:
		part = "quarter"
	default:
		part = englishOrdinal(bottom)
	}
	switch {
	case m.groups[1] != "" && top == 1:
		part = "a " + part
	case top == 1:
		part = "one " + part
	case part == "half":
		part = englishCardinal(top) + " halves"
	default:
		part = englishCardinal(top) + " " + part + "s"
	}
	if m.groups[1] != "" {
		return englishNumber(m.groups[1]) + " and " + part
	}
	return part
}

// englishAbbreviation writes out a short form that ends in a period. The
// period goes with it, unless the sentence ends there too.
func englishAbbreviation(m match) string {
	words := m.groups[1]
	switch words {
	case "Mr":
		words = "Mister"
	case "Mrs":
		words = "Missus"
	case "Ms":
		words = "Miz"
	case "Dr":
		words = "Doctor"
		if follows := firstRune(strings.TrimLeft(m.after, " ")); !unicode.IsUpper(follows) {
			words = "Drive"
		}
	case "Prof":
		words = "Professor"
	case "St":
		words = "Street"
		if r := lastRune(strings.TrimRight(m.before, " ")); !unicode.IsLetter(r) {
			words = "Saint"
		}
	default:
		words = englishShortForm(words)
	}
	if strings.TrimSpace(m.after) == "" {
		words += "."
	}
	return words
}

func englishShortForm(short string) string {
	return map[string]string{
		"Ave":    "Avenue",
		"Rd":     "Road",
		"Blvd":   "Boulevard",
		"Apt":    "Apartment",
		"Co":     "Company",
		"Ltd":    "Limited",
		"Inc":    "Incorporated",
		"e.g":    "for example",
		"i.e":    "that is",
		"etc":    "et cetera",
		"vs":     "versus",
		"approx": "approximately",
		"dept":   "department",
		"ext":    "extension",
		"tel":    "telephone",
		"min":    "minimum",
		"max":    "maximum",
	}[short]
}

// englishAcronym spells what is written in capitals, but for what people read
// as a word.
func englishAcronym(m match) string {
	letters := m.groups[0]
	switch letters {
	case "OK":
		return "okay"
	case "NASA", "NATO", "ASAP", "YES", "NO", "NOT", "PIN", "APP", "SIM", "GIF", "AM", "PM", "IS", "IT", "AND",
		"ZIP":
		return strings.ToLower(letters)
	}
	if brand := englishBrand(letters); brand != "" {
		return brand
	}
	if stem, ok := strings.CutSuffix(letters, "s"); ok {
		return spell(stem) + "s"
	}
	return spell(letters)
}
