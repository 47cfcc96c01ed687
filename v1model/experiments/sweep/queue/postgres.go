package queue

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

type postgresStore struct {
	pool   *pgxpool.Pool
	schema string
}

// openPostgres opens a schema of its own in a database, so that sweeps share nothing, and makes it if need be.
func openPostgres(ctx context.Context, url, schema string) (store, error) {
	fail := func(err error) error { // without the password
		text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), url, hidden(url))), " ") // in one line
		return fmt.Errorf("queue %s: %w", hidden(url), errors.New(text))
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fail(err)
	}
	config.MaxConns = 3
	config.ConnConfig.ConnectTimeout = 10 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fail(err)
	}
	s := &postgresStore{pool, schema}
	if err := s.migrate(ctx); err != nil {
		pool.Close()
		return nil, fail(err)
	}
	return s, nil
}

// migrate makes River's tables. One worker at a time does.
func (s *postgresStore) migrate(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	h := fnv.New64a()
	h.Write([]byte(s.schema)) //nolint:errcheck // never fails
	key := int64(h.Sum64())
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", key); err != nil {
		return err
	}
	defer conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", key) //nolint:errcheck // it ends with the connection
	if _, err := conn.Exec(ctx, "create schema if not exists "+s.schema); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(s.pool), &rivermigrate.Config{Schema: s.schema, Logger: quiet})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (s *postgresStore) client(c *river.Config) (client, error) {
	c.Schema = s.schema
	return river.NewClient(riverpgxv5.New(s.pool), c)
}

func (s *postgresStore) lost() bool { return false }

func (s *postgresStore) repair(error) (bool, error) { return false, nil }

func (s *postgresStore) Close() { s.pool.Close() }
