package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsWrongInTheConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "huike.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, test := range map[string]struct {
		env  []string
		args []string
		want []string
	}{
		"an address without a port": {
			args: []string{"--listen=localhost"},
			want: []string{"--listen=localhost", "host:port"},
		},
		"several wrong values are all named": {
			args: []string{"--max-calls=0", "--endpoint=10s", "--public-ip=here", "--asr-langs=de"},
			want: []string{"--max-calls=0: want 1 or more", "--endpoint=10s: want a length between 100ms and 3s", "--public-ip=here", "203.0.113.7", "--asr-langs=de: want zh or en"},
		},
		"a wrong value of the environment": {
			env:  []string{"HUIKE_MAX_CALLS=-3"},
			want: []string{"max-calls=-3", "want 1 or more"},
		},
		"a value of the environment that is no number": {
			env:  []string{"HUIKE_MAX_CALLS=many"},
			want: []string{"max-calls", "many"},
		},
		"a length of time without a unit": {
			args: []string{"--drain=30"},
			want: []string{"--drain", "30", "unit"},
		},
		"a wrong value of the file": {
			args: []string{"--config=" + file("patience: -1s\n")},
			want: []string{"patience=-1s", "want a length above 0"},
		},
		"a value of the file of the wrong kind": {
			args: []string{"--config=" + file("max-calls: plenty\n")},
			want: []string{"max-calls", "plenty"},
		},
		"a setting of the file that there is not": {
			args: []string{"--config=" + file("max-cals: 5\n")},
			want: []string{`"max-cals" is no setting`, "huike serve --help"},
		},
		"a file that is no YAML": {
			args: []string{"--config=" + file("listen: [\n")},
			want: []string{"configuration file", "1 |"},
		},
		"a flag that there is not": {
			args: []string{"--max-cals=5"},
			want: []string{"--max-cals", "--max-calls", "huike COMMAND --help"},
		},
		"a flag of another command in the file": {
			args: []string{"--config=" + file("calls: 4\n")},
			want: []string{`"calls" is no setting`, "huike serve --help"},
		},
		"media at a name": {
			args: []string{"--media=localhost:8189"},
			want: []string{"--media=localhost:8189: want an IP address and a port"},
		},
		"media at any port of all addresses": {
			args: []string{"--media=0.0.0.0:0"},
			want: []string{"--media=0.0.0.0:0: want an IP address and a port"},
		},
		"a shop that is no folder": {
			args: []string{"--shop=" + file("")},
			want: []string{"--shop=", "flows.yaml is not there", "nlu.yaml", "names.yaml", "wording.yaml"},
		},
		"a Redis that is no address": {
			args: []string{"--redis=http://:secret@localhost"},
			want: []string{"--redis: ", "want redis://"},
		},
		"languages for a recogniser that there is not": {
			args: []string{"--asr-langs=en,zh"},
			want: []string{"--asr-langs=en,zh: want an --asr-url"},
		},
		"a speech server that is no WebSocket's": {
			args: []string{"--tts-protocol=elevenlabs", "--tts-url=https://api.elevenlabs.io"},
			want: []string{"--tts-url=https://api.elevenlabs.io: want a WebSocket's", "--tts-voice=: want the id of a voice"},
		},
		"languages for a speech server that there is not": {
			args: []string{"--tts-langs=en,fr"},
			want: []string{"--tts-langs=en,fr: want a --tts-url", "--tts-langs=fr: want zh or en"},
		},
		"a folder without models": {
			args: []string{"--listen=127.0.0.1:0", "--models=/nowhere", "--data=" + t.TempDir()},
			want: []string{"models", "/nowhere", "make models"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, notes, err := execute(t, test.env, append([]string{"serve"}, test.args...)...)
			if err == nil {
				t.Fatal("the server ran")
			}
			for _, want := range test.want {
				if !strings.Contains(notes, want) {
					t.Errorf("the message does not tell %q:\n%s", want, notes)
				}
			}
			if strings.Contains(notes, "secret") {
				t.Errorf("the message tells the password:\n%s", notes)
			}
			if strings.Contains(notes, "goroutine ") {
				t.Errorf("a trace is no message:\n%s", notes)
			}
		})
	}
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "huike.yaml")
	if err := os.WriteFile(name, []byte("max-calls: 0\npatience: 0s\nworkers: -1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		env   []string
		args  []string
		wrong []string
	}{
		{"the file alone", nil, nil, []string{"--max-calls=0", "--patience=0s", "--workers=-1"}},
		{"the environment over the file", []string{"HUIKE_MAX_CALLS=-2"}, nil, []string{"--max-calls=-2", "--patience=0s", "--workers=-1"}},
		{"a flag over both", []string{"HUIKE_MAX_CALLS=-2"}, []string{"--max-calls=-3"}, []string{"--max-calls=-3", "--patience=0s", "--workers=-1"}},
		{"a right value over a wrong one", []string{"HUIKE_PATIENCE=9s"}, []string{"--max-calls=4"}, []string{"--workers=-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, notes, err := execute(t, test.env, append([]string{"serve", "--models=../../bin/models", "--config=" + name}, test.args...)...)
			if err == nil {
				t.Fatal("the server ran")
			}
			if got := strings.Count(notes, ": want "); got != len(test.wrong) {
				t.Errorf("%d values are wrong, want %d:\n%s", got, len(test.wrong), notes)
			}
			for _, wrong := range test.wrong {
				if !strings.Contains(notes, wrong+": want ") {
					t.Errorf("%s is not named:\n%s", wrong, notes)
				}
			}
		})
	}
}

func TestAPortInUseIsOneClearLine(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, notes, err := execute(t, nil, "serve", "--stub", "--listen="+taken.Addr().String(), "--data="+t.TempDir(), "--models=../../bin/models")
	if err == nil {
		t.Fatal("the server ran")
	}
	if lines := strings.Count(notes, "\n") - strings.Count(notes, "level=INFO"); lines != 1 || !strings.Contains(notes, "--listen="+taken.Addr().String()) || !strings.Contains(notes, "in use") {
		t.Errorf("not one clear line:\n%s", notes)
	}
}

func TestHelpNamesEachCommandAndFlag(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args string
		want []string
	}{
		{"", []string{"serve", "call", "replay", "load", "member", "--version", "a flag wins over the environment"}},
		{"serve", []string{"--config=FILE", "--listen=", "($HUIKE_LISTEN)", "--redis=URL", "--asr-url=URL", "--max-calls=", "--drain=", "--patience=", "--desk-token="}},
		{"call", []string{"<url>", "--wav=FILE", "--as=PHONE", "--keys=KEYS", "--json", "http://HOST:PORT", "ws://HOST:PORT"}},
		{"replay", []string{"recorded"}},
		{"load", []string{"--calls=", "--seconds=", "--stub", "--json", "--core"}},
		{"member", []string{"import"}},
		{"member import", []string{"<file>", "--data=", "phone", "family_name_en", "birth_year", "consent", "points"}},
	} {
		t.Run("huike "+test.args, func(t *testing.T) {
			t.Parallel()
			out, notes, err := execute(t, nil, append(strings.Fields(test.args), "--help")...)
			if err != nil || notes != "" {
				t.Errorf("%v %s", err, notes)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("the help does not tell %q:\n%s", want, out)
				}
			}
			for text := range strings.Lines(out) {
				if len(text) > 100 {
					t.Errorf("a line of %d characters: %s", len(text), text)
				}
			}
		})
	}
}

func TestABrokenRowOfAMemberFileImportsNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	file := filepath.Join(folder, "members.csv")
	write := func(rows string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("phone,family_name_en,given_name_en,tier\n13912340001,Low,Anna,gold\n1391,High,Bob,silver\n")
	out, notes, err := execute(t, nil, "member", "import", "--data="+data, file)
	if err == nil || !strings.Contains(notes, "line 3") || !strings.Contains(notes, "members.csv") {
		t.Errorf("a broken row: %v\n%s%s", err, out, notes)
	}
	if strings.Contains(notes, "Bob") || strings.Contains(notes, "1391") {
		t.Errorf("the message tells whom it is about:\n%s", notes)
	}

	// The good row stands where the broken one was beside it, so it is not in yet.
	write("phone,family_name_en,given_name_en,tier\n13912340001,Low,Anna,gold\n")
	out, notes, err = execute(t, nil, "member", "import", "--data="+data, file)
	if err != nil || out != "1 member imported\n" {
		t.Errorf("the good row alone: %v\n%s%s", err, out, notes)
	}
}
