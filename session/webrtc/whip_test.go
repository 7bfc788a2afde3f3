package webrtc

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
)

// peer is a browser: a pion connection with pion's own settings.
func peer(tb testing.TB) *webrtc.PeerConnection {
	tb.Helper()
	settings := webrtc.SettingEngine{LoggerFactory: silent{}}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = pc.Close() })
	return pc
}

// browserOffer returns an offer of sound, without candidates.
func browserOffer(tb testing.TB, pc *webrtc.PeerConnection) webrtc.SessionDescription {
	tb.Helper()
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		tb.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return offer
}

type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request and returns what came back.
func do(tb testing.TB, method, url, contentType, body string, header ...string) reply {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, url, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(got)}
}

func TestBadOfferIsRefusedWithItsReason(t *testing.T) {
	e := serve(t, nil)
	good := browserOffer(t, peer(t)).SDP
	video := peer(t)
	_, _ = video.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo)
	onlyVideo, err := video.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	section := good[strings.Index(good, "m=audio"):]
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		says              string
	}{
		"no body":                {typeSDP, "", 400, "no audio"},
		"garbage":                {typeSDP, "\x00\xff\x01garbage", 400, "not SDP"},
		"JSON":                   {typeSDP, `{"type":"offer"}`, 400, "not SDP"},
		"half an offer":          {typeSDP, good[:len(good)/3], 400, ""},
		"no audio":               {typeSDP, onlyVideo.SDP, 400, "no audio"},
		"inactive audio":         {typeSDP, strings.ReplaceAll(good, "a=sendrecv", "a=inactive"), 400, "no audio"},
		"audio without Opus":     {typeSDP, strings.ReplaceAll(good, "opus/48000/2", "speex/16000"), 400, "opus/48000/2"},
		"no ICE user name":       {typeSDP, without(good, "a=ice-ufrag"), 400, "ice-ufrag"},
		"no ICE password":        {typeSDP, without(good, "a=ice-pwd"), 400, "ice-pwd"},
		"no fingerprint":         {typeSDP, without(good, "a=fingerprint"), 400, "fingerprint"},
		"a hundred sections":     {typeSDP, good + strings.Repeat(section, 100), 413, "65536"},
		"twenty sections":        {typeSDP, good + strings.Repeat("m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", 20), 400, "too many media"},
		"a huge line":            {typeSDP, good + "a=x:" + strings.Repeat("x", 1<<20), 413, "65536"},
		"another type":           {"application/json", good, 415, typeSDP},
		"no type":                {"", good, 415, typeSDP},
		"a payload type of 9999": {typeSDP, strings.ReplaceAll(good, "rtpmap:111 ", "rtpmap:9999 "), 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, http.MethodPost, e.url, c.contentType, c.body)
			var told struct {
				Status int
				Detail string
			}
			if err := json.Unmarshal([]byte(got.body), &told); err != nil {
				t.Fatalf("no problem document: %v", err)
			}
			if got.status != c.status || told.Status != c.status || !strings.Contains(told.Detail, c.says) {
				t.Errorf("status %d, %+v; want %d, %q", got.status, told, c.status, c.says)
			}
			if kind := got.header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("type is %q", kind)
			}
		})
	}
	if e.Legs() != 0 {
		t.Errorf("%d legs are held", e.Legs())
	}
	caller, agent := e.call(t, Options{}) // and nobody else has felt it
	exchange(t, caller, agent)
}

// without removes the lines of sdp that begin so.
func without(sdp, prefix string) string {
	var kept strings.Builder
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, prefix) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func TestAnswerAsksForMonoOpusWithFECAndDTX(t *testing.T) {
	e := serve(t, nil)
	got := do(t, http.MethodPost, e.url, typeSDP, browserOffer(t, peer(t)).SDP)
	if got.status != http.StatusCreated || got.header.Get("Content-Type") != typeSDP {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	for _, want := range []string{
		"a=rtpmap:111 opus/48000/2", "minptime=10;useinbandfec=1;usedtx=1", "a=candidate:", "127.0.0.1",
		"a=end-of-candidates", "a=sendrecv",
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("answer has no %q:\n%s", want, got.body)
		}
	}
	for _, never := range []string{".local", "stereo=1", "rtx", "nack", "typ srflx"} {
		if strings.Contains(got.body, never) {
			t.Errorf("answer has %q:\n%s", never, got.body)
		}
	}
}

func TestResourceIsPatchedAndDeleted(t *testing.T) {
	e := serve(t, nil)
	got := do(t, http.MethodPost, e.url, typeSDP, browserOffer(t, peer(t)).SDP)
	location, etag := got.header.Get("Location"), got.header.Get("ETag")
	if !strings.HasPrefix(location, "/v1/whip/") || len(etag) < 3 || etag[0] != '"' {
		t.Fatalf("Location %q, ETag %q: %s", location, etag, got.body)
	}
	url := strings.TrimSuffix(e.url, "/v1/whip") + location
	candidate := "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n"
	const password = "a=ice-pwd:0123456789012345678901\r\n"
	for _, c := range []struct {
		name, method, contentType, body string
		header                          []string
		status                          int
	}{
		{"a candidate", "PATCH", typeFragment, "m=audio 9 X 0\r\na=mid:0\r\n" + candidate, []string{"If-Match", etag}, 204},
		{"no If-Match", "PATCH", typeFragment, candidate, nil, 204},
		{"the end of candidates", "PATCH", typeFragment, "a=end-of-candidates\r\n", nil, 204},
		{"another session's ETag", "PATCH", typeFragment, candidate, []string{"If-Match", `"x"`}, 412},
		{"a restart with short credentials", "PATCH", typeFragment, "a=ice-ufrag:oth\r\na=ice-pwd:other\r\n", []string{"If-Match", "*"}, 400},
		{"the same with a star in quotes", "PATCH", typeFragment, "a=ice-ufrag:oth\r\na=ice-pwd:other\r\n", []string{"If-Match", `"*"`}, 400},
		{"a restart without a password", "PATCH", typeFragment, "a=ice-ufrag:other\r\n", []string{"If-Match", "*"}, 400},
		{"a restart with a space in its credentials", "PATCH", typeFragment, "a=ice-ufrag:ot er\r\n" + password, []string{"If-Match", "*"}, 400},
		{"a restart without If-Match", "PATCH", typeFragment, "a=ice-ufrag:other\r\n" + password, nil, 428},
		{"a restart of another session", "PATCH", typeFragment, "a=ice-ufrag:other\r\n" + password, []string{"If-Match", `"x"`}, 412},
		{"a restart with a flood of candidates", "PATCH", typeFragment, "a=ice-ufrag:other\r\n" + password + strings.Repeat(candidate, 100), []string{"If-Match", "*"}, 400},
		{"no fragment", "PATCH", typeFragment, "{}", nil, 400},
		{"a broken candidate", "PATCH", typeFragment, "a=candidate:1 1 udp\r\n", nil, 400},
		{"an oversized candidate", "PATCH", typeFragment, "a=candidate:" + strings.Repeat("1", 1000), nil, 400},
		{"a flood of candidates", "PATCH", typeFragment, strings.Repeat(candidate, 100), nil, 400},
		{"another type", "PATCH", typeSDP, candidate, nil, 415},
		{"no such call", "PATCH", typeFragment, candidate, nil, 404},
		{"GET", "GET", "", "", nil, 405},
		{"POST", "POST", typeSDP, "", nil, 405},
		{"OPTIONS", "OPTIONS", "", "", nil, 204},
		{"DELETE", "DELETE", "", "", nil, 200},
		{"DELETE again", "DELETE", "", "", nil, 404},
		{"a candidate after the end", "PATCH", typeFragment, candidate, nil, 404},
	} {
		target := url
		if c.name == "no such call" {
			target += "x"
		}
		got := do(t, c.method, target, c.contentType, c.body, c.header...)
		if got.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, got.status, c.status, got.body)
		}
	}
	eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
}

func TestOtherOriginsAreNotAllowedUnlessConfigured(t *testing.T) {
	closed := serve(t, nil)
	open := serve(t, func(c *Config) { c.Origins = []string{"https://shop.example"} })
	for _, c := range []struct {
		name, url, origin, want string
	}{
		{"off by default", closed.url, "https://shop.example", ""},
		{"a configured origin", open.url, "https://shop.example", "https://shop.example"},
		{"another origin", open.url, "https://evil.example", ""},
	} {
		got := do(t, http.MethodOptions, c.url, "", "", "Origin", c.origin, "Access-Control-Request-Method", "POST")
		if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != c.want || got.status != http.StatusNoContent {
			t.Errorf("%s: %d, allowed is %q, want %q", c.name, got.status, allowed, c.want)
		}
	}
}

func TestRefusedCallIsToldWhyAndWhenToComeBack(t *testing.T) {
	e := serve(t, func(c *Config) {
		c.Admit = func() (func(), error) { return nil, errors.New("30 calls are being carried") }
	})
	got := do(t, http.MethodPost, e.url, typeSDP, browserOffer(t, peer(t)).SDP)
	if got.status != 503 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "30 calls") {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	if _, err := Dial(t.Context(), e.url, Options{}); err == nil || !strings.Contains(err.Error(), "503: 30 calls") {
		t.Errorf("Dial: %v", err)
	}
}

func TestWrongConfigurationIsNamed(t *testing.T) {
	handle := Config{}.Handle
	for name, c := range map[string]struct {
		config Config
		says   string
	}{
		"no handler":    {Config{Handle: handle}, "Handle"},
		"no port":       {Config{Listen: "127.0.0.1"}, "host:port"},
		"port of words": {Config{Listen: "127.0.0.1:http"}, "0 to 65535"},
		"a host name":   {Config{Listen: "localhost:1"}, "IP address"},
		"any port":      {Config{Listen: ":0"}, "name a port"},
		"a short Lost":  {Config{Lost: 1}, "2s"},
	} {
		if name != "no handler" {
			c.config.Handle = (&endpoint{}).ignore
		}
		if _, err := NewServer(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOffer(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"))
	f.Fuzz(func(t *testing.T, offer []byte) {
		if checkOffer(offer) != nil {
			return
		}
		leg, err := newLeg(engine{lost: defaultLost}, "fuzz", "")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = leg.answer(t.Context(), string(offer)) // must not panic or hang
		_ = leg.Close("fuzzed")
	})
}

func FuzzFragment(f *testing.F) {
	f.Add("a=ice-ufrag:x\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n")
	f.Add("m=audio 9 X 0\na=mid:0\n")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFragment(text)
		for _, candidate := range parsed.candidates {
			if err != nil || len(candidate) > candidateLength || !strings.HasPrefix(candidate, "candidate:") {
				t.Errorf("candidate %q, %v", candidate, err)
			}
		}
	})
}
