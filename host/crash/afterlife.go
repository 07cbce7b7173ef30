package crash

import (
	"bytes"
	"hash/maphash"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
)

// fate is what a crash makes of an effect.
type fate int

// The fates. The last three happen to bytes only.
const (
	lost fate = iota
	whole
	half
	zeros
	garbage
)

// of returns what becomes of bytes that are written.
func (f fate) of(data []byte) []byte {
	switch f {
	case half:
		return data[:len(data)/2]
	case zeros:
		return make([]byte, len(data))
	case garbage:
		return bytes.Repeat([]byte{'?'}, len(data))
	}
	return data
}

func (f fate) String() string {
	return [...]string{"lost", "whole", "half", "zeros", "garbage"}[f]
}

// fates returns how many things may become of an effect.
func (e *effect) fates() int {
	if e.fills && len(e.data) > 0 {
		return int(garbage) + 1
	}
	return int(whole) + 1
}

// Afterlives yields what the disk may hold after a cut of the power at this
// moment, as disks that have power again; none comes twice. Where there are
// no more than limit cases, these are all. Else limit cases are looked at: first
// that nothing of what is not durable persists, and that all does; then, in an
// order drawn from seed, each single one, all but one, and random ones.
func (d *Disk) Afterlives(limit int, seed uint64) iter.Seq[*Disk] {
	return func(yield func(*Disk) bool) {
		seen := map[uint64]bool{}
		key := maphash.MakeSeed()
		for fates := range d.cases(limit, seed) {
			if after := d.unseen(slices.Clone(fates), seen, key); after != nil && !yield(after) {
				return
			}
		}
	}
}

// unseen returns the disk after a crash with these fates, or nil if it was
// seen.
func (d *Disk) unseen(fates []fate, seen map[uint64]bool, key maphash.Seed) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	im := d.after(fates)
	k := im.hash(key)
	if seen[k] {
		return nil
	}
	seen[k] = true
	return d.reborn(im, fates)
}

// hash returns a number that stands for all that an image shows.
func (im image) hash(key maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(key)
	for name, line := range im.lines() {
		_, _ = h.WriteString(name) // never fails
		_, _ = h.WriteString(line)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// cases yields what may become of each effect on the log.
func (d *Disk) cases(limit int, seed uint64) iter.Seq[[]fate] {
	d.mu.Lock()
	defer d.mu.Unlock()
	counts, product := make([]int, len(d.pending)), 1
	for i, e := range d.pending {
		counts[i] = e.fates()
		product = min(product*counts[i], limit+1)
	}
	if product <= limit {
		return all(counts)
	}
	return some(counts, limit, seed)
}

// all counts through every case.
func all(counts []int) iter.Seq[[]fate] {
	return func(yield func([]fate) bool) {
		for fates := make([]fate, len(counts)); yield(fates); {
			i := 0
			for ; i < len(counts); i++ {
				if fates[i]++; int(fates[i]) < counts[i] {
					break
				}
				fates[i] = lost
			}
			if i == len(counts) {
				return
			}
		}
	}
}

// some draws cases.
func some(counts []int, limit int, seed uint64) iter.Seq[[]fate] {
	return func(yield func([]fate) bool) {
		r := rand.New(rand.NewPCG(seed, uint64(len(counts))))
		none, every := make([]fate, len(counts)), slices.Repeat([]fate{whole}, len(counts))
		var single [][]fate
		for i, n := range counts {
			for f := range fate(n) {
				for _, rest := range [][]fate{none, every} {
					if rest[i] != f {
						one := slices.Clone(rest)
						one[i] = f
						single = append(single, one)
					}
				}
			}
		}
		r.Shuffle(len(single), func(i, j int) { single[i], single[j] = single[j], single[i] })
		for n, fates := range append([][]fate{none, every}, single...) {
			if n == limit || !yield(fates) {
				return
			}
		}
		for range limit - len(single) - 2 {
			if !yield(draw(r, counts)) {
				return
			}
		}
	}
}

// draw makes a case in which many, some or few effects persist.
func draw(r *rand.Rand, counts []int) []fate {
	likely := r.Float64()
	fates := make([]fate, len(counts))
	for i, n := range counts {
		if r.Float64() < likely {
			fates[i] = 1 + fate(r.IntN(n-1))
		}
	}
	return fates
}

// after returns what is left by a crash with these fates. It changes a fate
// that cannot be: what an effect needs is lost.
func (d *Disk) after(fates []fate) image {
	im := d.kept.clone()
	happened := map[*effect]bool{}
	for i, e := range d.pending {
		for _, n := range e.needs {
			if !n.durable && !happened[n] {
				fates[i] = lost
			}
		}
		if fates[i] != lost {
			happened[e] = true
			e.on(im, fates[i])
		}
	}
	im.prune()
	return im
}

// reborn returns a disk with power that holds an image.
func (d *Disk) reborn(im image, fates []fate) *Disk {
	words := make([]string, len(fates))
	for i, e := range d.pending {
		words[i] = e.what + ": " + fates[i].String()
	}
	a := &Disk{clock: d.clock, last: d.last, limit: -1}
	a.story = strings.TrimPrefix(d.story+"; power cut ("+strings.Join(words, ", ")+")", "; ")
	a.start(im)
	return a
}
