package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huike/dialog/track"
)

// evalDSTCommand reads acts and tracks states of labelled dialogues.
type evalDSTCommand struct {
	Train string `help:"Labelled dialogues to learn acts from: a JSON object a line, plain or gzip, in the short form of CrossWOZ." required:"" type:"existingfile"`
	Test  string `help:"Labelled dialogues to measure with." required:"" type:"existingfile"`
	DB    string `help:"Folder of the domains' records (*.json, *.json.gz); default: db beside the training file, where there is one." type:"existingdir" name:"db" placeholder:"DIR"`
	Hold  int    `help:"Hold to this part of the training file instead of --test: every Nth dialogue is left out of the training and measured." placeholder:"N"`
	Part  int    `help:"Which one of the N parts --hold leaves out, from 0 on."`
	JSON  bool   `help:"Print a JSON object."`
}

// tracked is what evalDSTCommand prints. Acts are measured over all turns of both
// sides, each a quadruple that is right or wrong as a whole; states over the
// agent's turns, as the authors of CrossWOZ measure their rules: the caller's
// gold acts are given, and the state that the agent ended its last turn with.
type tracked struct {
	ActF1     float64 `json:"act_f1"`
	Joint     float64 `json:"joint"`
	UserF1    float64 `json:"act_f1_user"`
	AgentF1   float64 `json:"act_f1_agent"`
	JointOwn  float64 `json:"joint_own_state"` // without the agent's last state
	JointRead float64 `json:"joint_own_acts"`  // with the agent's last state and the acts that were read
	Dialogues int     `json:"dialogues"`
	TrainS    float64 `json:"train_s"`
	TurnMS    float64 `json:"ms_per_turn"`
}

// Run trains, reads, tracks and prints.
func (c *evalDSTCommand) Run(ctx context.Context, to streams) error {
	train, err := readWOZ(c.Train)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Train, err)
	}
	test, err := readWOZ(c.Test)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Test, err)
	}
	if c.Hold > 0 {
		if c.Hold < 2 || c.Part < 0 || c.Part >= c.Hold {
			return fmt.Errorf("--hold %d --part %d: want at least 2 parts, and one of them", c.Hold, c.Part)
		}
		train, test = leaveOut(train, c.Hold, c.Part)
	}
	lexicon, err := c.lexicon()
	if err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	tagger := track.Train(train, lexicon, func(done float64) {
		if time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(to.notes, "training: %.0f %%\n", 100*done)
		}
	})
	out := tracked{Dialogues: len(test), TrainS: time.Since(began).Seconds()}
	if err := out.measure(ctx, tagger, test); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	fmt.Fprintf(to.out, "%d dialogues, trained on %d in %.1f s, %.2f ms a turn\n", len(test), len(train), out.TrainS, out.TurnMS)
	fmt.Fprintf(to.out, "acts: F1 %.2f %% (callers' turns %.2f, agents' %.2f)\n", 100*out.ActF1, 100*out.UserF1, 100*out.AgentF1)
	fmt.Fprintf(to.out, "joint state by gold acts: %.2f %%; by the acts read %.2f %%; by gold acts, without the agent's last search %.2f %%\n",
		100*out.Joint, 100*out.JointRead, 100*out.JointOwn)
	return nil
}

// leaveOut leaves one of every n dialogues out.
func leaveOut(all [][]track.Turn, n, part int) (train, test [][]track.Turn) {
	for i, d := range all {
		if i%n == part {
			test = append(test, d)
		} else {
			train = append(train, d)
		}
	}
	return train, test
}

// crosswoz is how CrossWOZ's acts change its states.
func crosswoz() track.Schema {
	return track.Schema{
		Name: "名称", Near: "周边",
		Slots:  []string{"名称", "游玩时间", "酒店类型", "出发地", "目的地", "评分", "门票", "价格", "人均消费"},
		Listed: []string{"推荐菜", "酒店设施"},
	}
}

// counts are right, invented and missed acts.
type counts struct{ right, invented, missed int }

func (n *counts) add(got, gold []track.Act) {
	for _, a := range got {
		if slices.Contains(gold, a) {
			n.right++
		} else {
			n.invented++
		}
	}
	for _, a := range gold {
		if !slices.Contains(got, a) {
			n.missed++
		}
	}
}

func (n counts) plus(m counts) counts {
	return counts{n.right + m.right, n.invented + m.invented, n.missed + m.missed}
}

func (n counts) f1() float64 {
	return 2 * float64(n.right) / math.Max(1, float64(2*n.right+n.invented+n.missed))
}

func (out *tracked) measure(ctx context.Context, tagger *track.Tagger, test [][]track.Turn) error {
	var user, agent counts
	var gold, read, own, states, turns int
	var spent time.Duration
	for _, dialogue := range test {
		turns += len(dialogue)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		byGold, byRead, alone := track.NewTracker(crosswoz()), track.NewTracker(crosswoz()), track.NewTracker(crosswoz())
		reader := tagger.Begin()
		var last []track.Act // that were read
		for i, turn := range dialogue {
			began := time.Now()
			got := reader.Read(turn.User, turn.Text)
			spent += time.Since(began)
			if turn.User {
				user.add(got, turn.Acts)
				last = got
				continue
			}
			agent.add(got, turn.Acts)
			if i == 0 {
				continue
			}
			if i > 2 {
				byGold.Searched(dialogue[i-2].State)
				byRead.Searched(dialogue[i-2].State)
			}
			states++
			said := dialogue[i-1]
			gold += holds(byGold.User(said.Acts, said.Text), turn.First)
			read += holds(byRead.User(last, said.Text), turn.First)
			own += holds(alone.User(said.Acts, said.Text), turn.First)
			byGold.Agent(turn.Acts)
			byRead.Agent(turn.Acts)
			alone.Agent(turn.Acts)
		}
	}
	if states == 0 {
		return errors.New("no turn of an agent follows one of a caller")
	}
	share := func(n int) float64 { return float64(n) / float64(states) }
	out.ActF1, out.UserF1, out.AgentF1 = user.plus(agent).f1(), user.f1(), agent.f1()
	out.Joint, out.JointRead, out.JointOwn = share(gold), share(read), share(own)
	out.TurnMS = spent.Seconds() * 1000 / float64(turns)
	return nil
}

func holds(got, want track.State) int {
	if got.Equal(want) {
		return 1
	}
	return 0
}

// lexicon reads the domains' records, where there are any.
func (c *evalDSTCommand) lexicon() (*track.Lexicon, error) {
	out := track.NewLexicon()
	dir := c.DB
	if dir == "" {
		dir = filepath.Join(filepath.Dir(c.Train), "db")
	}
	files, err := os.ReadDir(dir)
	if c.DB == "" && errors.Is(err, os.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		path := filepath.Join(dir, file.Name())
		if !strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".json") {
			continue
		}
		if err := readDomain(path, out); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return out, nil
}

// readDomain adds the values of one domain's records, a list of name and record.
func readDomain(path string, out *track.Lexicon) error {
	in, done, err := openPlain(path)
	if err != nil {
		return err
	}
	defer done()
	var rows [][2]json.RawMessage
	if err := json.NewDecoder(in).Decode(&rows); err != nil {
		return err
	}
	for i, row := range rows {
		var record map[string]any
		if err := json.Unmarshal(row[1], &record); err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		domain, _ := record["领域"].(string)
		for slot, value := range record {
			values, _ := value.([]any)
			if text, ok := value.(string); ok && slot != "领域" {
				values = []any{text}
			}
			for _, v := range values {
				if text, ok := v.(string); ok {
					out.Add(domain, slot, text)
				}
			}
		}
	}
	return nil
}

// openPlain opens a file, gzip or not.
func openPlain(path string) (in io.Reader, done func(), err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = file.Close() } // only read
	if in = file; strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			done()
			return nil, nil, err
		}
	}
	return in, done, nil
}

// readWOZ reads dialogues one after another, so that a file may be long.
func readWOZ(path string) ([][]track.Turn, error) {
	in, done, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var out [][]track.Turn
	lines := json.NewDecoder(in)
	for {
		var d struct {
			Turns []struct {
				Role  string      `json:"r"`
				Text  string      `json:"c"`
				Acts  [][4]string `json:"da"`
				State track.State `json:"state"`
				First track.State `json:"init"`
			} `json:"turns"`
		}
		if err := lines.Decode(&d); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("dialogue %d: %w", len(out)+1, err)
		}
		turns := make([]track.Turn, len(d.Turns))
		for i, t := range d.Turns {
			if t.Role != "usr" && t.Role != "sys" {
				return nil, fmt.Errorf("dialogue %d, turn %d: r is %q: want usr or sys", len(out)+1, i+1, t.Role)
			}
			turns[i] = track.Turn{User: t.Role == "usr", Text: t.Text, State: t.State, First: t.First}
			for _, a := range t.Acts {
				turns[i].Acts = append(turns[i].Acts, track.Act{Intent: a[0], Domain: a[1], Slot: a[2], Value: a[3]})
			}
		}
		out = append(out, turns)
	}
	if len(out) == 0 {
		return nil, errors.New("there are no dialogues")
	}
	return out, nil
}
