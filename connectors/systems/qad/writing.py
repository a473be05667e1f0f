"""What a connection to QAD has to be told about writing sales orders: entity API or QXtend."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from connectors.sdk.settings import Settings
from connectors.systems.qad.places import ADVANCED, whole_url
from connectors.systems.qad.reading import ViewUri, Words

ENTITY, QXTEND = "entity", "qxtend"
WITH_ENTITY: JsonDict = {"advanced": True, "when": "write_via=entity"}
WITH_QXTEND: JsonDict = {"when": "write_via=qxtend"}
_NAMESPACE = r"^[\w:./-]{1,200}$"


class WritingSettings(Settings):
    """How sales orders are written, if you include that."""

    write_via: Literal["entity", "qxtend"] = Field(
        default="entity",
        title="Write orders through",
        description=(
            "entity: the API of the Adaptive ERP. qxtend: QDocs to QXtend Inbound, where the entity API does "
            "not take orders."
        ),
    )
    orders_collection: Words = Field(
        default="salesOrderHeaders",
        title="Order records",
        description="The collection of order headers.",
        json_schema_extra=WITH_ENTITY,
    )
    order_view: ViewUri = Field(
        default="urn:be:com.qad.sales.salesorder.ISalesOrderHeader",
        title="View of order records",
        description="The viewUri that goes with it.",
        json_schema_extra=WITH_ENTITY,
    )
    line_grid_collection: Words = Field(
        default="salesOrderLinesGrid",
        title="Order lines",
        description="The collection the lines of an order are read from and added to.",
        json_schema_extra=WITH_ENTITY,
    )
    line_collection: Words = Field(
        default="salesOrderLines",
        title="Entry of order lines",
        description="The collection whose fieldChange fills a line in, field by field.",
        json_schema_extra=WITH_ENTITY,
    )
    reference_field: str = Field(
        default="",
        pattern=r"^\w{0,80}$",
        title="Field of the purchase order",
        description=(
            "The field of an order header that holds the customer's purchase order number: our reference "
            "goes there. Empty: ping looks for it."
        ),
        json_schema_extra=ADVANCED,
    )
    reference_length: int = Field(
        default=22,
        ge=12,
        le=80,
        title="Length of the purchase order",
        description="How many characters that field holds. Longer references are shortened, and stay unique.",
        json_schema_extra=ADVANCED,
    )

    qxtend_url: str = Field(
        default="",
        max_length=300,
        title="QXtend address",
        description="The QdocWebService of QXtend Inbound: https://host:port/qxi/services/QdocWebService.",
        json_schema_extra=WITH_QXTEND | {"needed": True},
    )
    qxtend_receiver: str = Field(
        default="",
        max_length=100,
        pattern=r"^[\w:.-]*$",
        title="QXtend receiver",
        description="The receiver defined in QXtend Inbound for this QAD.",
        json_schema_extra=WITH_QXTEND | {"needed": True},
    )
    qxtend_version: str = Field(
        default="eB_4",
        max_length=40,
        pattern=r"^[\w.-]+$",
        title="QDoc version",
        description="The version of the QDoc your QXtend knows, for example eB_4.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )
    qxtend_operation: Words = Field(
        default="maintainSalesOrder",
        title="QDoc",
        description="The operation that maintains sales orders.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )
    qxtend_header: Words = Field(
        default="salesOrder",
        title="QDoc element of an order",
        description="What a sales order is called in that QDoc.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )
    qxtend_line: Words = Field(
        default="salesOrderDetail",
        title="QDoc element of a line",
        description="What an order line is called in that QDoc.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )
    qxtend_namespace: str = Field(
        default="urn:schemas-qad-com:xml-services",
        pattern=_NAMESPACE,
        title="QDoc namespace",
        description="Differs between QDoc syntax 1.0 and 1.1.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )
    qxtend_common_namespace: str = Field(
        default="urn:schemas-qad-com:xml-services:common",
        pattern=_NAMESPACE,
        title="QDoc namespace of the header",
        description="Differs in the same way.",
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )

    qxtend_patience_minutes: int = Field(
        default=60,
        ge=5,
        le=1440,
        title="Patience with QXtend",
        description=(
            "How long an order may be on its way in QXtend before one that does not show in QAD counts as "
            "not made and is sent again."
        ),
        json_schema_extra=ADVANCED | WITH_QXTEND,
    )

    @field_validator("qxtend_url")
    @classmethod
    def _is_whole(cls, text: str) -> str:
        return whole_url(text) if text else text
