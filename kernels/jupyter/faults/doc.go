// Package faults tests what headless notebooks do with cells that misbehave: output without end, mistakes, processes that stay.
package faults
