package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"v1lab/kernels/v1labhome"
)

// listening is what JupyterLab writes about itself once it listens.
type listening struct {
	Host     string `json:"hostname"`
	Port     int    `json:"port"`
	Root     string `json:"root_dir"`
	Token    string `json:"token"` // never shown
	Password bool   `json:"password"`
	Secure   bool   `json:"secure"`
}

// warn waits for the session's server and warns on w if other machines can reach it. It asks the server instead of reading flags, because
// settings files and variables count, too.
func (s *session) warn(ctx context.Context, w io.Writer) {
	for {
		files, _ := v1labhome.Glob(s.dir, runtimeName+"/jpserver-*.json") //nolint:errcheck // a fixed pattern
		for _, file := range files {
			var l listening
			if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &l) == nil {
				if text := l.exposes(); text != "" {
					fmt.Fprintln(w, text) //nolint:errcheck // nobody to tell
				}
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// exposes returns the warning about a server that other machines may reach.
func (l listening) exposes() string {
	ip := net.ParseIP(l.Host)
	if l.Host == "localhost" || ip != nil && ip.IsLoopback() {
		return ""
	}
	who := "whoever reaches it and has the token"
	if l.Password {
		who = "whoever reaches it and has the password"
	} else if l.Token == "" {
		who = "WHOEVER REACHES IT, without a token or password,"
	}
	text := fmt.Sprintf("warning: JupyterLab listens at %s, not on this machine only: %s can run programs as you, and read and write all your files, not only those in %s",
		net.JoinHostPort(l.Host, strconv.Itoa(l.Port)), who, l.Root)
	if !l.Secure {
		text += "; the connection is not encrypted"
	}
	return text + "; leave out --ip, or reach it by ssh -L, to keep it to yourself"
}
