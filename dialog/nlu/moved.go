package nlu

import (
	"slices"

	"huike/dialog"
)

// SlotFromDate is the day, or the hour, from which something is moved: "from Tuesday to
// Friday".
const SlotFromDate = "from_date"

// moved says whether the day whose words begin at i is one that something is moved to.
func moved(words []string, i int) bool {
	switch at(words, i-1) {
	case "to", "until", "till", "到", "至", "成", "改", "挪", "换":
		return true
	}
	return false
}

// movedFrom makes the day that was named before the one that something is moved from.
func movedFrom(slots []dialog.Slot) []dialog.Slot {
	i := slices.IndexFunc(slots, func(s dialog.Slot) bool { return s.Name == SlotDate })
	if i >= 0 {
		slots[i].Name = SlotFromDate
	}
	return slots
}
