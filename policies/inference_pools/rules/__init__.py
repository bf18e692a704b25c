"""The rules, in report order. One file a rule; a new one is added here by hand."""

from typing import Any, Final

from inference_pools.rule import Rule
from inference_pools.rules.azure.auth_mode_aad import auth_mode_aad
from inference_pools.rules.azure.environment_id_wellformed import environment_id_wellformed
from inference_pools.rules.azure.managed_identity_required import managed_identity_required
from inference_pools.rules.azure.model_id_wellformed import model_id_wellformed
from inference_pools.rules.azure.public_egress_disabled import public_egress_disabled
from inference_pools.rules.azure.quota_within_limit import quota_within_limit
from inference_pools.rules.azure.request_timeout_format import request_timeout_format
from inference_pools.rules.azure.scoring_script_safe import scoring_script_safe
from inference_pools.rules.azure.sku_consistent import sku_consistent
from inference_pools.rules.azure.sku_retiring import sku_retiring
from inference_pools.rules.azure.sku_tier_allowed import sku_tier_allowed
from inference_pools.rules.azure.source_registry_allowed import source_registry_allowed
from inference_pools.rules.azure.tag_keys_lowercase import tag_keys_lowercase
from inference_pools.rules.azure_models.account_access_restricted import account_access_restricted
from inference_pools.rules.azure_models.account_keys_disabled import account_keys_disabled
from inference_pools.rules.azure_models.data_residency_kept import data_residency_kept
from inference_pools.rules.azure_models.deployment_name_given import deployment_name_given
from inference_pools.rules.azure_models.deployment_sku_known import deployment_sku_known
from inference_pools.rules.azure_models.deployments_ordered import deployments_ordered
from inference_pools.rules.azure_models.model_name_known import model_name_known
from inference_pools.rules.azure_models.model_upgrade_chosen import model_upgrade_chosen
from inference_pools.rules.azure_models.model_version_current import model_version_current
from inference_pools.rules.azure_models.token_quota_within_limit import token_quota_within_limit
from inference_pools.rules.azure_online.autoscale_bounds_ordered import autoscale_bounds_ordered
from inference_pools.rules.azure_online.autoscale_enabled import autoscale_enabled
from inference_pools.rules.azure_online.autoscale_floor_in_production import autoscale_floor_in_production
from inference_pools.rules.azure_online.autoscale_metric_published import autoscale_metric_published
from inference_pools.rules.azure_online.endpoint_key_secret import endpoint_key_secret
from inference_pools.rules.azure_online.mirror_traffic_bounded import mirror_traffic_bounded
from inference_pools.rules.azure_online.public_network_access_disabled import public_network_access_disabled
from inference_pools.rules.azure_online.scale_settings_fit import scale_settings_fit
from inference_pools.rules.azure_online.traffic_complete import traffic_complete
from inference_pools.rules.azure_online.traffic_deployed import traffic_deployed
from inference_pools.rules.azure_online.traffic_share_valid import traffic_share_valid
from inference_pools.rules.azure_pools.api_shape_agrees import api_shape_agrees
from inference_pools.rules.azure_pools.api_version_supported import api_version_supported
from inference_pools.rules.azure_pools.groups_served import groups_served
from inference_pools.rules.azure_pools.preview_api_noted import preview_api_noted
from inference_pools.rules.capacity_bounded import capacity_bounded
from inference_pools.rules.capacity_meets_load import capacity_meets_load
from inference_pools.rules.capacity_stated import capacity_stated
from inference_pools.rules.cost_increase_bounded import cost_increase_bounded
from inference_pools.rules.description_present import description_present
from inference_pools.rules.enddate_tag_current import enddate_tag_current
from inference_pools.rules.ignored_changes_noted import ignored_changes_noted
from inference_pools.rules.location_allowed import location_allowed
from inference_pools.rules.model_version_pinned import model_version_pinned
from inference_pools.rules.monthly_cost_bounded import monthly_cost_bounded
from inference_pools.rules.name_wellformed import name_wellformed
from inference_pools.rules.names_unique import names_unique
from inference_pools.rules.naming_convention import naming_convention
from inference_pools.rules.no_plaintext_secret import no_plaintext_secret
from inference_pools.rules.owner_tag_valid import owner_tag_valid
from inference_pools.rules.placeholder_replaced import placeholder_replaced
from inference_pools.rules.probe_patience_bounded import probe_patience_bounded
from inference_pools.rules.probe_settings_sane import probe_settings_sane
from inference_pools.rules.production_capacity_leads import production_capacity_leads
from inference_pools.rules.production_model_tried import production_model_tried
from inference_pools.rules.property_known import property_known
from inference_pools.rules.protected_in_production import protected_in_production
from inference_pools.rules.redundancy_in_production import redundancy_in_production
from inference_pools.rules.references_resolve import references_resolve
from inference_pools.rules.replacement_noted import replacement_noted
from inference_pools.rules.request_concurrency_bounded import request_concurrency_bounded
from inference_pools.rules.request_timeout_bounded import request_timeout_bounded
from inference_pools.rules.sagemaker.async_failures_kept import async_failures_kept
from inference_pools.rules.sagemaker.endpoint_config_name_generated import endpoint_config_name_generated
from inference_pools.rules.sagemaker.endpoint_quota_within_limit import endpoint_quota_within_limit
from inference_pools.rules.sagemaker.example_account_replaced import example_account_replaced
from inference_pools.rules.sagemaker.image_cuda_supported import image_cuda_supported
from inference_pools.rules.sagemaker.image_fits_machine import image_fits_machine
from inference_pools.rules.sagemaker.image_region_matches import image_region_matches
from inference_pools.rules.sagemaker.initial_count_scaled import initial_count_scaled
from inference_pools.rules.sagemaker.isolated_model_local import isolated_model_local
from inference_pools.rules.sagemaker.kms_key_set import kms_key_set
from inference_pools.rules.sagemaker.kms_key_valid import kms_key_valid
from inference_pools.rules.sagemaker.machine_in_region import machine_in_region
from inference_pools.rules.sagemaker.managed_scaling_bounded import managed_scaling_bounded
from inference_pools.rules.sagemaker.metric_dimensions_present import metric_dimensions_present
from inference_pools.rules.sagemaker.model_waits_for_policies import model_waits_for_policies
from inference_pools.rules.sagemaker.network_isolated import network_isolated
from inference_pools.rules.sagemaker.network_private import network_private
from inference_pools.rules.sagemaker.rollback_alarm_set import rollback_alarm_set
from inference_pools.rules.sagemaker.scaled_by_one import scaled_by_one
from inference_pools.rules.sagemaker.scaled_machine_scales import scaled_machine_scales
from inference_pools.rules.sagemaker.scaled_variant_exists import scaled_variant_exists
from inference_pools.rules.sagemaker.scaling_bounds_sane import scaling_bounds_sane
from inference_pools.rules.sagemaker.scaling_floor_in_production import scaling_floor_in_production
from inference_pools.rules.sagemaker.scaling_metric_fits import scaling_metric_fits
from inference_pools.rules.sagemaker.scaling_metric_published import scaling_metric_published
from inference_pools.rules.sagemaker.scaling_policy_complete import scaling_policy_complete
from inference_pools.rules.sagemaker.scaling_target_wellformed import scaling_target_wellformed
from inference_pools.rules.sagemaker.serverless_bounded import serverless_bounded
from inference_pools.rules.sagemaker.serverless_image_small import serverless_image_small
from inference_pools.rules.sagemaker.serverless_provisioned_within import serverless_provisioned_within
from inference_pools.rules.sagemaker.startup_timeout_bounded import startup_timeout_bounded
from inference_pools.rules.sagemaker.startup_timeout_set import startup_timeout_set
from inference_pools.rules.sagemaker.value_bounded import value_bounded
from inference_pools.rules.sagemaker.variant_hardware_stated import variant_hardware_stated
from inference_pools.rules.sagemaker.variant_model_or_components import variant_model_or_components
from inference_pools.rules.sagemaker.variant_name_set import variant_name_set
from inference_pools.rules.sagemaker.variant_weight_positive import variant_weight_positive
from inference_pools.rules.sagemaker.way_up_from_zero import way_up_from_zero
from inference_pools.rules.same_environment_sources import same_environment_sources
from inference_pools.rules.service_model_same import service_model_same
from inference_pools.rules.service_model_same_in_stacks import service_model_same_in_stacks
from inference_pools.rules.service_owner_same import service_owner_same
from inference_pools.rules.service_owner_same_in_stacks import service_owner_same_in_stacks
from inference_pools.rules.sku_known import sku_known
from inference_pools.rules.tags_required import tags_required
from inference_pools.rules.vertex.accelerator_complete import accelerator_complete
from inference_pools.rules.vertex.accelerator_fits_machine import accelerator_fits_machine
from inference_pools.rules.vertex.accelerator_known import accelerator_known
from inference_pools.rules.vertex.cmek_set import cmek_set
from inference_pools.rules.vertex.cmek_valid import cmek_valid
from inference_pools.rules.vertex.duration_in_bounds import duration_in_bounds
from inference_pools.rules.vertex.engine_instances_bounded import engine_instances_bounded
from inference_pools.rules.vertex.engine_size_known import engine_size_known
from inference_pools.rules.vertex.fast_tryout_in_production import fast_tryout_in_production
from inference_pools.rules.vertex.hub_token_secret import hub_token_secret
from inference_pools.rules.vertex.index_resources_chosen import index_resources_chosen
from inference_pools.rules.vertex.labels_wellformed import labels_wellformed
from inference_pools.rules.vertex.private_access_alone import private_access_alone
from inference_pools.rules.vertex.region_agrees import region_agrees
from inference_pools.rules.vertex.replicas_ordered import replicas_ordered
from inference_pools.rules.vertex.scaling_metric_followed import scaling_metric_followed
from inference_pools.rules.vertex.scaling_metric_known import scaling_metric_known
from inference_pools.rules.vertex.scaling_target_percent import scaling_target_percent
from inference_pools.rules.vertex.spot_in_production import spot_in_production
from inference_pools.rules.vertex.traffic_split_kept import traffic_split_kept
from inference_pools.rules.vertex.traffic_split_valid import traffic_split_valid
from inference_pools.rules.waivers_valid import waivers_valid

ALL: Final[tuple[Rule[Any], ...]] = (
    placeholder_replaced,
    no_plaintext_secret,
    endpoint_key_secret,
    hub_token_secret,
    property_known,
    api_version_supported,
    preview_api_noted,
    sku_tier_allowed,
    sku_consistent,
    sku_known,
    sku_retiring,
    deployment_sku_known,
    accelerator_known,
    accelerator_complete,
    accelerator_fits_machine,
    capacity_stated,
    capacity_bounded,
    redundancy_in_production,
    spot_in_production,
    fast_tryout_in_production,
    replicas_ordered,
    index_resources_chosen,
    engine_instances_bounded,
    engine_size_known,
    scale_settings_fit,
    machine_in_region,
    variant_hardware_stated,
    managed_scaling_bounded,
    serverless_bounded,
    serverless_provisioned_within,
    variant_weight_positive,
    variant_model_or_components,
    autoscale_bounds_ordered,
    autoscale_enabled,
    autoscale_metric_published,
    capacity_meets_load,
    scaling_target_wellformed,
    scaling_bounds_sane,
    scaling_policy_complete,
    scaling_metric_fits,
    scaled_variant_exists,
    scaled_machine_scales,
    scaled_by_one,
    initial_count_scaled,
    scaling_floor_in_production,
    autoscale_floor_in_production,
    way_up_from_zero,
    scaling_metric_published,
    metric_dimensions_present,
    scaling_metric_known,
    scaling_metric_followed,
    scaling_target_percent,
    quota_within_limit,
    token_quota_within_limit,
    endpoint_quota_within_limit,
    monthly_cost_bounded,
    cost_increase_bounded,
    request_timeout_format,
    request_timeout_bounded,
    request_concurrency_bounded,
    probe_settings_sane,
    probe_patience_bounded,
    value_bounded,
    duration_in_bounds,
    startup_timeout_bounded,
    startup_timeout_set,
    async_failures_kept,
    rollback_alarm_set,
    model_id_wellformed,
    environment_id_wellformed,
    model_version_pinned,
    example_account_replaced,
    model_name_known,
    model_version_current,
    model_upgrade_chosen,
    data_residency_kept,
    image_region_matches,
    image_fits_machine,
    image_cuda_supported,
    serverless_image_small,
    source_registry_allowed,
    same_environment_sources,
    scoring_script_safe,
    name_wellformed,
    naming_convention,
    names_unique,
    deployment_name_given,
    variant_name_set,
    endpoint_config_name_generated,
    description_present,
    tags_required,
    tag_keys_lowercase,
    labels_wellformed,
    owner_tag_valid,
    enddate_tag_current,
    location_allowed,
    region_agrees,
    managed_identity_required,
    auth_mode_aad,
    account_keys_disabled,
    public_egress_disabled,
    public_network_access_disabled,
    account_access_restricted,
    isolated_model_local,
    network_isolated,
    network_private,
    private_access_alone,
    kms_key_valid,
    kms_key_set,
    cmek_valid,
    cmek_set,
    protected_in_production,
    replacement_noted,
    ignored_changes_noted,
    references_resolve,
    model_waits_for_policies,
    groups_served,
    traffic_share_valid,
    traffic_complete,
    mirror_traffic_bounded,
    traffic_deployed,
    traffic_split_valid,
    traffic_split_kept,
    deployments_ordered,
    production_capacity_leads,
    production_model_tried,
    service_model_same,
    service_model_same_in_stacks,
    service_owner_same,
    service_owner_same_in_stacks,
    api_shape_agrees,
    waivers_valid,
)
