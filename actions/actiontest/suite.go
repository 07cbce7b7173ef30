package actiontest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions"
	"quiesce/host/memory"
	"quiesce/host/overlay"
	"quiesce/host/record"
)

// Run runs the suite on every case.
func Run(t *testing.T, families []actions.Family, cases ...Case) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("a suite without cases proves nothing")
	}
	r, err := actions.NewRegistry(families...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s := &suite{r, c}
			t.Run("planning writes nothing and can be repeated", s.testPlan)
			t.Run("the host becomes what its simulation became", s.testSimulation)
			t.Run("apply and undo, each once and twice", s.testRoundTrip)
			t.Run("what is held is let go", s.testFinish)
			t.Run("a context that has ended changes nothing", s.testCancelled)
			t.Run("undo follows a failure of any operation", s.testFaults)
			t.Run("undo can be repeated after a failure of any operation", s.testUndoFaults)
			t.Run("undo follows a failure of any memo", s.testMemoFaults)
			t.Run("undo follows a context that ended anywhere", s.testInterrupted)
			t.Run("a host that lacks facets cannot tell", s.testLacking)
		})
	}
}

type suite struct {
	registry *actions.Registry
	Case
}

// scene is one host on which the steps before were carried out, with the plan
// of the step under test.
type scene struct {
	memory *memory.Memory
	before []actions.Change
	*player
}

func (s *suite) scene(t *testing.T) *scene {
	t.Helper()
	v := &scene{memory: s.world(t)}
	env := s.env(v.memory.Host())
	for _, step := range s.Before {
		changes := mustPlan(t, s.registry, env, step, v.before).Changes
		env.Secrets = s.Secrets
		if _, err := (&player{env, units(t, s.registry, changes)}).apply(t.Context()); err != nil {
			t.Fatalf("carry out what comes before: %v", err)
		}
		env.Secrets = nil
		v.before = append(v.before, changes...)
	}
	changes := mustPlan(t, s.registry, env, s.Step, v.before).Changes
	env.Secrets = s.Secrets
	v.player = &player{env, units(t, s.registry, changes)}
	return v
}

func (s *suite) testPlan(t *testing.T) {
	v := s.scene(t)
	watched, log := record.New(v.memory.Host())
	env := s.env(watched)
	first := mustPlan(t, s.registry, env, s.Step, v.before)
	second := mustPlan(t, s.registry, env, s.Step, v.before)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two plans differ (-first +second):\n%s", diff)
	}
	if effects := log.Effects(); len(effects) > 0 {
		t.Errorf("planning changed the host: %v", effects)
	}
	verb, _ := s.registry.Verb(s.Step.Action)
	for _, output := range verb.Spec.Outputs {
		if _, ok := first.Outputs[output.Name]; !ok {
			t.Errorf("the plan lacks the output %s", output.Name)
		}
	}
	for _, c := range first.Changes {
		if (c.Undo == "" && !c.Irreversible) == actions.Alters(c.Kind) {
			t.Errorf("%s: alters the host: %v, undo: %q", subject(c), actions.Alters(c.Kind), c.Undo)
		}
	}
}

func (s *suite) testSimulation(t *testing.T) {
	if s.Unsimulated {
		t.Skip("the case has effects that no simulation knows")
	}
	v := s.scene(t)
	simulated := overlay.New(v.memory.Host())
	defer func() {
		if err := simulated.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := v.memory.Describe()
	for _, u := range v.units {
		if !actions.Alters(u.changes[0].Kind) {
			continue
		}
		env := s.env(simulated.Host())
		if err := (&player{env: env}).applyUnit(t.Context(), &unit{u.operator, u.changes, &memo{}}); err != nil {
			t.Fatalf("simulate %s: %v", subject(u.changes[0]), err)
		}
	}
	if diff := cmp.Diff(before, v.memory.Describe()); diff != "" {
		t.Errorf("the simulation changed the host (-before +after):\n%s", diff)
	}
	// Now, because what a simulation has not changed it reads from the host.
	expected := snapshot(t, simulated.Host(), before)
	for _, u := range v.units {
		if !actions.Alters(u.changes[0].Kind) {
			continue
		}
		if err := v.applyUnit(t.Context(), u); err != nil {
			t.Fatalf("apply %s: %v", subject(u.changes[0]), err)
		}
	}
	if diff := cmp.Diff(expected, snapshot(t, v.memory.Host(), before)); diff != "" {
		t.Errorf("the host is not as simulated (-simulated +host):\n%s", diff)
	}
}

func (s *suite) testRoundTrip(t *testing.T) {
	v := s.scene(t)
	ctx := t.Context()
	before := s.describe(v.memory)
	v.inspect(t, wantNotDone(t, "before apply"))
	v.mustApply(t, ctx)
	after := s.describe(v.memory)
	v.inspect(t, wantDone(t))
	v.mustApply(t, ctx)
	if diff := cmp.Diff(after, s.describe(v.memory)); diff != "" {
		t.Errorf("a second apply changed something (-first +second):\n%s", diff)
	}
	for _, which := range []string{"first", "second"} {
		v.mustUndo(t, ctx)
		if diff := cmp.Diff(before, s.describe(v.memory)); diff != "" {
			t.Errorf("the %s undo did not restore the host (-before +after):\n%s", which, diff)
		}
	}
	v.inspect(t, wantNotDone(t, "after undo"))
	v.mustApply(t, ctx)
	if diff := cmp.Diff(after, s.describe(v.memory)); diff != "" {
		t.Errorf("apply after undo differs from the first (-first +again):\n%s", diff)
	}
}

func (s *suite) testFinish(t *testing.T) {
	v := s.scene(t)
	v.mustApply(t, t.Context())
	var once *memory.Description
	for range 2 {
		if err := v.finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := s.describe(v.memory)
		if diff := cmp.Diff(once, now); once != nil && diff != "" {
			t.Errorf("a second finish changed something (-first +second):\n%s", diff)
		}
		once = now
	}
}

func (s *suite) testCancelled(t *testing.T) {
	cause := errors.New("the operator pressed a key")
	v := s.scene(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	before := v.memory.Describe()
	if _, err := v.apply(ctx); len(v.units) > 0 && !errors.Is(err, cause) {
		t.Errorf("apply returned %v, not the cause", err)
	}
	if diff := cmp.Diff(before, v.memory.Describe()); diff != "" {
		t.Errorf("something was changed (-before +after):\n%s", diff)
	}
}

func (v *scene) mustApply(t *testing.T, ctx context.Context) {
	t.Helper()
	if begun, err := v.apply(ctx); err != nil {
		t.Fatalf("apply, unit %d: %v", begun, err)
	}
}

func (v *scene) mustUndo(t *testing.T, ctx context.Context) {
	t.Helper()
	if err := v.undo(ctx, len(v.units)); err != nil {
		t.Fatal(err)
	}
}

// ends are the kinds that end something that does not come back by an undo.
func ends(kind string) bool { return kind == actions.ConnectionEnd || kind == actions.ProcessEnd }

func wantDone(t *testing.T) func(actions.Change, actions.Status) {
	return func(c actions.Change, s actions.Status) {
		t.Helper()
		if s.State == actions.Conflict || actions.Alters(c.Kind) && s.State != actions.Done {
			t.Errorf("after apply %s is %s: %s", subject(c), s.State, s.Detail)
		}
	}
}

func wantNotDone(t *testing.T, when string) func(actions.Change, actions.Status) {
	return func(c actions.Change, s actions.Status) {
		t.Helper()
		if !ends(c.Kind) && actions.Alters(c.Kind) && s.State != actions.NotDone {
			t.Errorf("%s %s is %s: %s", when, subject(c), s.State, s.Detail)
		}
	}
}
