package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sys/unix"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/infer"
	"huike/audio/vad"
)

// split is where the server's processor time goes, in percent of a core for each call.
type split struct {
	Network  float64 `json:"network"`  // sockets, SRTP, RTP, RTCP, ICE
	Codec    float64 `json:"codec"`    // libopus and the others
	Detector float64 `json:"detector"` // Silero
	Other    float64 `json:"other"`    // the conversation, the disk, the voices, Go's own runtime

	// What decoding and Silero cost alone, measured apart after the calls: every
	// packet decoded, as many windows judged as the server had.
	AloneCodec    float64 `json:"alone_codec"`
	AloneDetector float64 `json:"alone_detector"`
}

// parts tells by the functions on a sample's stack, from the innermost out, whose
// time it is; the first that names one of a part's packages decides.
var parts = []struct { //nolint:gochecknoglobals // a table
	name     string
	packages []string
}{
	{"codec", []string{"huike/audio/codec.", "hraban/opus", "huike/audio/resample."}},
	{"detector", []string{"onnxruntime_go", "huike/audio/vad.", "huike/audio/infer."}},
	{"network", []string{
		"github.com/pion/", "huike/session/rtp.", "huike/session/webrtc.", "huike/session/wire.", "huike/session/ws.",
		"huike/audio/rtcp.", "net.(*", "internal/poll.", "golang.org/x/net", "gorilla/websocket",
	}},
}

// freeTCP returns an address of loopback that nobody has.
func freeTCP(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// profileOf has the server at address write a profile of the next length.
func profileOf(ctx context.Context, address string, length time.Duration) (*profile.Profile, error) {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", address, max(1, int(length.Seconds())))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		return nil, fmt.Errorf("profile: %s %s", response.Status, text)
	}
	return profile.Parse(response.Body)
}

// keepProfile writes a profile to the file of that name; "" is none.
func keepProfile(name string, p *profile.Profile) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	return errors.Join(p.Write(file), file.Close())
}

// newSplit shares out the time of a profile among the parts.
func newSplit(p *profile.Profile, calls int) *split {
	by := map[string]float64{}
	for _, sample := range p.Sample {
		by[partOf(sample)] += float64(sample.Value[len(sample.Value)-1]) // nanoseconds
	}
	share := func(name string) float64 { return 100 * by[name] / float64(p.DurationNanos) / float64(calls) }
	return &split{Network: share("network"), Codec: share("codec"), Detector: share("detector"), Other: share("")}
}

func partOf(sample *profile.Sample) string {
	for _, location := range sample.Location {
		for _, line := range location.Line {
			for _, part := range parts {
				for _, name := range part.packages {
					if strings.Contains(line.Function.Name, name) {
						return part.name
					}
				}
			}
		}
	}
	return ""
}

// alone measures what decoding every packet of a call costs, as a part of a core, and
// what Silero costs for as many windows as the server had judged, in runs as large.
func (s *split) alone(ctx context.Context, format audio.Format, packets [][]byte, models string, judged windows) (err error) {
	speech, took, err := decodeAlone(format, packets)
	if err != nil {
		return err
	}
	s.AloneCodec = 100 * took.Seconds()
	runtime, err := infer.Open(infer.Config{Models: models})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runtime.Close()) }()
	model, err := vad.OpenModel(runtime)
	if err != nil {
		return err
	}
	each, err := judgeAlone(ctx, model, speech, max(1, int(math.Round(judged.batch))))
	s.AloneDetector = 100 * each.Seconds() * judged.perSecond
	return err
}

// windows are those that the server's detector has judged.
type windows struct {
	perSecond float64 // of a call
	batch     float64 // in one run of the network
}

// decodeAlone returns the frames of packets, and how long a second of them takes to
// decode.
func decodeAlone(format audio.Format, packets [][]byte) (frames [][]int16, second time.Duration, err error) {
	decoder, err := codec.NewDecoder(format)
	if err != nil {
		return nil, 0, err
	}
	room := make([]int16, codec.MaxSamples)
	const seconds = 60
	began := processTime()
	for i := range seconds * 50 {
		n, err := decoder.Decode(packets[i%len(packets)], room)
		if err != nil {
			return nil, 0, err
		}
		if len(frames) < len(packets) {
			frames = append(frames, slices.Clone(room[:n]))
		}
	}
	return frames, (processTime() - began) / seconds, nil
}

// judgeAlone returns what it costs to judge one window of speech in runs of that size.
func judgeAlone(ctx context.Context, model *vad.Model, speech [][]int16, batch int) (each time.Duration, err error) {
	ctx, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- model.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, ended(ctx, <-over))
	}()
	detectors := make([]*vad.Detector, batch)
	for i := range detectors {
		detectors[i] = vad.New(model, vad.Config{})
	}
	const frames = 200
	before, began := model.Stats().Windows, processTime()
	tick := time.NewTicker(audio.PTime)
	defer tick.Stop()
	for i := range frames {
		for _, d := range detectors {
			d.Push(speech[i%len(speech)], time.Duration(i)*audio.PTime)
		}
		<-tick.C // as in a call: results are taken a PTime later
	}
	n := model.Stats().Windows - before
	if n == 0 {
		return 0, errors.New("the detector judged nothing")
	}
	return (processTime() - began) / time.Duration(n), nil
}

// processTime is the CPU time of this process.
func processTime() time.Duration {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func (s *split) print(w io.Writer) {
	fmt.Fprintf(w, "  network           %8.2f   %%\n  codec             %8.2f   %%\n  detector          %8.2f   %%\n  other             %8.2f   %%\n",
		s.Network, s.Codec, s.Detector, s.Other)
	limit := s.AloneCodec + s.AloneDetector
	total := s.Network + s.Codec + s.Detector + s.Other
	fmt.Fprintf(w, "codec, detector alone %6.2f   %% (%.2f + %.2f); all is %.2f times that\n", limit, s.AloneCodec, s.AloneDetector, total/limit)
}
