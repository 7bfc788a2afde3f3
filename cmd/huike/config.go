package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"huike/member"
	"huike/member/store"
)

// serverConfig is the whole configuration of a server. Every field is a flag, a
// line of the file that --config names (the flag's name without its dashes), and
// a variable of the environment.
type serverConfig struct {
	Config kong.ConfigFlag `help:"YAML file with values for these flags." type:"existingfile" env:"HUIKE_CONFIG" placeholder:"FILE"`

	Listen   string        `help:"Address of the pages, WebSocket and API." default:"127.0.0.1:8080" env:"HUIKE_LISTEN" group:"Network"`
	Media    string        `help:"UDP address that carries the sound of all WebRTC calls, those of the desk included; default: any port of the listen address, or that of listen when it names no host." env:"HUIKE_MEDIA" placeholder:"HOST:PORT" group:"Network"`
	PublicIP []string      `help:"Address to announce for media behind NAT." env:"HUIKE_PUBLIC_IP" placeholder:"IP" group:"Network"`
	Origins  []string      `help:"Web sites that may place calls from their own pages." env:"HUIKE_ORIGINS" placeholder:"URL" group:"Network"`
	MaxCalls int           `help:"Calls at a time; more are answered 503 with a reason." default:"100" env:"HUIKE_MAX_CALLS" group:"Network"`
	MaxQueue time.Duration `help:"A recognition that waits longer than this sheds new calls." default:"1s" env:"HUIKE_MAX_QUEUE" group:"Network"`
	Drain    time.Duration `help:"How long calls may go on after SIGTERM." default:"30s" env:"HUIKE_DRAIN" group:"Network"`

	sipConfig

	Pprof string `help:"Address of Go's profiles (net/http/pprof), for engineers; keep it on loopback." env:"HUIKE_PPROF" placeholder:"HOST:PORT" group:"Network"`

	realtimeConfig

	twilioConfig

	audioSocketConfig

	Data  string `help:"Folder of the members, the shop and the kept calls." default:"var" env:"HUIKE_DATA" type:"path" group:"Data"`
	Store string `help:"The members and the shop's books: a Postgres URL, postgres://user:password@host:5432/database, or the path of a SQLite file; default: huike.db in the data folder." env:"HUIKE_STORE" placeholder:"URL" group:"Data"`
	Redis string `help:"Redis URL, or addresses of a cluster separated by commas; default: embedded." env:"HUIKE_REDIS" placeholder:"URL" group:"Data"`
	Shop  string `help:"Folder with the shop's flows, wording and names; default: the demonstration shop." env:"HUIKE_SHOP" placeholder:"DIR" group:"Data"`
	Demo  bool   `help:"Fill the store with the demonstration shop, and let callers choose who they are." default:"true" negatable:"" env:"HUIKE_DEMO" group:"Data"`
	Keep  bool   `help:"Keep the journal and the recording of each call." default:"true" negatable:"" env:"HUIKE_KEEP" group:"Data"`

	masterConfig

	MemberWait  time.Duration `help:"How long a call waits for its caller's record before it goes on without, or with what was known before." default:"250ms" env:"HUIKE_MEMBER_WAIT" group:"Data"`
	RecordAsked bool          `help:"Keep the sound of members who have consented to recording, and of nobody else; default: of all but those who have refused." env:"HUIKE_RECORD_ASKED" group:"Data"`

	Models        string        `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" placeholder:"DIR" group:"Speech"`
	Workers       int           `help:"Recognitions at a time; 0 is one for each core." default:"0" env:"HUIKE_WORKERS" group:"Speech"`
	ASRURL        string        `name:"asr-url" help:"Server that recognises the languages of asr-langs; where huike can by itself too, that is what it falls back on." env:"HUIKE_ASR_URL" placeholder:"URL" group:"Speech"`
	ASRProtocol   string        `name:"asr-protocol" help:"How that server is spoken to: ${enum}." enum:"openai,realtime,funasr,deepgram" default:"openai" env:"HUIKE_ASR_PROTOCOL" group:"Speech"`
	ASRModelZH    string        `name:"asr-model-zh" help:"Model that hears Mandarin inside: a name of huike models, or a folder with a model of sherpa-onnx." env:"HUIKE_ASR_MODEL_ZH" placeholder:"NAME" group:"Speech"`
	Voiceprint    string        `help:"Know members who have agreed to it (voiceprint in the consents) by their voice, as one hint beside others and never a proof: own, which is huike's small model (equal error rate 14 %, 19 % over a telephone), campplus, or an .onnx file with a speaker model of sherpa-onnx; default: nobody is." env:"HUIKE_VOICEPRINT" placeholder:"MODEL" group:"Speech"`
	LanguageModel string        `name:"language-model" help:"Tell by a caller's first turn whether it is Mandarin or English, and go on in that: whisper-tiny, or a folder with a Whisper model of many languages; default: the language that the call came with, until another is asked for." env:"HUIKE_LANGUAGE_MODEL" placeholder:"NAME" group:"Speech"`
	ASRKey        string        `name:"asr-key" help:"Its key." env:"HUIKE_ASR_KEY" placeholder:"KEY" group:"Speech"`
	ASRModel      string        `name:"asr-model" help:"Its model." default:"whisper-1" env:"HUIKE_ASR_MODEL" group:"Speech"`
	ASRLangs      []string      `name:"asr-langs" help:"Languages that it recognises; default: zh." env:"HUIKE_ASR_LANGS" group:"Speech"`
	Endpoint      time.Duration `help:"Silence after the caller's last sound that ends the turn." default:"450ms" env:"HUIKE_ENDPOINT" group:"Speech"`
	Denoise       bool          `help:"Lower steady noise before recognition. The embedded recogniser hears no better with it." env:"HUIKE_DENOISE" group:"Speech"`
	Prompts       string        `help:"Folder that keeps prompts already spoken; default: prompts in the data folder." env:"HUIKE_PROMPTS" placeholder:"DIR" group:"Speech"`
	DeskToken     string        `help:"What opens the agent desk; default: a new one at each start, printed." env:"HUIKE_DESK_TOKEN" placeholder:"TOKEN" group:"Desk"`
	Patience      time.Duration `help:"How long a caller waits for a person before a call-back is offered." default:"45s" env:"HUIKE_PATIENCE" group:"Desk"`

	ttsConfig

	whipConfig `embed:""`

	eventsConfig
	streamConfig
	identifyConfig
	connectConfig
	tagsConfig

	backendConfig

	retentionConfig

	llmConfig

	Stub bool `help:"Recogniser and voice that answer at once with fixed words and sound, for load tests; endpointing at 300 ms." env:"HUIKE_STUB" hidden:""`
	// Taped is for replays whose words are all on tape: no recogniser is opened.
	Taped bool `kong:"-"`
}

// defaultEndpoint is the endpointing of a server that is told nothing else.
const defaultEndpoint = 450 * time.Millisecond

// defaultASRLang is what an asr-url recognises when asr-langs does not say.
const defaultASRLang = "zh"

// check returns every value that cannot be right, with what would be.
func (c *serverConfig) check() error {
	var w wrong
	w.unless(isAddress(c.Listen), "listen", c.Listen, "host:port, such as 127.0.0.1:8080")
	w.unless(c.MemberWait > 0 && c.MemberWait <= 10*time.Second, "member-wait", c.MemberWait.String(), "a length up to 10s, such as 250ms")
	w.unless(c.Media == "" || isMedia(c.Media), "media", c.Media, "an IP address and a port, such as 127.0.0.1:8189, or :8189 for all addresses")
	w.unless(c.Pprof == "" || isAddress(c.Pprof), "pprof", c.Pprof, "host:port, such as 127.0.0.1:6060")
	for _, ip := range c.PublicIP {
		w.unless(net.ParseIP(ip) != nil, "public-ip", ip, "an IP address, such as 203.0.113.7")
	}
	for _, origin := range c.Origins {
		w.unless(origin == "*" || isSite(origin), "origins", origin, "a site, such as https://shop.example")
	}
	w.unless(c.MaxCalls >= 1, "max-calls", strconv.Itoa(c.MaxCalls), "1 or more")
	w.unless(c.Workers >= 0, "workers", strconv.Itoa(c.Workers), "0 or more")
	w.unless(c.Endpoint >= 100*time.Millisecond && c.Endpoint <= 3*time.Second, "endpoint", c.Endpoint.String(),
		"a length between 100ms and 3s")
	w.unless(c.MaxQueue > 0, "max-queue", c.MaxQueue.String(), "a length above 0, such as 1s")
	w.unless(c.Drain > 0, "drain", c.Drain.String(), "a length above 0, such as 30s")
	w.unless(c.Patience > 0, "patience", c.Patience.String(), "a length above 0, such as 45s")
	w.unless(c.ASRURL == "" || isSite(c.ASRURL), "asr-url", c.ASRURL, "a URL, such as http://127.0.0.1:8000/v1")
	for _, lang := range c.ASRLangs {
		w.unless(lang == "zh" || lang == "en", "asr-langs", lang, "zh or en")
	}
	w.unless(c.ASRURL != "" || len(c.ASRLangs) == 0, "asr-langs", strings.Join(c.ASRLangs, ","), "an --asr-url that recognises them")
	c.ttsConfig.check(&w)
	c.whipConfig.check(&w)
	c.realtimeConfig.check(&w)
	c.sipConfig.check(&w)
	c.twilioConfig.check(&w)
	c.audioSocketConfig.check(&w)
	c.llmConfig.check(&w)
	c.checkFiles(&w)
	if err := c.terms().Check(); err != nil {
		w = append(w, err)
	}
	return errors.Join(w...)
}

// checkFiles adds what is wrong with the folders, and with the addresses of the store
// and of Redis, whose passwords are not repeated.
func (c *serverConfig) checkFiles(w *wrong) {
	w.unless(isFile(c.models(), "libonnxruntime.so"), "models", c.models(),
		"the folder that make models fills; libonnxruntime.so is not there")
	if c.Shop != "" {
		for _, name := range []string{"flows.yaml", "nlu.yaml", "names.yaml", "wording.yaml"} {
			w.unless(isFile(c.Shop, name), "shop", c.Shop, "a folder with the shop's files; "+name+" is not there")
		}
	}
	if c.Store != "" {
		if err := store.Check(c.Store); err != nil {
			*w = append(*w, fmt.Errorf("--store: %w", err))
		}
	}
	if c.Redis == "" {
		return
	}
	_, closer, err := member.OpenRedis(c.Redis) // which connects at the first command
	if err != nil {
		*w = append(*w, fmt.Errorf("--redis: %w", err))
		return
	}
	_ = closer() // nothing has been opened
}

// media returns the UDP address of the sound for a server whose pages are at
// address, and whether it has IPv6. All addresses of the machine share a port, so
// there it is that of the pages.
func (c *serverConfig) media(address string) (media string, ipv6 bool) {
	if c.Media != "" {
		host, _, _ := net.SplitHostPort(c.Media)
		return c.Media, isIPv6(net.ParseIP(host))
	}
	named, _, _ := net.SplitHostPort(c.Listen)
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); !ip.IsUnspecified() {
		return net.JoinHostPort(host, "0"), isIPv6(ip)
	}
	return net.JoinHostPort(named, port), isIPv6(net.ParseIP(named))
}

func isIPv6(ip net.IP) bool { return ip != nil && ip.To4() == nil }

// wrong gathers the values that cannot be right.
type wrong []error

func (w *wrong) unless(right bool, flag, value, want string) {
	if !right {
		*w = append(*w, fmt.Errorf("--%s=%s: want %s", flag, value, want))
	}
}

func isAddress(value string) bool {
	_, port, err := net.SplitHostPort(value)
	return err == nil && port != ""
}

// isMedia reports whether value is an address for media: without names, and with a
// port unless it is one address's alone.
func isMedia(value string) bool {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	if host == "" || ip.IsUnspecified() {
		return number > 0
	}
	return ip != nil
}

func isFile(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode().IsRegular()
}

func isSite(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Scheme != "" && u.Host != ""
}

// models is the folder of the models: the one named, or the one beside the program.
func (c *serverConfig) models() string {
	if c.Models != "" {
		return c.Models
	}
	return modelsBeside()
}

// modelsBeside returns the folder of models beside the running program.
func modelsBeside() string {
	const name = "models"
	exe, err := os.Executable()
	if err != nil {
		return name
	}
	if target, err := filepath.EvalSymlinks(exe); err == nil {
		exe = target
	}
	return filepath.Join(filepath.Dir(exe), name)
}

// readFile is kong's loader for --config: flags by their names. A name that is no
// flag, or a key twice, is an error.
func readFile(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("configuration file: %s", yaml.FormatError(err, false, true))
	}
	return fileValues(values), nil
}

// fileValues are the values of a configuration file by flag.
type fileValues map[string]any

// Validate refuses names that are no flag of serve.
func (f fileValues) Validate(app *kong.Application) error {
	flags := map[string]bool{}
	for _, command := range app.Leaves(true) {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			flags[flag.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !flags[name] {
			return fmt.Errorf("configuration file: %q is no setting; the settings are the flags of huike serve --help", name)
		}
	}
	return nil
}

// Resolve returns the value of a flag that is neither on the command line nor in
// the environment.
func (f fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil //nolint:nilnil // kong's way to say: not from here
		}
	}
	return f[flag.Name], nil
}
