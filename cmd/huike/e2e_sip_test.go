package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/infer"
	"huike/audio/resample"
	"huike/audio/wav"
)

// needs returns the path of a program that a Debian package brings.
func needs(t *testing.T, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not there: apt-get install %s", program, debian)
	}
	return path
}

// startSIP starts a server that takes SIP calls, and returns its addresses by
// transport.
func startSIP(t *testing.T, flags ...string) (*server, map[string]string) {
	t.Helper()
	s := startServer(t, flags...)
	var said []string
	until(t, "the server to say where it takes SIP calls", func() bool {
		said = regexp.MustCompile(`SIP calls are taken" at="?\[([^]]*)\]`).FindStringSubmatch(s.log.String())
		return said != nil
	})
	addresses := map[string]string{}
	for address := range strings.FieldsSeq(said[1]) {
		network, hostPort, _ := strings.Cut(address, ":")
		addresses[network] = hostPort
	}
	return s, addresses
}

// certificate writes a certificate for loopback and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	public, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// phoneLimit is for a call of a phone, whose recording has 25 s.
const phoneLimit = 50 * time.Second

// phone is baresip with a recording as its microphone.
type phone struct {
	folder string
	at     string // where it is called, host:port
	log    *book
	done   chan error
}

// pick has a phone that calls as somebody, and says a recorded call's side of it.
func pick(t *testing.T, as, recorded, account string, modules ...string) *phone {
	t.Helper()
	needs(t, "baresip", "baresip-core")
	p := &phone{folder: t.TempDir(), at: freePort(t), log: &book{}, done: make(chan error, 1)}
	microphone := filepath.Join(p.folder, "microphone.wav")
	narrow(t, filepath.Join("../../testdata/calls", recorded, "caller.wav"), microphone)
	lines := []string{
		"sip_listen " + p.at, "audio_source aufile," + microphone, "audio_player nil,nil", "audio_srate 8000", "audio_channels 1",
		"ausrc_srate 8000", "auplay_srate 8000", "module_path /usr/lib/baresip/modules", "module g711.so", "module aufile.so",
		"module sndfile.so", "snd_path " + p.folder, "module_tmp uuid.so", "module_tmp account.so", "module_app menu.so",
	}
	for _, module := range modules {
		lines = append(lines, "module "+module+".so")
	}
	for name, text := range map[string]string{
		"config": strings.Join(lines, "\n") + "\n", "contacts": "",
		"accounts": fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;%s\n", as, account),
	} {
		if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// freePort returns an address of loopback that nobody has.
func freePort(t *testing.T) string {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().String()
}

// narrow writes a recording again as baresip's microphone reads it: 16 bits at 8 kHz.
func narrow(t *testing.T, from, to string) {
	t.Helper()
	channels, err := wav.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	pcm := resample.New(audio.Rate, 8000).Resample(nil, wav.Mono(channels))
	header := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	little := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }
	copy(header[4:], little(36+2*len(pcm)))
	data := append(header, little(2*len(pcm))...)
	for _, v := range pcm {
		data = append(data, byte(v), byte(uint16(v)>>8))
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// dial calls; the phone hangs up when its recording is over.
func (p *phone) dial(t *testing.T, uri string) {
	t.Helper()
	p.run(t, "-e", "/dial "+uri)
}

// run starts the phone.
func (p *phone) run(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), phoneLimit+5*time.Second)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, "baresip", append([]string{"-f", p.folder, "-t", "50"}, args...)...)
	command.Stdout, command.Stderr = p.log, p.log
	go func() { p.done <- command.Run() }()
}

// heard waits for the end of the call and returns what came out of the speaker, at
// audio.Rate.
func (p *phone) heard(t *testing.T) []int16 {
	t.Helper()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for deadline := time.Now().Add(phoneLimit); !strings.Contains(p.log.String(), "terminated"); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("the phone has not hung up within %v:\n%s", phoneLimit, p.log)
		}
	}
	names, err := filepath.Glob(filepath.Join(p.folder, "dump-*-dec.wav"))
	if err != nil || len(names) != 1 {
		t.Fatalf("recordings of the speaker: %v, %v\n%s", names, err, p.log)
	}
	channels, err := wav.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return wav.Mono(channels)
}

// recognised is what the project's own recogniser hears.
func recognised(t *testing.T, pcm []int16) string {
	t.Helper()
	runtime, err := infer.Open(infer.Config{Models: "../../bin/models"})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.Close()
	english, err := asr.OpenMoonshine(runtime)
	if err != nil {
		t.Fatal(err)
	}
	defer english.Close()
	var words strings.Builder
	const piece = 8 * audio.Rate
	for from := 0; from < len(pcm); from += piece {
		result, err := english.Recognize(t.Context(), pcm[from:min(from+piece, len(pcm))], asr.Hint{Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		words.WriteString(strings.ToLower(result.Text) + " ")
	}
	return words.String()
}

// TestATelephoneHoldsAWholeConversation has a real SIP telephone ask for an order by
// each transport; once its sound is encrypted.
func TestATelephoneHoldsAWholeConversation(t *testing.T) {
	cert, key := certificate(t)
	s, at := startSIP(t, "--sip=udp:127.0.0.1:0", "--sip=tcp:127.0.0.1:0", "--sip=tls:127.0.0.1:0", "--sip-cert="+cert, "--sip-key="+key)
	phones := map[string]*phone{
		"udp": pick(t, zhangLi, "synthetic_order_latest", "audio_codecs=pcmu"),
		"tcp": pick(t, zhangLi, "synthetic_order_latest", "audio_codecs=pcma"),
		"tls": pick(t, zhangLi, "synthetic_order_latest", "audio_codecs=pcmu;mediaenc=srtp-mand", "srtp"),
	}
	for network, p := range phones {
		p.dial(t, "sip:shop@"+at[network]+";transport="+network)
	}
	for network, p := range phones {
		words := recognised(t, p.heard(t))
		// What follows may be cut off: the recording says goodbye at its own time. The
		// order's number is in the journal; a recogniser hears digits on a telephone badly.
		for _, word := range []string{"how can i help", "way"} {
			if !strings.Contains(words, word) {
				t.Errorf("%s: the telephone hears %q, without %q", network, words, word)
			}
		}
	}
	until(t, "the calls to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		return strings.Count(list, `"completed"`)+strings.Count(list, `"hung_up"`) == len(phones)
	})
	_, list := s.ask("/v1/calls")
	for _, id := range regexp.MustCompile(`c_[a-z0-9]{16}`).FindAllString(list, -1) {
		_, call := s.ask("/v1/calls/" + id)
		wanted := []string{`"order.status"`, "Where is my order?"}
		if strings.Contains(call, `"completed"`) { // else the recording was over before its goodbye was understood
			wanted = append(wanted, `"goodbye"`)
		}
		for _, want := range wanted {
			if !strings.Contains(call, want) {
				t.Errorf("call %s has no %s:\n%s", id, want, call)
			}
		}
	}
}

func TestSIPFlagsThatCannotBeRight(t *testing.T) {
	for flags, want := range map[string]string{
		"--sip=5060":                                            "--sip=5060: want udp:, tcp: or tls:",
		"--sip=tls:127.0.0.1:0":                                 "--sip-cert and --sip-key",
		"--sip=udp:0.0.0.0:0":                                   "to know who may call",
		"--sip=udp:127.0.0.1:0 --sip-peers=home":                "--sip-peers=home: want an IP address or a network",
		"--sip=udp:127.0.0.1:0 --sip-user=alice":                "--sip-user=alice: want USER:PASSWORD",
		"--sip=udp:127.0.0.1:0 --sip-trunk=carrier":             "--sip-trunk",
		"--sip=udp:127.0.0.1:0 --sip-media-ports=9":             "--sip-media-ports=9: want FIRST-LAST",
		"--sip=udp:127.0.0.1:0 --sip-rate=0":                    "--sip-rate=0: want 1 or more",
		"--sip-trunk=sip:me:secret@carrier.example":             "--sip",
		"--sip=udp:198.51.100.1:0 --sip-user=alice:secret":      "--sip=udp:198.51.100.1:0",
		"--sip=tcp:127.0.0.1:0 --sip-ca=/none":                  "--sip-ca=/none",
		"--sip=tcp:127.0.0.1:0 --sip-ca=/dev/null":              "--sip-ca=/dev/null: it holds no certificate",
		"--sip=udp:127.0.0.1:0 --sip-cert=/none --sip-key=/no":  "--sip-cert=/none",
		"--sip=udp:127.0.0.1:0 --sip-register=tel:secret-thing": "--sip-register",
	} {
		args := append([]string{"serve", "--listen=127.0.0.1:0", "--data=" + t.TempDir(), "--models=../../bin/models", "--stub"}, strings.Fields(flags)...)
		_, notes, err := execute(t, nil, args...)
		if err == nil || !strings.Contains(notes, want) {
			t.Errorf("%s: %v, %s; want %q", flags, err, notes, want)
		}
		if strings.Contains(notes, "secret") {
			t.Errorf("%s: the error repeats a password: %s", flags, notes)
		}
	}
}

// TestTheServerCallsATelephone has the API place a call, which the telephone takes.
func TestTheServerCallsATelephone(t *testing.T) {
	s, _ := startSIP(t, "--sip=udp:127.0.0.1:0")
	p := pick(t, zhangLi, "synthetic_order_latest", "audio_codecs=pcmu;answermode=auto")
	p.run(t)
	until(t, "the telephone to be ready", func() bool { return strings.Contains(p.log.String(), "baresip is ready") })
	for body, want := range map[string]int{`{"to":"not a number"}`: 400, `{}`: 400, `{"to":"13800001234"}`: 501, `{"to":"sip:1@` + p.at + `","lang":"fr"}`: 400, `{"to":"sip:1@` + p.at + `","from":"1\r\nX: y"}`: 400} {
		if status, answer := s.post("/v1/calls", body, token); status != want {
			t.Errorf("%s: %d %s, want %d", body, status, answer, want)
		}
	}
	to := `{"to":"sip:` + zhangLi + "@" + p.at + `","lang":"en"}`
	if status, _ := s.post("/v1/calls", to, "guess"); status != 401 {
		t.Errorf("without the token: %d", status)
	}
	status, answer := s.post("/v1/calls", to, token)
	if status != 201 || !strings.Contains(answer, "call_id") {
		t.Fatalf("%d %s", status, answer)
	}
	if words := recognised(t, p.heard(t)); !strings.Contains(words, "order") {
		t.Errorf("the telephone hears %q", words)
	}
	until(t, "the call to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		return strings.Contains(list, `"completed"`) || strings.Contains(list, `"hung_up"`)
	})
}

// post posts a body to a path of the server with a token.
func (s *server) post(path, body, bearer string) (status int, answer string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url(path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestWhatSIPCountsIsInTheMetrics sends the server what is no message, and reads that.
func TestWhatSIPCountsIsInTheMetrics(t *testing.T) {
	s, at := startSIP(t, "--sip=udp:127.0.0.1:0")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", at["udp"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range []string{
		"this is no message\r\n\r\n",
		"BYE sip:shop@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + conn.LocalAddr().String() + ";branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" +
			"From: <sip:me@127.0.0.1>;tag=1\r\nTo: <sip:shop@127.0.0.1>;tag=2\r\nCall-ID: none\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
	} {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"huike_sip_malformed_total 1\n", `huike_sip_refused_total{status="481"} 1` + "\n", "huike_sip_calls_answered_total 0\n",
		"huike_sip_calls_placed_total 0\n", "huike_sip_flood_total 0\n", "huike_sip_dialogs 0\n", "huike_sip_byes_lost_total 0\n",
		"# HELP huike_sip_calls_unacknowledged_total SIP calls answered whose ACK never came.\n",
	}
	var text string
	until(t, "the messages to be counted", func() bool {
		_, text = s.ask("/metrics")
		return strings.Contains(text, want[0]) && strings.Contains(text, want[1])
	})
	for _, line := range want {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics have no %q", line)
		}
	}
}

func TestTheCommandCallsBySIP(t *testing.T) {
	s, at := startSIP(t, "--sip=udp:127.0.0.1:0", "--sip=tcp:127.0.0.1:0")
	question := filepath.Join(t.TempDir(), "question.wav")
	if err := writeWAV(question, spoken(t, "en", "Where is my order?")); err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{"udp", "tcp"} {
		heard := filepath.Join(t.TempDir(), "answer.wav")
		out, notes, err := execute(t, nil, "call", "sip:shop@"+at[network]+";transport="+network, "--as="+zhangLi, "--wav="+question, "--out="+heard)
		if err != nil || !strings.Contains(out, "answered after") || strings.Contains(out, "after -1 ms") {
			t.Errorf("%s: %v\n%s\n%s", network, err, out, notes)
			continue
		}
		if heard := sounds(t, heard); len(heard) != 1 || !heard[0] {
			t.Errorf("%s: nothing was heard", network)
		}
	}
	until(t, "the calls to be kept", func() bool {
		_, list := s.ask("/v1/calls")
		return strings.Count(list, `"hung_up"`) == 2
	})
}
