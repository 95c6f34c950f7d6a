package main

import "strings"

// The ini file with each kind of section and of syntax.
func (d dimensions) ini(elsewhere bool) choices {
	const keys = "type = access_key\naccess_key_id = ini-id\naccess_key_secret = hunter2-ini\n"
	const role = "type = ram_role_arn\naccess_key_id = ini-id\naccess_key_secret = hunter2-ini\nrole_arn = role-ini\n"
	kinds := []struct{ name, text string }{
		{"access_key", keys},
		{"access_key without a secret", "type = access_key\naccess_key_id = ini-id\n"},
		{"access_key with an empty secret", "type = access_key\naccess_key_id = ini-id\naccess_key_secret =\n"},
		{"sts", strings.Replace(keys, "access_key\n", "sts\n", 1) + "security_token = hunter2-token\n"},
		{"ecs_ram_role", "type = ecs_ram_role\nrole_name = ini-role\n"},
		{"ecs_ram_role of any name", "type = ecs_ram_role\nrole_name =\n"},
		{"ecs_ram_role without a name", "type = ecs_ram_role\n"},
		{"ram_role_arn", role + "role_session_name = s\n"},
		{"ram_role_arn in full", role + "role_session_name = s\npolicy = {\"Version\":\"1\"}\n"},
		{"ram_role_arn without a session", role},
		{"oidc_role_arn", "type = oidc_role_arn\nrole_arn = role-ini\noidc_provider_arn = provider-ini\noidc_token_file_path = " + d.oidcToken + "\n"},
		{"rsa_key_pair", "type = rsa_key_pair\npublic_key_id = hunter2\nprivate_key_file = /hunter2\n"},
		{"bearer", "type = bearer\nbearer_token = hunter2\n"},
		{"an unknown type", "type = other\n"},
		{"no type", "access_key_id = ini-id\naccess_key_secret = hunter2-ini\n"},
		{"an empty section", ""},
	}
	texts := []struct{ name, text string }{
		{"without the section", "[another]\n" + keys},
		{"without sections", keys},
		{"empty", ""},
		{"broken", "[default\n" + keys},
		{"a line that is none", "[default]\n" + keys + "hunter2\n"},
		{"a nameless key", "[default]\n" + keys + "= hunter2\n"},
		{"a nameless section", "[]\n" + keys},
		{"BOM and CRLF", "\xef\xbb\xbf" + strings.ReplaceAll("[default]\n"+keys, "\n", "\r\n")},
		{"double quotes", "[default]\ntype=\"access_key\"\naccess_key_id=\"ini-id\"\naccess_key_secret=\"hunter2\"\n"},
		{"single quotes", "[default]\ntype='access_key'\naccess_key_id='ini-id'\naccess_key_secret='hunter2'\n"},
		{"colons and blanks", " [default] \n\ttype : access_key\naccess_key_id:ini-id\n access_key_secret :hunter2 \n"},
		{"comments", "# c\n[default] ; c\ntype = access_key # c\n; access_key_id = x\naccess_key_id = ini-id;c\naccess_key_secret = hunter2#c\n"},
		{"keys twice", "[default]\n" + keys + "access_key_id = ini-later\n"},
		{"a section twice", "[default]\ntype = access_key\n[other]\n[default]\naccess_key_id = ini-id\naccess_key_secret = hunter2\n"},
		{"a comment for a secret", "[default]\ntype = access_key\naccess_key_id = ini-id\naccess_key_secret = #hunter2\n"},
		{"= in a value", "[default]\n" + keys + "access_key_id = a=b:c\n"},
		{"one quotation mark", "[default]\n" + keys + "access_key_id = \"ini-id\n"},
		{"two values in quotes", "[default]\n" + keys + "access_key_id = \"a\"b\"\n"},
		{"capitals", "[Default]\n" + keys + "[default]\nType = access_key\n"},
		{"a name with blanks", "[ default ]\n" + keys},
		{"three quotes", "[default]\ntype = access_key\naccess_key_id = \"\"\"ini-id\"\"\"\naccess_key_secret = hunter2\n"},
		{"backquotes", "[default]\ntype = access_key\naccess_key_id = `ini-id`\naccess_key_secret = hunter2\n"},
		{"a continuation", "[default]\ntype = access_key\naccess_key_id = ini-\\\nid\naccess_key_secret = hunter2\n"},
		{"a reference", "[default]\ntype = access_key\nname = ini-id\naccess_key_id = %(name)s\naccess_key_secret = hunter2\n"},
		{"a key in quotes", "[default]\n\"type\" = access_key\naccess_key_id = ini-id\naccess_key_secret = hunter2\n"},
	}
	for _, kind := range kinds {
		texts = append(texts, struct{ name, text string }{kind.name, "[default]\n" + kind.text})
	}
	const other = "[other]\ntype = access_key\naccess_key_id = ini-other\naccess_key_secret = hunter2-other\n" +
		"[other.child]\naccess_key_id = ini-child\n"
	out := choices{{"no ini", nothing}}
	for _, kind := range texts {
		set := file(d.iniHome, kind.text+other)
		if elsewhere {
			set = all(file(d.iniElse, kind.text+other), env("ALIBABA_CLOUD_CREDENTIALS_FILE", d.iniElse))
		}
		out = append(out, choice{"ini " + kind.name, set})
	}
	if elsewhere {
		out = append(out, choice{"ini missing", env("ALIBABA_CLOUD_CREDENTIALS_FILE", d.iniElse)})
	}
	return out
}
