package main

import (
	"context"
	"net/url"

	"huike/session/twilio"
)

// twilioConfig is how calls come by Twilio.
type twilioConfig struct {
	TwilioToken string `name:"twilio-token" help:"Auth token of the Twilio account whose calls are taken at /v1/twilio/; default: none are." env:"HUIKE_TWILIO_TOKEN" placeholder:"TOKEN" group:"Twilio"`
	TwilioURL   string `name:"twilio-url" help:"Where Twilio reaches this server, as its signatures have it: what stands before /v1/twilio/." env:"HUIKE_TWILIO_URL" placeholder:"https://HOST" group:"Twilio"`
	TwilioDial  string `name:"twilio-dial" help:"Whom Twilio calls when a caller wants a person: a number like +14155550100 or a SIP address; default: the desk of this server." env:"HUIKE_TWILIO_DIAL" placeholder:"NUMBER" group:"Twilio"`
}

// check adds what is wrong with the values; never the token.
func (c *twilioConfig) check(w *wrong) {
	w.unless(c.TwilioToken == "" || c.TwilioURL != "", "twilio-url", c.TwilioURL, "where Twilio reaches this server, such as https://calls.shop.example, beside --twilio-token")
	w.unless(c.TwilioURL == "" || c.TwilioToken != "", "twilio-token", "", "the account's auth token, beside --twilio-url")
	if c.TwilioURL != "" {
		base, err := url.Parse(c.TwilioURL)
		right := err == nil && base.Host != "" && base.RawQuery == "" && (base.Scheme == "https" || base.Scheme == "http")
		w.unless(right, "twilio-url", c.TwilioURL, "an address, such as https://calls.shop.example")
	}
	w.unless(c.TwilioDial == "" || twilio.IsTarget(c.TwilioDial), "twilio-dial", c.TwilioDial,
		"a number, such as +14155550100, or a SIP address, such as sip:desk@shop.example")
}

// byTwilio is the server's Twilio side; its zero value is none.
type byTwilio struct {
	*twilio.Server
}

// Close ends the calls.
func (t byTwilio) Close() error {
	if t.Server == nil {
		return nil
	}
	return t.Server.Close()
}

// newTwilio answers Twilio at the server's own address.
func (f *front) newTwilio() (byTwilio, error) {
	c := &f.house.config.twilioConfig
	if c.TwilioToken == "" {
		return byTwilio{}, nil
	}
	server, err := twilio.NewServer(twilio.Config{
		Token: c.TwilioToken, URL: c.TwilioURL, Dial: c.TwilioDial, Admit: f.gate.admit, Log: f.house.log,
		Handle: func(ctx context.Context, leg twilio.Leg, req twilio.Request) {
			f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Vouched: req.Vouched, Channel: "twilio", Context: req.Context})
		},
	})
	if err != nil {
		return byTwilio{}, err
	}
	f.Handle("/v1/twilio/", server)
	return byTwilio{server}, nil
}
