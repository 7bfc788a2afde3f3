// Package infer runs neural networks for the whole process: it loads ONNX
// Runtime once, opens sessions that use one thread each, and lets at most as
// many computations run at a time as there are workers, first come first
// served. It knows nothing of what a network computes.
//
// It starts no goroutine: [Runtime.Do] runs its function on the caller's. It
// reads the clock only to measure how long work waited, for [Stats].
package infer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// The files of a models folder, relative to it. The script in audio/infer/models
// puts them there.
const (
	Library          = "libonnxruntime.so"
	Sherpa           = "libsherpa-onnx-c-api.so"
	Silero           = "silero_vad_v6.onnx"
	MoonshineEncoder = "moonshine/encoder_model.onnx"
	MoonshineDecoder = "moonshine/decoder_model_merged.onnx"
	MoonshineTokens  = "moonshine/tokens.txt"
)

// Config says where the models are and how much may run at once.
type Config struct {
	Models  string // folder with the files above; empty means bin/models
	Workers int    // computations at a time in [Runtime.Do]; 0 means one for each core
}

// Runtime is the process's access to ONNX Runtime and to its pool. Its methods
// may be called from any goroutine.
type Runtime struct {
	models string
	pool   pool

	mu       sync.Mutex
	sessions []*ort.DynamicAdvancedSession
	closed   bool
}

// library counts who uses ONNX Runtime, whose environment exists once in a
// process and cannot be opened twice.
//
//nolint:gochecknoglobals // the C library's own state is global
var library struct {
	mu    sync.Mutex
	users int
}

// Open loads ONNX Runtime from the models folder, unless the process has it
// already, and returns a Runtime of its own pool. Close it when done.
func Open(cfg Config) (*Runtime, error) {
	if cfg.Models == "" {
		cfg.Models = filepath.Join("bin", "models")
	}
	if cfg.Workers < 0 {
		return nil, fmt.Errorf("workers is %d: must be 0 (one for each core) or more", cfg.Workers)
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	r := &Runtime{models: cfg.Models, pool: pool{free: cfg.Workers, workers: cfg.Workers}}
	path, err := r.Path(Library)
	if err != nil {
		return nil, err
	}
	if err := load(path); err != nil {
		return nil, fmt.Errorf("load %s: %w; it must be ONNX Runtime for this machine: run make models", path, err)
	}
	return r, nil
}

func load(path string) error {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 {
		ort.SetSharedLibraryPath(path)
		if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
			return err
		}
	}
	library.users++
	return nil
}

// Path returns where a file of the models folder stands, or an error that says
// how to get it.
func (r *Runtime) Path(file string) (string, error) {
	path := filepath.Join(r.models, file)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("model file %s: %w; run make models or set --models", path, err)
	}
	return path, nil
}

// Session opens a network of the models folder that computes on the thread of
// whoever runs it and on no other. The Runtime owns it and destroys it in Close.
func (r *Runtime) Session(file string, inputs, outputs []string) (*ort.DynamicAdvancedSession, error) {
	path, err := r.Path(file)
	if err != nil {
		return nil, err
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("options for %s: %w", path, err)
	}
	defer func() { _ = options.Destroy() }()
	err = errors.Join(
		options.SetIntraOpNumThreads(1),
		options.SetInterOpNumThreads(1),
		options.SetExecutionMode(ort.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		// Weights stored as DequantizeLinear are expanded once, not in each run: for
		// Moonshine's decoder 75 MB of memory for a third of the time of a step.
		options.AddSessionConfigEntry("session.disable_quant_qdq", "1"),
	)
	if err != nil {
		return nil, fmt.Errorf("options for %s: %w", path, err)
	}
	s, err := ort.NewDynamicAdvancedSession(path, inputs, outputs, options)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w; run make models", path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions = append(r.sessions, s)
	return s, nil
}

// Close destroys the sessions. Nothing may run in them any more.
func (r *Runtime) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	var errs []error
	for _, s := range r.sessions {
		errs = append(errs, s.Destroy())
	}
	r.sessions = nil
	library.mu.Lock()
	defer library.mu.Unlock()
	library.users--
	if library.users == 0 {
		errs = append(errs, ort.DestroyEnvironment())
	}
	return errors.Join(errs...)
}
