package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// A request of either side to one of the servers that credentials come from.
type request struct {
	Method, Scheme, Host, Path string
	Values                     url.Values // of the query, and of the form in the body
	Header                     http.Header
}

type answer struct {
	Status int
	Body   string
	Broken bool // the connection ends instead
}

// The servers as a combination has them. What they give names all that the request said about who
// is meant, so that equal keys are equal identities.
type world struct {
	Metadata string // "v2", "v1 only", "v2 only", "v2 is broken", "no role", "absent"
	Sts      string // "ok", "refuses", "absent"
	Uri      string // "ok", "refuses", "absent"
}

const uriHost = "127.0.0.1:9"

func fields(who string) map[string]string {
	return map[string]string{"Code": "Success", "AccessKeyId": who, "AccessKeySecret": "hunter2-secret-of-" + who,
		"SecurityToken": "hunter2-token-of-" + who, "Expiration": "2100-01-01T00:00:00Z"}
}

func give(value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return answer{Status: 200, Body: string(body)}
}

func refuse(code string) answer {
	return answer{Status: 403, Body: fmt.Sprintf(`{"Code":%q,"Message":"refused by the test"}`, code)}
}

func (w world) answer(r request) answer {
	switch {
	case r.Host == "100.100.100.200" && r.Scheme == "http":
		return w.metadata(r)
	case strings.HasPrefix(r.Host, "sts") && strings.HasSuffix(r.Host, ".aliyuncs.com") && r.Scheme == "https":
		return w.sts(r)
	case r.Host == uriHost && r.Path == "/credentials":
		return map[string]answer{"ok": give(fields("uri")), "refuses": refuse("No"), "absent": {Broken: true}}[w.Uri]
	case r.Host == "signin.example.com" && r.Path == "/cloud-credentials":
		// The same keys as those in the file, since they are the same identity.
		return bearer(r, give(map[string]any{"CloudCredential": fields("sso")}))
	case r.Host == "oauth.aliyun.com" && r.Path == "/v1/exchange":
		keys := fields("oauth")
		return bearer(r, give(map[string]string{"accessKeyId": keys["AccessKeyId"], "accessKeySecret": keys["AccessKeySecret"],
			"securityToken": keys["SecurityToken"], "expiration": keys["Expiration"]}))
	case r.Host == "oauth.aliyun.com" && r.Path == "/v1/token":
		return give(map[string]any{"access_token": "hunter2-access", "refresh_token": "hunter2-refresh", "expires_in": 3600})
	}
	panic(fmt.Sprintf("a request to nobody: %s %s://%s%s", r.Method, r.Scheme, r.Host, r.Path))
}

func bearer(r request, granted answer) answer {
	if r.Method != "POST" || r.Header.Get("Authorization") != "Bearer hunter2-access" {
		return refuse("Unauthorized")
	}
	return granted
}

func (w world) metadata(r request) answer {
	const roles = "/latest/meta-data/ram/security-credentials/"
	token := r.Header.Get("X-aliyun-ecs-metadata-token")
	switch {
	case w.Metadata == "absent":
		return answer{Broken: true}
	case r.Method == "PUT" && r.Path == "/latest/api/token":
		if w.Metadata == "v1 only" {
			return answer{Status: 404}
		}
		return answer{Status: 200, Body: "hunter2-session"}
	case token != "" && token != "hunter2-session", token != "" && w.Metadata == "v2 is broken",
		token == "" && w.Metadata == "v2 only":
		return answer{Status: 403}
	case w.Metadata == "no role":
		return answer{Status: 404}
	case r.Path == roles:
		return answer{Status: 200, Body: "worker"}
	case strings.HasPrefix(r.Path, roles):
		return give(fields("ecs|" + strings.TrimPrefix(r.Path, roles)))
	}
	return answer{Status: 404}
}

var credential = regexp.MustCompile(`Credential=([^,]*)`)

func (w world) sts(r request) answer {
	if w.Sts == "absent" {
		return answer{Broken: true}
	}
	if w.Sts == "refuses" {
		return refuse("NoPermission")
	}
	// With one signature the source is in the query, with the other in headers.
	source, token := r.Values.Get("AccessKeyId"), r.Values.Get("SecurityToken")
	if match := credential.FindStringSubmatch(r.Header.Get("Authorization")); match != nil {
		source, token = match[1], r.Header.Get("X-Acs-Security-Token")
	}
	action := r.Values.Get("Action") + r.Header.Get("X-Acs-Action")
	session := r.Values.Get("RoleSessionName")
	if strings.HasPrefix(session, "credentials-go-") || session == "dts-operator" {
		session = "" // each has a name of its own for it
	}
	who := []string{r.Host, action, source, token, session}
	for _, name := range []string{"RoleArn", "OIDCProviderArn", "OIDCToken", "DurationSeconds", "Policy", "ExternalId"} {
		who = append(who, r.Values.Get(name))
	}
	return give(map[string]any{"Credentials": fields(strings.Join(who, "|"))})
}
