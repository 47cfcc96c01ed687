package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"v1lab/datasets/fetch"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		fmt.Fprint(w, "\x93NUMPY...")
	}))
	defer server.Close()
	dir, err := os.MkdirTemp("", "fetch")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	set := fetch.Set{Name: "tiny", Title: "A few bytes", Page: server.URL, Licence: "none", Files: []fetch.File{{
		Name: "images.npy", URL: server.URL + "/images.npy", Size: 9,
		Hash: "sha256:cc8dd5ce9d4bcda21d5acd5c4ff4d7ce5ec0ce04ecbcc1a6e5d5c4fe2d3a1e0f",
	}}}
	_, err = fetch.Get(context.Background(), set, dir, fetch.Options{})
	fmt.Println("of another hash:", err != nil)
	set.Files[0].Hash = fetch.NotPublished
	for range 2 {
		files, err := fetch.Get(context.Background(), set, dir, fetch.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(files[0].Name, files[0].Bytes, files[0].Verified, files[0].New)
	}
	// Output:
	// of another hash: true
	// images.npy 9 length true
	// images.npy 9 receipt false
}
