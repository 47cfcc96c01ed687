package peers

var StandIn = standIn
