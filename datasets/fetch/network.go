package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// ErrNoNetwork means that a server could not be reached at all.
var ErrNoNetwork = errors.New("no network")

// client returns an HTTP client that never follows a redirection from https to http.
func client(given *http.Client) *http.Client {
	if given == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DisableCompression = true
		transport.ResponseHeaderTimeout = time.Minute
		given = &http.Client{Transport: transport}
	}
	c := *given
	c.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		switch {
		case len(before) >= 10:
			return errors.New("more than 10 redirections")
		case before[0].URL.Scheme == "https" && next.URL.Scheme != "https":
			return fmt.Errorf("redirection from https to %s://%s refused", next.URL.Scheme, next.URL.Host)
		}
		return nil
	}
	return &c
}

// unreachable classifies the error of a request: the user must restore a missing network; a broken connection is worth another attempt.
func unreachable(host string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the caller's error names the address
	}
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return temporary{err}
	case errors.As(err, &name):
		return fmt.Errorf("%w: %s is not found (%s)", ErrNoNetwork, name.Name, name.Err)
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return fmt.Errorf("%w: %s cannot be reached (%w)", ErrNoNetwork, host, op.Err)
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), timeout(err):
		return temporary{fmt.Errorf("connection to %s: %w", host, err)}
	}
	return fmt.Errorf("%s: %w", host, err)
}

func timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
