"""Addresses of the public pages and of the customer's."""

from django.conf import settings
from django.urls import path
from django.views.generic import TemplateView

from connectors.views import (
    activity,
    connections,
    failures,
    integrations,
    jobs,
    mailchimp_login,
    overview,
    pings,
    public,
    records,
    replays,
    runs,
    webhooks,
)

app_name = "connectors"

_CONNECTIONS = "app/settings/connections/"
_INTEGRATIONS = "app/integrations/"
_JOBS = "app/integrations/jobs/<uuid:pk>/"
_RUNS = "app/activity/runs/"

urlpatterns = [
    path("", public.home, name="home"),
    path("integrations/<slug:slug>/", public.integration, name="public_integration"),
    path("app/", overview.overview, name="overview"),
    path(_CONNECTIONS, connections.connection_list, name="connections"),
    path(_CONNECTIONS + "new/<slug:system>/", connections.connection_new, name="connection_new"),
    path(_CONNECTIONS + "mailchimp/log-in/", mailchimp_login.begin, name="mailchimp_log_in"),
    path(_CONNECTIONS + "mailchimp/callback/", mailchimp_login.callback, name="mailchimp_callback"),
    path(_CONNECTIONS + "<uuid:pk>/", connections.connection_page, name="connection"),
    path(_CONNECTIONS + "<uuid:pk>/edit/", connections.connection_edit, name="connection_edit"),
    path(
        _CONNECTIONS + "<uuid:pk>/credentials/",
        connections.connection_credentials,
        name="connection_credentials",
    ),
    path(_CONNECTIONS + "<uuid:pk>/ping/", pings.ping_page, name="ping"),
    path(_INTEGRATIONS, integrations.integration_list, name="integrations"),
    path(_INTEGRATIONS + "new/<slug:code>/", integrations.integration_new, name="integration_new"),
    path(_INTEGRATIONS + "<uuid:pk>/", integrations.integration_page, name="integration"),
    path(_INTEGRATIONS + "<uuid:pk>/options/", integrations.options, name="options"),
    path(_INTEGRATIONS + "<uuid:pk>/switch/", integrations.switch, name="integration_switch"),
    path(_INTEGRATIONS + "<uuid:pk>/webhooks/", webhooks.receipt_list, name="webhooks"),
    path(_INTEGRATIONS + "<uuid:pk>/webhooks/again/", webhooks.read_again, name="webhook_read_again"),
    path(_INTEGRATIONS + "webhooks/<uuid:pk>/address/", webhooks.new_address, name="webhook_address"),
    path(_INTEGRATIONS + "webhooks/<uuid:pk>/key/", webhooks.key, name="webhook_key"),
    path(_JOBS + "schedule/", jobs.schedule, name="schedule"),
    path(_JOBS + "fields/<slug:sink>/", jobs.fields, name="fields"),
    path(_JOBS + "removal/", jobs.removal, name="removal"),
    path(_JOBS + "preview/", jobs.preview_page, name="preview"),
    path(_JOBS + "run/", jobs.run_now, name="run_now"),
    path(_JOBS + "switch/", jobs.switch, name="job_switch"),
    path(_JOBS + "resume/", jobs.resume, name="job_resume"),
    path("app/activity/", runs.run_list, name="runs"),
    path("app/activity/people/", activity.audit_list, name="audit"),
    path("app/activity/calls/", activity.call_list, name="calls"),
    path(_RUNS + "<uuid:pk>/", runs.run_page, name="run"),
    path(_RUNS + "<uuid:pk>/live/", runs.run_live, name="run_live"),
    path(_RUNS + "<uuid:pk>/cancel/", runs.cancel, name="run_cancel"),
    path(_RUNS + "<uuid:pk>/removals/", runs.removals, name="removals"),
    path("app/search/", records.search, name="search"),
    path("app/records/", records.record_list, name="records"),
    path("app/records/<uuid:pk>/", records.record_page, name="record"),
    path("app/failures/", failures.failure_list, name="failures"),
    path("app/failures/ignore/", failures.ignore, name="ignore"),
    path("app/failures/replay/", replays.replay_new, name="replay_new"),
    path("app/failures/replays/", replays.replay_list, name="replays"),
    path("app/failures/replays/<uuid:pk>/", replays.replay_page, name="replay"),
    path("app/failures/replays/<uuid:pk>/live/", replays.replay_live, name="replay_live"),
    path("app/failures/replays/<uuid:pk>/cancel/", replays.cancel, name="replay_cancel"),
]
if settings.DEBUG:
    urlpatterns.append(
        path("styleguide/", TemplateView.as_view(template_name="styleguide.html"), name="styleguide")
    )
