package doctor

// Room is room, for amounts that no disk has.
var Room = room
