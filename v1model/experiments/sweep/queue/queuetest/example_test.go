package queuetest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"v1lab/v1model/experiments/sweep/queue/queuetest"
)

func Example() {
	_ = func(t *testing.T) {
		db, err := pgx.Connect(context.Background(), queuetest.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close(context.Background())
	}
}
