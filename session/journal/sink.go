package journal

import (
	"errors"
	"os"
)

func newSink(*os.File) (sink, error) { return nil, errors.New("no wav yet") }
