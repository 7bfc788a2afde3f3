package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"huike/member"
	"huike/member/store"
)

// countReads shows where members are read from, and what the store and Redis do to calls.
func countReads(to prometheus.Registerer, members *member.Directory, s *store.Store) {
	read := func(from string, value func(member.Stats) uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "huike_members_read_total", ConstLabels: prometheus.Labels{"from": from},
			Help: "Members read: from this process, Redis or the store; from an old copy as the store was slow or gone; by nobody, so that the call goes on without its member.",
		}, func() float64 { return float64(value(members.Stats())) })
	}
	down := func(name, help string, value func(member.Stats) bool) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			if value(members.Stats()) {
				return 1
			}
			return 0
		})
	}
	count := func(name, help string, value func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	to.MustRegister(
		read("process", func(s member.Stats) uint64 { return s.Local }),
		read("redis", func(s member.Stats) uint64 { return s.Redis }),
		read("store", func(s member.Stats) uint64 { return s.Store }),
		read("old copy", func(s member.Stats) uint64 { return s.Stale }),
		read("nobody", func(s member.Stats) uint64 { return s.Failed }),
		down("huike_members_redis_down", "1 while Redis does not tell of changes: members are read from the store.", func(s member.Stats) bool { return s.RedisDown }),
		down("huike_members_store_down", "1 since the store did not answer the last read: old copies stand in.", func(s member.Stats) bool { return s.StoreDown }),
		count("huike_members_redis_failures_total", "Exchanges with Redis that failed or took too long.", func() uint64 { return members.Stats().RedisFailed }),
		count("huike_store_redone_total", "Changes of the store that met another and were done again.", func() uint64 { return s.Stats().Redone }),
		count("huike_store_reconnected_total", "Reads and changes of the store done again, as their connection had died.", func() uint64 { return s.Stats().Reconnected }),
	)
}
