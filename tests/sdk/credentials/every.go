package main

// Calls `tell` with every combination: first the chain as a whole, then each of its parts in full,
// with nothing and with all behind it.
func every(home string, tell func(combination)) {
	d := dimensionsIn(home)
	cliOff := variable("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true", "TRUE", "1", "false")
	metadataOff := variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true", "True", "1", "")
	v1Off := variable("ALIBABA_CLOUD_IMDSV1_DISABLED", "true", "True", "false")
	roleName := variable("ALIBABA_CLOUD_ECS_METADATA", "env-role")
	named := variable("ALIBABA_CLOUD_PROFILE", "other", "missing", "other.child")
	region := variable("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou")
	vpc := variable("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true", "TRUE", "1")
	session := variable("ALIBABA_CLOUD_ROLE_SESSION_NAME", "session-env")
	behind := choices{
		{"nothing behind", func(c *combination) { c.world.Metadata = "absent" }},
		{"all behind", func(c *combination) { c.env["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://" + uriHost + "/credentials" }},
	}

	product(tell, d.homes(),
		d.keys().only("no keys", "an id alone", "keys"),
		d.oidc().only("no OIDC", "OIDC", "OIDC without its file"),
		d.cli(false).only("no CLI", "CLI AK", "CLI EcsRamRole", "CLI RamRoleArn", "CLI External"), cliOff[:2],
		d.ini(false).only("no ini", "ini access_key", "ini ecs_ram_role", "ini ram_role_arn", "ini rsa_key_pair"),
		metadataOff[:2], d.metadata()[:2], d.uri()[:2], d.sts()[:2])

	product(tell, d.homes(), d.keys(), d.oidc()[:2], d.cli(false)[:2], behind)
	product(tell, append(d.homes(), choice{"no HOME", nothing}), d.cli(false).only("no CLI", "CLI AK"),
		d.ini(false).only("no ini", "ini access_key"), named, behind)
	product(tell, d.homes(), d.oidc(), d.sts(), region, vpc, session, behind)

	role := choices{{"no role", nothing}, {"a role", env("ALIBABA_CLOUD_ROLE_ARN", "role-env")}}
	clis := append(d.cli(false), d.cli(true)...)
	product(tell, d.homes(), clis, cliOff, behind)
	product(tell, d.homes(), clis, named, metadataOff[:2], role, behind)
	product(tell, d.homes(), clis, d.keys()[:3], d.oidc()[:4], d.sts()[:2], behind)
	product(tell, d.homes(), clis, region, vpc, session, roleName, behind[:1])

	inis := append(d.ini(false), d.ini(true)...)
	product(tell, d.homes(), inis, named, metadataOff[:2], roleName, d.sts()[:2], behind)
	product(tell, d.homes(), inis, d.oidc()[:2], region, vpc[:2], session, behind[:1])

	anyRole := choices{{"the chain", nothing}}
	anyRole = append(anyRole, d.cli(false).only("CLI EcsRamRole", "CLI EcsRamRole without a name", "CLI Chainable of EcsRamRole")...)
	anyRole = append(anyRole, d.ini(false).only("ini ecs_ram_role", "ini ecs_ram_role of any name", "ini ecs_ram_role without a name")...)
	product(tell, d.homes(), anyRole, metadataOff, v1Off, roleName, d.metadata(), d.uri())
}
