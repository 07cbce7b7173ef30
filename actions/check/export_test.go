package check

import "io"

// Contains tells whether text stands in what r gives, however it is cut.
func Contains(r io.Reader, text string) (bool, error) {
	s := &searcher{want: []byte(text)}
	_, err := io.Copy(s, r)
	return s.found, err
}
