"""The roles that Splunk ships, as far as its documentation lists their capabilities.

``sc_admin`` is Splunk Cloud's; it has no ``admin_all_objects`` here, so that what an app grants to
``admin`` only is seen to be missing for it.
"""

from standin.home.conf_file import Stanzas


def _names(text: str) -> list[str]:
    return text.split()


_USER = _names(
    "accelerate_search change_own_password edit_own_objects export_results_is_visible "
    "get_metadata "
    "get_typeahead input_file list_all_objects list_inputs list_tokens_own output_file "
    "pattern_detect request_remote_tok rest_access_server_endpoints rest_apps_view "
    "rest_properties_get rest_properties_set run_collect run_custom_command run_dump "
    "run_mcollect "
    "run_sendalert search upload_lookup_files use_file_operator edit_tokens_own"
)
_POWER = _names(
    "edit_search_schedule_window edit_sourcetypes edit_statsd_transforms embed_report "
    "list_pipeline_sets rtsearch run_msearch schedule_search"
)
_SC_ADMIN = _names(
    "accelerate_datamodel change_authentication delete_messages dispatch_rest_to_indexers "
    "edit_bookmarks_mc edit_local_apps edit_manager_xml edit_messages edit_monitor "
    "edit_restmap edit_roles edit_roles_grantable edit_scripted edit_search_head_clustering "
    "edit_search_schedule_priority edit_storage_passwords edit_tokens_all edit_tokens_settings "
    "edit_user edit_view_html edit_web_settings indexes_edit indexes_list_all list_httpauths "
    "list_introspection list_settings list_storage_passwords list_tokens_all "
    "rest_apps_management schedule_rtsearch"
)
_ADMIN = _names(
    "admin_all_objects edit_deployment_client edit_deployment_server "
    "edit_encryption_key_provider "
    "edit_forwarders edit_httpauths edit_indexer_cluster edit_input_defaults edit_kvstore "
    "edit_metric_schema edit_modinput_admon edit_search_scheduler edit_search_server edit_server "
    "edit_splunktcp edit_splunktcp_ssl edit_tcp edit_telemetry_settings edit_token_http edit_udp "
    "license_edit license_tab list_deployment_client list_deployment_server list_forwarders "
    "list_indexer_cluster list_search_head_clustering list_search_scheduler list_cascading_plans "
    "restart_reason restart_splunkd web_debug fsh_manage fsh_search"
)
_ALSO_KNOWN = ("delete_by_keyword", "edit_modular_inputs", "run_debug_commands")


def _enabled(*groups: list[str]) -> dict[str, str]:
    return {name: "enabled" for group in groups for name in group}


AUTHORIZE: Stanzas = {
    **{
        f"capability::{name}": {}
        for name in sorted({*_USER, *_POWER, *_SC_ADMIN, *_ADMIN, *_ALSO_KNOWN})
    },
    "role_user": {
        "srchIndexesAllowed": "*",
        "srchIndexesDefault": "main",
        "srchJobsQuota": "3",
        **_enabled(_USER),
    },
    "role_power": {
        "importRoles": "user",
        "srchIndexesAllowed": "*",
        "srchIndexesDefault": "main",
        "srchJobsQuota": "10",
        **_enabled(_POWER),
    },
    "role_admin": {
        "importRoles": "power;user",
        "srchIndexesAllowed": "*;_*",
        "srchIndexesDefault": "main",
        "srchJobsQuota": "50",
        **_enabled(_SC_ADMIN, _ADMIN),
    },
    "role_sc_admin": {
        "importRoles": "power;user",
        "srchIndexesAllowed": "*;_*",
        "srchIndexesDefault": "main",
        "srchJobsQuota": "50",
        **_enabled(_SC_ADMIN),
    },
    "role_can_delete": {"delete_by_keyword": "enabled"},
}
