package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"huike/member/shop/tau"
	"huike/member/store"
)

// evalTauCommand replays tau-bench's retail tasks through the shop's operations.
type evalTauCommand struct {
	DB    string   `required:"" help:"The reference shop's database: JSON of users, orders and products, plain or gzip." type:"existingfile" placeholder:"FILE"`
	Tasks []string `required:"" help:"Tasks, one a line, with their gold actions and the difference that these make; plain or gzip. Several files: give the flag again." type:"existingfile" placeholder:"FILE"`
	JSON  bool     `help:"Print a JSON object."`
}

// Run replays every task and counts those in which all is as it must be.
func (c *evalTauCommand) Run(ctx context.Context, to streams) error {
	data, err := tau.ReadDatabase(c.DB)
	if err != nil {
		return err
	}
	var tasks []tau.Task
	for _, path := range c.Tasks {
		more, err := tau.ReadTasks(path)
		if err != nil {
			return err
		}
		tasks = append(tasks, more...)
	}
	folder, err := os.MkdirTemp("", "huike-tau")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left there is the system's to clear
	books, err := store.Open(ctx, filepath.Join(folder, "huike.db"), store.Config{Location: time.UTC})
	if err != nil {
		return err
	}
	defer books.Close() //nolint:errcheck // its folder goes
	house, err := tau.Open(ctx, books, data)
	if err != nil {
		return err
	}
	passed, err := c.replay(ctx, to, house, tasks)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(map[string]int{"tasks": len(tasks), "passed": passed})
	}
	fmt.Fprintf(to.out, "%d of %d tasks: every refusal and the whole database as they must be\n", passed, len(tasks))
	return nil
}

func (c *evalTauCommand) replay(ctx context.Context, to streams, house *tau.Shop, tasks []tau.Task) (passed int, err error) {
	const every = time.Second // progress
	told := time.Now()
	for i := range tasks {
		wrong, err := house.Replay(ctx, &tasks[i])
		if err != nil {
			return 0, err
		}
		if wrong == "" {
			passed++
		} else {
			fmt.Fprintf(to.notes, "task %d: %s\n", tasks[i].Number, wrong)
		}
		if time.Since(told) > every {
			told = time.Now()
			fmt.Fprintf(to.notes, "%d of %d tasks\n", i+1, len(tasks))
		}
	}
	return passed, nil
}
