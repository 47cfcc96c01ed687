// Package packed gives stored numbers the meaning that attributes state: the convention of netCDF and CF (Climate and Forecast, section 8.1),
// which xarray follows in every format it writes.
//
// In come an array as it is stored and the attributes scale_factor, add_offset, _FillValue and missing_value; out comes stored times scale plus
// offset, NaN where the stored value stands for a missing one.
package packed
