package flow

import (
	"fmt"
	"sync"

	"huike/dialog"
	"huike/dialog/nlu"
)

// Reading says whether a read-back is open.
func (c *Conversation) Reading() bool {
	f := c.top()
	return f != nil && f.Waits && c.node(f).Confirm != ""
}

// memo understands what was understood before without work, so that many calls
// with the same sentences can be tried.
type memo struct {
	understander
	mu    sync.RWMutex
	known map[string]dialog.Understanding
}

// Remember has def's understander remember.
func (d *Definition) Remember() {
	d.understand = &memo{understander: d.understand, known: map[string]dialog.Understanding{}}
}

func (m *memo) Understand(lang dialog.Lang, text string, alternatives []string, expect nlu.Expect) dialog.Understanding {
	key := fmt.Sprint(lang, "|", text, alternatives, expect)
	m.mu.RLock()
	u, ok := m.known[key]
	m.mu.RUnlock()
	if !ok {
		u = m.understander.Understand(lang, text, alternatives, expect)
		m.mu.Lock()
		m.known[key] = u
		m.mu.Unlock()
	}
	u.Slots = append([]dialog.Slot(nil), u.Slots...)
	return u
}

// Writes returns the operations that write.
func (d *Definition) Writes() (names []string) {
	for name, op := range d.file.Operations {
		if op.Write {
			names = append(names, name)
		}
	}
	return names
}
