package churn_test

import (
	"fmt"
	"time"

	"huike/member/predict"
	"huike/member/predict/churn"
)

func ExampleWarn() {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	bought := []predict.Purchase{{At: first}, {At: first.AddDate(0, 0, 30)}, {At: first.AddDate(0, 0, 60)}}
	w, _ := churn.Warn(bought, first.AddDate(0, 0, 106), churn.HalfOverdue)
	fmt.Println(w.Overdue, w.Silent.Hours()/24, "days after the last, usually", w.Cycle.Hours()/24)
	// Output: true 46 days after the last, usually 30
}
