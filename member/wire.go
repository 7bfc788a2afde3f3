package member

import (
	"encoding/json"
	"fmt"
)

// plainProfile is a Profile without the methods that hide it: the cache's encoding.
type plainProfile Profile

type plainHandle struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type wireProfile struct {
	*plainProfile
	Handles []plainHandle `json:"handles,omitempty"` // shadows the hidden ones
}

func encodeProfile(p *Profile) ([]byte, error) {
	w := wireProfile{plainProfile: (*plainProfile)(p)}
	for _, h := range p.Handles {
		w.Handles = append(w.Handles, plainHandle(h))
	}
	return json.Marshal(w)
}

// decodeProfile reads what encodeProfile wrote. Its error does not repeat the input.
func decodeProfile(b []byte) (*Profile, error) {
	var w wireProfile
	w.plainProfile = &plainProfile{}
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("cached profile of %d bytes is not readable", len(b))
	}
	p := (*Profile)(w.plainProfile)
	for _, h := range w.Handles {
		p.Handles = append(p.Handles, Handle(h))
	}
	return p, nil
}
