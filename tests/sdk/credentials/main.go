// The operator's chain of credentials beside the official library's: over generated combinations of
// environment variables, files and servers, which identity does each choose?
//
//	credentials CHAIN_TOOL
//
// The library runs in this process and reaches its servers by a proxy on loopback; chain_tool gets
// the same combination and the same answers through a pipe.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

const complaintsMax = 20

type tally struct {
	combinations, same, bothRefuse int
	differences                    map[string]int
	complaints                     []string
}

func (t *tally) complain(format string, args ...any) {
	if len(t.complaints) < complaintsMax {
		t.complaints = append(t.complaints, fmt.Sprintf(format, args...))
	}
}

func (t *tally) compare(c combination, theirs, ours outcome) {
	t.combinations++
	if strings.Contains(ours.said, "hunter2") {
		t.complain("%s: a secret is told: %s", c.name(), ours.said)
	}
	if theirs.keys == ours.keys {
		if ours.keys == (keys{}) {
			t.bothRefuse++
		} else {
			t.same++
		}
		return
	}
	for _, difference := range differences {
		if difference.applies(c, theirs, ours) {
			t.differences[difference.name]++
			return
		}
	}
	t.complain("%s:\n  the library: %s\n  the operator: %s", c.name(), theirs, ours)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: credentials CHAIN_TOOL")
		os.Exit(2)
	}
	home, err := os.MkdirTemp("", "credentials")
	check(err)
	defer os.RemoveAll(home)
	library := newLibrary()
	operator := newOperator(os.Args[1])
	t := tally{differences: map[string]int{}}
	every(home, func(c combination) { t.compare(c, library.ask(c), operator.ask(c)) })
	operator.close()

	fmt.Printf("%d combinations: %d the same identity, %d refused by both\n", t.combinations, t.same, t.bothRefuse)
	for _, difference := range differences {
		count := t.differences[difference.name]
		fmt.Printf("%7d  %s: %s\n", count, difference.name, difference.reason)
		if count == 0 {
			t.complain("the difference %q is not seen any more", difference.name)
		}
	}
	sort.Strings(t.complaints)
	for _, complaint := range t.complaints {
		fmt.Println("FAILED", complaint)
	}
	if len(t.complaints) > 0 {
		os.RemoveAll(home)
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
