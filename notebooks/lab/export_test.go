package lab

import "time"

// SetSlowStep sets the time from which on a training step is called slow.
func SetSlowStep(d time.Duration) { slowStep = d }
