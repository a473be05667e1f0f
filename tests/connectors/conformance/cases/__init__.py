"""One file per system; each names its cases in `CASES`."""

from tests.connectors.conformance.case import Case
from tests.connectors.conformance.cases import ifs_cloud, infor, mailchimp, qad, syspro

CASES: tuple[Case, ...] = (
    *ifs_cloud.CASES,
    *mailchimp.CASES,
    *qad.CASES,
    *syspro.CASES,
    *infor.CASES,
)
