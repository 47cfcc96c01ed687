package nwb_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"v1lab/datasets/internal/readbench"
)

// write is a Python program that writes 300 images of 36 x 64 pixels and traces of 500 cells, 203 MB in float32, as its second argument says.
const write = `
import sys, datetime, numpy as np
from pynwb import NWBFile, NWBHDF5IO, H5DataIO
from pynwb.base import Images, ImageReferences
from pynwb.image import GrayscaleImage, IndexSeries
from pynwb.ophys import DfOverF, ImageSegmentation, OpticalChannel, RoiResponseSeries
rng = np.random.default_rng(1)
name, options = sys.argv[1], eval(sys.argv[2])
nwb = NWBFile(session_description="x", identifier="x", session_start_time=datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
pictures = [GrayscaleImage(name=f"{i:03}", data=p) for i, p in enumerate(rng.integers(0, 256, (300, 36, 64)).astype("u1"))]
template = Images(name="set", images=pictures, description="x", order_of_images=ImageReferences(name="order_of_images", data=pictures))
nwb.add_stimulus_template(template)
frames, cells = 100_000, 500
onsets = 1 + np.arange(6000) * 0.5
nwb.add_stimulus(IndexSeries(name="shown", data=rng.permutation(np.arange(6000) % 300).astype("u4"), indexed_images=template, unit="N/A", timestamps=onsets))
device = nwb.create_device("scope")
plane = nwb.create_imaging_plane(name="p", optical_channel=OpticalChannel("c", "g", 520.0), description="x", device=device, excitation_lambda=920.0, indicator="G", location="V1", imaging_rate=30.0)
segmentation = ImageSegmentation()
module = nwb.create_processing_module("ophys", "x")
module.add(segmentation)
table = segmentation.create_plane_segmentation(name="ps", description="x", imaging_plane=plane)
for i in range(cells):
    table.add_roi(pixel_mask=[(0, 0, 1.0)])
region = table.create_roi_table_region(region=list(range(cells)), description="all")
data = (rng.integers(0, 256, (frames, cells)) / 4).astype("f4")
module.add(DfOverF(roi_response_series=RoiResponseSeries(name="dff", data=H5DataIO(data, **options), rois=region, unit="n.a.", starting_time=0.0, rate=30.0)))
with NWBHDF5IO(name, "w") as io:
    io.write(nwb)
`

const size = 4*100_000*500 + 4*300*36*64

// BenchmarkOpen reads the same recording with values stored in several ways, and pynwb the same files, windows and all left out.
//
//	go test -run '^$' -bench Open -benchtime 3x ./datasets/nwb
func BenchmarkOpen(b *testing.B) {
	for name, options := range map[string]string{"contiguous": "{}", "gzip": "{'compression': 'gzip', 'compression_opts': 1, 'chunks': (1000, 50)}"} {
		path := filepath.Join(b.TempDir(), name+".nwb")
		if out, err := exec.Command("python3", "-W", "ignore", "-c", write, path, options).CombinedOutput(); err != nil {
			b.Skipf("pynwb writes these files: %v: %s", err, out[max(0, len(out)-200):])
		}
		b.Run(name, func(b *testing.B) {
			readbench.Read(b, size, func() error {
				d, err := open(b, "nwb:"+path)
				if err == nil && d.NumNeurons() != 500 {
					err = fmt.Errorf("%d neurons", d.NumNeurons())
				}
				return err
			}, `
import sys, time, warnings
warnings.simplefilter("ignore")
from pynwb import NWBHDF5IO
start = time.perf_counter()
with NWBHDF5IO(sys.argv[1], "r") as io:
    nwb = io.read()
    traces = nwb.processing["ophys"]["DfOverF"]["dff"].data[:]
    index = nwb.stimulus["shown"].data[:]
    pictures = [p.data[:] for p in nwb.stimulus["shown"].indexed_images.order_of_images]
print(time.perf_counter() - start)
`, path)
		})
	}
}
