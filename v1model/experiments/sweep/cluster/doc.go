// Package cluster writes what hands the workers of a sweep to a cluster: an array script for Slurm, an Indexed Job for Kubernetes.
//
// In go the sweep's folder, the queue and the resources of a worker. Out comes a text for sbatch or kubectl. Every task is v1lab sweep work, which ends when
// nothing is left to do, and saves when it is told to end: tasks may be as many as one likes, and may be killed.
package cluster
