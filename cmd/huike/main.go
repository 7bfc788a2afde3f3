// Command huike answers a shop's calls. Its commands wire the rooms of the house
// together and do nothing else: serve answers, call places a call, replay checks
// a recorded one, load measures, member keeps the shop's people.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// commands is the command line.
type commands struct {
	Serve  serveCommand  `cmd:"" help:"Answer calls from browsers and WebSockets, and serve the pages."`
	Call   callCommand   `cmd:"" help:"Place a call to a server with the sound of a WAV file, and print what happens."`
	Chat   chatCommand   `cmd:"" help:"Talk to the shop in this terminal: what is said, understood and done."`
	Replay replayCommand `cmd:"" help:"Replay recorded calls in fake time and compare what happens with what must happen."`
	Eval   evalCommand   `cmd:"" help:"Measure one part, without a call."`
	Load   loadCommand   `cmd:"" help:"Start a server of its own, place many calls on loopback, and print the latencies."`
	Member memberCommand `cmd:"" help:"Keep the shop's members."`
	Models modelsCommand `cmd:"" help:"Keep the models that callers are heard with: which there are, fetch one, check one."`
	Audit  auditCommand  `cmd:"" help:"Check and search the trail of who read or wrote what of a member."`

	Calls callsCommand `cmd:"" help:"List the kept calls, or export one in plain for tests and reports."`

	Backup  backupCommand  `cmd:"" help:"Write the store, the kept calls and the erasure key into one file with checksums, while a server goes on."`
	Restore restoreCommand `cmd:"" help:"Put a backup into an empty folder, and into an empty database if it is of Postgres."`

	Knowledge knowledgeCommand `cmd:"" help:"Keep the shop's questions and answers: import, try, roll back, and see what was not answered."`

	Train   trainCommand   `cmd:"" help:"Train a shop's understanding ahead, into a file beside its examples that every start and reload takes."`
	Quality qualityCommand `cmd:"" help:"Hold every kept call to the rules of quality, and print what was broken."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

// errFailed ends a command whose findings have been printed already.
var errFailed = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		if !errors.Is(err, errFailed) {
			fmt.Fprintln(os.Stderr, "huike:", err)
		}
		os.Exit(1)
	}
}

// streams is where a command prints: results on out, progress on notes.
type streams struct{ out, notes io.Writer }

// run parses and runs one command line.
func run(ctx context.Context, args []string, out, notes io.Writer) error {
	var line commands
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("huike"),
		kong.Description("A voice agent that answers a shop's calls: it knows the member who calls, does the business, "+
			"yields when interrupted, and passes the call to a person.\n\nEach flag of serve can also stand in a YAML file "+
			"(--config) or in the environment; a flag wins over the environment, and the environment over the file."),
		kong.Writers(out, notes),
		kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{out, notes}),
		kong.Configuration(readFile),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return nil // help or version has been printed
	}
	if err != nil {
		return fmt.Errorf("%w\nRun huike --help for the commands, and huike COMMAND --help for its flags", err)
	}
	return parsed.Run()
}
