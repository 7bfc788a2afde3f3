package privacy_test

import (
	"context"
	"errors"
	"testing"

	"huike/member"
	"huike/member/privacy"
	"huike/member/store"
)

// broken is a holder that does not answer yet.
type broken struct{ is bool }

func (b *broken) Forget(context.Context, member.ID, []member.Handle) error {
	if b.is {
		return errors.New("it does not answer")
	}
	return nil
}

func TestAnErasureTellsEachStepAndIsDoneAgain(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		cache, kept := &broken{is: true}, new(shelf)
		d := privacy.New(s, privacy.Config{Calls: kept, Forget: []privacy.Forgetter{privacy.Named("cache", cache)}, Reader: "a_9"})
		for _, fails := range []bool{true, false} {
			cache.is = fails
			done, err := d.Erase(t.Context(), who)
			if (err != nil) != fails || done == nil {
				t.Fatal(done, err)
			}
			reached := map[string]privacy.Step{}
			for _, step := range done.Steps {
				reached[step.Name] = step
			}
			for _, name := range []string{"record", "tags", "tombstone", "cache", "recordings", "pages"} {
				step, there := reached[name]
				if !there || step.Done == (fails && name == "cache") {
					t.Errorf("failing %t: step %s is %+v", fails, name, step)
				}
			}
			if fails && (reached["record"].Count == 0 || reached["recordings"].Count == 0 || reached["tombstone"].Count != 3) {
				t.Errorf("%+v", done.Steps)
			}
		}
	})
}
