package main

import (
	"bytes"
	"strings"
	"testing"
)

func audited(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, notes bytes.Buffer
	err := run(t.Context(), append([]string{"audit"}, args...), &out, &notes)
	return out.String(), err
}

func TestTheTrailIsCheckedAndSearchedFromTheCommandLine(t *testing.T) {
	data := "--data=" + t.TempDir()
	for range 3 { // each search is a row
		if _, err := audited(t, "search", data, "--member", "m_1"); err != nil {
			t.Fatal(err)
		}
	}
	out, err := audited(t, "search", data, "--json", "--since", "1h")
	if n := strings.Count(out, `"Action":"search"`); err != nil || n != 4 {
		t.Errorf("%d searches, %v in\n%s", n, err, out)
	}
	head, err := audited(t, "head", data)
	if err != nil {
		t.Fatal(err)
	}
	out, err = audited(t, "verify", data, "--head", strings.TrimSpace(head))
	if err != nil || !strings.HasPrefix(out, "4 rows are as they were written") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err = audited(t, "verify", data, "--head", "4:nonsense"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a head that is none: %v", err)
	}
	if _, err = audited(t, "verify", data, "--head", "9"+strings.TrimSpace(head)[1:]); err == nil || !strings.Contains(err.Error(), "rows 1 to 4") {
		t.Errorf("a head that is further on: %v", err)
	}
}
