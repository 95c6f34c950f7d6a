#!/usr/bin/env python3
"""The chart and deploy/: what each value does, and that a real API server takes every rendering.

Needs scripts/kubernetes-tools kubectl kube-apiserver etcd helm.
"""
import json
import unittest

import yaml

from options import OPTIONS, REMOVED, WRONG
from render import CHART, ROOT, ApiServer, kustomize, objects, render, run, tool

# What Helm adds for itself.
HELM_LABELS = {"app.kubernetes.io/managed-by", "helm.sh/chart"}
NAMESPACED = {"watchNamespaces": ["shop"], "secretAccess": [{"namespace": "shop", "names": ["dts-credentials"]}]}


def find(rendered, name):
    """The object of "Kind/name" or "Kind/namespace/name"."""
    parts = name.split("/")
    for key, item in rendered.items():
        kind, namespace, own = key.split("/")
        if kind == parts[0] and own == parts[-1] and (len(parts) == 2 or namespace == parts[1]):
            return item
    return REMOVED


def field(item, path):
    for step in path.split(".") if path and item is not REMOVED else ():
        try:
            item = item[int(step)] if isinstance(item, list) else item[step]
        except (KeyError, IndexError):
            return REMOVED
    return item


def leaves(values, prefix=""):
    for name, value in values.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from leaves(value, prefix + name + ".")


def without_helm(rendered):
    """The objects that are to be the same however they are installed, without Helm's own marks."""
    kept = {}
    for key, item in rendered.items():
        meta = item["metadata"]
        if "helm.sh/hook" in meta.get("annotations", {}) or item["kind"] == "Namespace":
            continue
        meta["labels"] = {k: v for k, v in meta.get("labels", {}).items() if k not in HELM_LABELS}
        meta.get("annotations", {}).pop("helm.sh/resource-policy", None)
        if not meta.get("annotations"):
            meta.pop("annotations", None)
        kept[key] = item
    return kept


class Chart(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.api = ApiServer()
        cls.addClassCleanup(cls.api.stop)

    def rendering(self, values):
        text, error = render(values)
        self.assertEqual(error, "", values)
        self.assertEqual(self.api.complaints(text), "", values)
        return objects(text)

    def test_lint_has_no_complaint(self):
        done = run(tool("helm"), "lint", "--strict", CHART)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_option_does_what_it_says(self):
        for values, expectations in OPTIONS:
            rendered = self.rendering(values)
            for name, path, expected in expectations:
                with self.subTest(values=values, object=name, path=path):
                    found = field(find(rendered, name), path)
                    if isinstance(expected, tuple):  # A list that has these items, among others.
                        for item in expected:
                            self.assertIn(item, found)
                    else:
                        self.assertEqual(found, expected)

    def test_every_option_is_tested(self):
        tested = {name for values, _ in OPTIONS for name in leaves(values)}
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())
        open_ended = ("resources.", "podSecurityContext.", "securityContext.", "nodeSelector.")
        self.assertEqual([n for n in leaves(defaults) if n not in tested and not n.startswith(open_ended)], [])

    def test_wrong_values_are_refused_with_their_name(self):
        for values, words in WRONG:
            with self.subTest(values=values):
                _, error = render(values)
                for word in words:
                    self.assertIn(word, error)

    def test_every_value_is_described_in_the_schema(self):
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())
        schema = json.loads((CHART / "values.schema.json").read_text())

        def undescribed(values, node, prefix=""):
            for name, value in values.items():
                own = node.get("properties", {}).get(name, {})
                if "description" in own:
                    continue
                if isinstance(value, dict) and "properties" in own:
                    yield from undescribed(value, own, prefix + name + ".")
                else:
                    yield prefix + name

        self.assertEqual(list(undescribed(defaults, schema)), [])

    def test_a_release_of_another_name_has_objects_of_another_name(self):
        text, error = render({}, release="blue")
        self.assertEqual(error, "")
        ours = [key for key in objects(text) if not key.startswith("CustomResourceDefinition")]
        self.assertEqual([key for key in ours if not key.split("/")[2].startswith("blue-dts-operator")], [])

    def test_no_rendering_grants_more_than_get_on_named_secrets(self):
        for values, _ in OPTIONS:
            text, _ = render(values)
            for key, item in objects(text).items():
                for rule in item.get("rules", []) if "Role" in item["kind"] else []:
                    if "secrets" in rule.get("resources", []):
                        self.assertEqual((item["kind"], rule["verbs"]), ("Role", ["get"]), key)
                        self.assertTrue(rule["resourceNames"], key)

    def expect_same(self, folder, values):
        text = kustomize(folder)
        self.assertEqual(self.api.complaints(text.replace("name: dts-system", "name: dts-system-2", 1)), "")
        chart, error = render(values)
        self.assertEqual(error, "")
        self.assertEqual(without_helm(objects(text)), without_helm(objects(chart)))

    def test_the_kustomize_base_is_the_default_rendering(self):
        self.expect_same("base", {})

    def test_the_overlay_for_one_namespace_is_what_watchNamespaces_renders(self):
        self.expect_same("overlays/namespaced", NAMESPACED)

    def test_the_overlay_for_rrsa_is_what_a_roleName_renders(self):
        self.expect_same("overlays/rrsa", {"credentials": {"namespaces": ["shop"], "oidc": {"roleName": "dts-operator"}}})

    def test_the_api_server_takes_the_simulator(self):
        self.assertEqual(self.api.complaints(kustomize("simulator").replace("namespace: dts-simulator", "namespace: shop")), "")

    def test_uninstalling_by_operator_yaml_keeps_the_crd_the_namespace_and_nothing_else(self):
        installed, removed = (objects((ROOT / f"deploy/{name}.yaml").read_text()) for name in ("install", "operator"))
        self.assertEqual(sorted(set(installed) - set(removed)),
                         ["CustomResourceDefinition//dtsjobs.dts.aliyun.com", "Namespace//dts-system"])
        self.assertEqual({key: installed[key] for key in removed}, removed)

    def test_generated_files_are_up_to_date(self):
        done = run(ROOT / "scripts/generate", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
