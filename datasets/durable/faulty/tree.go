package faulty

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// node is a file or a folder, as programs see it (live) and as a power cut leaves it (kept, synced).
type node struct {
	mode       fs.FileMode
	synced     []byte
	live, kept map[string]*node // nil for a file
}

func folder() *node {
	return &node{mode: fs.ModeDir | 0o755, live: map[string]*node{}, kept: map[string]*node{}}
}

// change is an operation on folders that a power cut may undo as a whole.
type change []entry

type entry struct {
	in   *node
	name string
	to   *node // nil: removed
}

func (c change) apply() {
	for _, e := range c {
		if e.to == nil {
			delete(e.in.kept, e.name)
		} else {
			e.in.kept[e.name] = e.to
		}
	}
}

// snapshot reads a folder or file; what is in it counts as synced.
func snapshot(path string) (*node, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		content, err := os.ReadFile(path)
		return &node{mode: info.Mode(), synced: content}, err
	}
	n := folder()
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if n.live[e.Name()], err = snapshot(filepath.Join(path, e.Name())); err != nil {
			return nil, err
		}
	}
	n.kept = maps.Clone(n.live)
	return n, nil
}

// find returns the node of a path. What another program made there is taken as not synced.
func (d *Disk) find(rel string) *node {
	n := d.tree
	if rel == "." {
		return n
	}
	at := d.root
	for name := range strings.SplitSeq(rel, "/") {
		at = filepath.Join(at, name)
		next := n.live[name]
		if next == nil {
			next = &node{mode: 0o644}
			if info, err := os.Lstat(at); err == nil && info.IsDir() {
				next = folder()
			}
			n.live[name] = next
			d.pending = append(d.pending, change{{n, name, next}})
		}
		n = next
	}
	return n
}

// put makes a path lead to a node, or to nothing.
func (d *Disk) put(rel string, to *node) {
	in, name := d.find(filepath.Dir(rel)), filepath.Base(rel)
	if to == nil {
		delete(in.live, name)
	} else {
		in.live[name] = to
	}
	d.pending = append(d.pending, change{{in, name, to}})
}

func (d *Disk) move(from, to string) {
	n := d.find(from)
	a, b := d.find(filepath.Dir(from)), d.find(filepath.Dir(to))
	delete(a.live, filepath.Base(from))
	b.live[filepath.Base(to)] = n
	d.pending = append(d.pending, change{{a, filepath.Base(from), nil}, {b, filepath.Base(to), n}})
}

// keep makes permanent what happened in a folder.
func (d *Disk) keep(in *node) {
	var left []change
	for _, c := range d.pending {
		mine := false
		for _, e := range c {
			mine = mine || e.in == in
		}
		if mine {
			c.apply()
		} else {
			left = append(left, c)
		}
	}
	d.pending = left
}

// PowerCut leaves in the folder what a power cut leaves: files have the content that was synced last. Of the creations, renames and removals that were
// not synced, the first in time survive, a share of them from 0 to 1, as on a file system with a journal.
func (d *Disk) PowerCut(share float64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	survive := int(share*float64(len(d.pending)) + 0.5)
	for _, c := range d.pending[:survive] {
		c.apply()
	}
	d.pending = nil
	entries, err := os.ReadDir(d.root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(d.root, e.Name())); err != nil {
			return err
		}
	}
	if err := d.tree.restore(d.root); err != nil {
		return err
	}
	d.tree, err = snapshot(d.root)
	return err
}

func (n *node) restore(path string) error {
	for name, e := range n.kept {
		at := filepath.Join(path, name)
		if e.kept == nil {
			if err := os.WriteFile(at, e.synced, e.mode.Perm()); err != nil {
				return err
			}
			continue
		}
		if err := os.Mkdir(at, 0o755); err != nil {
			return err
		}
		if err := e.restore(at); err != nil {
			return err
		}
	}
	return nil
}
