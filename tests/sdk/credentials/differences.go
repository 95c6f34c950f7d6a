package main

import "strings"

// Where the operator's chain is meant to differ from the library.
type difference struct {
	name, reason string
	applies      func(c combination, theirs, ours outcome) bool
}

func refused(o outcome) bool { return o.keys == (keys{}) }

// True when a choice whose name begins with one of `names` was made, and the operator's chain ended
// there, telling so.
func endsAt(names ...string) func(combination, outcome, outcome) bool {
	return func(c combination, _, ours outcome) bool {
		return refused(ours) && made(c, names...) && strings.Contains(ours.said, "Nothing behind it is asked")
	}
}

func made(c combination, names ...string) bool {
	for _, name := range names {
		if c.has(name) {
			return true
		}
	}
	return false
}

var differences = []difference{
	{"External", "it runs a program; the operator refuses and asks nobody else",
		endsAt("CLI External", "CLI Chainable of External")},
	{"unknown mode", "the library goes on to another identity; the operator refuses",
		endsAt("CLI an unknown mode", "CLI no mode")},
	{"expired sign-in", "the library goes on to another identity; the operator says to sign in again",
		endsAt("CLI CloudSSO expired")},
	{"expired OAuth", "the library renews the sign-in and writes the file, which a pod cannot; the operator says to sign in again",
		endsAt("CLI OAuth expired")},
	{"cached keys", "the library wants a sign-in for keys that are still good; the operator uses them, as the library for Python does for OAuth",
		func(c combination, _, ours outcome) bool {
			return c.has("CLI CloudSSO expired with keys") && ours.keys.Id == "sso"
		}},
	{"ini sts and oidc_role_arn", "other official libraries have these types; the one for Go goes on to another identity",
		func(c combination, _, ours outcome) bool {
			return c.has("ini sts") && ours.keys.Id == "ini-id" ||
				c.has("ini oidc_role_arn") && strings.Contains(ours.keys.Id, "role-ini")
		}},
	{"ini types", "the library goes on to another identity; the operator refuses",
		endsAt("ini rsa_key_pair", "ini bearer", "ini an unknown type")},
	{"ini syntax", "rare syntax is refused instead of read",
		endsAt("ini three quotes", "ini backquotes", "ini a continuation", "ini a reference", "ini a key in quotes")},
	{"quotes", "the library sends a key with its quotes, which Alibaba Cloud refuses; the operator says what is wrong",
		endsAt("quoted keys", "CLI quoted AK", "ini one quotation mark", "ini two values in quotes")},
	{"white space", "the library sends a line break with the key; the operator drops it",
		func(c combination, theirs, ours outcome) bool {
			return c.has("keys with a line break") && strings.TrimSpace(theirs.keys.Id) == ours.keys.Id
		}},
	{"blank keys", "the library sends blanks as a key; for the operator they are none",
		func(c combination, theirs, _ outcome) bool { return c.has("blank keys") && theirs.keys.Id == " " }},
	{"metadata falls back", "version 1 where version 2 gives a session and then refuses it, as the library for Python does",
		func(c combination, _, ours outcome) bool {
			return c.has("metadata v2 is broken") && strings.Contains(ours.keys.Id, "ecs|")
		}},
	{"session name of OIDC", "ALIBABA_CLOUD_ROLE_SESSION_NAME names it, as for the library for Python; the role is the same",
		func(_ combination, theirs, ours outcome) bool {
			return strings.Contains(ours.keys.Id, "OIDC") &&
				strings.Replace(ours.keys.Id, "|session-env|", "||", 1) == theirs.keys.Id
		}},
}
