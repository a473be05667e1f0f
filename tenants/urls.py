"""Addresses of the pages about people and tenants."""

from django.urls import path

from tenants.views import api_keys, invitation, organisation, team

app_name = "tenants"

urlpatterns = [
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
    path("app/start/", organisation.start, name="start"),
    path("app/settings/organisation/", organisation.settings, name="settings"),
    path("app/settings/switch/", organisation.switch, name="switch"),
    path("app/settings/team/", team.team, name="team"),
    path("app/settings/team/invite/", team.send_invitation, name="invite"),
    path(
        "app/settings/team/invitations/<uuid:pk>/revoke/", team.withdraw_invitation, name="revoke_invitation"
    ),
    path("app/settings/team/members/<uuid:pk>/role/", team.set_role, name="change_role"),
    path("app/settings/team/members/<uuid:pk>/remove/", team.remove, name="remove_member"),
    path("app/settings/api-keys/", api_keys.api_keys, name="api_keys"),
    path("app/settings/api-keys/create/", api_keys.create, name="create_api_key"),
    path("app/settings/api-keys/<uuid:pk>/revoke/", api_keys.revoke, name="revoke_api_key"),
]
