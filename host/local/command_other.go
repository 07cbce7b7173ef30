//go:build !unix

package local

import (
	"os"
	"os/exec"
	"syscall"
)

const (
	defaultPath     = ""
	errNotDirectory = syscall.ENOTDIR
)

// inherited names the variables that programs are given as Quiesce has them.
func inherited() []string {
	return []string{
		"PATH", "PATHEXT", "ComSpec", "SystemRoot", "SystemDrive", "windir", "TEMP", "TMP",
		"USERNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles",
		"ProgramFiles(x86)", "CommonProgramFiles", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
	}
}

func ownGroup(*exec.Cmd) {}

// askGroup ends the program itself: there is no way to ask here, and no group.
func askGroup(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

func endGroup(int) error { return nil }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
