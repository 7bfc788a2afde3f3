package llm

import (
	"strings"
	"testing"

	"huike/dialog/flow"
)

// texts is what a model would be shown of a talk.
func texts(t *Talk) string {
	var parts []string
	for _, m := range t.latest() {
		parts = append(parts, m.Role+": "+m.Text)
	}
	return strings.Join(parts, "; ")
}

func TestATalkThatIsWithdrawnIsForgotten(t *testing.T) {
	talk := &Talk{}
	talk.Hear(Question{Text: "hello"})
	talk.Spoke("greeting")
	before, mark := texts(talk), talk.Mark()
	talk.Hear(Question{Text: "I want"})
	talk.Spoke("no_match.1")
	talk.Back(mark)
	if got := texts(talk); got != before || len(talk.heard) != 1 {
		t.Errorf("after the withdrawal %q, %d heard", got, len(talk.heard))
	}
}

func TestACloneLeavesTheTalkAsItIs(t *testing.T) {
	talk := &Talk{}
	talk.Veil.put("name", "Chen")
	talk.Hear(Question{Text: "hello"})
	before := texts(talk)
	other := talk.Clone()
	other.Spoke("greeting")
	other.Veil.put("name", "Li")
	if got := texts(talk); got != before || len(talk.Veil.Said()) != 1 {
		t.Errorf("the talk is %q, hides %v", got, talk.Veil.Said())
	}
}

func TestWhatTheShopAnsweredStaysWhenTheCallerCutsIn(t *testing.T) {
	talk := &Talk{}
	talk.Hear(Question{Text: "my points"})
	mark := talk.Mark()
	talk.calls = []Call{{ID: "1", Name: "points_balance"}}
	talk.add(Message{Role: "assistant", Text: "One moment.", Calls: talk.calls})
	talk.Result(flow.Result{OK: true})
	talk.add(Message{Role: "assistant", Text: "You have many. They last."})
	talk.Cut(mark, "One moment. You have many.")
	if got := texts(talk); !strings.HasSuffix(got, "assistant: One moment. You have many. (the caller cut in)") || strings.Contains(got, "last") || strings.Count(got, "tool:") != 1 {
		t.Errorf("the talk is %q", got)
	}
}
