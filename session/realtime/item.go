package realtime

import "slices"

// What is kept of a conversation; the oldest items go first. Sizes are bytes of memory.
const (
	mostItems  = 256
	itemLimit  = 64 << 10 // of one that the client creates, without its sound
	itemsLimit = 1 << 20  // of all
)

// items is a conversation as the client sees it: messages, function calls and
// their outputs, in order.
type items struct {
	list   []fields
	weight int // of all in list
}

// add puts an item behind the one named after, "" for the end and "root" for the
// beginning, and returns the id of what stands before it, nil for nothing. An
// item that is not there is the end.
func (s *items) add(item fields, after string) (previous any) {
	at := len(s.list)
	switch after {
	case "":
	case "root":
		at = 0
	default:
		if found := s.index(after); found >= 0 {
			at = found + 1
		}
	}
	if at > 0 {
		previous = s.list[at-1]["id"]
	}
	s.list = slices.Insert(s.list, at, item)
	s.weight += weight(item)
	for len(s.list) > mostItems || s.weight > itemsLimit && len(s.list) > 1 {
		s.drop(0)
	}
	return previous
}

// before is the id of what stands before an item, nil for nothing.
func (s *items) before(id string) any {
	if at := s.index(id); at > 0 {
		return s.list[at-1]["id"]
	}
	return nil
}

// last is the id of the last item, nil for none.
func (s *items) last() any {
	if len(s.list) == 0 {
		return nil
	}
	return s.list[len(s.list)-1]["id"]
}

func (s *items) index(id string) int {
	return slices.IndexFunc(s.list, func(item fields) bool { return item["id"] == id })
}

func (s *items) get(id string) fields {
	if at := s.index(id); at >= 0 {
		return s.list[at]
	}
	return nil
}

// put replaces an item by what has become of it.
func (s *items) put(item fields) {
	id, _ := item["id"].(string)
	if at := s.index(id); at >= 0 {
		s.weight += weight(item) - weight(s.list[at])
		s.list[at] = item
	}
}

func (s *items) remove(id string) {
	if at := s.index(id); at >= 0 {
		s.drop(at)
	}
}

func (s *items) drop(at int) {
	s.weight -= weight(s.list[at])
	s.list = slices.Delete(s.list, at, at+1)
}

// weight is about how many bytes of memory a JSON value takes: a small object forty
// times what it has on the wire.
func weight(value any) int {
	const slot, list, object = 16, 24, 320
	switch value := value.(type) {
	case string:
		return 2*slot + len(value)
	case []any:
		n := slot + list
		for _, one := range value {
			n += weight(one)
		}
		return n
	case fields:
		n := slot + object
		for key, one := range value {
			n += slot + len(key) + weight(one)
		}
		return n
	}
	return 2 * slot
}

// soundIn is how many bytes of base64 a caller's message holds, which are not kept.
func soundIn(item fields) (n int) {
	parts, _ := item["content"].([]any)
	for _, one := range parts {
		part, _ := one.(fields)
		if sound, ok := part["audio"].(string); ok && item["role"] == "user" {
			n += len(sound)
		}
	}
	return n
}
