// Package problem answers an HTTP request that is refused with a problem document
// (RFC 9457), in the same words in each room that speaks HTTP. What is wrong, and how
// it is told to whom, is the rooms' own affair.
package problem

import (
	"encoding/json"
	"net/http"
)

// ContentType is that of a problem document.
const ContentType = "application/problem+json"

// A Document is what a refusal says.
type Document struct {
	Title  string `json:"title"` // of the status
	Status int    `json:"status"`
	Detail string `json:"detail"` // for the person at the other side: what is wrong and what would be right

	// SIPStatus is what the far end of a call said, where that is the reason.
	SIPStatus int `json:"sip_status,omitempty"`
}

// Write answers with a document of that status and detail.
func Write(w http.ResponseWriter, status int, detail string) {
	Document{Status: status, Detail: detail}.Write(w)
}

// Write answers with d, whose title is that of its status.
func (d Document) Write(w http.ResponseWriter) {
	d.Title = http.StatusText(d.Status)
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(d.Status)
	_ = json.NewEncoder(w).Encode(d) // a client that has gone reads nothing
}
