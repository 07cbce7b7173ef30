package runbooks

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"

	"quiesce/internal/diag"
)

// condition is a checked condition, or what is wrong with it.
type condition struct {
	names  []conditionName
	faults []conditionFault
	// program makes what evaluates it, once; checking does without.
	program func() (cel.Program, error)
}

// conditionName is a name that a condition uses.
type conditionName struct {
	path         []string
	variable     string // what CEL calls it
	typ          Type
	step         int // whose output it is, or -1
	line, column int // in the text, from 1 and from 0
}

type conditionFault struct {
	fault
	at common.Location
}

// condition returns the checked condition of a step.
func (c *cache) condition(rb *Runbook, s *Step) (*condition, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lookup == nil {
		c.lookup, c.conditions = newLookup(rb, nil), map[string]*condition{}
	}
	if c.env == nil {
		env, err := cel.NewEnv(cel.ParserExpressionSizeLimit(maxCondition), cel.ParserRecursionLimit(64))
		if err != nil {
			return nil, fmt.Errorf("prepare conditions: %w", err)
		}
		c.env = env
	}
	sh := c.lookup.shapeOf(s)
	compiled, err := c.compiled(sh, s)
	if err != nil {
		return nil, err
	}
	if len(sh.names) == 0 {
		return compiled, nil
	}
	if len(compiled.faults) > 0 { // tell them in the author's own words
		return compileCondition(c.env, c.lookup, s, shape{text: s.When.Text})
	}
	own := *compiled
	own.names = slices.Concat(sh.names, compiled.names)
	return &own, nil
}

func (c *cache) compiled(sh shape, s *Step) (*condition, error) {
	if known, ok := c.conditions[sh.key]; ok {
		return known, nil
	}
	out, err := compileCondition(c.env, c.lookup, s, sh)
	if err == nil {
		c.conditions[sh.key] = out
	}
	return out, err
}

func compileCondition(env *cel.Env, l *lookup, s *Step, sh shape) (*condition, error) {
	out := &condition{}
	parsed, issues := env.Parse(sh.text)
	if issues.Err() != nil {
		out.complain(issues.Errors()[:1])
		return out, nil
	}
	out.collect(parsed.NativeRep(), l, s)
	if len(out.faults) > 0 {
		return out, nil
	}
	variables := make([]cel.EnvOption, 0, len(out.names)+len(sh.names))
	for _, n := range slices.Concat(sh.names, out.names) {
		variables = append(variables, cel.Variable(n.variable, celType(n.typ)))
	}
	env, err := env.Extend(variables...)
	if err != nil {
		return nil, fmt.Errorf("declare names of the condition: %w", err)
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		out.complain(issues.Errors())
		return out, nil
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		out.faults = append(out.faults, conditionFault{*faultf("condition", "compare it with something: ==, !=, <, in", "the condition is %s, and must be true or false", celName(t.String())), startOfText})
		return out, nil
	}
	out.program = sync.OnceValues(func() (cel.Program, error) {
		return env.Program(checked, cel.CostLimit(maxConditionCost))
	})
	return out, nil
}

// collect finds the names that a condition uses.
func (c *condition) collect(tree *ast.AST, l *lookup, s *Step) {
	var walk func(e ast.Expr, bound []string)
	walk = func(e ast.Expr, bound []string) {
		if path, ok := pathOf(e); ok {
			if !slices.Contains(bound, path[0]) && !strings.HasPrefix(path[0], placeholder) {
				c.use(path, tree.SourceInfo().GetStartLocation(rootOf(e).ID()), l, s)
			}
			return
		}
		for _, inner := range children(e) {
			walk(inner, bound)
		}
		if e.Kind() == ast.ComprehensionKind {
			loop := e.AsComprehension()
			bound = append(slices.Clone(bound), loop.IterVar(), loop.IterVar2(), loop.AccuVar())
			for _, inner := range []ast.Expr{loop.AccuInit(), loop.LoopCondition(), loop.LoopStep(), loop.Result()} {
				walk(inner, bound)
			}
		}
	}
	walk(tree.Expr(), nil)
}

func (c *condition) use(path []string, at common.Location, l *lookup, s *Step) {
	switch {
	case path[0] == s.As && s.As != "":
		path = path[:1] // what is in it is for CEL to say
	case path[0] == "steps" && len(path) > 4:
		path = path[:4]
	case path[0] != "steps" && len(path) > 2:
		path = path[:2]
	}
	found, wrong := l.find(path, s)
	if wrong == nil && found.secret {
		wrong = faultf("secret", "", "a condition would show the secret %s", strings.Join(path, "."))
	}
	if wrong != nil {
		c.faults = append(c.faults, conditionFault{*wrong, at})
		return
	}
	name := strings.Join(path, ".")
	if slices.ContainsFunc(c.names, func(n conditionName) bool { return n.variable == name }) {
		return
	}
	c.names = append(c.names, conditionName{path, name, found.typ, found.step, at.Line(), at.Column()})
}

// condition checks when.
func (k *checker) condition() {
	v := k.step.When
	if v == nil {
		return
	}
	c, err := k.rb.cache.condition(k.rb, k.step)
	if err != nil {
		k.diags.Errorf(v.Range, "condition", "", "%v", err)
		return
	}
	for _, f := range c.faults {
		k.diags.Errorf(k.sourceOf().inText(v, f.at.Line(), f.at.Column()), f.rule, f.hint, "%s", f.message)
	}
	for _, n := range c.names {
		if n.step >= 0 {
			k.uses = append(k.uses, use{k.at, n.step, func() diag.Range { return k.sourceOf().inText(v, n.line, n.column) }})
		}
	}
}
