package service_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"quiesce/actions/actiontest"
	"quiesce/actions/service"
	"quiesce/host"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	stopped := []actiontest.Step{stopStep("MSExchange*")}
	for _, test := range []struct {
		name, host string
		before     []actiontest.Step
		step       actiontest.Step
		want       []string
	}{
		{
			"a glob stops what it matches and what depends on it, dependents first", exchange, nil,
			stopStep("msexchange*"),
			[]string{
				"service.stop FaxGateway running/auto -> stopped/held: depends on MSExchangeIS",
				"service.stop MSExchangeIS running/manual -> stopped/held: matches msexchange*",
				"service.stop MSExchangeMTA stopped/auto -> stopped/held: matches msexchange*; does not run, and is kept from starting",
				"service.stop MSExchangeDS running/auto -> stopped/held: matches msexchange*",
				"service.stop MSExchangeSA running/auto -> stopped/held: matches msexchange*",
			},
		},
		{
			"a name without dependents stops alone, and a disabled one stays disabled", exchange, nil,
			stopStep("legacy", "Spooler"),
			[]string{
				"service.stop Legacy running/disabled -> stopped/disabled: named",
				"service.stop Spooler running/auto -> stopped/held: named",
			},
		},
		{
			"without holding down what is stopped is left alone", exchange, nil,
			actiontest.Step{Action: "stop-services", With: map[string]any{"services": []any{"MSExchangeMTA"}, "hold-down": false}},
			nil,
		},
		{
			"dependents can forbid the step", exchange, nil,
			actiontest.Step{Action: "stop-services", With: map[string]any{"services": []any{"MSExchangeDS"}, "dependents": "fail"}},
			[]string{"error dependents dependents: FaxGateway, MSExchangeIS must stop too, which depend on these services and run (name them in services, or write dependents: stop)"},
		},
		{
			"what means no service is refused, all of it at once", exchange, nil,
			stopStep("MSExchangIS", "Fax Gateway", "IIS*", "a[", "Zzz"),
			[]string{
				"error services unknown-service: there is no service MSExchangIS (did you mean MSExchangeIS?)",
				"error services unknown-service: there is no service Fax Gateway (this is its title; its name is FaxGateway)",
				"error services unknown-service: no service matches IIS* (known here: FaxGateway, Legacy, MSExchangeDS, MSExchangeIS, MSExchangeMTA, MSExchangeSA, Spooler)",
				`error services bad-glob: "a[" is not a glob (close every [ and {)`,
				"error services unknown-service: there is no service Zzz (known here: FaxGateway, Legacy, MSExchangeDS, MSExchangeIS, MSExchangeMTA, MSExchangeSA, Spooler)",
			},
		},
		{
			"case matters on Linux, and a paused service is told of", web, nil,
			stopStep("nginx.service"),
			[]string{
				"service.stop nginx.service paused/auto -> stopped/held: named",
				"warning services paused-service: nginx.service is paused; after an undo it runs, because quiesce cannot pause it",
			},
		},
		{
			"a circle of dependencies is refused", "name: h\nservices:\n- {name: a, depends-on: [b]}\n- {name: b, depends-on: [a]}\n", nil,
			stopStep("a"),
			[]string{"error services dependency-cycle: no order to stop them in: cycle: a waits for b waits for a (correct what these services depend on)"},
		},
		{
			"what a step stopped starts in reverse, with its old start types", exchange, stopped,
			actiontest.Step{Action: "start-services", With: map[string]any{"stopped-by": "stop"}},
			[]string{
				"service.start MSExchangeSA stopped/disabled -> running/auto: ran before stop",
				"service.start MSExchangeDS stopped/disabled -> running/auto: ran before stop",
				"service.start MSExchangeIS stopped/disabled -> running/manual: ran before stop",
				"service.start FaxGateway stopped/disabled -> running/auto: ran before stop",
			},
		},
		{
			"a start by name names what it depends on", exchange, stopped,
			actiontest.Step{Action: "start-services", With: services("MSExchangeIS")},
			[]string{
				"service.start MSExchangeSA stopped/disabled -> running/auto: MSExchangeIS depends on it",
				"service.start MSExchangeDS stopped/disabled -> running/auto: MSExchangeIS depends on it",
				"service.start MSExchangeIS stopped/disabled -> running/manual: named",
			},
		},
		{
			"a disabled service that is named is refused, one that is matched is left out",
			"name: h\nservices:\n- {name: a1, state: stopped, start: disabled}\n- {name: a2, state: stopped, start: held}\n", nil,
			actiontest.Step{Action: "start-services", With: services("a1", "a*")},
			[]string{
				"warning services disabled-service: a2 matches a* and is held: it is not started",
				"error services disabled-service: a1 cannot be started: it is disabled (named) (enable it first, or leave it out)",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := actiontest.NewBench(t, test.host, service.Family())
			for _, s := range test.before {
				if err := b.Prepare(t, s).Apply(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(test.want, actiontest.Lines(b.Plan(t, test.step))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPlanOutputs(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, exchange, service.Family())
	got := b.Plan(t, stopStep("MSExchange*")).Outputs
	want := map[string]any{"stopped": []any{"FaxGateway", "MSExchangeIS", "MSExchangeDS", "MSExchangeSA"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPlanOfUnknownHost(t *testing.T) {
	t.Parallel()
	b := actiontest.NewBench(t, web, service.Family())
	h := b.Memory.Host()
	h.Services = nil
	b.Use(host.New(h))
	want := []string{"error services cannot-tell: cannot tell which services run: list services on web1: " +
		errors.ErrUnsupported.Error() + " (quiesce cannot look at this on this kind of host yet)"}
	if diff := cmp.Diff(want, actiontest.Lines(b.Plan(t, stopStep("nginx.service")))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
