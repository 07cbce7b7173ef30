package file

import (
	"context"
	"path"
	"slices"
	"strings"

	"quiesce/actions"
)

// decide makes the changes of the pack: for every file, and for each missing
// folder that something goes into.
func (d *draft) decide(ctx context.Context) error {
	verdicts := make([]verdict, len(d.places))
	for i, q := range d.places {
		verdicts[i] = d.verdict(q)
	}
	needed := map[string]bool{}
	for i, q := range slices.Backward(d.places) {
		if q.kind == typeDirectory && (!needed[q.at] && !d.isEmpty(i)) {
			verdicts[i] = verdict{}
		}
		if verdicts[i].kind == actions.FileCreate {
			needed[path.Dir(q.at)] = true
		}
	}
	if err := d.readAttributes(ctx, verdicts); err != nil {
		return err
	}
	for i, v := range verdicts {
		if v.kind == "" {
			continue
		}
		c, err := d.changeOf(d.places[i], v)
		if err != nil {
			return err
		}
		d.Changes = append(d.Changes, c)
	}
	d.warnUnused()
	return nil
}

// isEmpty tells whether place i is a folder with nothing in it.
func (d *draft) isEmpty(i int) bool {
	return i+1 == len(d.places) || path.Dir(d.places[i+1].name) != d.places[i].name
}

// verdict decides one entry; the zero verdict is no change.
func (d *draft) verdict(q *place) verdict {
	policy, byRule := d.action.policyOf(q.name, d.flavour)
	if byRule >= 0 {
		d.applied[byRule]++
	}
	if q.kind == typeDirectory {
		if q.there.there() {
			return verdict{}
		}
		return create(ruleMissing, "a folder of the pack that is not there yet")
	}
	if q.locked != nil {
		return verdict{} // refused before
	}
	d.warnDamaged(q)
	j := judge{policy: policy, unversioned: d.action.unversioned}
	var old *content
	if q.there.there() {
		old = &q.old
		if d.env.Shipped != nil {
			j.shipped = d.env.Shipped(d.subject(q.at))
		}
	}
	v := j.decide(old, q.content)
	if v.kind == "" {
		d.Refuse("overwrite", "refused-"+v.rule, "leave it out of the pack, or give it a rule with a policy of its own",
			"%s is not replaced: %s", d.subject(q.at), v.reason)
	}
	return v
}

func (d *draft) warnDamaged(q *place) {
	if q.version.damaged != nil {
		d.Warn("source", "damaged-file", "get the pack again, or verify it",
			"%s in the pack is damaged, and counts as one without a version: %v", q.name, q.version.damaged)
	}
	if q.old.version.damaged != nil && q.there.sum != q.sum {
		d.Warn("to", "damaged-file", "", "%s is damaged, and counts as one without a version: %v", d.subject(q.at), q.old.version.damaged)
	}
}

func (d *draft) warnUnused() {
	for i, n := range d.applied {
		if n == 0 {
			d.Warn("overwrite", "unused-rule", "globs match names in the pack, such as bin/*.dll",
				"rule %d decides nothing: nothing that is left to it matches %s", i+1, strings.Join(d.action.rules[i].paths, ", "))
		}
	}
}
