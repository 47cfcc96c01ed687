// Package packed unpacks stored numbers by the convention of netCDF and CF (Climate and Forecast, section 8.1), which xarray follows in every
// format it writes.
//
// In come a stored array and the attributes scale_factor, add_offset, _FillValue, missing_value, valid_min, valid_max, valid_range and
// _Unsigned; out comes stored*scale + offset, with NaN where the stored value marks a missing one or is not valid.
package packed
