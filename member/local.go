package member

import (
	"sync"
	"time"
)

// entry is a profile in this process's memory. It is never changed, only replaced.
type entry struct {
	profile *Profile
	phone   string    // masked
	lacks   []string  // what may be asked for
	loaded  time.Time // when the store was read
	expires time.Time
	epoch   uint64 // of the local cache, when the read began
}

// local is the layer inside the process: the only one that answers in microseconds.
// An entry is fresh until it expires, until a newer version is told of, or until
// the epoch moves on, which says that tidings may have been missed. What is not
// fresh stays, as a stale answer for the time when nobody else answers.
type local struct {
	size int

	mu      sync.RWMutex
	entries map[ID]*entry
	floors  map[ID]int64 // the newest version told of
	handles map[Handle]ID
	epoch   uint64
	trusted bool // tidings of changes arrive
}

func newLocal(size int) *local {
	return &local{
		size: size, entries: make(map[ID]*entry), floors: make(map[ID]int64), handles: make(map[Handle]ID),
	}
}

// fresh returns the entry if it may be used as it is.
func (l *local) fresh(id ID, now time.Time) (*entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	e := l.entries[id]
	if e == nil || !l.trusted || e.epoch != l.epoch || !now.Before(e.expires) || e.profile.Version < l.floors[id] {
		return nil, false
	}
	return e, true
}

// last returns whatever is there, and whether it is known to be outdated.
func (l *local) last(id ID) (e *entry, outdated bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	e = l.entries[id]
	return e, e != nil && e.profile.Version < l.floors[id]
}

// put keeps an entry, unless a newer one is there.
func (l *local) put(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := e.profile.ID
	if l.floors[id] == erasedVersion {
		return
	}
	if old := l.entries[id]; old != nil && old.profile.Version > e.profile.Version {
		return
	}
	if len(l.entries) >= l.size && l.entries[id] == nil {
		l.evict()
	}
	l.entries[id] = e
}

// evict makes room by dropping whichever entry the map gives first, which is none
// in particular.
func (l *local) evict() {
	for id := range l.entries {
		delete(l.entries, id) // its floor stays: an older copy may be on its way
		return
	}
}

// told notes that a version exists.
func (l *local) told(id ID, version int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version <= l.floors[id] {
		return
	}
	if len(l.floors) >= 2*l.size {
		clear(l.floors) // the epoch stands in for what is forgotten
		l.epoch++
	}
	l.floors[id] = version
	if version == erasedVersion {
		l.erase(id)
	}
}

// floor returns the newest version told of or seen: nobody is shown an older one,
// even if Redis comes back with it.
func (l *local) floor(id ID) int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if e := l.entries[id]; e != nil {
		return max(e.profile.Version, l.floors[id])
	}
	return l.floors[id]
}

// trust says whether tidings arrive from now on. Either way those of the past may
// have been missed.
func (l *local) trust(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trusted = yes
	l.epoch++
}

func (l *local) isTrusted() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.trusted
}

func (l *local) now() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.epoch
}

// whose returns who had the handle when it was last looked up.
func (l *local) whose(h Handle) (ID, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	id, ok := l.handles[h]
	return id, ok
}

// belongs notes who has a handle; an empty id forgets it.
func (l *local) belongs(h Handle, id ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id == "" {
		delete(l.handles, h)
		return
	}
	if len(l.handles) >= 2*l.size {
		clear(l.handles)
	}
	l.handles[h] = id
}
