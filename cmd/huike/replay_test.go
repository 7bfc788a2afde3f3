package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/dialog"
	"huike/session"
)

// recordedCalls are the folders of testdata/calls.
func recordedCalls(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "calls", "*", callFile))
	if err != nil || len(files) < 20 {
		tb.Fatalf("%d recorded calls, %v", len(files), err)
	}
	for i := range files {
		files[i] = filepath.Dir(files[i])
	}
	return files
}

// report is what `huike replay --json` prints.
type report struct {
	Calls  []replayed `json:"calls"`
	Failed int        `json:"failed"`
}

// stageModels is where the models of a test are.
func stageModels() string {
	if dir := os.Getenv("HUIKE_MODELS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "bin", "models")
}

// replayCalls runs `huike replay --json` and reads the one object that it prints.
func replayCalls(t *testing.T, args ...string) (report, error) {
	t.Helper()
	var out, notes bytes.Buffer
	err := run(t.Context(), append([]string{"replay", "--json", "--models", stageModels()}, args...), &out, &notes)
	if err != nil && !errors.Is(err, errFailed) {
		t.Fatalf("replay: %v\n%s", err, notes.String())
	}
	var r report
	in := json.NewDecoder(bytes.NewReader(out.Bytes()))
	if err := in.Decode(&r); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("more than one JSON object on standard output: %s", out.String())
	}
	return r, err
}

func checkCalls(t *testing.T, r report) {
	t.Helper()
	for _, call := range r.Calls {
		t.Run(call.Call, func(t *testing.T) {
			if call.Error != "" {
				t.Error(call.Error)
			}
			for _, d := range call.Differences {
				t.Error(d)
			}
		})
	}
}

func TestRecordedCallsGoAsTheyMust(t *testing.T) {
	calls := recordedCalls(t)
	r, err := replayCalls(t, calls...)
	if len(r.Calls) != len(calls) || err != nil {
		t.Errorf("%d of %d calls replayed, %d failed", len(r.Calls), len(calls), r.Failed)
	}
	checkCalls(t, r)
}

func TestEveryRecordedCallExpectsSomethingAndHasItsWords(t *testing.T) {
	for _, dir := range recordedCalls(t) {
		for _, name := range []string{soundFile, expectFile, tapeFile} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			} else if info.Size() > 300<<10 {
				t.Errorf("%s/%s has %d bytes; 300 KiB are enough for a call", dir, name, info.Size())
			}
		}
	}
}

func TestEnglishCallsGoAsTheyMustWhenHeardAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("recognising every call anew takes a minute")
	}
	calls := slices.DeleteFunc(recordedCalls(t), func(dir string) bool {
		call, err := readCall(dir)
		return err != nil || call.Lang != dialog.English
	})
	r, err := replayCalls(t, append([]string{"--anew"}, calls...)...)
	if err != nil {
		t.Errorf("%d of %d calls failed", r.Failed, len(calls))
	}
	checkCalls(t, r)
}

func TestTheSameRecordingGivesTheSameJournal(t *testing.T) {
	for _, name := range []string{"synthetic_loss", "real_backchannel_and_cough", "synthetic_zh_complaint"} {
		t.Run(name, func(t *testing.T) {
			var journals [2][]byte
			for i := range journals {
				path := filepath.Join(t.TempDir(), "journal.jsonl")
				if _, err := replayCalls(t, "--journal", path, filepath.Join("..", "..", "testdata", "calls", name)); err != nil {
					t.Fatal(err)
				}
				var err error
				if journals[i], err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
			}
			if len(journals[0]) == 0 || !bytes.Equal(journals[0], journals[1]) {
				t.Errorf("journals of %d and %d bytes differ", len(journals[0]), len(journals[1]))
			}
		})
	}
}

// folder is a call of a few seconds with the given files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := files[tapeFile]; !ok { // nothing to be heard, so no recogniser to be opened
		if err := os.WriteFile(filepath.Join(dir, tapeFile), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := files[soundFile]; !ok {
		if err := writeWAV(filepath.Join(dir, soundFile), make([]int16, 16000)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestABrokenExpectationIsAReadableDifference(t *testing.T) {
	dir := folder(t, map[string]string{expectFile: "acts: [greet, goodbye]\nhandoff: complaint\n"})
	var out, notes bytes.Buffer
	err := run(t.Context(), []string{"replay", "--models", stageModels(), dir}, &out, &notes)
	if !errors.Is(err, errFailed) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"FAIL", "goodbye is missing after greet", "got  greet", "handoff", "want complaint", "got  none", "| 00:00.000 agent: Hello"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	r, err := replayCalls(t, dir)
	if !errors.Is(err, errFailed) || r.Failed != 1 || len(r.Calls) != 1 || len(r.Calls[0].Differences) != 2 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestWhatIsWrongWithAFolderIsNamed(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"a field that nobody knows", map[string]string{callFile: "lnag: en\n"}, []string{callFile, "lnag", "[1:1]"}},
		{"broken YAML", map[string]string{callFile: "as: [\n"}, []string{callFile}},
		{"a language that nobody speaks", map[string]string{callFile: "lang: xx\n"}, []string{callFile, `lang "xx"`, "en or zh"}},
		{"a day that is none", map[string]string{callFile: "day: tomorrow\n"}, []string{callFile, `day "tomorrow"`, "2026-03-02"}},
		{"a share of packets above all", map[string]string{callFile: "network: {loss: 1.5}\n"}, []string{callFile, "loss 1.5", "0 to 1"}},
		{"a time that ends before it begins", map[string]string{callFile: "network: {lost: [{from: 2s, to: 1s}]}\n"}, []string{callFile, "from 2s to 1s"}},
		{"a key and a text at once", map[string]string{callFile: "says: [{at: 1s, key: \"0\", text: hello}]\n"}, []string{callFile, "entry 1"}},
		{"an expectation that nobody knows", map[string]string{expectFile: "act: [greet]\n"}, []string{expectFile, "act"}},
		{"an expectation of nothing", map[string]string{expectFile: "about: a call\n"}, []string{expectFile, "nothing is expected"}},
		{"a tape that is no journal", map[string]string{tapeFile: "{\n"}, []string{tapeFile, "line 1"}},
		{"a sound that is none", map[string]string{soundFile: "RIFF"}, []string{soundFile}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := replayCalls(t, folder(t, c.files))
			if !errors.Is(err, errFailed) || len(r.Calls) != 1 {
				t.Fatalf("%v, %+v", err, r)
			}
			for _, want := range c.want {
				if !strings.Contains(r.Calls[0].Error, want) {
					t.Errorf("no %q in %q", want, r.Calls[0].Error)
				}
			}
		})
	}
	t.Run("a folder without a call", func(t *testing.T) {
		r, err := replayCalls(t, t.TempDir())
		if !errors.Is(err, errFailed) || !strings.Contains(r.Calls[0].Error, "neither caller.wav nor recording.wav") {
			t.Errorf("%v, %+v", err, r)
		}
	})
	t.Run("no folder at all", func(t *testing.T) {
		err := run(t.Context(), []string{"replay", filepath.Join(t.TempDir(), "nowhere")}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Errorf("%v", err)
		}
	})
}

func TestTheNetworkLosesAndDelaysTheSamePacketsEachTime(t *testing.T) {
	sent := func() []session.Arrival { return session.Paced(make([]int16, 16000*20)) }
	net := network{Seed: 5, Loss: 0.1, Jitter: 80 * time.Millisecond, Lost: []span{{From: time.Second, To: 2 * time.Second}}}
	first, second := net.carry(sent()), net.carry(sent())
	if len(first) != len(second) || len(first) < 820 || len(first) > 880 {
		t.Errorf("%d and %d of 1000 packets arrived", len(first), len(second))
	}
	moved := 0
	for i := range first {
		if first[i].At != second[i].At || first[i].Packet.Sequence != second[i].Packet.Sequence {
			t.Fatalf("packet %d came otherwise the second time", i)
		}
		if i > 0 && first[i].At < first[i-1].At {
			t.Fatalf("packet %d is not in the order of arrival", i)
		}
		if i > 0 && first[i].Packet.Sequence < first[i-1].Packet.Sequence {
			moved++
		}
	}
	if moved == 0 {
		t.Error("80 ms of jitter put no packet out of order")
	}
	held := network{Held: []span{{From: time.Second, To: 2 * time.Second}}}
	burst := 0
	for _, a := range held.carry(sent()) {
		if a.At == 2*time.Second {
			burst++
		}
	}
	if burst != 51 { // fifty that were held, and the one that is due then
		t.Errorf("%d packets at the end of the hold", burst)
	}
}

// BenchmarkReplay tells how many times faster than real time recorded calls are
// replayed with their recorded words, one after another.
func BenchmarkReplay(b *testing.B) {
	dirs := recordedCalls(b)
	config := &serverConfig{Data: b.TempDir(), Demo: true, Models: stageModels(), Endpoint: defaultEndpoint, Patience: time.Minute}
	h, err := openStage(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer h.close()
	command := &replayCommand{}
	seconds, slowest := 0.0, 1e9
	for b.Loop() {
		for _, dir := range dirs {
			r := command.replay(b.Context(), h, dir)
			if !r.OK {
				b.Fatalf("%s: %s %v", r.Call, r.Error, r.Differences)
			}
			seconds += r.CallSeconds
			slowest = min(slowest, r.Speed)
		}
	}
	b.ReportMetric(seconds/b.Elapsed().Seconds(), "x-real-time")
	b.ReportMetric(slowest, "x-slowest-call")
}
