package fit

import "v1lab/v1model/schedule"

// Where says how far the fit is.
func (p Progress) Where() string { return schedule.Where(p.Steps, p.MaxSteps, p.Stage, p.Stages) }

// pending tells whether a validation is due after the last step.
func (l *loop) pending() bool { return l.row > 0 && l.plan.ValidationDue(l.schedule) }

// lastRate is the learning rate of the last step.
func (l *loop) lastRate() float64 {
	before := l.schedule
	before.Counter--
	return l.plan.Rate(before)
}
