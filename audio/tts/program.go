package tts

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A program is a synthesiser that reads a text from its standard input and
// writes sound to its standard output. Some of its processes are started ahead
// and wait for their text, which takes the start out of the latency.
type program struct {
	path  string
	args  []string
	env   []string   // beside the process's own
	files []*os.File // given to the process as descriptors 3 and up

	mu     sync.Mutex
	spares []*process
	closed bool
}

// process is a running program that waits for its text.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr bytes.Buffer
}

// find looks for a program and says how to get it if it is not there.
func find(name, hint string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, hint)
	}
	return filepath.Abs(path)
}

// start starts a process. It outlives ctx, which only gives it its values:
// whoever runs it ends it.
func (p *program) start(ctx context.Context) (*process, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.path, p.args...) //nolint:gosec // the operator's choice
	cmd.Env = append(os.Environ(), p.env...)
	cmd.ExtraFiles = p.files
	cmd.WaitDelay = time.Second
	proc := &process{cmd: cmd}
	cmd.Stderr = &proc.stderr
	var err error
	if proc.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if proc.out, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return proc, nil
}

// take returns a waiting process, or starts one.
func (p *program) take(ctx context.Context) (*process, error) {
	p.mu.Lock()
	if n := len(p.spares); n > 0 {
		proc := p.spares[n-1]
		p.spares = p.spares[:n-1]
		p.mu.Unlock()
		return proc, nil
	}
	p.mu.Unlock()
	return p.start(ctx)
}

// prepare starts processes until n wait. What goes wrong here shows when one
// is needed.
func (p *program) prepare(ctx context.Context, n int) {
	for {
		p.mu.Lock()
		enough := p.closed || len(p.spares) >= n
		p.mu.Unlock()
		if enough {
			return
		}
		proc, err := p.start(ctx)
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.closed || len(p.spares) >= n {
			p.mu.Unlock()
			proc.stop()
			return
		}
		p.spares = append(p.spares, proc)
		p.mu.Unlock()
	}
}

// close ends the processes that wait.
func (p *program) close() {
	p.mu.Lock()
	spares := p.spares
	p.spares, p.closed = nil, true
	p.mu.Unlock()
	for _, proc := range spares {
		proc.stop()
	}
}

// stop ends a process and waits for it.
func (c *process) stop() {
	_ = c.cmd.Process.Kill() // it may have ended by itself
	_ = c.cmd.Wait()         // and of course it was killed
}

// run gives one process its text and calls each with what it writes, as it
// writes it. A process whose ctx ends, or that takes longer than limit, is
// killed.
func (p *program) run(ctx context.Context, text string, each func(b []byte) error) error {
	if len(text) > longest {
		return fmt.Errorf("%s: %w: %d bytes, at most %d", filepath.Base(p.path), ErrLong, len(text), longest)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	proc, err := p.take(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(p.path), err)
	}
	release := context.AfterFunc(ctx, func() { _ = proc.cmd.Process.Kill() })
	defer release()

	// The text is shorter than a pipe holds: writing it does not block.
	_, err = io.WriteString(proc.in, text+"\n")
	err = errors.Join(err, proc.in.Close())
	if err == nil {
		err = drain(proc.out, each)
	}
	if err != nil {
		proc.stop()
	} else {
		err = proc.cmd.Wait()
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", filepath.Base(p.path), context.Cause(ctx))
	case err != nil:
		return fmt.Errorf("%s: %w%s", filepath.Base(p.path), err, proc.complaint())
	}
	return nil
}

// complaint returns the last line that the process wrote to its standard
// error. The programs write their own state there, never the text.
func (c *process) complaint() string {
	said := strings.TrimSpace(c.stderr.String())
	if said == "" {
		return ""
	}
	return ": " + said[strings.LastIndexByte(said, '\n')+1:]
}

// drain calls each with what comes out of r, until its end.
func drain(r io.Reader, each func(b []byte) error) error {
	buf := make([]byte, 16<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := each(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrClosed):
			return nil
		case err != nil:
			return err
		}
	}
}

// samples turns a stream of bytes into 16-bit little-endian samples; an odd
// byte waits for its fellow.
type samples struct {
	odd []byte
	pcm []int16
}

// of returns the samples in b, valid until the next call.
func (s *samples) of(b []byte) []int16 {
	s.pcm = s.pcm[:0]
	if len(s.odd) == 1 && len(b) > 0 {
		s.pcm = append(s.pcm, int16(uint16(s.odd[0])|uint16(b[0])<<8))
		s.odd, b = s.odd[:0], b[1:]
	}
	for ; len(b) >= 2; b = b[2:] {
		s.pcm = append(s.pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	s.odd = append(s.odd, b...)
	return s.pcm
}
