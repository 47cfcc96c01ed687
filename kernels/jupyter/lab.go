package jupyter

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// LabOptions configures JupyterLab.
type LabOptions struct {
	Dir    string    // its top folder
	Args   []string  // its arguments, for example "--no-browser", "--port=8889"
	Output io.Writer // its messages and those of the setup; default: standard error
	Binary string    // the v1lab binary that kernels call; default: the running program
}

// Lab runs JupyterLab in the foreground until it is stopped or ctx ends; its kernels end with it.
// Its settings are kept in V1LAB_HOME, and it offers only the v1lab kernel. It listens only on this machine and asks for a token, which its
// messages show; if o.Args or its settings change this, a warning says what is exposed.
func Lab(ctx context.Context, o LabOptions) error {
	if o.Output == nil {
		o.Output = os.Stderr
	}
	if _, file := o.Output.(*os.File); !file {
		o.Output = &lines{w: o.Output}
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return fmt.Errorf("notebook folder: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("notebook folder %s does not exist", dir)
	}
	s, err := open(ctx, o.Binary, o.Output)
	if err != nil {
		return err
	}
	defer s.close()
	all, err := s.arguments(dir, o.Args)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, s.python, all...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it stops its kernels
	cmd.WaitDelay = 20 * time.Second
	cmd.Env, cmd.Dir = s.env, dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, o.Output, o.Output
	cmd.ExtraFiles = []*os.File{s.temp.Lock} // if this process is killed, the server goes on and the folder is still in use
	watched, stop := context.WithCancel(ctx)
	defer stop()
	go s.warn(watched, o.Output)
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("JupyterLab: %w", err)
	}
	return nil
}
