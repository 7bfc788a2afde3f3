package problem_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"huike/session/problem"
)

func ExampleWrite() {
	w := httptest.NewRecorder()
	problem.Write(w, http.StatusUnsupportedMediaType, "want Content-Type: application/sdp")
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// 415 application/problem+json
	// {"title":"Unsupported Media Type","status":415,"detail":"want Content-Type: application/sdp"}
}

func TestWhatTheFarEndSaidIsTold(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	problem.Document{Status: http.StatusBadGateway, Detail: "busy", SIPStatus: 486}.Write(w)
	if want := `{"title":"Bad Gateway","status":502,"detail":"busy","sip_status":486}` + "\n"; w.Body.String() != want {
		t.Errorf("%s: want %s", w.Body, want)
	}
}
