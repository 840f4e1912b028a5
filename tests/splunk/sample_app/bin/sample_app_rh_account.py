"""A REST handler in the shape the add-on framework generates."""

from splunktaucclib.rest_handler import admin_external
from splunktaucclib.rest_handler.admin_external import AdminExternalHandler
from splunktaucclib.rest_handler.endpoint import RestModel, SingleModel, field, validator

FIELDS = [
    field.RestField("url", required=True, encrypted=False, default=None,
                    validator=validator.String(max_len=200, min_len=9)),
    field.RestField("password", required=True, encrypted=True, default=None, validator=None),
]  # fmt: skip

if __name__ == "__main__":
    admin_external.handle(
        SingleModel("sample_app_account", RestModel(FIELDS, name=None), config_name="account"),
        handler=AdminExternalHandler,
    )
