package tts

import "container/list"

// cache keeps the clips that were used last, up to a number of bytes. It is
// for one goroutine at a time.
type cache struct {
	limit, bytes int
	order        *list.List // of *kept; the one used last in front
	byKey        map[string]*list.Element
}

type kept struct {
	key  string
	clip *Clip
	size int // of both, as far as it is in bytes
}

func newCache(limit int) cache {
	return cache{limit: limit, order: list.New(), byKey: make(map[string]*list.Element)}
}

func (c *cache) len() int { return c.order.Len() }

// get returns the clip for key, or nil.
func (c *cache) get(key string) *Clip {
	e, ok := c.byKey[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	k, _ := e.Value.(*kept)
	return k.clip
}

// put keeps a clip and forgets others for it. One that is larger than all
// there is room for is not kept.
func (c *cache) put(key string, clip *Clip) {
	size := clip.size() + len(key)
	if _, there := c.byKey[key]; there || size > c.limit {
		return
	}
	c.byKey[key] = c.order.PushFront(&kept{key, clip, size})
	c.bytes += size
	c.trim()
}

// weigh counts what the clip for key occupies by now, and forgets others for it: it
// has been encoded for another wire.
func (c *cache) weigh(key string) {
	e, ok := c.byKey[key]
	if !ok {
		return
	}
	k, _ := e.Value.(*kept)
	size := k.clip.size() + len(key)
	c.bytes += size - k.size
	k.size = size
	c.trim()
}

// trim forgets the clips used longest ago until the rest have room.
func (c *cache) trim() {
	for c.bytes > c.limit {
		k, _ := c.order.Remove(c.order.Back()).(*kept)
		delete(c.byKey, k.key)
		c.bytes -= k.size
	}
}
