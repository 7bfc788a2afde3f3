package realtime

import "slices"

// mostItems is how many items of a conversation are kept; the oldest go first.
const mostItems = 256

// items is a conversation as the client sees it: messages, function calls and
// their outputs, in order.
type items struct {
	list []fields
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
	if len(s.list) > mostItems {
		s.list = slices.Delete(s.list, 0, 1)
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
		s.list[at] = item
	}
}

func (s *items) remove(id string) bool {
	at := s.index(id)
	if at >= 0 {
		s.list = slices.Delete(s.list, at, at+1)
	}
	return at >= 0
}
