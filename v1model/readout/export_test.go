package readout

// StartMasksWith is StartMasks with the noise given, so that it can be the reference's.
var StartMasksWith = (*Readout).startMasks
