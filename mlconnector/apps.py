"""Names the project as an application, for its commands and checks."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "mlconnector"

    def ready(self) -> None:
        from mlconnector import checks  # noqa: F401, PLC0415 - registers itself, and needs the applications
