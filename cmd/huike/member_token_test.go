package main

import (
	"encoding/json"
	"strings"
	"testing"

	"huike/member/access"
)

func TestATokenIsGivenShownOnceAndEnded(t *testing.T) {
	data := "--data=" + t.TempDir()
	out, err := told(t, "member", "token", "create", "north", "--role=dealer", "--partner=d_7", "--json", data)
	if err != nil {
		t.Fatal(err)
	}
	var given struct {
		Token string
		access.Principal
	}
	if err := json.Unmarshal([]byte(out), &given); err != nil {
		t.Fatal(err)
	}
	s, err := openSealed(t, strings.TrimPrefix(data, "--data="))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	guard := access.Guard{Tokens: s}
	if who, err := guard.Holder(t.Context(), given.Token); err != nil || who != given.Principal || !who.Can(access.OpRead) {
		t.Errorf("holder %+v, %v", who, err)
	}
	list, err := told(t, "member", "token", "list", data)
	if err != nil || !strings.Contains(list, "north") || !strings.Contains(list, "good") || strings.Contains(list, given.Token) {
		t.Error(err, "the list is not right")
	}
	for _, step := range []struct{ args, want string }{
		{"revoke " + given.ID, "opens nothing any more"}, {"list", "revoked"}, {"list --json", `"revoked":`},
	} {
		if out, err := told(t, append(strings.Fields("member token "+step.args), data)...); err != nil || !strings.Contains(out, step.want) {
			t.Errorf("%s: %s%v", step.args, out, err)
		}
	}
	if _, err := guard.Holder(t.Context(), given.Token); err == nil {
		t.Error("a revoked token opens")
	}
}

func TestATokenThatCannotBeIsRefused(t *testing.T) {
	data := "--data=" + t.TempDir()
	for _, wrong := range [][]string{
		{"create", "x", "--role=dealer"}, {"create", "x", "--role=root"}, {"create", "x", "--role=agent", "--days=0"}, {"revoke", "nobody"},
	} {
		if out, err := told(t, append(append([]string{"member", "token"}, wrong...), data)...); err == nil || strings.Contains(err.Error(), "unknown flag") {
			t.Errorf("%v: %s%v", wrong, out, err)
		}
	}
}
