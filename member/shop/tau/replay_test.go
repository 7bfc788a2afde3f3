package tau_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"huike/member/shop/tau"
	"huike/member/store"
)

const data = "../../../../shared/data/tau_retail/"

// given opens the reference shop on the database given, if it is there.
func given(tb testing.TB) *tau.Shop {
	tb.Helper()
	if _, err := os.Stat(data + "db.json.gz"); err != nil {
		tb.Skip("needs " + data + "db.json.gz, which is not there")
	}
	db, err := tau.ReadDatabase(data + "db.json.gz")
	if err != nil {
		tb.Fatal(err)
	}
	return opened(tb, db)
}

func opened(tb testing.TB, db *tau.Database) *tau.Shop {
	tb.Helper()
	books, err := store.Open(tb.Context(), filepath.Join(tb.TempDir(), "huike.db"), store.Config{Location: time.UTC})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = books.Close() })
	s, err := tau.Open(tb.Context(), books, db)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestAllTasksGiven(t *testing.T) {
	s := given(t)
	for name, n := range map[string]int{"train": 500, "dev": 20} {
		tasks, err := tau.ReadTasks(data + name + ".jsonl.gz")
		if err != nil || len(tasks) != n {
			t.Fatal(len(tasks), err)
		}
		for i := range tasks {
			wrong, err := s.Replay(t.Context(), &tasks[i])
			if err != nil || wrong != "" {
				t.Errorf("%s, task %d: %s %v", name, tasks[i].Number, wrong, err)
			}
		}
	}
}
