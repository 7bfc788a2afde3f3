package event_test

import (
	"fmt"
	"strings"
	"testing"

	"huike/member/event"
	"huike/member/store/storetest"
)

func TestImportCSV(t *testing.T) {
	in := event.New(storetest.Open(t, "sqlite"), event.Config{})
	file := "\ufeffid,type,subject,time,order,total,items,rating\n" +
		"1,order,card:7,2026-11-20T10:00:00Z,A1,,\"[{\"\"product\"\":\"\"p\"\",\"\"price\"\":500}]\",\n" +
		"2,rating,card:7,2026-11-20T10:00:00Z,,,,5\n" +
		"3,rating,card:7,2026-11-20T10:00:00Z,,,,many\n" +
		"2,rating,card:7,2026-11-20T10:00:00Z,,,,5\n" +
		"4,order,card:7,yesterday,A2,,,\n"
	var rows []string
	var last event.Report
	done, err := in.ImportCSV(t.Context(), strings.NewReader(file), "/export", func(r event.Row) {
		rows = append(rows, fmt.Sprint(r.Line, " ", r.Reason))
	}, func(r event.Report) { last = r })
	if err != nil || done != last || done != (event.Report{Rows: 5, Accepted: 2, Duplicate: 1, Refused: 2, Bytes: int64(len(file))}) {
		t.Errorf("%+v, %v", done, err)
	}
	if got := strings.Join(rows, "; "); got != "4 data.rating is not a whole number between 1 and 5; 6 time is missing or not as in RFC 3339, such as 2026-11-21T12:00:00+08:00" {
		t.Error(got)
	}
	for name, test := range map[string]struct{ file, want string }{
		"nothing":          {"", "line 1"},
		"a column missing": {"id,type,time\n", "column subject is missing"},
		"a column twice":   {"id,id\n", "stands twice"},
		"a cell too few":   {"id,type,subject,time\n1,visit\n", "line 2"},
	} {
		if _, err := in.ImportCSV(t.Context(), strings.NewReader(test.file), "/export", nil, nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzImportCSV(f *testing.F) {
	f.Add("id,type,subject,time,store\n1,visit,card:7,2026-11-20T10:00:00Z,\xff\n")
	in := event.New(storetest.Open(f, "sqlite"), event.Config{})
	f.Fuzz(func(t *testing.T, file string) {
		done, err := in.ImportCSV(t.Context(), strings.NewReader(file), "/fuzz", nil, nil)
		if done.Rows != done.Accepted+done.Duplicate+done.Refused || err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Error(done, err)
		}
	})
}
