package journal

import "huike/dialog"

// Whole returns events without what was withdrawn: the first half of a turn that its
// caller went on with, and what the dialog made of that half. What reads a call to judge
// it or to learn from it reads this; the journal itself keeps all. events stays as it is.
func Whole(events []Event) []Event {
	whole := make([]Event, 0, len(events))
	halves := map[uint32]int{} // where in whole the caller's turns begin
	for i := range events {
		e := &events[i]
		if e.Type == TypeCaption && e.Party == dialog.Caller && e.Final {
			if from, ok := halves[e.Joins]; ok && e.Joins != 0 {
				whole = append(whole[:from], kept(whole[from:])...)
			}
			halves[e.Turn] = len(whole)
		}
		whole = append(whole, *e)
	}
	return whole
}

// kept are the events since a first half that are no answer to it.
func kept(since []Event) (rest []Event) {
	for i := range since {
		switch e := &since[i]; e.Type {
		case TypeUnderstood, TypeAct, TypeLatency:
		case TypeCaption:
			if e.Party == dialog.Agent { // what was heard was heard
				rest = append(rest, *e)
			}
		default:
			rest = append(rest, *e)
		}
	}
	return rest
}
