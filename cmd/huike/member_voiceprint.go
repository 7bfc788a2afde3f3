package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huike/member"
	"huike/member/audit"
)

// memberVoiceprint tells of a member's voice print, or deletes it.
type memberVoiceprint struct {
	Who  string `arg:"" help:"The member's id or phone number." placeholder:"ID|PHONE"`
	Drop bool   `help:"Delete it. To keep a new one from being made, take the consent back too: at /members, or PUT /v1/members/ID/consent/voiceprint."`
	JSON bool   `help:"Print a JSON list."`
	memberStore
}

// keptVoice is what is told of a voice print: never the print.
type keptVoice struct {
	Model  string    `json:"model"`
	Speech float64   `json:"speech_s"`
	Call   string    `json:"call"`
	At     time.Time `json:"at"`
}

// Run prints what is kept, once the audit trail says that it was asked for.
func (c *memberVoiceprint) Run(ctx context.Context, to streams) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was deleted is committed
	id, err := whose(ctx, s, c.Who)
	if err != nil {
		return err
	}
	action := audit.Get
	if c.Drop {
		action = audit.Update
	}
	if err := s.AppendAudit(ctx, []audit.Row{{
		At: time.Now(), Member: string(id), Reader: operator(), Role: string(member.RoleAdmin),
		Purpose: string(member.PurposeVoice), Action: action, Fields: "voiceprint", Outcome: audit.OK,
	}}); err != nil {
		return err
	}
	if c.Drop {
		n, _, err := s.DropVoiceprints(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(to.out, "member %s: %d deleted\n", id, n)
		return nil
	}
	all, err := s.Voiceprints(ctx, id)
	if err != nil {
		return err
	}
	out := []keptVoice{}
	for _, v := range all {
		out = append(out, keptVoice{v.Model, v.Speech.Seconds(), v.Call, v.At})
	}
	if c.JSON {
		return json.NewEncoder(to.out).Encode(out)
	}
	if len(out) == 0 {
		fmt.Fprintf(to.out, "member %s: no voice print is kept\n", id)
	}
	for _, v := range out {
		fmt.Fprintf(to.out, "member %s: by %s from %.0f s of speech in call %s, %s\n", id, v.Model, v.Speech, v.Call, v.At.Format(time.DateTime))
	}
	return nil
}
