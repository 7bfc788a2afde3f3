package infer_test

import (
	"context"
	"fmt"
	"os"

	"huike/audio/infer"
)

// Two computations share the pool; neither runs beyond its bound.
func Example() {
	models := os.Getenv("HUIKE_MODELS")
	if models == "" {
		models = "../../bin/models"
	}
	rt, err := infer.Open(infer.Config{Models: models, Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close()
	for range 2 {
		if err := rt.Do(context.Background(), infer.Final, func() { fmt.Println("computed") }); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(rt.Stats().Done, "done")
	// Output:
	// computed
	// computed
	// 2 done
}
