//go:build !race

package file_test

const sampled = false
