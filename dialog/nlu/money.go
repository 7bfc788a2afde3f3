package nlu

import (
	"strconv"
	"strings"
)

// isCard says whether digits are those of a payment or member card: their
// number, and Luhn's check digit.
func isCard(digits string) bool {
	const fewest, most = 15, 19
	if len(digits) < fewest || len(digits) > most {
		return false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// amounts finds sums of money: "$25.50", "twenty five dollars and fifty cents",
// 三百元, 二十五块五.
func amounts(words []string) []span {
	var found []span
	for i := 0; i < len(words); i++ {
		cents, n := amount(words, i)
		if n == i {
			continue
		}
		value := strconv.Itoa(cents / 100)
		if cents%100 != 0 {
			value += "." + twoDigits(cents%100)
		}
		found = append(found, span{from: i, to: n, slot: SlotMoney, value: value})
		i = n - 1
	}
	return found
}

// mostMoney is the largest amount that is believed, in hundredths.
const mostMoney = 100_000_000_00

func amount(words []string, i int) (cents, n int) {
	k := i
	sign := strings.Contains("$¥€£", words[i])
	if sign {
		k++
	}
	cents, n = quantity(words, k)
	if n == k || cents > mostMoney {
		return 0, i
	}
	switch unit(at(words, n)) {
	case whole:
		n++
	case hundredth:
		if cents/100 >= 100 {
			return 0, i
		}
		return cents / 100, n + 1
	case piece:
		return pieces(words, i, n+1, cents)
	case tenth:
		return tenths(words, i, n+1, cents/10)
	default:
		if !sign {
			return 0, i
		}
		return cents, n
	}
	if rest, m := change(words, n); m > n {
		return cents + rest, m
	}
	return cents, n
}

// pieces reads on behind 块, which counts other things too: 两块手表 is no money.
func pieces(words []string, from, i, units int) (cents, n int) {
	const small = 10_00
	rest, n := change(words, i)
	if n == i && units < small && n < len(words) && words[n] != "钱" {
		return 0, from
	}
	if at(words, n) == "钱" {
		n++
	}
	return units + rest, n
}

// tenths reads on behind 毛, of which things are made too: 三毛衣 is none.
func tenths(words []string, from, i, cents int) (all, n int) {
	if cents >= 100 || i < len(words) && strings.Contains("衣线巾毯笔呢料", words[i]) {
		return 0, from
	}
	n = i
	if d := oneDigit(at(words, n)); d != "" && !counts(words, n+1) {
		cents, n = cents+int(d[0]-'0'), n+1
	}
	if at(words, n) == "钱" {
		n++
	}
	return cents, n
}

// counts says whether words[i] makes the number before it one of things: the 个 of 十块五个.
func counts(words []string, i int) bool {
	return i < len(words) && strings.Contains("个件条只双斤本张瓶盒包袋位人天年月日号点十百千万", words[i])
}

// quantity reads a number of units, in hundredths.
func quantity(words []string, i int) (cents, n int) {
	if i >= len(words) {
		return 0, i
	}
	if main, part, ok := strings.Cut(words[i], "."); ok && words[i][0] >= '0' && words[i][0] <= '9' {
		units, err := strconv.Atoi(main)
		hundredths, err2 := strconv.Atoi((part + "0")[:2])
		if err != nil || err2 != nil || units > mostMoney/100 {
			return 0, i
		}
		return units*100 + hundredths, i + 1
	}
	if words[i] == "a" && scaleEN(at(words, i+1)) > 0 { // "a hundred and five"
		units, n := quantity(append([]string{"one"}, words[i+1:]...), 0)
		return units, i + n
	}
	digits, n := digitRun(words, i, false)
	units, err := strconv.Atoi(digits)
	if n == i || err != nil || units > mostMoney/100 {
		return 0, i
	}
	return units * 100, n
}

// change reads what follows the whole units: "and fifty cents", 五, 五毛, 八毛五.
func change(words []string, i int) (cents, n int) {
	k := i
	if at(words, k) == "and" {
		k++
	}
	if k >= len(words) {
		return 0, i
	}
	if !isHan(words[k]) && (!isHan(at(words, i-1)) || oneDigit(words[k]) == "") {
		if c, n := quantity(words, k); n > k && unit(at(words, n)) == hundredth && c < 100_00 {
			return c / 100, n + 1
		}
		return 0, i
	}
	if cents, n = changeZH(words, k); n == k {
		return 0, i
	}
	return cents, n
}

// changeZH reads 五, 五毛, 八毛五, and the 零五 of 三块零五.
func changeZH(words []string, i int) (cents, n int) {
	first := oneDigit(words[i])
	if first == "" || counts(words, i+1) {
		return 0, i
	}
	cents, n = 10*int(first[0]-'0'), i+1
	if d := oneDigit(at(words, n)); first == "0" && d != "" && !counts(words, n+1) {
		if n++; at(words, n) == "分" {
			n++
		}
		return int(d[0] - '0'), n
	}
	if w := at(words, n); w != "毛" && w != "角" {
		return cents, n
	}
	n++
	if d := digitZH(at(words, n), false); d != "" && scaleZH(at(words, n+1)) == 0 {
		cents, n = cents+int(d[0]-'0'), n+1
		if at(words, n) == "分" {
			n++
		}
	}
	return cents, n
}

// The kinds of units.
const (
	whole     = 1
	hundredth = 2
	piece     = 3
	tenth     = 4
)

func unit(word string) int {
	switch word {
	case "dollar", "dollars", "buck", "bucks", "yuan", "rmb", "euro", "euros", "quid", "元", "圆":
		return whole
	case "cent", "cents", "pence":
		return hundredth
	case "块":
		return piece
	case "毛":
		return tenth
	}
	return 0
}
