package shop

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"strings"
)

// calculate works out sums of prices, as a language model asks for them.
func (s *Shop) calculate(_ context.Context, _ *sql.Tx, r *request) (Result, error) {
	value, err := Calculate(r.args["expression"])
	if err != nil {
		return invalid("expression"), nil //nolint:nilerr // the caller's mistake, told by its code
	}
	return Result{OK: true, Rows: []map[string]string{{"value": strconv.FormatFloat(value, 'f', -1, 64)}}}, nil
}

// ErrExpression says that a text is no sum.
var ErrExpression = errors.New("not a sum; want numbers, + - * / and brackets")

// Calculate works out a sum of numbers with + - * / ( ), // for whole quotients and **
// for powers, rounded to hundredths. Anything else is [ErrExpression], and so is what
// has no finite value.
func Calculate(text string) (float64, error) {
	if strings.Trim(text, "0123456789+-*/(). ") != "" || len(text) > 1000 {
		return 0, ErrExpression
	}
	c := calculator{rest: text}
	value, ok := c.sum()
	c.skip()
	value = math.Round(value*100) / 100
	if !ok || c.rest != "" || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, ErrExpression
	}
	return value, nil
}

// calculator reads a sum from its left, with brackets as deep as the text is long.
type calculator struct{ rest string }

func (c *calculator) skip() { c.rest = strings.TrimLeft(c.rest, " ") }

// take takes one of the signs, the longer before the shorter.
func (c *calculator) take(signs ...string) string {
	c.skip()
	for _, sign := range signs {
		if strings.HasPrefix(c.rest, sign) {
			c.rest = c.rest[len(sign):]
			return sign
		}
	}
	return ""
}

func (c *calculator) sum() (float64, bool) {
	left, ok := c.product()
	for ok {
		sign := c.take("+", "-")
		if sign == "" {
			return left, true
		}
		var right float64
		right, ok = c.product()
		if sign == "-" {
			right = -right
		}
		left += right
	}
	return 0, false
}

func (c *calculator) product() (float64, bool) {
	left, ok := c.signed()
	for ok {
		var right float64
		sign := c.take("//", "*", "/")
		if sign == "" {
			return left, true
		}
		if right, ok = c.signed(); !ok || (sign != "*" && right == 0) {
			return 0, false
		}
		switch sign {
		case "*":
			left *= right
		case "/":
			left /= right
		default:
			left = math.Floor(left / right)
		}
	}
	return 0, false
}

// signed binds weaker than a power: -2**2 is -4.
func (c *calculator) signed() (float64, bool) {
	switch c.take("+", "-") {
	case "-":
		v, ok := c.signed()
		return -v, ok
	case "+":
		return c.signed()
	}
	base, ok := c.number()
	if !ok || c.take("**") == "" {
		return base, ok
	}
	exponent, ok := c.signed()
	return math.Pow(base, exponent), ok
}

func (c *calculator) number() (float64, bool) {
	if c.take("(") != "" {
		v, ok := c.sum()
		return v, ok && c.take(")") != ""
	}
	end := len(c.rest) - len(strings.TrimLeft(c.rest, "0123456789."))
	text := c.rest[:end]
	c.rest = c.rest[end:]
	if len(text) > 1 && text[0] == '0' && strings.Trim(text, "0") != "" && !strings.Contains(text, ".") {
		return 0, false // 007 is no number
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
