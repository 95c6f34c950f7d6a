"""Each value of the chart, and what it must do to the rendering.

An option is (values, expectations); an expectation is (object, path, value), with the object by the
kind and name that no other has, and REMOVED for an object or a field that must not be there.
"""
REMOVED = object()
ROLE_ARN = "acs:ram::1234567890:role/dts-operator"
PROVIDER_ARN = "acs:ram::1234567890:oidc-provider/ack-rrsa-c0123"
DIGEST = "sha256:" + "0123456789abcdef" * 4

DEPLOYMENT = "Deployment/dts-operator"
POD = "spec.template.spec"
CONTAINER = POD + ".containers.0"
SELECTOR = {"app.kubernetes.io/name": "dts-operator", "app.kubernetes.io/instance": "dts-operator"}


def argument(text, present=True):
    return (DEPLOYMENT, CONTAINER + ".args", (text,) if present else REMOVED)


def key(name, field, **more):
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "dts-key", "key": field, **more}}}


OPTIONS = [
    ({}, [(DEPLOYMENT, CONTAINER + ".image", "dts-operator:0.1.0"),
          (DEPLOYMENT, CONTAINER + ".volumeMounts", REMOVED),
          ("CustomResourceDefinition/dtsjobs.dts.aliyun.com", "metadata.annotations",
           {"helm.sh/resource-policy": "keep"})]),
    ({"nameOverride": "other"}, [("Deployment/dts-operator-other", "spec.replicas", 1),
                                 ("ClusterRoleBinding/dts-operator-other", "roleRef.name", "dts-operator-other")]),
    ({"fullnameOverride": "mine"}, [("Deployment/mine", POD + ".serviceAccountName", "mine"),
                                    ("Role/mine", "rules.1.resourceNames", ["mine"])]),
    ({"image": {"registry": "registry.example.com/team/", "repository": "dts", "tag": "v2", "pullPolicy": "Always"}},
     [(DEPLOYMENT, CONTAINER + ".image", "registry.example.com/team/dts:v2"),
      (DEPLOYMENT, CONTAINER + ".imagePullPolicy", "Always"),
      ("Pod/dts-operator-test", "spec.containers.0.image", "registry.example.com/team/dts:v2")]),
    ({"image": {"digest": DIGEST}}, [(DEPLOYMENT, CONTAINER + ".image", f"dts-operator@{DIGEST}")]),
    ({"imagePullSecrets": [{"name": "key"}]}, [(DEPLOYMENT, POD + ".imagePullSecrets", [{"name": "key"}]),
                                               ("Pod/dts-operator-test", "spec.imagePullSecrets", [{"name": "key"}])]),
    ({"replicas": 2}, [(DEPLOYMENT, "spec.replicas", 2)]),
    ({"leaderElection": {"leaseName": "one", "leaseDuration": "30s", "renewDeadline": "20s", "retryPeriod": "5s"}},
     [argument("--leader-election-id=one"), argument("--lease-duration=30s"), argument("--renew-deadline=20s"),
      argument("--retry-period=5s"), ("Role/dts-operator", "rules.1.resourceNames", ["one"])]),
    ({"region": "cn-hangzhou"}, [argument("--region=cn-hangzhou")]),
    ({"extraRegions": ["cn-first", "cn-second"]}, [argument("--dts-extra-regions=cn-first,cn-second")]),
    ({"endpoint": "dts.cn-hangzhou.aliyuncs.com"}, [argument("--dts-endpoint=dts.cn-hangzhou.aliyuncs.com")]),
    ({"endpoint": "https://[2001:db8::1]:443"}, [argument("--dts-endpoint=https://[2001:db8::1]:443")]),
    ({"credentials": {"existingSecret": "dts-key"}},
     [(DEPLOYMENT, CONTAINER + ".env", (key("ALIBABA_CLOUD_ACCESS_KEY_ID", "accessKeyId"),
                                        key("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "accessKeySecret"),
                                        key("ALIBABA_CLOUD_SECURITY_TOKEN", "securityToken", optional=True)))]),
    ({"credentials": {"namespaces": ["shop", "bank"]}}, [argument("--own-credentials-namespaces=shop,bank")]),
    ({"credentials": {"namespaces": ["*"]}}, [argument("--own-credentials-namespaces=*")]),
    ({"credentials": {"oidc": {"roleName": "dts"}}},
     [("ServiceAccount/dts-operator", "metadata.annotations", {"pod-identity.alibabacloud.com/role-name": "dts"}),
      (DEPLOYMENT, "spec.template.metadata.labels", SELECTOR | {"pod-identity.alibabacloud.com/injection": "on"})]),
    ({"credentials": {"oidc": {"roleArn": ROLE_ARN, "providerArn": PROVIDER_ARN}}},
     [(DEPLOYMENT, CONTAINER + ".env", (
         {"name": "ALIBABA_CLOUD_ROLE_ARN", "value": ROLE_ARN},
         {"name": "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "value": PROVIDER_ARN},
         {"name": "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "value": "/var/run/secrets/rrsa/token"})),
      (DEPLOYMENT, CONTAINER + ".volumeMounts.0.mountPath", "/var/run/secrets/rrsa"),
      (DEPLOYMENT, POD + ".volumes.0.projected.sources.0.serviceAccountToken.audience", "sts.aliyuncs.com")]),
    ({"watchNamespaces": ["shop", "bank"]},
     [argument("--watch-namespace=shop,bank"), ("ClusterRole/dts-operator", "", REMOVED),
      ("ClusterRole/dts-operator-view", "", REMOVED), ("ClusterRoleBinding/dts-operator", "", REMOVED),
      ("Role/shop/dts-operator-jobs", "rules.0.verbs", ["get", "list", "watch"]),
      ("RoleBinding/bank/dts-operator-jobs", "subjects.0.namespace", "dts-system")]),
    ({"secretAccess": [{"namespace": "shop", "names": ["a", "b"]}, {"namespace": "bank", "names": ["c"]}]},
     [("Role/shop/dts-operator-credentials", "rules",
       [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a", "b"], "verbs": ["get"]}]),
      ("RoleBinding/bank/dts-operator-credentials", "roleRef.name", "dts-operator-credentials")]),
    ({"rbac": {"create": False}}, [("ClusterRole/dts-operator", "", REMOVED), ("Role/dts-operator", "", REMOVED)]),
    ({"rbac": {"aggregateRoles": False}}, [("ClusterRole/dts-operator-edit", "", REMOVED)]),
    ({"serviceAccount": {"create": False}}, [("ServiceAccount/dts-operator", "", REMOVED),
                                             (DEPLOYMENT, POD + ".serviceAccountName", "default")]),
    ({"serviceAccount": {"name": "robot", "annotations": {"a": "b"}}},
     [("ServiceAccount/robot", "metadata.annotations", {"a": "b"}),
      ("ClusterRoleBinding/dts-operator", "subjects.0.name", "robot")]),
    ({"crds": {"enabled": False}}, [("CustomResourceDefinition/dtsjobs.dts.aliyun.com", "", REMOVED)]),
    ({"crds": {"keep": False}}, [("CustomResourceDefinition/dtsjobs.dts.aliyun.com", "metadata.annotations", REMOVED)]),
    ({"metrics": {"port": 9090, "serviceMonitor": {"enabled": True, "interval": "1m", "labels": {"team": "db"}}}},
     [argument("--metrics-bind-address=:9090"), ("Service/dts-operator-metrics", "spec.ports.0.port", 9090),
      ("ServiceMonitor/dts-operator", "spec.endpoints.0.interval", "1m"),
      ("ServiceMonitor/dts-operator", "metadata.labels.team", "db")]),
    ({"metrics": {"enabled": False}}, [argument("--metrics-bind-address=0"),
                                       ("Service/dts-operator-metrics", "", REMOVED)]),
    ({"logLevel": "debug"}, [argument("--log-level=debug")]),
    ({"podAnnotations": {"a": "b"}, "podLabels": {"c": "d"}},
     [(DEPLOYMENT, "spec.template.metadata.annotations", {"a": "b"}),
      (DEPLOYMENT, "spec.template.metadata.labels", SELECTOR | {"c": "d"})]),
    ({"podSecurityContext": {"fsGroup": 7}, "securityContext": {"runAsUser": 7}},
     [(DEPLOYMENT, POD + ".securityContext.fsGroup", 7), (DEPLOYMENT, CONTAINER + ".securityContext.runAsUser", 7),
      (DEPLOYMENT, CONTAINER + ".securityContext.readOnlyRootFilesystem", True)]),
    ({"resources": {"limits": {"memory": "1Gi"}}}, [(DEPLOYMENT, CONTAINER + ".resources.limits.memory", "1Gi")]),
    ({"nodeSelector": {"disk": "ssd"}, "priorityClassName": "high", "tolerations": [{"operator": "Exists"}],
      "affinity": {"podAntiAffinity": {}}},
     [(DEPLOYMENT, POD + ".nodeSelector", {"disk": "ssd"}), (DEPLOYMENT, POD + ".priorityClassName", "high"),
      (DEPLOYMENT, POD + ".tolerations", [{"operator": "Exists"}]),
      (DEPLOYMENT, POD + ".affinity", {"podAntiAffinity": {}})]),
    ({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]},
     [(DEPLOYMENT, POD + ".topologySpreadConstraints.0.labelSelector.matchLabels", SELECTOR)]),
    ({"podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"}},
     [("PodDisruptionBudget/dts-operator", "spec.maxUnavailable", "50%"),
      ("PodDisruptionBudget/dts-operator", "spec.selector.matchLabels", SELECTOR)]),
    ({"networkPolicy": {"enabled": True}}, [("NetworkPolicy/dts-operator", "spec.policyTypes", ["Ingress"]),
                                            ("NetworkPolicy/dts-operator", "spec.ingress.0.from", REMOVED)]),
    ({"networkPolicy": {"enabled": True, "ingressFrom": [{"podSelector": {}}], "egress": [{"ports": [{"port": 443}]}]}},
     [("NetworkPolicy/dts-operator", "spec.policyTypes", ["Ingress", "Egress"]),
      ("NetworkPolicy/dts-operator", "spec.ingress.0.from", [{"podSelector": {}}]),
      ("NetworkPolicy/dts-operator", "spec.egress.0.ports.0.port", 443)]),
    ({"extraArgs": ["--dts-start-qps=9"]}, [argument("--dts-start-qps=9")]),
    ({"extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy"}]},
     [(DEPLOYMENT, CONTAINER + ".env", ({"name": "HTTPS_PROXY", "value": "http://proxy"},))]),
    ({"extraVolumes": [{"name": "v", "emptyDir": {}}], "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}]},
     [(DEPLOYMENT, POD + ".volumes.0.name", "v"), (DEPLOYMENT, CONTAINER + ".volumeMounts.0.mountPath", "/v")]),
]

# Wrong values, and words that the message must have: the value's name, and what is expected.
WRONG = [
    ({"replicas": "two"}, ["/replicas", "want integer"]),
    ({"replica": 2}, ["replica", "not allowed"]),
    ({"image": {"pullPolicy": "Sometimes"}}, ["/image/pullPolicy", "Always", "IfNotPresent", "Never"]),
    ({"image": {"digest": "abc"}}, ["/image/digest", "sha256"]),
    ({"image": {"repository": ""}}, ["/image/repository"]),
    ({"region": "Hangzhou"}, ["/region", "Hangzhou"]),
    ({"extraRegions": ["Hangzhou"]}, ["/extraRegions/0", "Hangzhou"]),
    ({"endpoint": "ftp://dts"}, ["/endpoint", "https"]),
    ({"watchNamespaces": "shop"}, ["/watchNamespaces", "want array"]),
    ({"watchNamespaces": ["shop", "shop"]}, ["/watchNamespaces", "equal"]),
    ({"watchNamespaces": ["Shop"]}, ["/watchNamespaces/0", "Shop"]),
    ({"secretAccess": [{"namespace": "shop"}]}, ["/secretAccess/0", "names"]),
    ({"leaderElection": {"leaseDuration": 15}}, ["/leaderElection/leaseDuration", "want string"]),
    ({"metrics": {"port": 80}}, ["/metrics/port", "1,024"]),
    ({"logLevel": "trace"}, ["/logLevel", "debug"]),
    ({"extraArgs": ["region=x"]}, ["/extraArgs/0"]),
    ({"credentials": {"namespaces": ["Shop"]}}, ["/credentials/namespaces/0"]),
    ({"credentials": {"oidc": {"roleArn": "role"}}}, ["/credentials/oidc/roleArn"]),
    ({"credentials": {"oidc": {"roleArn": ROLE_ARN}}}, ["credentials.oidc: roleArn and providerArn belong together"]),
    ({"credentials": {"existingSecret": "a", "oidc": {"roleName": "b"}}}, ["set existingSecret or oidc, not both"]),
    ({"credentials": {"oidc": {"roleName": "b", "roleArn": ROLE_ARN, "providerArn": PROVIDER_ARN}}}, ["not both"]),
    ({"metrics": {"enabled": False, "serviceMonitor": {"enabled": True}}}, ["serviceMonitor.enabled needs"]),
]
