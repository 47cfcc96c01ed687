package nwb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/allen"
	"v1lab/datasets/internal/nwb2"
)

// Format describes nwb:FILE.
var Format = datasets.Format{
	Scheme: "nwb", Example: "nwb:session.nwb",
	Reads:   "images, traces or spikes, running and pupil of an NWB 2 file, as on DANDI; of an NWB 1 file what `allen` reads, with its options",
	Options: nwb2.Options(),
	Open:    Open, Sessions: datasets.SessionsIn(".nwb"),
}

// Open reads the file at spec.Path.
//
// What was shown when is told by an IndexSeries, by a table of intervals (TimeIntervals, such as trials) with a column of names or indices of
// images, of references to them, or of rows of another table that has such a column, or by an ImageSeries whose frames were shown at its
// timestamps. The response to a presentation is the mean of each trace, or the count of each unit's spikes, over samples at FROM <= time < TO
// after its onset. By default the window reaches from the onset to the next one, blanks included; before a break, of more than three times the
// median time between onsets, and at the end it has the median's length. A presentation that the recording does not cover is missing (NaN).
//
// Conversion and offset of TimeSeries are applied. For the images of the test part every presentation is a repeat; for others responses are
// averaged. A column split, tier, tiers or partition of the table divides them. Otherwise images that were shown several times are the test
// part if they are the minority, and if not 15 % of the images are drawn. Images are [height, width] unless the option image_axes says otherwise. Dataset.Preparation records what was read and how.
//
// Errors name the file and the object in it. Where several objects could be meant, the error lists them and names the option that chooses.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	if spec.Path == "" {
		if err := nwb2.CheckOptions(spec); err != nil {
			return nil, err
		}
		return nil, errors.New("nwb: no file, want nwb:FILE")
	}
	for _, mark := range []string{".zgroup", "zarr.json"} {
		if _, err := os.Stat(filepath.Join(spec.Path, mark)); err == nil {
			return nil, fmt.Errorf("%s: a folder of NWB in Zarr, which is not read: export it to one file, as pynwb's NWBHDF5IO.export does", spec.Path)
		}
	}
	version, err := nwb2.Version(spec.Path)
	switch {
	case err != nil:
		return nil, err
	case nwb2.Is(version):
		return nwb2.Open(spec)
	case strings.HasPrefix(version, "NWB-1.") || strings.HasPrefix(version, "1."):
		return allen.Open(spec)
	case version == "":
		return nil, fmt.Errorf("%s: no nwb_version, so no NWB file; accepted: hdf5: reads arrays of any names", spec.Path)
	}
	return nil, fmt.Errorf("%s: nwb_version %.100q, accepted are 1 and 2", spec.Path, version)
}
