package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"huike/audio/asr"
	"huike/audio/infer"
)

// engineFlags name a recogniser.
type engineFlags struct {
	Engine   string `help:"Recogniser: ${enum}." enum:"moonshine,sherpa,openai,realtime,funasr,deepgram" default:"moonshine"`
	Model    string `help:"With --engine sherpa: a name of huike models, or a folder." placeholder:"NAME"`
	Models   string `help:"Folder of the models; default: models beside the program." env:"HUIKE_MODELS" type:"path" placeholder:"DIR"`
	ASRURL   string `name:"asr-url" help:"Server, for those that are remote." env:"HUIKE_ASR_URL" placeholder:"URL"`
	ASRKey   string `name:"asr-key" help:"Its key." env:"HUIKE_ASR_KEY" placeholder:"KEY"`
	ASRModel string `name:"asr-model" help:"Its model." default:"whisper-1" env:"HUIKE_ASR_MODEL"`
}

// engine is a recogniser under measurement.
type engine struct {
	asr.Recognizer
	name, clock string
	local       bool // computes on the calling thread, whose time counts
	closers     []func() error
}

// open opens the recogniser that the flags name.
func (f *engineFlags) open() (*engine, error) {
	if f.Engine != "moonshine" && f.Engine != "sherpa" {
		if f.ASRURL == "" {
			return nil, fmt.Errorf("--engine %s: name its server with --asr-url, such as http://127.0.0.1:8000/v1", f.Engine)
		}
		remote, err := remoteASR(f.Engine, f.ASRURL, f.ASRKey, f.ASRModel)
		return &engine{Recognizer: remote, name: f.Engine, clock: "by the wall clock"}, err
	}
	if f.Engine == "sherpa" && f.Model == "" {
		return nil, errors.New("--engine sherpa: name its --model, such as sense-voice-small")
	}
	if f.Models == "" {
		f.Models = modelsBeside()
	}
	rt, err := infer.Open(infer.Config{Models: f.Models, Workers: 1})
	if err != nil {
		return nil, err
	}
	e := &engine{name: f.Engine, clock: "of one core", local: true, closers: []func() error{rt.Close}}
	if f.Engine == "sherpa" {
		r, err := sherpaASR(rt, f.Models, f.Model, "")
		if err != nil {
			e.close()
			return nil, err
		}
		e.closers, e.Recognizer = append(e.closers, r.Close), r
		return e, nil
	}
	m, err := asr.OpenMoonshine(rt)
	if err != nil {
		e.close()
		return nil, err
	}
	e.closers = append(e.closers, m.Close)
	e.Recognizer = m
	return e, nil
}

func (e *engine) close() {
	for i := range e.closers {
		_ = e.closers[len(e.closers)-1-i]() // nothing has been written
	}
}

// recognize recognises and tells how long it took: on the processor where that is
// the calling thread's, so that what else the machine does is not counted, and by
// the clock otherwise.
func (e *engine) recognize(ctx context.Context, pcm []int16, hint asr.Hint) (asr.Result, time.Duration, error) {
	if !e.local {
		began := time.Now()
		got, err := e.Recognize(ctx, pcm, hint)
		return got, time.Since(began), err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, err := threadTime()
	if err != nil {
		return asr.Result{}, 0, err
	}
	got, err := e.Recognize(ctx, pcm, hint)
	if err != nil {
		return got, 0, err
	}
	ended, err := threadTime()
	return got, ended - began, err
}

// threadTime is how long the calling thread has computed.
func threadTime() (time.Duration, error) {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &used); err != nil {
		return 0, fmt.Errorf("time of this thread: %w", err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}
