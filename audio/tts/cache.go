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
	c.byKey[key] = c.order.PushFront(&kept{key, clip})
	for c.bytes += size; c.bytes > c.limit; {
		oldest := c.order.Back()
		k, _ := c.order.Remove(oldest).(*kept)
		delete(c.byKey, k.key)
		c.bytes -= k.clip.size() + len(k.key)
	}
}
