package identify

import "strings"

// Answers are what a caller has answered so far, as texts: of each field all readings
// of each answer, one a line, with a blank line between answers.
type Answers struct {
	Code, Name, Born string
	Sure             bool // all three fields must speak for her, where two are enough else
}

// Weigh decides on all answers of a caller at once, so that nothing need be kept between
// them.
func (r *Register) Weigh(a Answers) Decision {
	c := r.Begin()
	for _, field := range []struct {
		Field
		text string
	}{{Code, a.Code}, {Name, a.Name}, {Born, a.Born}} {
		for answer := range strings.SplitSeq(field.text, "\n\n") {
			if field.text != "" {
				c.Hear(field.Field, strings.Split(answer, "\n"))
			}
		}
	}
	if a.Sure {
		return c.DecideBy(fields)
	}
	return c.Decide()
}
