// Package loss compares predicted with measured responses. A fit minimises this loss plus its penalties.
//
// In go the sum of a neuron's drive and bias, and responses. Out come predicted responses and the loss, in graphs and, in float64, on the
// host. Each kind is one file that registers it, with both forms of its formula. docs/developers/loss.md explains how to add one.
//
// Source: Ecker et al., ICLR 2019, section 3 (poisson).
package loss
