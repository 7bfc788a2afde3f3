package sip

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	wire "github.com/emiago/sipgo/sip"
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

func TestACallGoesWhereItsNameWasWhenItWasAllowed(t *testing.T) {
	home, desk := serve(t, nil), serve(t, nil)
	uri := strings.Replace(desk.uri(), "127.0.0.1", "elsewhere.invalid", 1)
	caller, err := home.Call(t.Context(), uri, CallOptions{at: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close("over")
	receive(t, desk.calls)
}

func TestADialogToReplaceIsNamedWholeOrNotAtAll(t *testing.T) {
	long := strings.Repeat("x", 300)
	for field, want := range map[string]string{
		"Replaces=" + long + "%3Bto-tag%3D1%3Bfrom-tag%3D2": long + ";to-tag=1;from-tag=2",
		"replaces=a%3Bto-tag%3D1":                           "a;to-tag=1",
		"Subject=x":                                         "",
		"Replaces=" + strings.Repeat(long, 4):               "refused",
		"Replaces=a%0D%0AX-Evil%3A1":                        "refused",
	} {
		var target wire.Uri
		if err := wire.ParseUri("sip:a@b?"+field, &target); err != nil {
			t.Fatal(err)
		}
		got, err := replacedBy(&target)
		if err != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("%.60s is %q, want %q", field, got, want)
		}
	}
}

func TestALegIsOverOnce(t *testing.T) {
	caller, _, _ := talk(t, serve(t, nil), serve(t, nil))
	for range 2 {
		if err := caller.Close(""); err != nil {
			t.Error(err)
		}
	}
}
