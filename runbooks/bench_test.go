package runbooks_test

import (
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	. "quiesce/runbooks"
)

// document makes a realistic runbook of n steps: blocks of stop, apply, check
// and start, with labels, comments, references, needs and conditions.
func document(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: Many services\ninputs:\n  pack: {type: path, required: true}\n  root: {type: path, default: /srv}\n" +
		"  canary: {type: bool, default: false}\n  services: {type: list, default: [a, b]}\nsteps:\n")
	for i := 0; i < n; i += 4 {
		fmt.Fprintf(&b, `  # Block %[1]d: one service, from stop to start.
  - id: stop_%[1]d
    name: Stop service %[1]d
    action: stop-services
    with: {services: ["app-%[1]d", "worker-%[1]d*"], dependents: stop, timeout: 5m}
  - id: apply_%[1]d
    action: apply-files
    with:
      source: "${{ inputs.pack }}/part-%[1]d"
      to: "${{ inputs.root }}/app-%[1]d"
      overwrite:
        default: if-newer
        rules:
          - paths: ["**/*.conf", "**/*.local"]
            policy: never
    timeout: 10m
    retries: 2
  - id: verify_%[1]d
    action: check
    when: size(steps.stop_%[1]d.outputs.stopped) > 0 && !inputs.canary
    needs: [apply_%[1]d]
    with:
      tcp: "127.0.0.1:80%[2]d"
  - id: start_%[1]d
    action: start-services
    with: {stopped-by: stop_%[1]d}
    when: host.os == "linux"
`, i, i%100)
	}
	return []byte(b.String())
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		src, c := document(n), actions()
		b.Run(fmt.Sprintf("quiesce-%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				rb, diags := Parse("bench.yaml", src, Limits{})
				if diags = append(diags, rb.Check(c)...); len(diags) > 0 {
					b.Fatal(diags[0])
				}
			}
		})
		b.Run(fmt.Sprintf("yaml-%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				var into any
				if err := yaml.Unmarshal(src, &into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
