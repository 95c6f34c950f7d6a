package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// What both sides find around themselves.
type combination struct {
	env, files map[string]string
	world      world
	said       []string // the choices that made it
}

func (c combination) name() string { return strings.Join(c.said, "; ") }

// Whether one of its choices is called so.
func (c combination) has(choice string) bool {
	for _, said := range c.said {
		if said == choice {
			return true
		}
	}
	return false
}

// One way to set a part of the surroundings; T is the type of the value, if any.
type choice struct {
	name string
	set  func(*combination)
}

type choices []choice

func env(pairs ...string) func(*combination) {
	return func(c *combination) {
		for i := 0; i < len(pairs); i += 2 {
			c.env[pairs[i]] = pairs[i+1]
		}
	}
}

func file(path, text string) func(*combination) {
	return func(c *combination) { c.files[path] = text }
}

func all(sets ...func(*combination)) func(*combination) {
	return func(c *combination) {
		for _, set := range sets {
			set(c)
		}
	}
}

func nothing(*combination) {}

// The variable, not set and with each of `values`.
func variable(name string, values ...string) choices {
	out := choices{{"no " + name, nothing}}
	for _, value := range values {
		out = append(out, choice{fmt.Sprintf("%s=%q", name, value), env(name, value)})
	}
	return out
}

// Those of the names alone.
func (all choices) only(names ...string) choices {
	var out choices
	for _, name := range names {
		found := false
		for _, one := range all {
			if one.name == name {
				out, found = append(out, one), true
			}
		}
		if !found {
			panic("no choice is called " + name)
		}
	}
	return out
}

// Calls `tell` with each combination of one choice per dimension.
func product(tell func(combination), dimensions ...choices) {
	index := make([]int, len(dimensions))
	for {
		c := combination{env: map[string]string{}, files: map[string]string{}, world: world{"v2", "ok", "ok"}}
		for i, dimension := range dimensions {
			chosen := dimension[index[i]]
			chosen.set(&c)
			c.said = append(c.said, chosen.name)
		}
		tell(c)
		i := 0
		for ; i < len(index); i++ {
			index[i]++
			if index[i] < len(dimensions[i]) {
				break
			}
			index[i] = 0
		}
		if i == len(index) {
			return
		}
	}
}

type profile map[string]any

// `base` with the fields of `more`; nil takes one away.
func with(base profile, more profile) profile {
	out := profile{}
	for _, fields := range []profile{base, more} {
		for name, value := range fields {
			if value == nil {
				delete(out, name)
			} else {
				out[name] = value
			}
		}
	}
	return out
}

// A configuration of the CLI with these profiles, of which the first is the current one; another
// that is always there is "other".
func cliFile(profiles ...profile) string {
	profiles = append(profiles, profile{"name": "other", "mode": "AK", "access_key_id": "cli-other",
		"access_key_secret": "hunter2-cli-other"})
	text, err := json.Marshal(map[string]any{"current": profiles[0]["name"], "profiles": profiles})
	check(err)
	return string(text)
}
