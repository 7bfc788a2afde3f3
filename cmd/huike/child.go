package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"
)

// child is a server of the load test's own, in a process of its own.
type child struct {
	command *exec.Cmd
	process *process.Process
	address string // of its pages, host:port
	data    string
}

// startChild starts huike serve with flags on a free port of loopback. With pinned,
// it gets the first core and this process the others.
func startChild(ctx context.Context, pinned bool, notes io.Writer, flags ...string) (*child, error) {
	data, err := os.MkdirTemp("", "huike-load-")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append([]string{self, "serve", "--listen=127.0.0.1:0", "--data=" + data, "--drain=2s"}, flags...)
	if pinned {
		if runtime.NumCPU() < 2 {
			return nil, errors.New("--core: this machine has one core; the callers need another")
		}
		args = append([]string{"taskset", "-c", "0"}, args...)
		if err := pinSelf(1); err != nil {
			return nil, err
		}
	}
	c := &child{command: exec.CommandContext(ctx, args[0], args[1:]...), data: data} //nolint:gosec // this very program
	c.command.Stderr = notes
	c.command.Cancel = func() error { return c.command.Process.Signal(syscall.SIGTERM) }
	c.command.WaitDelay = 10 * time.Second
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	if c.address, err = readAddress(out); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	c.process, err = process.NewProcessWithContext(ctx, int32(c.command.Process.Pid))
	return c, err
}

// readAddress reads the address that serve prints when calls can come.
func readAddress(out io.Reader) (string, error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "caller  http://"); ok {
			go io.Copy(io.Discard, out) //nolint:errcheck // ends with the child
			return strings.TrimSuffix(rest, "/"), nil
		}
	}
	return "", errors.New("the server did not start")
}

// stop ends the server and removes its data.
func (c *child) stop() error {
	err := c.command.Process.Signal(syscall.SIGTERM)
	if waited := c.command.Wait(); err == nil {
		err = waited
	}
	return errors.Join(err, os.RemoveAll(c.data))
}

// usage is what a process has used and holds.
type usage struct {
	cpu        float64 // seconds
	rss        float64 // MB
	goroutines float64
	late, all  float64 // media ticks of ended calls
	windows    float64 // of sound that the detector has judged
	runs       float64 // of its network
}

// usage reads the server's usage from the system and its metrics.
func (c *child) usage(ctx context.Context) (u usage, err error) {
	times, err := c.process.TimesWithContext(ctx)
	if err != nil {
		return u, err
	}
	memory, err := c.process.MemoryInfoWithContext(ctx)
	if err != nil {
		return u, err
	}
	u.cpu, u.rss = times.User+times.System, float64(memory.RSS)/1e6
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+"/metrics", nil)
	if err != nil {
		return u, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return u, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	want := map[string]*float64{
		"go_goroutines": &u.goroutines, "huike_media_late_ticks_total": &u.late, "huike_media_ticks_total": &u.all,
		"huike_detector_windows_total": &u.windows, "huike_detector_runs_total": &u.runs,
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := want[name]; to != nil {
			if *to, err = strconv.ParseFloat(value, 64); err != nil {
				return u, fmt.Errorf("metric %s: %w", name, err)
			}
		}
	}
	return u, lines.Err()
}

// pinSelf keeps this process off the first core.
func pinSelf(from int) error {
	var cores unix.CPUSet
	for i := from; i < runtime.NumCPU(); i++ {
		cores.Set(i)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, &cores); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}
