package event

import (
	"slices"
	"strings"

	"huike/member"
)

// StageMember is the last stage of the lifecycle, which nobody leaves (A7).
const StageMember = "member"

// stages returns the lifecycle in its order: 粉丝, 意向, 潜客, 会员.
func stages() []string { return []string{"fan", "intent", StageProspect, StageMember} }

// lawful refuses a transition that leads nowhere or back. It looks at the event alone,
// so that what is refused does not hang on what came first.
func lawful(f *facts) error {
	from, to := slices.Index(stages(), f.From), slices.Index(stages(), f.Stage)
	if f.From == "" || from < to {
		return nil
	}
	return refuse("stage %s does not follow %s: the order is %s", f.Stage, f.From, strings.Join(stages(), ", "))
}

// stage is what all events of a member's stage come to, in the order of their times: the
// farthest that was told of, as nobody goes back. A transition from a stage that the
// member was not in is kept, and changes nothing.
type stage struct {
	member member.ID
	name   string
}

func foldStage(events []happened) stage {
	s := stage{member: events[0].member}
	for i := range events {
		f := &events[i].facts
		if f.From != "" && f.From != s.name {
			continue
		}
		if slices.Index(stages(), f.Stage) > slices.Index(stages(), s.name) {
			s.name = f.Stage
		}
	}
	return s
}
