"""An endpoint of the company's network only, encrypted with a key of ours, whose requests are kept in BigQuery."""

from __future__ import annotations

import pulumi_gcp as gcp
from settings import Endpoint, Settings


def make(config: Settings, endpoint: Endpoint) -> gcp.vertex.AiEndpoint:
    return gcp.vertex.AiEndpoint(
        endpoint.name,
        name=endpoint.name,
        display_name=endpoint.display_name,
        description=endpoint.description,
        # The host that is called comes of the one, the path of the other.
        region=config.region,
        location=config.region,
        encryption_spec=gcp.vertex.AiEndpointEncryptionSpecArgs(kms_key_name=config.kms_key_name),
        private_service_connect_config=gcp.vertex.AiEndpointPrivateServiceConnectConfigArgs(
            enable_private_service_connect=True, project_allowlists=endpoint.callers
        ),
        predict_request_response_logging_config=gcp.vertex.AiEndpointPredictRequestResponseLoggingConfigArgs(
            enabled=True,
            sampling_rate=1,
            bigquery_destination=gcp.vertex.AiEndpointPredictRequestResponseLoggingConfigBigqueryDestinationArgs(
                output_uri=endpoint.request_log
            ),
        ),
        labels=config.labels,
    )
