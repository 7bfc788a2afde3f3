package twilio

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func documented() url.Values {
	return url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {jane}, "Digits": {"1234"}, "From": {jane}, "To": {"+18005551212"},
	}
}

// The vectors are those of Twilio's documentation and of its own libraries' tests,
// with the auth token 12345.
func TestSignaturesAreTwilios(t *testing.T) {
	for signature, c := range map[string]struct {
		address string
		form    url.Values
	}{
		"RSOYDt4T1cUTdK1PDd93/VVr8B8=": {"https://mycompany.com/myapp.php?foo=1&bar=2", documented()},
		"g9IN/x4Cft2g517EjYvEvM/W7LU=": {"https://MyCompany.com/myapp.php?foo=1&bar=2", documented()},
		"PCqOZm8cnu/L6+u5i5fuEd+Iac4=": {"https://MyCompany.com:1234/myapp.php?foo=1&bar=2", documented()},
		"kvajT1Ptam85bY51eRf/AJRuM3w=": {"https://mycompany.com:443/myapp.php?foo=1&bar=2", documented()},
		"0ZXoZLH/DfblKGATFgpif+LLRf4=": {"http://mycompany.com:80/myapp.php?foo=1&bar=2", documented()},
		"Zmvh+3yNM1Phv2jhDCwEM3q5ebU=": {"http://mycompany.com:1234/myapp.php?foo=1&bar=2", documented()},
		"IK+Dwps556ElfBT0I3Rgjkr1wJU=": {
			"https://mycompany.com/myapp.php?foo=1&bar=2",
			url.Values{"Sid": {"CA123"}, "SidAccount": {"AC123"}, "Digits": {"5678", "1234", "1234"}},
		},
	} {
		if got := Sign(token, c.address, c.form); got != signature {
			t.Errorf("signature of %s is %s, want %s", c.address, got, signature)
		}
	}
}

func TestASignatureHoldsBehindAProxy(t *testing.T) {
	server, err := NewServer(Config{Token: token, URL: "https://calls.shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"wss://calls.shop.example/v1/twilio/media":          true,
		"wss://calls.shop.example/v1/twilio/media/":         true, // as Twilio signs some upgrades
		"wss://calls.shop.example:443/v1/twilio/media":      true,
		"https://calls.shop.example/v1/twilio/media":        false,
		"ws://calls.shop.example/v1/twilio/media":           false,
		"wss://calls.shop.example/v1/twilio/relay":          false,
		"wss://evil.example/v1/twilio/media":                false,
		"wss://calls.shop.example/v1/twilio/media?as=admin": false,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://10.0.0.7:8080/v1/twilio/media", nil)
		r.RequestURI = "/v1/twilio/media"
		r.Header.Set("X-Twilio-Signature", Sign(token, address, nil))
		if got := server.signed(r, nil); got != want {
			t.Errorf("a signature for %s is believed: %v", address, got)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/twilio/media", nil)
	if server.signed(r, nil) {
		t.Error("no signature is believed")
	}
}

func TestAPassIsItsCallsAlone(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	given := pass(token, "CA1", jane, "en", now.Add(passLife))
	check := func(what string, want bool, token, call, from, lang, given string, now time.Time) {
		t.Helper()
		if passes(token, call, from, lang, given, now) != want {
			t.Errorf("%s: believed is %v", what, !want)
		}
	}
	check("its own", true, token, "CA1", jane, "en", given, now)
	check("at its end", true, token, "CA1", jane, "en", given, now.Add(passLife))
	check("run out", false, token, "CA1", jane, "en", given, now.Add(passLife+time.Second))
	check("another call", false, token, "CA2", jane, "en", given, now)
	check("another number", false, token, "CA1", "+14158675300", "en", given, now)
	check("another language", false, token, "CA1", jane, "zh", given, now)
	check("another account", false, "54321", "CA1", jane, "en", given, now)
	check("none", false, token, "CA1", jane, "en", "", now)
	check("garbage", false, token, "CA1", jane, "en", "zz.zz.zz", now)
	check("a year", false, token, "CA1", jane, "en", pass(token, "CA1", jane, "en", now.Add(365*24*time.Hour)), now)
	check("moved parts", false, token, "CA", "1"+jane, "en", given, now)
}

func TestAServerThatCannotWorkIsNotMade(t *testing.T) {
	for name, config := range map[string]Config{
		"no token":       {URL: "https://shop.example"},
		"no address":     {Token: token},
		"a path alone":   {Token: token, URL: "/v1"},
		"a socket":       {Token: token, URL: "wss://shop.example"},
		"no such number": {Token: token, URL: "https://shop.example", Dial: "12"},
		"no address to":  {Token: token, URL: "https://shop.example", Dial: "sip:desk@shop.example<script>"},
	} {
		if _, err := NewServer(config); err == nil {
			t.Errorf("%s: a server was made", name)
		}
	}
	if _, err := NewServer(Config{Token: token, URL: "https://shop.example/pbx/", Dial: "sip:desk@pbx.shop.example:5070;transport=tls"}); err != nil {
		t.Error(err)
	}
}
