package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"huike/audio/asr/catalog"
)

// modelsCommand keeps the models of the embedded engines.
type modelsCommand struct {
	List  modelsListCommand  `cmd:"" default:"withargs" help:"Tell which models are known, which are here, and which languages callers can speak."`
	Fetch modelsFetchCommand `cmd:"" help:"Fetch a model, compare its SHA-256, and unpack it."`
	Check modelsCheckCommand `cmd:"" help:"Compare a file's SHA-256 with that of a model's archive."`
}

type modelsFolder struct {
	Models string `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" type:"path" placeholder:"DIR"`
}

func (f *modelsFolder) path() string {
	if f.Models == "" {
		return modelsBeside()
	}
	return f.Models
}

// modelsListCommand lists the models.
type modelsListCommand struct {
	modelsFolder
	JSON bool `help:"Print a JSON list."`
}

// listedModel is a model and whether it is here.
type listedModel struct {
	catalog.Model
	Here bool `json:"here"`
}

// Run prints a line for each model, and the languages that work.
func (c *modelsListCommand) Run(to streams) error {
	fetcher := &catalog.Fetcher{Dir: c.path()}
	var all []listedModel
	chinese := ""
	for _, m := range catalog.All() {
		l := listedModel{m, fetcher.Has(m)}
		if all = append(all, l); l.Here && chinese == "" && m.Use == catalog.Hears {
			chinese = m.Name
		}
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(all)
	}
	fmt.Fprintf(to.out, "%-18s %-6s %-8s %-17s %9s  %s\n", "model", "here", "use", "languages", "size", "licence")
	english := isFile(c.path(), "moonshine/encoder_model.onnx")
	fmt.Fprintf(to.out, "%-18s %-6s %-8s %-17s %6d MB  %s\n", "moonshine-tiny", yes(english), catalog.Hears, "en", 28, "MIT (make models)")
	for _, m := range all {
		fmt.Fprintf(to.out, "%-18s %-6s %-8s %-17s %6d MB  %s\n", m.Name, yes(m.Here), m.Use, strings.Join(m.Languages, ","), m.Size/1000000, m.Licence)
		fmt.Fprintf(to.out, "  %s\n  SHA-256 %s\n", m.URL, sumOr(m.SHA256))
	}
	fmt.Fprintf(to.out, "\nCallers can speak: %s\n", languagesHeard(english, chinese))
	return nil
}

func yes(here bool) string {
	if here {
		return "yes"
	}
	return "no"
}

func sumOr(sum string) string {
	if sum == "" {
		return "unverified"
	}
	return sum
}

// languagesHeard says which languages callers can speak.
func languagesHeard(english bool, chinese string) string {
	en, zh := "English: no, run make models", "Mandarin: no model is here, so it works by text and keys (huike models fetch sense-voice-small, or serve --asr-url)"
	if english {
		en = "English by moonshine-tiny"
	}
	if chinese != "" {
		zh = "Mandarin by " + chinese + " (serve --asr-model-zh " + chinese + ")"
	}
	return en + "; " + zh
}

// modelsFetchCommand fetches one model.
type modelsFetchCommand struct {
	Name   string `arg:"" help:"Model, such as sense-voice-small; huike models lists them."`
	Source string `help:"URL to fetch the archive from instead, such as a mirror's; its SHA-256 must be the same." placeholder:"URL"`
	modelsFolder
}

// Run fetches the model, telling how far it is.
func (c *modelsFetchCommand) Run(ctx context.Context, to streams) error {
	m, err := catalog.Find(c.Name)
	if err != nil {
		return err
	}
	if c.Source != "" {
		m.URL = c.Source
	}
	fetcher := &catalog.Fetcher{Dir: c.path()}
	if fetcher.Has(m) {
		fmt.Fprintf(to.out, "%s is here: %s\n", m.Name, c.path())
		return nil
	}
	fmt.Fprintf(to.notes, "%s: %d MB from %s; licence: %s\n", m.Name, m.Size/1000000, m.URL, m.Licence)
	percent := int64(-1)
	fetcher.Progress = func(done, all int64) {
		if now := done * 20 / max(all, 1) * 5; now != percent {
			percent = now
			fmt.Fprintf(to.notes, "%3d %%\n", percent)
		}
	}
	if err := fetcher.Fetch(ctx, m); err != nil {
		return err
	}
	fmt.Fprintf(to.out, "%s is here: %s\n", m.Name, c.path())
	return nil
}

// modelsCheckCommand compares one file.
type modelsCheckCommand struct {
	Name string `arg:"" help:"Model, such as sense-voice-small."`
	File string `arg:"" help:"Its archive, fetched by other means." type:"existingfile"`
}

// Run prints that the file is the model's, or says what differs.
func (c *modelsCheckCommand) Run(to streams) error {
	m, err := catalog.Find(c.Name)
	if err != nil {
		return err
	}
	sum, err := catalog.Sum(c.File)
	if err != nil {
		return err
	}
	if sum != m.SHA256 {
		return fmt.Errorf("%s: %w: it is %s, want %s", c.File, catalog.ErrSum, sum, sumOr(m.SHA256))
	}
	fmt.Fprintf(to.out, "%s is %s\n", c.File, m.Name)
	return nil
}
