package tts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scriptAs puts a script in the path as RHVoice-test.
func scriptAs(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "RHVoice-test"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestRHVoiceThatIsNotThereSaysHowToGetIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := OpenRHVoice(RHVoiceConfig{}); err == nil || !strings.Contains(err.Error(), "rhvoice-english") {
		t.Errorf("%v: want that it says how to get it", err)
	}
}

func TestRHVoiceSpeaksByAFile(t *testing.T) {
	prompt, err := filepath.Abs("../asr/testdata/vm-sorry.wav")
	if err != nil {
		t.Fatal(err)
	}
	told := filepath.Join(t.TempDir(), "told")
	scriptAs(t, `echo "$@" > `+told+`; cat >> `+told+`; while [ "$1" != -o ]; do shift; done; cp `+prompt+` "$2"`)
	voice, err := OpenRHVoice(RHVoiceConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := voice.Styled(Style{Voice: "bdl", Pace: 1.2, Pitch: 12}).Synthesize(t.Context(), "Call 138\nnow.")
	if err != nil || len(pcm) < 16000 {
		t.Fatalf("%d samples, %v", len(pcm), err)
	}
	got, err := os.ReadFile(told)
	if err != nil || !strings.HasPrefix(string(got), "-p bdl -r 120 -t 200 -o ") || !strings.HasSuffix(string(got), "\nCall 138 now.\n") {
		t.Errorf("it was told %q, %v", got, err)
	}
	if pcm, err := voice.Synthesize(t.Context(), "..."); err != nil || len(pcm) > 0 {
		t.Errorf("nothing to say: %d samples, %v", len(pcm), err)
	}
	scriptAs(t, "cat > /dev/null; exit 3")
	if voice, err = OpenRHVoice(RHVoiceConfig{}); err != nil {
		t.Fatal(err)
	}
	if _, err := voice.Synthesize(t.Context(), "hello"); err == nil || !strings.Contains(err.Error(), "slt") {
		t.Errorf("a program that fails: %v", err)
	}
}

func TestRHVoicesThatAreNotForCommerceAreRefused(t *testing.T) {
	scriptAs(t, "exit 0")
	for _, name := range []string{"evgeniy-eng", "lyubov", "-o"} {
		if v, err := OpenRHVoice(RHVoiceConfig{Voice: name}); err == nil {
			t.Errorf("%s: %v, no error", name, v)
		}
	}
}
