package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"huike/member"
	"huike/member/event/sample"
	"huike/member/segment"
	"huike/member/store"
)

// delays gathers how long things took, each to one part in a hundred, in memory that does
// not grow with their number. It is safe from any goroutine.
type delays struct {
	mu     sync.Mutex
	count  int
	most   time.Duration
	counts [2600]int // of delays under 1.01 to the power of the index, in microseconds; the last is over two days
}

const step = 1.01 // between two counts

func (d *delays) add(one time.Duration) {
	i := 0
	if us := float64(one) / float64(time.Microsecond); us > 1 {
		i = int(math.Ceil(math.Log(us) / math.Log(step)))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	d.most = max(d.most, one)
	d.counts[min(i, len(d.counts)-1)]++
}

// share returns what a share (0 to 1) of them did not exceed; 0 where there is none.
func (d *delays) share(of float64) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	want, seen := int(math.Ceil(of*float64(d.count))), 0
	for i, n := range d.counts {
		if seen += n; n > 0 && seen >= want {
			return min(d.most, time.Duration(math.Pow(step, float64(i))*float64(time.Microsecond)))
		}
	}
	return d.most
}

func (d *delays) String() string {
	return fmt.Sprintf("p50 %v, p90 %v, p99 %v, most %v", d.share(0.5).Round(time.Microsecond), d.share(0.9).Round(time.Microsecond), d.share(0.99).Round(time.Microsecond), d.share(1).Round(time.Microsecond))
}

// resident is the memory that this process holds, in MB; 0 where the system does not say.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		pages, _ := strconv.Atoi(fields[1])
		return pages * os.Getpagesize() >> 20
	}
	return 0
}

const (
	measuredReads = 5000
	dearSegment   = `r >= 4 and m >= 4 and (spent >= 100000 or has("常用渠道:phone")) and bought("c1") > 0`
)

// measure reads invented members, each first from the store and then from Redis, and
// finds a segment of all.
func (c *memberGenerate) measure(ctx context.Context, to streams, s *store.Store, crowd *sample.Crowd) error {
	client, closer, err := member.OpenRedis(c.Redis)
	if err != nil {
		return err
	}
	defer closer() //nolint:errcheck // only a cache
	access := member.Access{Role: member.RoleRobot, Purpose: member.PurposeService}
	var who []member.ID
	seen := map[int]bool{}
	r := rand.New(rand.NewPCG(c.Seed, uint64(time.Now().UnixNano()))) //nolint:gosec // other members each time
	for len(who) < min(measuredReads, c.Members) {
		if i := r.IntN(c.Members); !seen[i] {
			seen[i] = true
			who = append(who, crowd.ID(i))
		}
	}
	for _, from := range []string{"the store", "Redis"} {
		var took delays
		// a new one has no copies of its own
		directory := member.NewDirectory(s, client, member.Config{RedisWait: 5 * time.Second, Timeout: time.Minute})
		spent := processor()
		for _, id := range who {
			began := time.Now()
			if _, err := directory.Get(ctx, id, access); err != nil {
				return err
			}
			took.add(time.Since(began))
		}
		fmt.Fprintf(to.out, "%d profiles from %s: %v; %d µs of this process's processor time each\n",
			len(who), from, &took, (processor()-spent).Microseconds()/int64(len(who)))
	}
	one, err := segment.Parse(dearSegment)
	if err != nil {
		return err
	}
	began := time.Now()
	book, err := bookOf(ctx, s, to)
	if err != nil {
		return err
	}
	read := time.Since(began)
	began = time.Now()
	_, n, err := book.Find(ctx, one)
	if err != nil {
		return err
	}
	found := time.Since(began)
	most := resident()
	debug.FreeOSMemory()
	fmt.Fprintf(to.out, "segment of %d members out of %d: read in %v, found in %v; %d MB while it is read, then %d MB\n",
		n.Members, n.Of, read.Round(time.Millisecond), found.Round(time.Millisecond), most, resident())
	runtime.KeepAlive(book)
	return nil
}
