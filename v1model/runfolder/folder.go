package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// Version of the folder's format that this program writes. It reads this version and all earlier ones.
const Version = 1

// Names of the files, relative to the folder.
const (
	configFile  = "config.yaml"
	datasetFile = "dataset.json"
	metricsFile = "metrics.jsonl"
	resultFile  = "result.json"
	lastFile    = "checkpoint/last.npz"
	coreFile    = "checkpoint/core.npz"
	lockFile    = ".lock"
	figuresDir  = "figures"
)

// BestFile is the file, relative to the folder, of the weights at the best validation, from which results are made.
const BestFile = "best/weights.npz"

// LogFile is the file, relative to the folder, to which a fit in the background writes the output that a terminal would show.
const LogFile = "fit.log"

// atBestFiles are written alternately with the state at the best validation. One is current; the other is its predecessor or being written.
var atBestFiles = []string{"checkpoint/best-0.npz", "checkpoint/best-1.npz"}

// createdBeforeConfig lists files and folders that may exist before the config is written, with which the folder becomes a run.
var createdBeforeConfig = []string{lockFile, LogFile, datasetFile, filepath.Dir(lastFile), filepath.Dir(BestFile), figuresDir}

// Dataset describes the data of a run.
type Dataset struct {
	Version       int                     `json:"version"` // of the folder's format
	Spec          string                  `json:"spec"`
	Fingerprint   string                  `json:"fingerprint"` // SHA-256 of the content
	Shape         v1model.Shape           `json:"shape"`
	Preparation   datasets.Preparation    `json:"preparation,omitempty"` // of images and neurons, before normalisation
	Normalisation *datasets.Normalisation `json:"normalisation,omitempty"`
	Split         *datasets.Split         `json:"split,omitempty"`
	Sessions      []Session               `json:"sessions,omitempty"` // if there are several, in the order of their neurons; runs of earlier versions lack them
	Silent        []int                   `json:"silent"`             // neurons whose training responses never vary; null in folders of older versions and if the data are unknown
}

// Session describes one of several sessions.
type Session struct {
	Name    string `json:"name"`
	Neurons int    `json:"neurons"`
	Train   int    `json:"train"` // images
	Val     int    `json:"val"`
	Test    int    `json:"test"`
}

// Describe returns the description of a dataset.
func Describe(d *datasets.Dataset) Dataset {
	im := d.Train.Images
	var sessions []Session
	for _, s := range d.Sessions {
		sessions = append(sessions, Session{s.Session, s.NumNeurons(), s.Train.Images.N, s.Val.Images.N, s.Test.Images.N})
	}
	described := Dataset{
		Sessions: sessions,
		Version:  Version, Spec: d.Spec, Fingerprint: datasets.Fingerprint(d), Preparation: d.Preparation, Normalisation: d.Normalisation, Split: d.Split,
		Shape:  v1model.Shape{Height: im.Height, Width: im.Width, Channels: im.Channels, Neurons: d.NumNeurons()},
		Silent: append([]int{}, d.Silent()...),
	}
	described.divide()
	return described
}

// divide tells the shape which neurons are of which session.
func (d *Dataset) divide() {
	var neurons []int
	for _, s := range d.Sessions {
		neurons = append(neurons, s.Neurons)
	}
	if len(neurons) > 1 {
		d.Shape = d.Shape.OfSessions(neurons...)
	}
}

// Folder is a run folder. One that was opened for writing holds its lock until Close.
type Folder struct {
	Path     string
	Config   v1model.Config
	Dataset  Dataset
	lock     *flock.Flock
	noteFile *os.File // the lock file, which notes the writer
	writer   Writer   // the content of noteFile
	atBest   string   // the one of atBestFiles that checkpoint/last.npz names
	read     Sums     // of config.yaml and dataset.json, as they were read or written
	edited   bool     // another program wrote the weights after the fit had ended
}

// IsRun tells whether there is a run at path.
func IsRun(path string) bool {
	_, err := os.Stat(filepath.Join(path, configFile))
	return err == nil
}

// CheckFree returns an error if Create cannot use path because something is there already; it is an ErrTaken if that is a run. Leftovers of a Create that
// was killed before it wrote the config are no error.
func CheckFree(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run folder: %w", err)
	}
	for _, e := range entries {
		if !beforeConfig(e.Name()) {
			text := fmt.Sprintf("run folder %s exists already; accepted: a new folder, or --resume to go on with this one", path)
			if IsRun(path) {
				return takenError(text)
			}
			return errors.New(text)
		}
	}
	return nil
}

// beforeConfig tells whether a file or folder of that name may exist in a run folder before its config: it is in createdBeforeConfig, or the temporary
// name of dataset.json or config.yaml.
func beforeConfig(name string) bool {
	return slices.Contains(createdBeforeConfig, name) || strings.HasPrefix(name, "."+datasetFile) || strings.HasPrefix(name, "."+configFile)
}

// Create makes a new run folder and locks it. If CheckFree refuses the path, Create returns its error and changes nothing.
func Create(path string, config v1model.Config, data Dataset) (*Folder, error) {
	return CreateWithCore(path, config, data, nil)
}

// CreateWithCore is Create for a fit with a core from another run. The folder keeps the core's values: see Core.
func CreateWithCore(path string, config v1model.Config, data Dataset, core weights.Values) (*Folder, error) {
	if err := CheckFree(path); err != nil {
		return nil, err
	}
	for _, dir := range []string{path, filepath.Join(path, filepath.Dir(lastFile)), filepath.Join(path, filepath.Dir(BestFile)), filepath.Join(path, figuresDir)} {
		if err := durable.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("run folder: %w", err)
		}
	}
	config = config.WithSources()
	f := &Folder{Path: path, Config: config, Dataset: data, read: Sums{}}
	if err := f.acquire(); err != nil {
		return nil, err
	}
	if err := CheckFree(path); err != nil { // another process may have made the run meanwhile
		return nil, errors.Join(err, f.Close())
	}
	text, err := config.YAML()
	if err == nil {
		err = f.writeJSON(datasetFile, data)
	}
	if err == nil {
		f.read[datasetFile], err = f.sumFile(datasetFile)
	}
	if err == nil && core != nil {
		err = array.WriteNPZ(f.file(coreFile), core)
	}
	if err == nil { // written last, because the config makes the folder a run
		err = durable.WriteFile(f.file(configFile), text, 0o666)
		f.read[configFile] = sumOf(text)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return f, nil
}

// maxText limits the size of a run folder's text files, in bytes.
const maxText = 1 << 30

// Open reads a run folder. A fit may be writing to it at the same time. If the fit has ended, a config or a dataset record that has changed since is an
// ErrChanged.
func Open(path string) (*Folder, error) {
	f, err := open(path)
	if errors.Is(err, ErrChanged) {
		return open(path) // a fit may have gone on and ended between two readings
	}
	return f, err
}

func open(path string) (*Folder, error) {
	text, err := infile.ReadFile(filepath.Join(path, configFile), maxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run folder %s: no %s there; accepted: a folder that v1lab fit made", path, configFile)
	}
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f := &Folder{Path: path, read: Sums{configFile: sumOf(text)}}
	if f.read[datasetFile], err = f.readJSON(datasetFile, &f.Dataset); err != nil {
		return nil, err
	}
	for _, name := range []string{configFile, datasetFile} {
		if err := f.expect(name, f.read[name]); err != nil {
			return nil, err
		}
	}
	f.Dataset.divide()
	if f.Config, err = v1model.ParseResolved(text); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(configFile), err)
	}
	return f, nil
}

// OpenForWriting is Open for resuming a fit. It takes the folder's lock.
func OpenForWriting(path string) (*Folder, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	if err := f.acquire(); err != nil {
		return nil, err
	}
	return f, nil
}

// Figures is the subfolder for pictures.
func (f *Folder) Figures() string { return f.file(figuresDir) }

// Model lays out the model that the folder's config and data describe.
func (f *Folder) Model() (*v1model.Model, error) { return v1model.New(f.Config, f.Dataset.Shape) }

// Fitted returns the model of the run and its best weights.
func (f *Folder) Fitted() (*v1model.Model, weights.Values, error) {
	w, err := f.Weights()
	if err != nil {
		return nil, nil, err
	}
	m, err := f.Model()
	return m, w, err
}

func (f *Folder) file(name string) string { return filepath.Join(f.Path, filepath.FromSlash(name)) }

func (f *Folder) writeJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", f.file(name), err)
	}
	return durable.WriteFile(f.file(name), append(text, '\n'), 0o666)
}

// readJSON decodes a file of this version or an earlier one and returns its SHA-256. A newer version is an error.
func (f *Folder) readJSON(name string, v any) (sum string, err error) {
	text, err := infile.ReadFile(f.file(name), maxText)
	if err != nil {
		return "", fmt.Errorf("run folder: %w", err)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return "", fmt.Errorf("%s: %w", f.file(name), err)
	}
	if head.Version > Version {
		return "", fmt.Errorf("run folder %s: %s is of version %d, this program reads up to %d; use the program that wrote it or a newer one", f.Path, name, head.Version, Version)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return "", fmt.Errorf("%s: %w", f.file(name), err)
	}
	return sumOf(text), nil
}
