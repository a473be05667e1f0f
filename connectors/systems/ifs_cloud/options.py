"""What a person decides about the flags that come back to IFS Cloud."""

from __future__ import annotations

from pydantic import Field

from connectors.sdk.settings import Settings
from connectors.systems.ifs_cloud.odata import ATTRIBUTE_PATTERN, SET_PATTERN


class FlagOptions(Settings):
    """Where consent and engagement are noted on a customer; part of the options of recipes that do so."""

    consent_attribute: str = Field(
        default="Cf_Marketing_Status",
        pattern=ATTRIBUTE_PATTERN,
        title="IFS attribute for consent",
        description=(
            "The custom attribute of the customer that receives the subscription status. Create it in IFS "
            "Cloud (Custom Attributes, logical unit CustomerInfo, text), publish it to the projection "
            "below; its API name begins with Cf_."
        ),
    )
    engagement_attribute: str = Field(
        default="Cf_Marketing_Engagement",
        pattern=ATTRIBUTE_PATTERN,
        title="IFS attribute for engagement",
        description=(
            "The custom attribute of the customer that receives how often the person opens and clicks. "
            "Created and published in the same way."
        ),
    )
    flag_set: str = Field(
        default="CustomerHandling.svc/CustomerInfoSet",
        pattern=SET_PATTERN,
        title="Where flags are written",
        description=(
            "Projection and entity set of the customer page that shows the two attributes, as API Explorer "
            "lists them."
        ),
        json_schema_extra={"advanced": True},
    )
