// Package search proposes hyper-parameters: at random, by a Sobol sequence, or by a tree-structured Parzen estimator, and says which draws go on (ASHA).
//
// In go a space of ranges, a seed, the number of a draw and what is known of the earlier ones. Out come the draw's values. They depend on nothing else, not
// on time or on the order in which draws end, so that any number of workers make the same search. Nothing is read, written or fitted here.
//
// Source: Ecker et al., ICLR 2019, section 4: the best of 32 random draws (Paper). Sources of the other methods are at their types.
package search
