// Package sweep fits many draws from a space of configs, each with several seeds, by as many processes as there are.
//
// In go a config, a space, a recording and a method of search. Out comes a folder that any number of processes work on, each for a slice of time:
//
//	sweep.yaml    what was asked for      base.yaml   the config, resolved
//	draws/        values of each draw     runs/       run folders, NUMBER-seedK
//	failures/     errors of fits          workers/    what each process did
//	imported/     finished runs of before that count as draws
//	sweep.json    the state, made again from the folders whenever it is missing or older
//	stop          there while the sweep is to rest
//
// The run folders are the truth. They survive kills, are locked by their writer, and are resumed to the bit, so that nothing depends on who fits what and
// when. What a draw is depends on the sweep's seed and on earlier draws alone: draw n is proposed from the losses of draws 0 to n-Ahead, once they are
// over. So 1, 2 or 8 workers fit the same draws. Package queue says who works next.
//
// The draws may also be a list: the fits of a grid (package grid), in the grid's run folders. Then there are no draws/ and runs/, and sweep.yaml has the list.
//
// Source: Ecker et al., ICLR 2019, section 4: of 32 random draws, the model with the lowest validation loss counts.
package sweep
