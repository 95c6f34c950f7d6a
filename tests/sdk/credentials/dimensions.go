package main

import "path/filepath"

const (
	far  = 4102444800 // 2100
	past = 1000000000 // 2001
)

// The values of each dimension, in files under `home`.
type dimensions struct{ home, oidcToken, external, cliHome, cliElse, iniHome, iniElse string }

func dimensionsIn(home string) dimensions {
	in := func(path string) string { return filepath.Join(home, path) }
	return dimensions{home, in("oidc"), in("external"), in(".aliyun/config.json"), in("etc/cli.json"),
		in(".alibabacloud/credentials"), in("etc/keys.ini")}
}

func (d dimensions) homes() choices {
	return choices{{"HOME", all(env("HOME", d.home),
		file(d.external, `{"mode":"AK","access_key_id":"external","access_key_secret":"hunter2"}`))}}
}

func (d dimensions) keys() choices {
	id, secret := "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	return choices{
		{"no keys", nothing},
		{"an id alone", env(id, "env-id")},
		{"a secret alone", env(secret, "hunter2-env")},
		{"keys", env(id, "env-id", secret, "hunter2-env")},
		{"keys and a token", env(id, "env-id", secret, "hunter2-env", "ALIBABA_CLOUD_SECURITY_TOKEN", "hunter2-token")},
		{"empty keys", env(id, "", secret, "")},
		{"quoted keys", env(id, `"env-id"`, secret, `"hunter2-env"`)},
		{"keys with a line break", env(id, "env-id\n", secret, "hunter2-env\n")},
		{"blank keys", env(id, " ", secret, "\t")},
	}
}

func (d dimensions) oidc() choices {
	role, provider := "ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"
	name, token := "ALIBABA_CLOUD_OIDC_TOKEN_FILE", file(d.oidcToken, "hunter2.oidc.token")
	return choices{
		{"no OIDC", nothing},
		{"OIDC", all(env(role, "role-env", provider, "provider-env", name, d.oidcToken), token)},
		{"OIDC without its file", env(role, "role-env", provider, "provider-env", name, d.oidcToken)},
		{"OIDC without a role", all(env(provider, "provider-env", name, d.oidcToken), token)},
		{"OIDC without a provider", all(env(role, "role-env", name, d.oidcToken), token)},
		{"OIDC without a file's name", all(env(role, "role-env", provider, "provider-env"), token)},
		{"OIDC with an empty role", all(env(role, "", provider, "provider-env", name, d.oidcToken), token)},
	}
}

func (d dimensions) metadata() choices {
	out := choices{}
	for _, state := range []string{"v2", "absent", "no role", "v1 only", "v2 only", "v2 is broken"} {
		state := state
		out = append(out, choice{"metadata " + state, func(c *combination) { c.world.Metadata = state }})
	}
	return out
}

func (d dimensions) sts() choices {
	out := choices{}
	for _, state := range []string{"ok", "refuses", "absent"} {
		state := state
		out = append(out, choice{"STS " + state, func(c *combination) { c.world.Sts = state }})
	}
	return out
}

func (d dimensions) uri() choices {
	out := choices{{"no URI", nothing}}
	for _, state := range []string{"ok", "refuses", "absent"} {
		state := state
		out = append(out, choice{"URI " + state, func(c *combination) {
			c.world.Uri = state
			c.env["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://" + uriHost + "/credentials"
		}})
	}
	return out
}

// The file of the CLI with each kind of profile; in the home or, with `elsewhere`, where a variable
// says.
func (d dimensions) cli(elsewhere bool) choices {
	keys := profile{"name": "me", "access_key_id": "cli-id", "access_key_secret": "hunter2-cli"}
	role := with(keys, profile{"mode": "RamRoleArn", "ram_role_arn": "role-cli"})
	sso := profile{"name": "me", "mode": "CloudSSO", "cloud_sso_sign_in_url": "https://signin.example.com/x",
		"cloud_sso_account_id": "1", "cloud_sso_access_config": "ac", "access_token": "hunter2-access",
		"cloud_sso_access_token_expire": far}
	oauth := profile{"name": "me", "mode": "OAuth", "oauth_site_type": "cn", "oauth_access_token": "hunter2-access",
		"oauth_refresh_token": "hunter2-refresh", "oauth_access_token_expire": far}
	cached := func(who string) profile {
		f := fields(who)
		return profile{"access_key_id": f["AccessKeyId"], "access_key_secret": f["AccessKeySecret"],
			"sts_token": f["SecurityToken"], "sts_expiration": far}
	}
	chained := func(source string) profile {
		return profile{"name": "me", "mode": "ChainableRamRoleArn", "source_profile": source, "ram_role_arn": "role-chained"}
	}
	external := profile{"name": "me", "mode": "External",
		"process_command": "/bin/cat " + d.external}
	kinds := []struct{ name, text string }{
		{"AK", cliFile(with(keys, profile{"mode": "AK"}))},
		{"AK without a secret", cliFile(with(keys, profile{"mode": "AK", "access_key_secret": nil}))},
		{"AK without an id", cliFile(with(keys, profile{"mode": "AK", "access_key_id": ""}))},
		{"quoted AK", cliFile(with(keys, profile{"mode": "AK", "access_key_id": "'cli-id'"}))},
		{"StsToken", cliFile(with(keys, profile{"mode": "StsToken", "sts_token": "hunter2-sts"}))},
		{"StsToken without one", cliFile(with(keys, profile{"mode": "StsToken"}))},
		{"RamRoleArn", cliFile(role)},
		{"RamRoleArn in full", cliFile(with(role, profile{"ram_session_name": "s", "expired_seconds": 900,
			"external_id": "e", "policy": `{"Version":"1"}`, "sts_token": "hunter2-of-an-earlier-mode"}))},
		{"RamRoleArn of a region", cliFile(with(role, profile{"sts_region": "cn-beijing"}))},
		{"RamRoleArn of a VPC", cliFile(with(role, profile{"sts_region": "cn-beijing", "enable_vpc": true}))},
		{"RamRoleArn for too short", cliFile(with(role, profile{"expired_seconds": 600}))},
		{"RamRoleArn without a role", cliFile(with(role, profile{"ram_role_arn": nil}))},
		{"EcsRamRole", cliFile(profile{"name": "me", "mode": "EcsRamRole", "ram_role_name": "cli-role"})},
		{"EcsRamRole without a name", cliFile(profile{"name": "me", "mode": "EcsRamRole"})},
		{"OIDC", cliFile(profile{"name": "me", "mode": "OIDC", "ram_role_arn": "role-cli",
			"oidc_provider_arn": "provider-cli", "oidc_token_file": d.oidcToken, "ram_session_name": "s"})},
		{"OIDC by the environment", cliFile(profile{"name": "me", "mode": "OIDC"})},
		{"Chainable of AK", cliFile(chained("inner"), with(keys, profile{"name": "inner", "mode": "AK"}))},
		{"Chainable of RamRoleArn", cliFile(chained("inner"), with(role, profile{"name": "inner"}))},
		{"Chainable of EcsRamRole", cliFile(chained("inner"), profile{"name": "inner", "mode": "EcsRamRole"})},
		{"Chainable of StsToken", cliFile(chained("inner"), with(keys, profile{"name": "inner", "mode": "StsToken", "sts_token": "hunter2-sts"}))},
		{"Chainable of nobody", cliFile(chained("missing"))},
		{"Chainable of External", cliFile(chained("inner"), with(external, profile{"name": "inner"}))},
		{"CloudSSO", cliFile(sso)},
		{"CloudSSO with keys", cliFile(with(sso, cached("sso")))},
		{"CloudSSO expired", cliFile(with(sso, profile{"cloud_sso_access_token_expire": past}))},
		{"CloudSSO expired with keys", cliFile(with(with(sso, cached("sso")), profile{"cloud_sso_access_token_expire": past}))},
		{"CloudSSO without an address", cliFile(with(sso, profile{"cloud_sso_sign_in_url": nil}))},
		{"OAuth", cliFile(oauth)},
		{"OAuth with keys", cliFile(with(oauth, cached("oauth")))},
		{"OAuth expired", cliFile(with(oauth, profile{"oauth_access_token_expire": past}))},
		{"OAuth expired with keys", cliFile(with(with(oauth, cached("oauth")), profile{"oauth_access_token_expire": past}))},
		{"OAuth without a refresh token", cliFile(with(oauth, profile{"oauth_refresh_token": nil, "oauth_access_token_expire": past}))},
		{"OAuth of no site", cliFile(with(oauth, profile{"oauth_site_type": "DE"}))},
		{"External", cliFile(external)},
		{"an unknown mode", cliFile(with(keys, profile{"mode": "Browser"}))},
		{"no mode", cliFile(keys)},
		{"broken", `{"current": "hunter2`},
		{"no profiles", `{"current": "me", "profiles": []}`},
		{"no current", `{"profiles": [{"name": "default", "mode": "AK", "access_key_id": "cli-id", "access_key_secret": "hunter2"}]}`},
	}
	out := choices{{"no CLI", nothing}}
	for _, kind := range kinds {
		set := file(d.cliHome, kind.text)
		if elsewhere {
			set = all(file(d.cliElse, kind.text), env("ALIBABA_CLOUD_CONFIG_FILE", d.cliElse))
		}
		out = append(out, choice{"CLI " + kind.name, set})
	}
	if elsewhere {
		out = append(out, choice{"CLI missing", env("ALIBABA_CLOUD_CONFIG_FILE", d.cliElse)})
	}
	return out
}
