"""The role that the models run with, and what it may do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from settings import Settings


@dataclass(frozen=True)
class Access:
    """A role and the policies of it. A model that comes before its role's policies cannot fetch its image."""

    role: aws.iam.Role
    policies: list[pulumi.Resource]


def grant(config: Settings) -> Access:
    role = aws.iam.Role(
        "execution-role",
        assume_role_policy=_document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
        tags=config.tags,
    )
    policies: list[pulumi.Resource] = [
        aws.iam.RolePolicy(name, role=role.name, policy=_document(*statements))
        for name, statements in {
            "fetch-images": _images(config),
            "fetch-models": _buckets(config),
            "write-logs": _logs(config),
            "use-key-and-network": _key_and_network(config),
        }.items()
    ]
    return Access(role, policies)


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _images(config: Settings) -> list[dict[str, Any]]:
    return [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": sorted({_repository_arn(config.region, model.image) for model in config.models}),
        },
    ]


def _repository_arn(region: str, image: str) -> str:
    host, _, path = image.partition("/")
    repository = path.partition("@")[0].partition(":")[0]
    return f"arn:aws:ecr:{region}:{host.partition('.')[0]}:repository/{repository}"


def _buckets(config: Settings) -> list[dict[str, Any]]:
    read = sorted({_object_arn(model.model_data_url) for model in config.models})
    written = [config.real_time.capture_url, config.asynchronous.output_url, config.asynchronous.failure_url]
    return [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": read},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": [f"{_object_arn(url)}/*" for url in written],
        },
    ]


def _object_arn(url: str) -> str:
    return f"arn:aws:s3:::{url.removeprefix('s3://')}"


def _logs(config: Settings) -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": f"arn:aws:logs:{config.region}:*:log-group:/aws/sagemaker/Endpoints/*",
        },
        {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"},
    ]


def _key_and_network(config: Settings) -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Action": ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": config.kms_key_arn,
        },
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": "*",
        },
    ]
