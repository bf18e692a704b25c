#!/usr/bin/env bash
# cfn-lint 1.58.0 on what scales a SageMaker endpoint: no finding for an Application Auto Scaling target whose minimum is
# above its maximum, whose minimum is negative, and whose dimension belongs to another service; none for two production
# variants of one name, nor for managed instance scaling from 4 to 2. Single fields of the variants are checked well
# (instance types, ranges, name pattern).
# Seen: exit 0 and no finding for all of these together; exit 2 for an instance type that does not exist.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv v && v/bin/pip -q --disable-pip-version-check install cfn-lint==1.58.0
v/bin/python - <<'PY'
import json, pathlib, subprocess

def lint(instance_type):
    variant = {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 2, "InstanceType": instance_type,
               "InitialVariantWeight": 1, "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 4, "MaxInstanceCount": 2}}
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/a",
              "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 5, "MaxCapacity": 2}
    resources = {
        "Config": {"Type": "AWS::SageMaker::EndpointConfig", "Properties": {"ProductionVariants": [variant, variant]}},
        "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": target},
        "Negative": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {**target, "ResourceId": "endpoint/f/variant/a", "MinCapacity": -1}},
    }
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    pathlib.Path("t.json").write_text(text)
    done = subprocess.run(["v/bin/cfn-lint", "--format", "parseable", "t.json"], capture_output=True, text=True)
    return done.returncode, len(done.stdout.splitlines())

seen = lint("ml.m5.large"), lint("ml.nosuch.large")[0]
print("cfn-lint 1.58.0: (exit, findings), exit with a wrong instance type:", seen)
assert seen == ((0, 0), 2), seen
PY
