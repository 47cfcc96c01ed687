package hdf5file

import (
	"path"
	"slices"
	"strings"
)

// link is an entry of a group: an object, or a path to one.
type link struct {
	name     string
	address  uint64
	soft     string // path of a soft link
	external string // file of an external link, and there the path soft
}

func (f *File) isDataset(o *object) bool { return o.has(messageLayout) }

func (f *File) isGroup(o *object) bool {
	return o.has(messageSymbolTable) || o.has(messageLinkInfo) || o.has(messageLink)
}

// links lists a group's entries in alphabetical order.
func (f *File) links(o *object) []link {
	if o.links != nil {
		return o.links
	}
	links := []link{}
	for _, m := range o.messages {
		if m.kind == messageLink {
			links = append(links, f.link(f.body(m)))
		}
	}
	if body := f.first(o, messageLinkInfo); body != nil {
		for _, b := range f.dense(body, messageLinkInfo) {
			links = append(links, f.link(b))
		}
	}
	if body := f.first(o, messageSymbolTable); body != nil {
		links = append(links, f.symbols(body)...)
	}
	for _, l := range links {
		f.names.take(uint64(8+len(l.name)+len(l.soft)), "group") // every form of link takes at least as much
	}
	slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.name, b.name) })
	o.links = links
	return links
}

// link parses a link message.
func (f *File) link(body []byte) link {
	c := f.cursor(body, "link")
	c.version(1, 1)
	flags, kind := c.u8(), 0
	if flags&0x08 != 0 {
		kind = c.u8()
	}
	if flags&0x04 != 0 {
		c.skip(8) // creation order
	}
	if flags&0x10 != 0 {
		c.skip(1) // character set
	}
	length := c.uint(1 << (flags & 3))
	if length > uint64(len(body)) {
		throw("damaged link: a name of %d bytes", length)
	}
	l := link{name: string(c.bytes(int(length)))}
	switch kind {
	case 0:
		l.address = c.address()
	case 1:
		l.soft = string(c.bytes(c.u16()))
	case 64:
		value := f.cursor(c.bytes(c.u16()), "link")
		value.skip(1)
		l.external, l.soft = value.text(false), value.text(false)
	default:
		throw("link %s of type %d, which is not supported", short(l.name), kind)
	}
	return l
}

// walk lists the paths of all datasets.
func (f *File) walk() []string {
	var names []string
	f.visit(func(name string, o *object) {
		if f.isDataset(o) {
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}

// DeadLinks lists, in alphabetical order, the paths of links that are not followed: links to other files, and soft links that lead through one
// or round in a circle. Info and Read say where such a link leads. Errors name the file and the group.
func (f *File) DeadLinks() (paths []string, err error) {
	err = f.guard("", func() {
		f.visitLinks(func(string, *object) {}, func(path string) { paths = append(paths, path) })
		slices.Sort(paths)
	})
	return paths, err
}

// visit calls each for every object below the root; a group with several names is visited under one of them.
func (f *File) visit(each func(path string, o *object)) { f.visitLinks(each, func(string) {}) }

// visitLinks is visit that also calls dead for every link that is not followed.
func (f *File) visitLinks(each func(path string, o *object), dead func(path string)) {
	type group struct {
		path string
		o    *object
	}
	todo := []group{{"", f.object(f.root)}}
	seen := map[uint64]bool{f.root: true}
	for len(todo) > 0 {
		g := todo[0]
		todo = todo[1:]
		for _, l := range f.links(g.o) {
			name := path.Join(g.path, l.name)
			switch {
			case l.external != "":
				dead(name)
			case l.soft != "":
				o, err := f.tryFollow(g.o, l)
				if err != nil {
					dead(name)
				} else if o != nil && f.isDataset(o) {
					each(name, o)
				}
			default:
				o := f.object(l.address)
				if !f.isDataset(o) {
					if seen[l.address] || !f.isGroup(o) {
						continue
					}
					seen[l.address] = true
					todo = append(todo, group{name, o})
				}
				each(name, o)
			}
		}
	}
}

// resolve returns the object at a path.
func (f *File) resolve(name string) *object {
	o := f.find(f.object(f.root), name, 0)
	if o == nil {
		throw("not in the file")
	}
	return o
}

// maxDepth limits chains of soft links.
const maxDepth = 16

// find follows a path from a group; it returns nil if nothing is there.
func (f *File) find(from *object, name string, depth int) *object {
	for _, part := range strings.Split(name, "/") {
		if part == "" || part == "." {
			continue
		}
		if !f.isGroup(from) {
			return nil
		}
		links := f.links(from)
		i := slices.IndexFunc(links, func(l link) bool { return l.name == part })
		if i < 0 {
			return nil
		}
		if l := links[i]; l.external != "" {
			throw("an external link to %s in %s, which is not followed: read that file, or copy the dataset into this one", short(l.soft), short(l.external))
		}
		if links[i].soft == "" {
			from = f.object(links[i].address)
		} else if from = f.follow(from, links[i], depth+1); from == nil {
			return nil
		}
	}
	return from
}

// tryFollow is follow with an error for a fault.
func (f *File) tryFollow(from *object, l link) (o *object, err error) {
	defer catch(&err)
	return f.follow(from, l, 0), nil
}

// follow returns the object that a soft link in a group points to.
func (f *File) follow(from *object, l link, depth int) *object {
	if depth > maxDepth {
		throw("soft links that lead to each other")
	}
	if strings.HasPrefix(l.soft, "/") {
		from = f.object(f.root)
	}
	return f.find(from, strings.TrimRight(l.soft, "\x00"), depth)
}
