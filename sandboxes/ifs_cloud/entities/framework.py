"""Companies, sites, the history log and the catalogue of projections."""

from sandboxes.ifs_cloud.schema import EntityType, attributes, to_many

COMPANY = EntityType(
    "Company",
    attributes("""
        Company text(20) fixed
        Name text(100) required
        AssociationNo text(50)
        Country text(2)
        DefaultLanguage text(5)
        CreationDate date
    """),
    key=("Company",),
    order=("Company",),
    company_attribute="Company",
)

SITE = EntityType(
    "Site",
    attributes("""
        Contract text(5) fixed
        Description text(100) required
        Company text(20) required fixed
    """),
    key=("Contract",),
    order=("Contract",),
    references=dict([to_many("CompanyRef", "Company", Company="$Company")]),
    site_attribute="Contract",
    company_attribute="Company",
)

HISTORY = EntityType(
    "HistoryLog",
    attributes("""
        LogId whole derived
        Module text(6) derived
        LuName text(30) derived
        TableName text(30) derived
        Keys text(600) derived
        HistoryType HistoryType derived
        TimeStamp time derived
        Username text(30) derived
    """),
    key=("LogId",),
    order=("LogId",),
    collections=dict([to_many("HistoryLogAttributeArray", "HistoryLogAttribute", LogId="$LogId")]),
)

HISTORY_ATTRIBUTE = EntityType(
    "HistoryLogAttribute",
    attributes("""
        LogId whole derived
        ColumnName text(30) derived
        OldValue text(4000) derived
        NewValue text(4000) derived
    """),
    key=("LogId", "ColumnName"),
    order=("LogId", "ColumnName"),
)

PROJECTION_INFO = EntityType(
    "Projection",
    attributes("""
        ProjectionName text(100) derived
        Description text(500) derived
        ApiClass text(20) derived
    """),
    key=("ProjectionName",),
    order=("ProjectionName",),
)
