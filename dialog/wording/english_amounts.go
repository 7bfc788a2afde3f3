package wording

import (
	"strings"
	"unicode"
)

// englishMoney reads an amount that follows the sign of its currency.
func englishMoney(m match) string {
	unit := "dollars"
	switch strings.TrimSpace(m.groups[2]) {
	case "£", "GBP":
		unit = "pounds"
	case "€", "EUR":
		unit = "euros"
	case "¥", "RMB", "CNY":
		unit = "yuan"
	case "HK$":
		unit = "Hong Kong dollars"
	case "A$", "AU$":
		unit = "Australian dollars"
	case "C$", "CA$":
		unit = "Canadian dollars"
	case "₹":
		unit = "rupees"
	}
	minus := ""
	if m.groups[1] != "" {
		minus = "minus "
	}
	if m.groups[4] != "" {
		return minus + englishNumber(m.groups[3]) + " " + m.groups[4] + " " + unit
	}
	amount := strings.TrimRight(m.groups[3], ",")
	comma := m.groups[3][len(amount):]
	whole, cents, _ := strings.Cut(amount, ".")
	return minus + englishPrice(whole, cents, unit) + comma
}

// englishPrice reads an amount of whole and hundredth parts of unit.
func englishPrice(whole, cents, unit string) string {
	if len(cents) == 1 {
		cents += "0"
	}
	small := "cents"
	switch unit {
	case "pounds":
		small = "pence"
	case "yuan", "RMB":
		unit, small = "yuan", ""
	}
	w, c := number(strings.ReplaceAll(whole, ",", "")), number(cents)
	switch {
	case c == 0:
		return one(w, englishCardinal(w), unit)
	case small == "" || len(cents) > 2:
		return englishNumber(whole+"."+strings.TrimSuffix(cents, "0")) + " " + unit
	case w == 0:
		return one(c, englishCardinal(c), small)
	}
	return one(w, englishCardinal(w), unit) + " and " + one(c, englishCardinal(c), small)
}

// one joins a number and its unit, in the singular after a 1.
func one(n uint64, words, unit string) string {
	if n == 1 && unit != "pence" {
		unit = strings.TrimSuffix(unit, "s")
	}
	return words + " " + unit
}

// englishSize reads "30 x 40 cm".
func englishSize(m match) string {
	words := englishNumber(m.groups[1]) + " by " + englishNumber(m.groups[2])
	if m.groups[3] != "" {
		words += " by " + englishNumber(m.groups[3])
	}
	if unit := englishUnit(m.groups[4]); unit != "" {
		return words + " " + unit
	}
	if unicode.IsLetter(firstRune(m.after)) {
		words += " "
	}
	return words
}

// englishMeasure reads a number and its unit.
func englishMeasure(m match) string {
	words, unit := englishNumber(m.groups[1]), englishUnit(m.groups[2])
	if m.groups[1] == "1" {
		unit = singular(unit)
	}
	return words + " " + unit
}

// singular turns the plural name of a unit into its singular.
func singular(unit string) string {
	head, tail, many := strings.Cut(unit, " ")
	switch head {
	case "milliamp", "kilowatt", "watt", "hertz", "kilohertz", "megahertz", "gigahertz":
		return strings.TrimSuffix(unit, "s")
	case "inches":
		head = "inch"
	case "feet":
		head = "foot"
	default:
		head = strings.TrimSuffix(head, "s")
	}
	if many {
		return head + " " + tail
	}
	return head
}

// englishUnit returns the plural name of a unit, "" for one it does not know.
func englishUnit(unit string) string {
	return map[string]string{
		"km/h":  "kilometers an hour",
		"kg":    "kilograms",
		"km":    "kilometers",
		"cm":    "centimeters",
		"mm":    "millimeters",
		"ml":    "milliliters",
		"mg":    "milligrams",
		"GB":    "gigabytes",
		"MB":    "megabytes",
		"TB":    "terabytes",
		"lb":    "pounds",
		"oz":    "ounces",
		"ft":    "feet",
		"hr":    "hours",
		"min":   "minutes",
		"sec":   "seconds",
		"m":     "meters",
		"g":     "grams",
		"L":     "liters",
		"mph":   "miles an hour",
		"mi":    "miles",
		"Hz":    "hertz",
		"kHz":   "kilohertz",
		"MHz":   "megahertz",
		"GHz":   "gigahertz",
		"W":     "watts",
		"kW":    "kilowatts",
		"kWh":   "kilowatt hours",
		"Wh":    "watt hours",
		"V":     "volts",
		"mAh":   "milliamp hours",
		"fl oz": "fluid ounces",
		"sq ft": "square feet",
		"yd":    "yards",
		"yr":    "years",
		"h":     "hours",
	}[strings.TrimSuffix(unit, "s")]
}

func englishDegrees(m match) string {
	words := englishNumber(m.groups[2]) + " degrees"
	if m.groups[2] == "1" {
		words = "one degree"
	}
	if strings.Contains(m.groups[0], "-") {
		words = m.groups[1] + "minus " + words
	}
	switch m.groups[3] {
	case "C":
		words += " Celsius"
	case "F":
		words += " Fahrenheit"
	}
	return words
}
