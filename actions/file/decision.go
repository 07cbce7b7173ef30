package file

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"quiesce/actions"
)

// Settle implements actions.Resolver.
func (operator) Settle(ctx context.Context, env *actions.Env, c actions.Change, d actions.Decision, back bool) (actions.Settlement, error) {
	s := actions.Settlement{Decision: d, Back: back}
	before, err := termsOf(env.Settled[c.Subject])
	if err != nil {
		return s, err
	}
	rest, err := remaining(env, []actions.Change{c})
	if err != nil || len(rest) == 0 {
		return s, err
	}
	t, err := begin(ctx, env, rest)
	if err != nil {
		return s, err
	}
	v := &settling{transaction: t, item: t.items[0], terms: terms{Lost: before.Lost, Instead: before.Instead}}
	if err := t.view(v.item, make([]byte, bufferSize)); err != nil {
		return s, t.finish(wrap("look at", c.Subject, err))
	}
	switch {
	case d == actions.KeepTheirs:
		s.Told = v.keep()
	case back:
		err = v.takeBack()
	default:
		err = v.take()
	}
	if err == nil && d == actions.TakeOurs {
		s.Told = v.told()
		s.Note, err = json.Marshal(v.terms)
	}
	return s, t.finish(err)
}

// settling is a decision on one item in the making.
type settling struct {
	*transaction
	*item
	terms
	taken []string // names that things go to
}

// keep tells what stays beside a thing that stays.
func (v *settling) keep() string {
	told := "it stays, as " + v.target.String()
	for _, n := range []struct {
		name string
		thing
	}{{v.stage, v.staged}, {v.aside, v.asided}} {
		switch {
		case !n.there():
		case n.fits(v.change.New):
			told += "; the new file stays at " + v.subject(n.name) + " until the run is finalized"
		case n.fits(v.change.Old):
			told += "; the old file stays at " + v.subject(n.name) + " until the run is finalized"
		default:
			told += "; " + n.String() + " stays at " + v.subject(n.name)
		}
	}
	return told
}

func (v *settling) subject(name string) string {
	return v.env.Host.Facts.Flavour().Join(v.Root, name)
}

// told names where things go.
func (v *settling) told() string {
	var to []string
	for _, m := range v.Moves {
		if !m.Ours {
			to = append(to, v.subject(m.To))
		}
	}
	if len(to) == 0 {
		return "nothing had to give way"
	}
	return "what was in the way is at " + strings.Join(to, " and ") + " now"
}

// refuse says that there is nothing to take.
func (v *settling) refuse(why string) error {
	return fmt.Errorf("%s: %s; --keep-theirs leaves it as it is", v.change.Subject, why)
}

// takeBack lets give way what is in the place of the old file.
func (v *settling) takeBack() error {
	if v.change.Kind != actions.FileCreate && v.backup() == "" {
		return v.refuse("the old file cannot take its place, for it is not at " + v.subject(v.stage) + " as it was; put it there, or in its place, by hand")
	}
	return v.giveWay(v.Name)
}

// take lets give way what keeps a change from being made. What was in the
// place of an old file that is nowhere any more is put back when the change is
// taken back.
func (v *settling) take() error {
	isNew := v.change.New != nil && v.target.fits(v.change.New)
	switch {
	case v.change.Kind == actions.FileKeep:
		return v.refuse("the plan leaves it alone, and brings nothing for it")
	case v.change.Kind == actions.FileCreate && isNew:
		return v.refuse("somebody else put there what the plan brings")
	case v.Within != "":
		return v.takeWithin()
	}
	old := v.change.Old
	hasOld := old != nil && (v.target.fits(old) || v.backup() != "")
	inPlace := old != nil && v.target.fits(old) && v.backup() == ""
	if v.target.there() && !isNew && !inPlace {
		if err := v.giveWay(v.Name); err != nil {
			return err
		}
		v.Instead = v.taken[0]
	}
	for _, n := range []struct {
		name string
		thing
	}{{v.stage, v.staged}, {v.aside, v.asided}} {
		if !n.there() || old != nil && n.fits(old) || v.change.New != nil && n.fits(v.change.New) {
			continue
		}
		if err := v.giveWay(n.name); err != nil {
			return err
		}
		// The old file itself, which somebody has written to, comes before what
		// was put in its place later. In memory things have no identity.
		was, known := v.memo.Old[v.Name]
		if v.Instead == "" || known && !v.env.Host.Traits.Volatile && was.Inode == identityOf(n.info).Inode {
			v.Instead = v.taken[len(v.taken)-1]
		}
	}
	if v.change.Kind == actions.FileReplace && !inPlace && v.backup() == v.stage {
		v.Moves = append(v.Moves, move{v.stage, v.aside, true})
	}
	if hasOld {
		v.Instead = ""
	}
	if isNew && len(v.Moves) == 0 {
		return v.refuse("it is as planned, and its backup is gone, so there would be no way back")
	}
	v.Lost = v.Lost || old != nil && !hasOld
	if len(v.Moves) == 0 && !v.Lost {
		return v.refuse("nothing can give way: " + v.state().Detail)
	}
	return nil
}

// takeWithin lets something go out of a directory that is to be removed.
func (v *settling) takeWithin() error {
	if v.moved {
		return v.refuse("it is in the backup of its directory already")
	}
	v.Lost = true
	if !v.target.there() {
		return nil
	}
	if err := v.giveWayTo(v.Name, path.Join(path.Dir(v.item.Within), path.Base(v.Name))); err != nil {
		return err
	}
	v.Instead = v.taken[0]
	return nil
}

func (v *settling) giveWay(name string) error { return v.giveWayTo(name, v.Name) }

// giveWayTo finds a free name for what gives way, beside like.
func (v *settling) giveWayTo(name, like string) error {
	for n := 1; n < 100; n++ {
		to := theirsName(like, v.env.Run, n)
		there, err := look(v.tree, to)
		if err != nil {
			return err
		}
		if !there.there() && !slices.Contains(v.taken, to) {
			v.Moves = append(v.Moves, move{From: name, To: to})
			v.taken = append(v.taken, to)
			return nil
		}
	}
	return fmt.Errorf("move aside %s: names like %s are all taken", v.change.Subject, v.subject(theirsName(like, v.env.Run, 1)))
}

// theirsName is where what somebody else put at name goes, the n-th of a run.
func theirsName(name, run string, n int) string {
	dir, base := path.Split(name)
	tail := ".theirs-" + run
	if n > 1 {
		tail += fmt.Sprintf("-%d", n)
	}
	if room := maxName - len(tail); len(base) > room {
		base = clip(base, room-9) + "~" + short(base)
	}
	return dir + base + tail
}

// decidedOn tells whether something is where it is by the decision of a person:
// it was kept, it has given way, or it is what the run keeps for its sake.
func (t *transaction) decidedOn(name string) bool {
	for subject, s := range t.env.Settled {
		if subject == t.env.Host.Facts.Flavour().Join(t.items[0].Root, name) {
			return true
		}
		terms, err := termsOf(s)
		if err == nil && slices.ContainsFunc(terms.Moves, func(m move) bool { return m.To == name }) {
			return true
		}
		_, base := t.env.Host.Facts.Flavour().Split(subject)
		if own := stageName(base, t.env.Run, t.env.Step); path.Base(name) == own || path.Base(name) == own+asideSuffix {
			return true
		}
	}
	return false
}
