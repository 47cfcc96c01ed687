package peers

var InstallStubs = installStubs
