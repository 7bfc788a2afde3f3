package asr_test

import (
	"context"
	"errors"
	"fmt"

	"huike/audio/asr"
)

// typed is a recogniser that knows the words beforehand.
type typed string

func (t typed) Recognize(context.Context, []int16, asr.Hint) (asr.Result, error) {
	return asr.Result{Text: string(t), Final: true}, nil
}

// A shop that has a recogniser for English only.
func ExampleRouter() {
	router := asr.Router{"en": typed("Where is my order?")}
	ctx := context.Background()
	heard, _ := router.Recognize(ctx, nil, asr.Hint{Lang: "en-GB"})
	fmt.Println(heard.Text)
	_, err := router.Recognize(ctx, nil, asr.Hint{Lang: "zh"})
	fmt.Println(errors.Is(err, asr.ErrNoRecognizer))
	// Output:
	// Where is my order?
	// true
}
