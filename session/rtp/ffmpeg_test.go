package rtp_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/wav"
	"huike/session/rtp"
)

const tone = 440 // hertz

// frequency estimates the frequency of a tone, without its first part.
func frequency(pcm []int16, rate int) float64 {
	pcm = pcm[min(len(pcm), rate/4):]
	n := 0
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 && pcm[i] >= 0 {
			n++
		}
	}
	return float64(n) * float64(rate) / float64(max(len(pcm), 1))
}

func ffmpeg(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatal("needs Debian's package ffmpeg: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, path, append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, arguments...)...)
}

// ffmpegKinds are what ffmpeg calls our formats.
func ffmpegKinds() map[audio.Format][]string {
	return map[audio.Format][]string{
		format("pcmu", 8000):  {"-c:a", "pcm_mulaw", "-ar", "8000"},
		format("pcma", 8000):  {"-c:a", "pcm_alaw", "-ar", "8000"},
		format("g722", 8000):  {"-c:a", "g722", "-ar", "16000"},
		format("opus", 48000): {"-c:a", "libopus", "-ar", "48000"},
		format("l16", 16000):  {"-c:a", "pcm_s16be", "-ar", "16000"},
	}
}

var inlineKey = regexp.MustCompile(`a=crypto:(\d+) (AES_CM_128_HMAC_SHA1_80) inline:(\S+)`)

// What ffmpeg plays, plain and by SRTP, is heard.
func TestHearsFFmpeg(t *testing.T) {
	for kind, arguments := range ffmpegKinds() {
		for _, secure := range []rtp.Secure{rtp.None, rtp.SDES} {
			t.Run(kind.String()+"/"+secure.String(), func(t *testing.T) {
				t.Parallel()
				e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: []audio.Format{kind}, Secure: secure})
				payload := map[string]string{"pcmu": "0", "pcma": "8", "g722": "9"}[kind.Name]
				if payload == "" {
					payload = "97"
				}
				rtpmap := map[string]string{"opus": "a=rtpmap:97 opus/48000/2", "l16": "a=rtpmap:97 L16/16000/1"}[kind.Name]
				profile, crypto, url := "RTP/AVP", "", "rtp"
				if secure == rtp.SDES {
					profile, url = "RTP/SAVP", "srtp"
					crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + key128
				}
				lines := []string{"m=audio 9 " + profile + " " + payload, "c=IN IP4 127.0.0.1"}
				for _, extra := range []string{rtpmap, crypto} {
					if extra != "" {
						lines = append(lines, extra)
					}
				}
				text := answer(t, e, lines...)
				play := append([]string{"-re", "-f", "lavfi", "-i", "sine=440:d=1.5:r=48000", "-ac", "1"}, arguments...)
				play = append(play, "-payload_type", payload, "-f", "rtp")
				if secure == rtp.SDES {
					play = append(play, "-srtp_out_suite", "AES_CM_128_HMAC_SHA1_80", "-srtp_out_params", strings.TrimPrefix(key128, "inline:"))
				}
				play = append(play, fmt.Sprintf("%s://127.0.0.1:%d", url, portOf(t, text)))
				packets := listen(e)
				if out, err := ffmpeg(t, play...).CombinedOutput(); err != nil {
					t.Fatalf("ffmpeg: %v\n%s", err, out)
				}
				pcm := decode(t, kind, packets)
				if f := frequency(pcm, audio.Rate); math.Abs(f-tone) > 4 || len(pcm) < audio.Rate {
					t.Errorf("%d samples of %.1f Hz: want %d Hz for a second; %v", len(pcm), f, tone, e.Stats())
				}
			})
		}
	}
}

// decode decodes what has come so far.
func decode(t *testing.T, kind audio.Format, packets <-chan heard) []int16 {
	t.Helper()
	d, err := codec.NewDecoder(kind)
	if err != nil {
		t.Fatal(err)
	}
	var pcm []int16
	buffer := make([]int16, codec.MaxSamples)
	for {
		select {
		case p := <-packets:
			if p.err != nil {
				return pcm
			}
			n, err := d.Decode(p.Payload, buffer)
			if err != nil {
				t.Fatal(err)
			}
			pcm = append(pcm, buffer[:n]...)
		case <-time.After(200 * time.Millisecond):
			return pcm
		}
	}
}

// What is sent, plain and by SRTP, ffmpeg hears.
func TestIsHeardByFFmpeg(t *testing.T) {
	for kind := range ffmpegKinds() {
		for _, secure := range []rtp.Secure{rtp.None, rtp.SDES} {
			t.Run(kind.String()+"/"+secure.String(), func(t *testing.T) {
				t.Parallel()
				e := endpoint(t, ports(t, rtp.Config{}), rtp.Options{Codecs: []audio.Format{kind}, Secure: secure})
				offer, err := e.Offer()
				if err != nil {
					t.Fatal(err)
				}
				// ffmpeg listens where the description says; its key is ours,
				port := freePort(t)
				// and it takes one payload type for an m-line.
				theirs := regexp.MustCompile(`m=audio \d+ (\S+ \d+).*\r`).ReplaceAll(offer, []byte("m=audio "+strconv.Itoa(port)+" $1\r"))
				theirs = regexp.MustCompile(`a=(rtcp|rtpmap:\d+ (CN|telephone)|fmtp:\d+ 0-15).*\r\n`).ReplaceAll(theirs, nil)
				if m := inlineKey.Find(theirs); m != nil {
					theirs = regexp.MustCompile(`a=crypto:.*\r\n`).ReplaceAll(theirs, nil)
					theirs = append(theirs, append(m, "\r\n"...)...)
				}
				if err := e.Accept(theirs); err != nil {
					t.Fatalf("%v\n%s", err, theirs)
				}
				dir := t.TempDir()
				description, recording := filepath.Join(dir, "call.sdp"), filepath.Join(dir, "call.wav")
				if err := os.WriteFile(description, theirs, 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := ffmpeg(t, "-protocol_whitelist", "file,udp,rtp,srtp,crypto", "-i", description,
					"-t", "1.5", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", recording)
				var said bytes.Buffer
				cmd.Stderr = &said
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				over := make(chan error, 1)
				go func() { over <- cmd.Wait() }()
				play(t, e, kind, over)
				channels, err := wav.ReadFile(recording)
				if err != nil {
					t.Fatalf("%v: %s", err, said.String())
				}
				pcm := channels[0]
				if f := frequency(pcm, 16000); math.Abs(f-tone) > 6 || len(pcm) < 16000 {
					t.Errorf("%d samples of %.1f Hz: want %d Hz for a second\n%s", len(pcm), f, tone, said.String())
				}
			})
		}
	}
}

// play sends a tone until ffmpeg has enough.
func play(t *testing.T, e *rtp.Endpoint, kind audio.Format, over <-chan error) {
	t.Helper()
	encoder, err := codec.NewEncoder(kind)
	if err != nil {
		t.Fatal(err)
	}
	ticker := time.NewTicker(audio.PTime)
	defer ticker.Stop()
	frame, payload := make(audio.Frame, audio.FrameSamples), make([]byte, 4096)
	for i := 0; ; i++ {
		for j := range frame {
			frame[j] = int16(8000 * math.Sin(2*math.Pi*tone*float64(i*len(frame)+j)/audio.Rate))
		}
		n, err := encoder.Encode(frame, payload)
		if err != nil {
			t.Fatal(err)
		}
		write(t, e, &audio.Packet{Timestamp: uint32(i * kind.ClockRate / 50), Payload: payload[:n]})
		select {
		case <-ticker.C:
		case err := <-over:
			if err != nil {
				t.Error("ffmpeg:", err)
			}
			return
		}
	}
}

// freePort returns an even port that nobody has, for ffmpeg to take.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		port := conn.LocalAddr().(*net.UDPAddr).Port
		_ = conn.Close()
		if port%2 == 0 {
			return port
		}
	}
	t.Fatal("no even port")
	return 0
}
