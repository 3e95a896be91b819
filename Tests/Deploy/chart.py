"""Renders the chart with Helm's own code (helm-python-sdk), and checks what comes out."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "earshot"
KUBERNETES = ("1.27", "1.30", "1.37")

# Guide 2's vpcm.yaml, as it is written there.
GUIDE = """
sniffer:
  enabled: true
  logger:
    rules: include debug
  vpcmirror:
    enabled: true
    vnis:
      - 123
    ports:
      - 8000
"""

GUIDE_THREE = """
sniffer:
  enabled: true
  logger:
    rules: include debug
  vpcmirror:
    enabled: true
    vnis:
      - 861
      - 862
      - 92
    ports:
      - 8000
      - 80
      - 3000
"""


def missing():
    """Why the chart cannot be rendered here, or None."""
    try:
        import helm_python  # noqa: F401  pylint: disable=unused-import
        import kubernetes_validate  # noqa: F401  pylint: disable=unused-import
        import yaml  # noqa: F401  pylint: disable=unused-import
    except ImportError as error:
        return f"{error.name} is not installed (scripts/install-python-tools.sh)"
    return None


def values(text, **more):
    """Values of a text, with some replaced: `sniffer__vpcmirror__vnis=5`."""
    import yaml
    result = yaml.safe_load(text) or {}
    for path, value in more.items():
        *keys, last = path.split("__")
        place = result
        for key in keys:
            place = place.setdefault(key, {})
        place[last] = value
    return result


def render(given, namespace="resurface", release="resurface"):
    """{template: [documents]} of the chart; raises helm_python.HelmError."""
    import helm_python
    import yaml
    chart = helm_python.Chart.load(str(CHART))
    chart.validate_schema(given)
    texts = chart.render(given, name=release, namespace=namespace, is_install=True)
    found = {}
    for path, text in texts.items():
        name = pathlib.PurePosixPath(path).name
        found[name] = text if name == "NOTES.txt" else [
            document for document in yaml.safe_load_all(text) if document]
    return found


def refusal(given):
    """The message with which Helm refuses values."""
    import helm_python
    try:
        render(given)
    except helm_python.HelmError as error:
        return str(error)
    raise AssertionError(f"{given} was taken")


def problems(documents):
    """What the schemas of Kubernetes say against documents, strictly."""
    import kubernetes_validate
    found = []
    for document in documents:
        if document["apiVersion"].startswith("monitoring.coreos.com/"):
            continue
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                found.append(f"{version} {document['kind']}: {error.message} at {error.path}")
    return found


def config(rendered):
    """The configuration file in the ConfigMap."""
    return rendered["configmap.yaml"][0]["data"]["earshot.yaml"]


def pod(rendered):
    """The pod of the DaemonSet."""
    return rendered["daemonset.yaml"][0]["spec"]["template"]["spec"]
