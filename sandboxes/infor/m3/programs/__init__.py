"""What each MI transaction does: one module per group of programs, all of them found here."""

from collections.abc import Callable, Mapping

from sandboxes.infor.m3.call import MiCall, Records
from sandboxes.infor.m3.programs import (
    customer_changes,
    customers,
    export,
    journals,
    orders,
    others,
    payments,
    receivables,
    user_fields,
)
from sandboxes.infor.m3.world import World

Handler = Callable[[World, MiCall], Records]

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "ARS040MI": payments.TRANSACTIONS,
    "ARS200MI": receivables.TRANSACTIONS,
    "CRS610MI": {**customers.TRANSACTIONS, **customer_changes.TRANSACTIONS},
    "CRS620MI": others.SUPPLIERS,
    "CUGEX1MI": user_fields.TRANSACTIONS,
    "EXPORTMI": export.TRANSACTIONS,
    "GLS840MI": journals.TRANSACTIONS,
    "MMS200MI": others.ITEMS,
    "MNS150MI": others.USERS,
    "MRS001MI": others.METADATA,
    "OIS100MI": orders.TRANSACTIONS,
}
