package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huike/dialog"
	"huike/dialog/flow/golden"
)

// evalDialoguesCommand plays golden dialogues.
type evalDialoguesCommand struct {
	Folder string `arg:"" help:"Folder with dialogues, *.yaml: see testdata/dialogues." type:"existingdir"`
	Shop   string `help:"Folder with the shop's flows, wording and names; default: the demonstration shop." type:"existingdir" placeholder:"DIR"`
	Only   string `help:"Play only the dialogues with this name." placeholder:"NAME"`
	JSON   bool   `help:"Print one JSON object."`
}

// dialogueReport is what --json prints.
type dialogueReport struct {
	N       int                 `json:"n"`
	Passed  int                 `json:"passed"`
	Langs   map[dialog.Lang]int `json:"langs"`
	Turns   int                 `json:"turns"`
	Seconds float64             `json:"seconds"` // loading included
	Failed  []dialogueFailure   `json:"failed,omitempty"`
}

type dialogueFailure struct {
	At   string      `json:"at"` // file:line
	Name string      `json:"name"`
	Lang dialog.Lang `json:"lang"`
	Turn int         `json:"turn"`
	What string      `json:"what"`
}

// Run plays the dialogues and prints those that went another way.
func (c *evalDialoguesCommand) Run(ctx context.Context, to streams) error {
	began := time.Now()
	definition, _, err := loadShop(c.Shop)
	if err != nil {
		return err
	}
	scripts, err := golden.Read(c.Folder)
	if err != nil {
		return err
	}
	report := dialogueReport{Langs: map[dialog.Lang]int{}}
	for i := range scripts {
		s := &scripts[i]
		if c.Only != "" && s.Name != c.Only {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		differences, err := s.Play(definition)
		if err != nil {
			return err
		}
		report.N++
		report.Langs[s.Lang]++
		report.Turns += len(s.Turns)
		if len(differences) == 0 {
			report.Passed++
		}
		at := fmt.Sprintf("%s:%d", s.File, s.Line)
		for _, d := range differences {
			report.Failed = append(report.Failed, dialogueFailure{at, s.Name, s.Lang, d.Turn, d.What})
			if !c.JSON {
				fmt.Fprintf(to.out, "%s: %s: %s\n", at, s.Name, d)
			}
		}
	}
	report.Seconds = time.Since(began).Seconds()
	return c.print(report, to)
}

func (c *evalDialoguesCommand) print(report dialogueReport, to streams) error {
	if c.JSON {
		if err := json.NewEncoder(to.out).Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(to.out, "%d of %d dialogues (%d zh, %d en; %d turns) in %.2f s\n",
			report.Passed, report.N, report.Langs[dialog.Chinese], report.Langs[dialog.English], report.Turns, report.Seconds)
	}
	switch {
	case report.N == 0:
		return fmt.Errorf("--only=%s: no dialogue has this name", c.Only)
	case report.Passed < report.N:
		return errFailed
	}
	return nil
}
