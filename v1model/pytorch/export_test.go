package pytorch

// Servable is servable, for tests.
var Servable = servable
