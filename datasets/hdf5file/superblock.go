package hdf5file

// undefined is an address or length of all ones, which means that there is none.
const undefined = 1<<64 - 1

const signature = "\x89HDF\r\n\x1a\n"

// superblock finds the root group and the position from which the file counts addresses.
func (f *File) superblock() {
	whole := f.size
	if whole < 8 {
		throw("not an HDF5 file: %d bytes", whole)
	}
	// A user block, such as MATLAB's of 512 bytes, may precede the superblock.
	start := uint64(0)
	for string(f.read(start, 8, "signature")) != signature {
		if start = max(512, 2*start); start > whole-8 {
			start := f.read(0, 8, "signature")
			if string(start[:3]) == "CDF" {
				throw("a netCDF file of the classic format, want netCDF-4, which is HDF5: xarray writes it with engine=\"h5netcdf\", nccopy with -k nc4")
			}
			throw("not an HDF5 file: it starts with %q", start)
		}
	}
	c := f.cursor(f.read(start, min(112, whole-start), "superblock"), "superblock")
	c.skip(8)
	version := c.version(0, 3)
	var end uint64
	if version < 2 {
		c.skip(4)
		f.sizes(c)
		c.skip(1 + 2 + 2 + 4)
		if version == 1 {
			c.skip(4)
		}
		c.skip(2 * f.offsetSize) // base address, known from the signature's position; free space
		end = c.address()
		c.skip(2 * f.offsetSize) // driver; name of the root group
		f.root = c.address()
	} else {
		f.sizes(c)
		c.skip(1 + 2*f.offsetSize)
		end = c.address()
		f.root = c.address()
		checkLookup3(c.b[:c.at+4], "superblock")
	}
	f.base, f.size = start, whole-start
	f.headers, f.names, f.texts = budget{f.size}, budget{f.size}, budget{f.size}
	if end != undefined && end > whole { // libraries differ in whether end includes the user block
		throw("cut short: %d bytes, want %d", whole, end)
	}
}

func (f *File) sizes(c *cursor) {
	f.offsetSize, f.lengthSize = c.u8(), c.u8()
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if n != 2 && n != 4 && n != 8 {
			throw("damaged superblock: addresses of %d bytes and lengths of %d", f.offsetSize, f.lengthSize)
		}
	}
}
