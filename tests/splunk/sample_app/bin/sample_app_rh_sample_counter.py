"""A REST handler of an input, in the shape the add-on framework generates."""

from splunktaucclib.rest_handler import admin_external
from splunktaucclib.rest_handler.admin_external import AdminExternalHandler
from splunktaucclib.rest_handler.endpoint import DataInputModel, RestModel, field

NAMES = ("account", "to", "mode", "interval", "index", "disabled")
FIELDS = [field.RestField(name, required=False, encrypted=False) for name in NAMES]

if __name__ == "__main__":
    admin_external.handle(
        DataInputModel("sample_counter", RestModel(FIELDS, name=None)),
        handler=AdminExternalHandler,
    )
