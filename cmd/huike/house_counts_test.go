package main

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"huike/member"
	"huike/member/store"
)

func TestWhereMembersAreReadFromIsShown(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "huike.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	members := member.NewDirectory(s, nil, member.Config{Log: slog.New(slog.DiscardHandler)})
	to := prometheus.NewRegistry()
	countReads(to, members, s)
	access := member.Access{Role: member.RoleRobot, Purpose: member.PurposeService}
	if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := members.Get(t.Context(), "m_1", access); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	for range 3 {
		if _, err := members.Get(t.Context(), "m_2", access); err == nil {
			t.Fatal("a closed store answers")
		}
	}
	shown := map[string]float64{}
	families, err := to.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			shown[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"huike_members_read_total store": 1, "huike_members_read_total nobody": 3, "huike_members_read_total old copy": 0,
		"huike_members_store_down": 1, "huike_members_redis_down": 0,
	} {
		if got, there := shown[name]; !there || got != want {
			t.Errorf("%s is %v (shown: %t), want %v", name, got, there, want)
		}
	}
}
