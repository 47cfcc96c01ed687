package execache

// Trim is what makes room after a program was written.
var Trim = trim
