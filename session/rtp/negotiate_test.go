package rtp_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"huike/audio"
	"huike/session/rtp"
)

// sdp makes a description out of lines below the session's own.
func sdp(lines ...string) []byte {
	head := []string{"v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", "c=IN IP4 192.0.2.10", "t=0 0"}
	return []byte(strings.Join(append(head, lines...), "\r\n") + "\r\n")
}

const (
	key128 = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	keyGCM = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubA=="
	print1 = "a=fingerprint:sha-256 " +
		"4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF"
)

func all() []audio.Format {
	return []audio.Format{
		format("opus", 48000), format("g722", 8000), format("pcmu", 8000), format("pcma", 8000), format("l16", 16000),
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		secure  rtp.Secure
		codecs  []audio.Format
		offer   []string
		want    []string // lines of the answer
		without []string // what must not be in it
		format  audio.Format
		held    bool
		err     error
	}{
		{
			name:    "a telephone with static payload types and no rtpmap",
			offer:   []string{"m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"},
			want:    []string{"a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=sendrecv", "a=ptime:20"},
			without: []string{"PCMA", "rtcp-mux", "rtcp-fb"},
			format:  format("pcmu", 8000),
		},
		{
			name:   "payload types are the offerer's",
			offer:  []string{"m=audio 4000 RTP/AVP 113 9 97", "a=rtpmap:113 OPUS/48000/2", "a=rtpmap:97 telephone-event/48000"},
			want:   []string{"a=rtpmap:113 opus/48000/2", "a=rtpmap:97 telephone-event/48000"},
			format: format("opus", 48000),
		},
		{
			name:   "telephone-event at the clock of the format that is taken",
			codecs: []audio.Format{format("g722", 8000)},
			offer: []string{
				"m=audio 4000 RTP/AVP 96 9 97 98", "a=rtpmap:96 opus/48000/2",
				"a=rtpmap:97 telephone-event/48000", "a=rtpmap:98 telephone-event/8000",
			},
			want: []string{"a=rtpmap:98 telephone-event/8000"}, without: []string{"telephone-event/48000"},
			format: format("g722", 8000),
		},
		{
			name:   "comfort noise is taken where it is offered",
			codecs: []audio.Format{format("pcma", 8000)},
			offer:  []string{"m=audio 4000 RTP/AVP 8 13"}, want: []string{"a=rtpmap:13 CN/8000"}, format: format("pcma", 8000),
		},
		{
			name:   "sound in two channels is none of ours",
			codecs: []audio.Format{format("l16", 16000)},
			offer:  []string{"m=audio 4000 RTP/AVP 96", "a=rtpmap:96 L16/16000/2"}, err: rtp.ErrNoSound,
		},
		{
			name:  "no format in common",
			offer: []string{"m=audio 4000 RTP/AVP 18 96", "a=rtpmap:18 G729/8000", "a=rtpmap:96 speex/16000"}, err: rtp.ErrNoSound,
		},
		{name: "no audio", offer: []string{"m=video 4000 RTP/AVP 96", "a=rtpmap:96 VP8/90000"}, err: rtp.ErrNoSound},
		{name: "audio refused in the offer", offer: []string{"m=audio 0 RTP/AVP 0"}, err: rtp.ErrNoSound},
		{
			name: "video and fax are refused in their places",
			offer: []string{
				"m=video 5000 RTP/AVP 96", "a=rtpmap:96 VP8/90000", "m=audio 4000 RTP/AVP 0",
				"m=image 4002 udptl t38", "m=audio 4004 RTP/AVP 0",
			},
			want:   []string{"m=video 0 RTP/AVP 96", "m=image 0 udptl t38", "m=audio 0 RTP/AVP 0"},
			format: format("pcmu", 8000),
		},
		{
			name:  "a bundle keeps its mids",
			offer: []string{"a=group:BUNDLE a v", "m=audio 4000 RTP/AVP 0", "a=mid:a", "m=video 5000 RTP/AVP 96", "a=mid:v"},
			want:  []string{"a=group:BUNDLE a", "a=mid:a", "a=mid:v"}, format: format("pcmu", 8000),
		},
		{
			name:  "RTCP on the same port and feedback where they are offered",
			offer: []string{"m=audio 4000 RTP/AVPF 0", "a=rtcp-mux", "a=rtcp-fb:* nack"},
			want:  []string{"a=rtcp-mux", "a=rtcp-fb:* nack"}, without: []string{"a=rtcp:"}, format: format("pcmu", 8000),
		},
		{
			name:  "hold by direction",
			offer: []string{"m=audio 4000 RTP/AVP 0", "a=sendonly"}, want: []string{"a=recvonly"}, format: format("pcmu", 8000), held: true,
		},
		{
			name:  "hold by direction above all m-lines",
			offer: []string{"a=inactive", "m=audio 4000 RTP/AVP 0"}, want: []string{"a=inactive"}, format: format("pcmu", 8000), held: true,
		},
		{
			name:  "hold by no address",
			offer: []string{"m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"}, format: format("pcmu", 8000), held: true,
		},
		{
			name:  "a listener only",
			offer: []string{"m=audio 4000 RTP/AVP 0", "a=recvonly"}, want: []string{"a=sendonly"}, format: format("pcmu", 8000),
		},
		{
			name:  "ICE is passed over",
			offer: []string{"a=ice-ufrag:x", "a=ice-pwd:y", "m=audio 4000 RTP/AVP 0", "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host"},
			want:  []string{"a=rtpmap:0 PCMU/8000"}, without: []string{"ice", "candidate"}, format: format("pcmu", 8000),
		},
		{
			name:  "SDES, the first suite that is known",
			offer: []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:7 F8_128_HMAC_SHA1_80 " + key128, "a=crypto:8 AES_CM_128_HMAC_SHA1_32 " + key128, "a=crypto:9 AEAD_AES_128_GCM " + keyGCM},
			want:  []string{"m=audio PORT RTP/SAVP 0", "a=crypto:8 AES_CM_128_HMAC_SHA1_32 inline:KEY"}, format: format("pcmu", 8000),
		},
		{
			name:  "SDES with a lifetime and an MKI",
			offer: []string{"m=audio 4000 RTP/SAVPF 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128 + "|2^31|1:4"},
			want:  []string{"m=audio PORT RTP/SAVPF 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY"}, format: format("pcmu", 8000),
		},
		{
			name:  "SDES without encryption is none",
			offer: []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128 + " UNENCRYPTED_SRTP"}, err: rtp.ErrSecurity,
		},
		{
			name:  "SDES with a short key is none",
			offer: []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"}, err: rtp.ErrSecurity,
		},
		{
			name:  "best effort: keys beside a plain profile are taken",
			offer: []string{"m=audio 4000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128},
			want:  []string{"m=audio PORT RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY"}, format: format("pcmu", 8000),
		},
		{
			name: "the encrypted one of two m-lines",
			offer: []string{
				"m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128,
			},
			want: []string{"m=audio 0 RTP/AVP 0", "m=audio PORT RTP/SAVP 0"}, format: format("pcmu", 8000),
		},
		{
			name:  "DTLS, and the answerer begins",
			offer: []string{"m=audio 4000 UDP/TLS/RTP/SAVPF 0", "a=setup:actpass", print1},
			want:  []string{"m=audio PORT UDP/TLS/RTP/SAVPF 0", "a=setup:active"}, format: format("pcmu", 8000),
		},
		{
			name:  "DTLS by an offerer that begins, with attributes above the m-lines",
			offer: []string{print1, "a=setup:active", "m=audio 4000 UDP/TLS/RTP/SAVP 0"},
			want:  []string{"a=setup:passive"}, format: format("pcmu", 8000),
		},
		{
			name:  "DTLS by a hash that is broken is none",
			offer: []string{"m=audio 4000 UDP/TLS/RTP/SAVP 0", "a=setup:actpass", "a=fingerprint:sha-1 " + strings.Repeat("AA:", 19) + "AA"}, err: rtp.ErrSecurity,
		},
		{name: "encryption must be", secure: rtp.Required, offer: []string{"m=audio 4000 RTP/AVP 0"}, err: rtp.ErrSecurity},
		{
			name: "encryption must not be", secure: rtp.None,
			offer: []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128}, err: rtp.ErrSecurity,
		},
		{
			name: "keys are passed over where encryption must not be", secure: rtp.None,
			offer: []string{"m=audio 4000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128},
			want:  []string{"a=rtpmap:0 PCMU/8000"}, without: []string{"crypto"}, format: format("pcmu", 8000),
		},
		{
			name: "encryption must be DTLS", secure: rtp.DTLS,
			offer: []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128}, err: rtp.ErrSecurity,
		},
		{name: "a profile that is not known", offer: []string{"m=audio 4000 TCP/MRCPv2 0"}, err: rtp.ErrSecurity},
		{name: "nonsense", offer: []string{"x"}, err: rtp.ErrSDP},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.codecs == nil {
				c.codecs = all()
			}
			e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: c.codecs, Secure: c.secure})
			answer, err := e.Answer(sdp(c.offer...))
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Fatalf("error %v: want %v\n%s", err, c.err, answer)
			}
			if err != nil {
				return
			}
			if e.Format() != c.format || e.Held() != c.held {
				t.Errorf("format %v, held %v: want %v, %v", e.Format(), e.Held(), c.format, c.held)
			}
			text := masked(answer)
			for _, line := range c.want {
				if !strings.Contains(text, line+"\r\n") {
					t.Errorf("no line %q in\n%s", line, answer)
				}
			}
			for _, part := range c.without {
				if strings.Contains(text, part) {
					t.Errorf("%q in\n%s", part, answer)
				}
			}
		})
	}
}

// masked replaces what differs from run to run.
func masked(description []byte) string {
	text := regexp.MustCompile(`(?m)^m=audio [1-9]\d*`).ReplaceAllString(string(description), "m=audio PORT")
	return regexp.MustCompile(`inline:\S+`).ReplaceAllString(text, "inline:KEY")
}

func origin(t *testing.T, description []byte) string {
	t.Helper()
	lines := strings.Split(string(description), "\r\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "o=- ") {
		t.Fatalf("no origin in\n%s", description)
	}
	return lines[1]
}

func answer(t *testing.T, e *rtp.Endpoint, lines ...string) []byte {
	t.Helper()
	a, err := e.Answer(sdp(lines...))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheVersionCountsChanges(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all(), Secure: rtp.Optional})
	secure := []string{"m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128}
	first := answer(t, e, secure...)
	if again := answer(t, e, secure...); string(again) != string(first) {
		t.Errorf("a refresh changes the answer:\n%s\n%s", first, again)
	}
	held := answer(t, e, append(secure, "a=sendonly")...)
	if origin(t, held) == origin(t, first) {
		t.Errorf("the version stays though the answer does not: %s", origin(t, held))
	}
	if !e.Held() {
		t.Error("not held")
	}
	resumed := answer(t, e, secure...)
	if origin(t, resumed) == origin(t, held) || e.Held() {
		t.Errorf("resumed, but %s, held %v", origin(t, resumed), e.Held())
	}
	key := regexp.MustCompile(`inline:\S+`)
	if key.FindString(string(resumed)) != key.FindString(string(first)) {
		t.Error("our key changes though theirs does not")
	}
	other := answer(t, e, secure[0], strings.Replace(secure[1], "WVNf", "XVNf", 1))
	if key.FindString(string(other)) == key.FindString(string(first)) {
		t.Error("our key stays though theirs is another")
	}
}

func TestAFailedOfferChangesNothing(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()})
	first := answer(t, e, "m=audio 4000 RTP/AVP 8")
	if _, err := e.Answer(sdp("m=audio 4000 RTP/AVP 18", "a=rtpmap:18 G729/8000")); !errors.Is(err, rtp.ErrNoSound) {
		t.Fatal(err)
	}
	if e.Format() != format("pcma", 8000) || e.Held() {
		t.Errorf("format %v, held %v", e.Format(), e.Held())
	}
	if again := answer(t, e, "m=audio 4000 RTP/AVP 8"); string(again) != string(first) {
		t.Errorf("the answer has changed:\n%s\n%s", first, again)
	}
}

func TestAFormatStaysWhileItCan(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()})
	answer(t, e, "m=audio 4000 RTP/AVP 8")
	answer(t, e, "m=audio 4000 RTP/AVP 0 8")
	if e.Format() != format("pcma", 8000) {
		t.Errorf("went over to %v for no reason", e.Format())
	}
	answer(t, e, "m=audio 4000 RTP/AVP 0")
	if e.Format() != format("pcmu", 8000) {
		t.Errorf("stays at %v, which is not offered any more", e.Format())
	}
	offer, err := e.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(masked(offer), "m=audio PORT RTP/AVP 0 ") {
		t.Errorf("the offer does not begin with what is agreed upon:\n%s", offer)
	}
}

func TestSoundTakenAwayAndBroughtBack(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()})
	answer(t, e, "m=audio 4000 RTP/AVP 0")
	gone := answer(t, e, "m=audio 0 RTP/AVP 0")
	if !strings.Contains(string(gone), "m=audio 0 RTP/AVP 0") || !e.Held() {
		t.Errorf("held %v:\n%s", e.Held(), gone)
	}
	answer(t, e, "m=audio 4000 RTP/AVP 0")
	if e.Held() {
		t.Error("still held")
	}
}

func TestOffersKeepPlacesAndNumbers(t *testing.T) {
	e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: all()})
	answer(t, e, "m=video 5000 RTP/AVP 96", "a=rtpmap:96 VP8/90000",
		"m=audio 4000 RTP/AVP 116 107 0", "a=rtpmap:116 opus/48000/2", "a=rtpmap:107 telephone-event/8000")
	offer, err := e.Offer()
	if err != nil {
		t.Fatal(err)
	}
	text := masked(offer)
	for _, want := range []string{
		"m=video 0 RTP/AVP 96\r\nm=audio PORT RTP/AVP 116 ", "a=rtpmap:116 opus/48000/2", "a=rtpmap:107 telephone-event/8000",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, offer)
		}
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`a=rtpmap:(\d+)`).FindAllStringSubmatch(text, -1) {
		if seen[m[1]] {
			t.Errorf("payload type %s twice in\n%s", m[1], offer)
		}
		seen[m[1]] = true
	}
}
