package member

import (
	"context"
	"errors"
)

// erasedVersion is told of a member who was erased: nothing newer ever comes, and no copy
// is kept, however late it arrives.
const erasedVersion = 1<<53 - 1 // the greatest that Redis' scripts can compare

// errLater says that Redis could not be told now; it will be, as soon as it answers.
var errLater = errors.New("redis does not answer; it is told to forget when it does")

// Forget drops a member who is no longer in the store from this process, from Redis and
// from all processes that listen. Handles are those that led to the member. An error says
// that Redis was not there: this process tells it later, if it lives that long.
func (d *Directory) Forget(ctx context.Context, id ID, handles []Handle) error {
	for _, h := range handles {
		d.local.belongs(h, "")
		d.remote.changed(ctx, h)
	}
	d.Changed(ctx, id, erasedVersion)
	if d.remote.owes(id) {
		return errLater
	}
	return nil
}

// owes reports whether Redis has yet to be told of a member.
func (r *remote) owes(id ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, owed := r.owed[id]
	return owed
}

// erase drops the entry of an erased member, and every handle that leads to it. The caller
// holds the lock.
func (l *local) erase(id ID) {
	delete(l.entries, id)
	for h, owner := range l.handles {
		if owner == id {
			delete(l.handles, h)
		}
	}
}
