package member

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Limits on one exchange with Redis, for those who set no deadline. A Directory does.
const (
	redisDial = 500 * time.Millisecond
	redisWait = 5 * time.Second
)

// OpenRedis opens the Redis that members are cached in. An empty url starts one
// inside this process, on loopback, whose keys expire by the wall clock; a URL such
// as "redis://:password@host:6379/0" (or rediss) is a real one; addresses divided
// by commas are a cluster. It does not wait for the server to answer: a [Directory]
// works without. closer closes the client, and the embedded server with it. go-redis's own log, which
// has a line for each failed connection, is silenced: the Directory logs the step down.
func OpenRedis(url string) (client redis.UniversalClient, closer func() error, err error) {
	logging.Disable()
	if url == "" {
		return openEmbedded()
	}
	opts, err := redisOptions(url)
	if err != nil {
		return nil, nil, err
	}
	client = redis.NewUniversalClient(opts)
	return client, client.Close, nil
}

func openEmbedded() (redis.UniversalClient, func() error, error) {
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true)
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, nil, fmt.Errorf("embedded redis: %w", err)
	}
	client := redis.NewUniversalClient(hasty(&redis.UniversalOptions{Addrs: []string{server.Addr()}}))
	return client, func() error {
		err := client.Close()
		server.Close()
		return err
	}, nil
}

// redisOptions reads the address. Its errors do not repeat it, for its password.
func redisOptions(url string) (*redis.UniversalOptions, error) {
	const want = "want redis://[:password@]host:port[/db] or host:port,host:port,..."
	var tlsConfig *tls.Config
	opts := &redis.UniversalOptions{}
	for part := range strings.SplitSeq(url, ",") {
		part = strings.TrimSpace(part)
		if strings.Contains(part, "://") {
			one, err := redis.ParseURL(part)
			if err != nil {
				return nil, fmt.Errorf("redis address %d cannot be read; %s", len(opts.Addrs)+1, want)
			}
			part, tlsConfig = one.Addr, one.TLSConfig
			opts.Username, opts.Password, opts.DB = one.Username, one.Password, one.DB
		}
		if _, port, err := net.SplitHostPort(part); err != nil || port == "" {
			return nil, fmt.Errorf("redis address %d has no host and port; %s", len(opts.Addrs)+1, want)
		}
		opts.Addrs = append(opts.Addrs, part)
	}
	opts.TLSConfig = tlsConfig
	return hasty(opts), nil
}

// hasty makes a client give up at once: the Directory has its own way on.
func hasty(o *redis.UniversalOptions) *redis.UniversalOptions {
	o.DialTimeout, o.DialerRetries = redisDial, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisWait, redisWait, redisWait
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}
