package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"v1lab/datasets/durable"
)

// File is the queue's file in the sweep's folder. It may be removed at any time.
const File = "queue.sqlite"

type sqliteStore struct {
	db     *sql.DB
	path   string
	opened os.FileInfo
}

// openSQLite opens the file in a folder. One that is damaged is made anew, as it holds no truth.
func openSQLite(ctx context.Context, dir string) (store, error) {
	if kind, err := networkFS(dir); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	} else if kind != "" {
		return nil, fmt.Errorf("%s is on a network file system (%s), on which the locks of SQLite do not hold, so that its file would be damaged; accepted: a folder on a disk of this machine, or --queue postgres://USER@HOST/DATABASE", dir, kind)
	}
	path := filepath.Join(dir, File)
	lock := flock.New(path+".lock", flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends with it
	s, err := tryOpen(ctx, path)
	if damaged(err) {
		if err := remove(path); err != nil {
			return nil, err
		}
		s, err = tryOpen(ctx, path)
	}
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", path, err)
	}
	return s, nil
}

func tryOpen(ctx context.Context, path string) (*sqliteStore, error) {
	options := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)"}, "_txlock": {"immediate"}}
	name := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sqliteStore{db: db, path: path}
	migrator, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: quiet})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err == nil {
		s.opened, err = os.Stat(path)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// damaged tells whether an error is that of a file that is no whole database.
func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR:
		return true
	}
	return false
}

func remove(path string) error {
	for _, part := range []string{"-wal", "-shm", ""} {
		if err := durable.Remove(path + part); err != nil {
			return fmt.Errorf("queue: %w", err)
		}
	}
	return nil
}

// repair removes a damaged file, unless another worker has. On a full disk, waiting does not help.
func (s *sqliteStore) repair(err error) (again bool, _ error) {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL {
		return false, fmt.Errorf("%s: %w; what was done is saved, and with more room the sweep goes on", s.path, e)
	}
	if !damaged(err) {
		return false, nil
	}
	lock := flock.New(s.path+".lock", flock.SetPermissions(0o666))
	if err := lock.Lock(); err != nil {
		return false, fmt.Errorf("queue: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends with it
	if s.lost() {
		return true, nil
	}
	return true, remove(s.path)
}

func (s *sqliteStore) client(c *river.Config) (client, error) {
	return river.NewClient(riversqlite.New(s.db), c)
}

// lost tells whether the file was removed, or made anew by another worker that found it damaged.
func (s *sqliteStore) lost() bool { return !sameFile(s.path, s.opened) }

func (s *sqliteStore) Close() {
	_ = s.db.Close() //nolint:errcheck // it holds no truth
}
