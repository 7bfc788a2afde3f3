package pattern_test

import (
	"fmt"

	"huike/dialog/pattern"
)

func ExampleSet() {
	var s pattern.Set
	order, _ := s.Compile(`\bwhere is\b.*\border\b`)
	points, _ := s.Compile(`积分`)
	scan := s.Scan("so where is my order")
	fmt.Println(scan.Match(order), scan.Match(points))
	// Output: true false
}
