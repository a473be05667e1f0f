"""Customer orders, their lines and charges, and the parts they sell."""

from sandboxes.ifs_cloud.schema import EntityType, attributes, to_many

ORDER = EntityType(
    "CustomerOrder",
    attributes("""
        OrderNo text(12) fixed
        OrderId text(3) required
        CustomerNo text(20) required fixed
        CustomerPoNo text(50)
        Contract text(5) required fixed
        CurrencyCode text(3) required fixed
        AuthorizeCode text(20) required
        Objstate CustomerOrderState derived
        DateEntered time derived
        WantedDeliveryDate time required
        BillAddrNo text(50)
        ShipAddrNo text(50)
        ShipViaCode text(3)
        DeliveryTerms text(5)
        PayTermId text(20)
        LanguageCode text(2)
        CountryCode text(2)
        SalesmanCode text(20)
        UsePriceInclTax flag
        UsePriceInclTaxDb text(20) derived
        NoteText text(2000)
    """),
    key=("OrderNo",),
    order=("OrderNo",),
    collections=dict([
        to_many("OrderLinesArray", "CustomerOrderLine", OrderNo="$OrderNo"),
        to_many("CustomerOrderChargeArray", "CustomerOrderCharge", OrderNo="$OrderNo"),
    ]),
    references=dict([to_many("CustomerNoRef", "CustomerInfo", CustomerId="$CustomerNo")]),
    actions=("CustomerOrder_SetReleased",),
    site_attribute="Contract",
)  # fmt: skip

ORDER_LINE = EntityType(
    "CustomerOrderLine",
    attributes("""
        OrderNo text(12) fixed
        LineNo text(4) fixed
        RelNo text(4) fixed
        LineItemNo whole fixed
        Objstate CustomerOrderLineState derived
        Contract text(5) derived
        CatalogNo text(25) required fixed
        CatalogDesc text(200)
        CatalogType SalesPartType derived
        PartNo text(25)
        ConfigurationId text(50)
        BuyQtyDue number required
        DesiredQty number
        QtyShipped number derived
        QtyInvoiced number derived
        SalesUnitMeas text(30)
        PriceUnitMeas text(30)
        ConvFactor number
        PriceConvFactor number
        SaleUnitPrice number
        BaseSaleUnitPrice number
        UnitPriceInclTax number
        CurrencyRate number
        Discount number
        SupplyCode text(30)
        TaxLiability text(20)
        TaxCode text(20)
        PriceFreeze PriceFreeze
        WantedDeliveryDate time
        PlannedDeliveryDate time
        TargetDate time
    """),
    key=("OrderNo", "LineNo", "RelNo", "LineItemNo"),
    order=("OrderNo", "LineNo", "RelNo", "LineItemNo"),
    references=dict([to_many("CatalogNoRef", "SalesPart", Contract="$Contract", CatalogNo="$CatalogNo")]),
    site_attribute="Contract",
)

ORDER_CHARGE = EntityType(
    "CustomerOrderCharge",
    attributes("""
        OrderNo text(12) fixed
        SequenceNo whole fixed
        Contract text(5) derived
        ChargeType text(25) required
        ChargedQty number required
        ChargeAmount number required
        ChargeAmountInclTax number
    """),
    key=("OrderNo", "SequenceNo"),
    order=("OrderNo", "SequenceNo"),
    site_attribute="Contract",
)

SALES_PART = EntityType(
    "SalesPart",
    attributes("""
        Contract text(5) fixed
        CatalogNo text(25) fixed
        CatalogDesc text(200) required
        CatalogType SalesPartType required fixed
        PartNo text(25)
        Activeind flag
        SalesUnitMeas text(30)
        PriceUnitMeas text(30)
        ListPrice number
        ListPriceInclTax number
        TaxCode text(20)
    """),
    key=("Contract", "CatalogNo"),
    order=("Contract", "CatalogNo"),
    references=dict([to_many("ContractRef", "Site", Contract="$Contract")]),
    site_attribute="Contract",
)
