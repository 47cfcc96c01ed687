package tracking

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/version"
)

// File is the file in a run folder that notes what was sent.
const File = "tracking.json"

// lockFile in a run folder is locked by the process that sends it.
const lockFile = ".tracking.lock"

// Status of a run on the server.
type Status string

// Status of a run whose fit has no result yet. A fit with a result is FINISHED.
const (
	Running Status = "RUNNING"
	Stopped Status = "KILLED" // interrupted; it may go on
	Failed  Status = "FAILED" // as by a loss that diverged
)

const finished Status = "FINISHED"

// sent is the content of File: what each server has.
type sent struct {
	Version int               `json:"version"`
	Servers map[string]*state `json:"servers"` // by address
}

type state struct {
	Experiment string `json:"experiment"`
	Mark       string `json:"mark"`             // of the run on the server, a tag: it finds a run whose id was not noted
	Started    int64  `json:"started"`          // milliseconds since 1970; step times follow from it, so that what is sent twice is the same
	Run        string `json:"run_id,omitempty"` // on the server
	Described  bool   `json:"described"`        // it has parameters and tags
	Step       int    `json:"step"`             // last step whose metrics it has
	Status     Status `json:"status,omitempty"`

	Files    map[string]string `json:"files,omitempty"`    // artefacts that it has, with the SHA-256 of each
	Attached bool              `json:"attached,omitempty"` // it has all of them
}

// formatVersion of File that this program writes.
const formatVersion = 1

// Options of Send.
type Options struct {
	Experiment string            // on the server; empty: that of the environment
	Name       string            // of the run there; empty: that of the folder
	Tags       map[string]string // further tags, such as the number of a draw
	Status     Status            // of a fit without a result; empty: Running
}

// Send sends what the server lacks of a run folder: parameters and tags once, then metrics by step, then the result. It returns the number of validations
// that are left because of the error. One process at a time sends a folder.
func (s *Server) Send(ctx context.Context, path string, o Options) (left int, err error) {
	folder, err := runfolder.Open(path)
	if err != nil {
		return 0, err
	}
	unlock, err := lockOf(path)
	if err != nil {
		return 0, err
	}
	defer unlock()
	metrics, err := folder.Metrics()
	if err != nil {
		return 0, err
	}
	result, over, err := folder.Result()
	if err != nil {
		return 0, err
	}
	all, err := readSent(path)
	if err != nil {
		return 0, err
	}
	st := all.Servers[s.String()]
	if st == nil {
		began := time.Now().UnixMilli()
		if len(metrics) > 0 {
			began -= int64(1000 * metrics[len(metrics)-1].Seconds)
		}
		st = &state{Experiment: cmp.Or(o.Experiment, Experiment()), Mark: rand.Text(), Started: began, Step: -1}
		all.Servers[s.String()] = st
		if err := all.write(path); err != nil {
			return 0, err
		}
	}
	status := cmp.Or(o.Status, Running)
	if over {
		status = finished
	}
	job := sending{s, folder, o, all, st}
	for _, step := range []func(context.Context) error{
		job.find,
		job.describe,
		func(ctx context.Context) error { return job.metrics(ctx, metrics) },
		func(ctx context.Context) error { return job.end(ctx, status, result, over) },
	} {
		if err := step(ctx); err != nil {
			for _, m := range metrics {
				if m.Step > st.Step {
					left++
				}
			}
			return left, fmt.Errorf("tracking %s: %w", path, err)
		}
	}
	return 0, nil
}

// errSending is the error of a folder that another process is sending.
var errSending = errors.New("another process is sending it")

// lockOf lets one process at a time send a folder.
func lockOf(path string) (unlock func(), err error) {
	lock := flock.New(filepath.Join(path, lockFile))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = errSending
	}
	if err != nil {
		return nil, fmt.Errorf("tracking %s: %w", path, err)
	}
	return func() { _ = lock.Unlock() }, nil //nolint:errcheck // freed with the process at the latest
}

// sending is one Send.
type sending struct {
	server *Server
	folder *runfolder.Folder
	o      Options
	all    *sent
	state  *state
}

func (j *sending) note() error { return j.all.write(j.folder.Path) }

// find makes the run on the server, or finds it if an earlier call made it and could not note that.
func (j *sending) find(ctx context.Context) error {
	if j.state.Run != "" {
		return nil
	}
	experiment, err := j.server.experiment(ctx, j.state.Experiment)
	if err != nil {
		return err
	}
	var found struct {
		Runs []struct {
			Info struct {
				ID string `json:"run_id"`
			} `json:"info"`
		} `json:"runs"`
	}
	if err := j.server.call(ctx, http.MethodPost, "runs/search", map[string]any{
		"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", markTag, j.state.Mark), "max_results": 1,
	}, &found); err != nil {
		return err
	}
	if len(found.Runs) > 0 {
		j.state.Run = found.Runs[0].Info.ID
		return j.note()
	}
	var made struct {
		Run struct {
			Info struct {
				ID string `json:"run_id"`
			} `json:"info"`
		} `json:"run"`
	}
	if err := j.server.call(ctx, http.MethodPost, "runs/create", map[string]any{
		"experiment_id": experiment, "run_name": j.name(), "start_time": j.state.Started, "tags": pairs(map[string]string{markTag: j.state.Mark}),
	}, &made); err != nil {
		return err
	}
	if made.Run.Info.ID == "" {
		return errors.New("runs/create: the answer has no run_id; accepted: a server of MLflow")
	}
	j.state.Run, j.state.Status = made.Run.Info.ID, Running
	return j.note()
}

// Tags that every run has.
const (
	markTag        = "v1lab.mark"
	folderTag      = "v1lab.folder"
	configTag      = "v1lab.config"      // SHA-256 of config.yaml
	fingerprintTag = "v1lab.fingerprint" // of the recording
	dataTag        = "v1lab.data"
	programTag     = "v1lab.version"
)

func (j *sending) name() string { return cmp.Or(j.o.Name, filepath.Base(absolute(j.folder.Path))) }

func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// Limits of one request, and of the texts in it.
const (
	mostParams  = 100
	mostMetrics = 1000
	mostText    = 5000
)

// describe sends the parameters, which are the config, and the tags.
func (j *sending) describe(ctx context.Context) error {
	if j.state.Described {
		return nil
	}
	text, err := j.folder.Config.YAML()
	if err != nil {
		return err
	}
	params, err := flatten(text)
	if err != nil {
		return err
	}
	tags := map[string]string{
		folderTag: absolute(j.folder.Path), configTag: fmt.Sprintf("%x", sha256.Sum256(text)), fingerprintTag: j.folder.Dataset.Fingerprint,
		dataTag: j.folder.Dataset.Spec, programTag: version.String(), "mlflow.source.name": "v1lab fit", "mlflow.source.type": "LOCAL",
	}
	for key, value := range j.o.Tags {
		tags[key] = value
	}
	rest := pairs(params)
	for first := true; first || len(rest) > 0; first = false {
		n := min(len(rest), mostParams)
		in := map[string]any{"run_id": j.state.Run, "params": rest[:n]}
		if rest = rest[n:]; first {
			in["tags"] = pairs(tags)
		}
		if err := j.server.call(ctx, http.MethodPost, "runs/log-batch", in, nil); err != nil {
			return err
		}
	}
	j.state.Described = true
	return j.note()
}

// metrics sends the validations after the last that was noted. Sent twice, they are the same, and the server keeps them once.
func (j *sending) metrics(ctx context.Context, all []runfolder.Metric) error {
	var batch []map[string]any
	last := j.state.Step
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := j.server.call(ctx, http.MethodPost, "runs/log-batch", map[string]any{"run_id": j.state.Run, "metrics": batch}, nil); err != nil {
			return err
		}
		batch, j.state.Step = nil, last
		return j.note()
	}
	for _, m := range all {
		if m.Step <= j.state.Step {
			continue
		}
		if len(batch) > mostMetrics-5 {
			if err := flush(); err != nil {
				return err
			}
		}
		at := j.state.Started + int64(1000*m.Seconds)
		for _, v := range []struct {
			key   string
			value float64
		}{{"train_loss", float64(m.TrainLoss)}, {"val_loss", float64(m.ValLoss)}, {"penalty", float64(m.Penalty)}, {"learning_rate", m.LearningRate}, {"stage", float64(m.Stage)}} {
			batch = append(batch, metric(v.key, v.value, at, m.Step))
		}
		last = m.Step
	}
	return flush()
}

// metric is a metric as the interface takes it: numbers that JSON does not have are words.
func metric(key string, value float64, at int64, step int) map[string]any {
	m := map[string]any{"key": key, "value": value, "timestamp": at, "step": step}
	switch {
	case math.IsNaN(value):
		m["value"] = "NaN"
	case math.IsInf(value, 0):
		m["value"] = map[bool]string{true: "Infinity", false: "-Infinity"}[value > 0]
	}
	return m
}

// end sends the result, and the status if the server has another.
func (j *sending) end(ctx context.Context, status Status, result runfolder.Result, over bool) error {
	if status == j.state.Status {
		return nil
	}
	in := map[string]any{"run_id": j.state.Run, "status": status}
	if status != Running {
		in["end_time"] = time.Now().UnixMilli()
	}
	if over {
		at := j.state.Started + int64(1000*result.Seconds)
		in["end_time"] = at
		batch := []map[string]any{metric("best_val_loss", float64(result.ValLoss), at, result.Steps), metric("best_step", float64(result.Best), at, result.Steps)}
		if c := float64(result.ConstantLoss); !math.IsNaN(c) {
			batch = append(batch, metric("constant_rates_loss", c, at, result.Steps))
		}
		if err := j.server.call(ctx, http.MethodPost, "runs/log-batch", map[string]any{
			"run_id": j.state.Run, "metrics": batch, "tags": pairs(map[string]string{"v1lab.reason": result.Reason}),
		}, nil); err != nil {
			return err
		}
	}
	if err := j.server.call(ctx, http.MethodPost, "runs/update", in, nil); err != nil {
		return err
	}
	j.state.Status = status
	return j.note()
}

// is tells whether the server answered with an error code.
func is(err error, code string) bool {
	f := (*failure)(nil)
	return errors.As(err, &f) && f.Code == code
}

// readSent reads what was noted of a run folder.
func readSent(path string) (*sent, error) {
	all := &sent{Version: formatVersion, Servers: map[string]*state{}}
	file := filepath.Join(path, File)
	text, err := infile.ReadFile(file, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, all)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w; remove it, and the run is sent as a new one", file, err)
	case all.Version != formatVersion:
		return nil, fmt.Errorf("%s: version %d; accepted: %d, or a newer program", file, all.Version, formatVersion)
	}
	for address, s := range all.Servers {
		if s == nil || s.Mark == "" || strings.ContainsAny(s.Mark, `'"\`) {
			return nil, fmt.Errorf("%s: nothing noted of %s; remove the file, and the run is sent as a new one", file, address)
		}
	}
	if all.Servers == nil {
		all.Servers = map[string]*state{}
	}
	return all, nil
}

func (all *sent) write(path string) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", File, err)
	}
	if err := durable.WriteFile(filepath.Join(path, File), append(text, '\n'), 0o666); err != nil {
		return fmt.Errorf("tracking: %w", err)
	}
	return nil
}
