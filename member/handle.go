package member

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
)

// ErrNotHandle says that a text is no handle. It does not repeat it.
var ErrNotHandle = errors.New("not a handle; want phone:, card:, openid:, email:, account: or device: and its value")

const longestHandle = 128 // bytes

// ParseHandle reads a handle as systems write it, its kind and a colon before it, such
// as "phone:138 0000 1234", and brings it into the kind's form.
func ParseHandle(text string) (Handle, error) {
	kind, value, _ := strings.Cut(text, ":")
	return NewHandle(kind, value)
}

// NewHandle brings a value into its kind's form: a phone number in E.164, an e-mail
// address in small letters, a card without gaps, the others as they are. Kinds that are
// not known, and values that cannot be right, are [ErrNotHandle] or [ErrNotPhone].
func NewHandle(kind, value string) (Handle, error) {
	value = foldWidth(strings.TrimSpace(value))
	switch kind {
	case HandlePhone:
		return Phone(value)
	case HandleEmail:
		parsed, err := mail.ParseAddress(value)
		if err != nil || parsed.Address != value {
			return Handle{}, ErrNotHandle
		}
		value = strings.ToLower(value)
	case HandleCard:
		value = strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' {
				return -1
			}
			return unicode.ToUpper(r)
		}, value)
	case HandleOpenID, HandleAccount, HandleDevice:
	default:
		return Handle{}, ErrNotHandle
	}
	if value == "" || len(value) > longestHandle || strings.ContainsFunc(value, unicode.IsControl) {
		return Handle{}, ErrNotHandle
	}
	return Handle{Kind: kind, Value: value}, nil
}
