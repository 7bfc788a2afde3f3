package sip

import (
	"errors"
	"testing"
)

func TestWhatIsTypedCannotWriteIntoAMessage(t *testing.T) {
	home := serve(t, func(c *Config) {
		c.Media = func(MediaOptions) (Media, error) { return nil, errors.New("the call would be placed") }
	})
	for _, c := range []struct {
		name, to, from string
		want           error
	}{
		{"a line end in a target", "sip:a\r\nX-Evil: 1@127.0.0.1", "", ErrTarget},
		{"the end of a target", "sip:a>;tag=x@127.0.0.1", "", ErrTarget},
		{"a line end in a number to call from", "sip:a@127.0.0.1", "1\r\nX-Evil: 1", ErrFrom},
		{"a URI to call from", "sip:a@127.0.0.1", "1@bank.example>;tag=x", ErrFrom},
		{"a name to call from", "sip:a@127.0.0.1", "anonymous", ErrFrom},
	} {
		if _, err := home.Call(t.Context(), c.to, CallOptions{From: c.from}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for typed, want := range map[string]string{"+86 139-0000-5678": "+8613900005678", "tel:100": "100", "": "", "+": ""} {
		if got := numberOf(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}
