package main

import (
	"encoding/json"
	"fmt"
	"os"

	"huike/member/predict/dataset"
	"huike/member/recommend"
)

// evalRecommendCommand foretells last baskets.
type evalRecommendCommand struct {
	File     string `arg:"" help:"Lines of sales as CSV, plain or gzip, with Online Retail's columns InvoiceNo, StockCode, Quantity, InvoiceDate and CustomerID." type:"existingfile"`
	NewItems bool   `help:"Offer and count only what a member has not bought before."`
	JSON     bool   `help:"Print a JSON object."`
}

// Run foretells each member's last basket from all that was sold before it.
func (c *evalRecommendCommand) Run(to streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	sales, err := dataset.ReadSales(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	trial := recommend.Try(recommend.Config{}, sales, c.NewItems)
	if c.JSON {
		return json.NewEncoder(to.out).Encode(trial)
	}
	fmt.Fprintf(to.out, "%d members: hit rate@10 on the last basket %.4f, of the ten most popular items %.4f: %.2f times\n",
		trial.N, trial.HitRate, trial.Popular, trial.Lift)
	return nil
}
