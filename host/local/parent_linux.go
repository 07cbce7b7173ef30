package local

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the kernel kill a program when Quiesce dies, even by
// SIGKILL. It is bound to the thread that starts the program, which must not
// end before the program does. What the program has started in its turn is not
// killed, nor is one that gains rights by its set-user-ID bit.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
