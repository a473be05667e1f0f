"""The columns of the tables served. Of ArCustomer the contract's whole list, of the others what it names.

Sizes the contract does not give, and the columns marked below, are inferred. There is no LastModifiedDate and
no CreatedDate anywhere: that is the point.
"""

ADDRESS_LINES = ("1", "2", "3", "3Loc", "4", "5")
ADDRESS_LENGTH = 40

_SOLD_TO = " ".join(f"SoldToAddr{line}:text({ADDRESS_LENGTH})" for line in ADDRESS_LINES)
_SHIP_TO = " ".join(f"ShipToAddr{line}:text({ADDRESS_LENGTH})" for line in ADDRESS_LINES)

AR_CUSTOMER = f"""
Customer:text(15) Name:text(50) ShortName:text(20) ExemptFinChg MaintHistory CustomerType
MasterAccount:text(15) CreditStatus CreditLimit:number(0) InvoiceCount:number(0) Salesperson:text(20)
Salesperson1:text(20) Salesperson2:text(20) Salesperson3:text(20) PriceCode:text(10) CustomerClass:text(10)
Branch:text(10) TermsCode:text(2) InvDiscCode:text(2) BalanceType Area:text(10) LineDiscCode:text(2)
TaxStatus TaxExemptNumber:text(30) SpecialInstrs:text(60) DateLastSale:date DateLastPay:date
OutstOrdVal:number(2) NumOutstOrd:number(0) Telephone:text(20) Contact:text(50) AddTelephone:text(20)
Fax:text(20) TelephoneExtn:text(5) Currency:text(3) UserField1:text(10) UserField2:text(10) GstExemptFlag
GstExemptNum:text(15) BuyingGroup1:text(10) BuyingGroup2:text(10) BuyingGroup3:text(10)
BuyingGroup4:text(10) BuyingGroup5:text(10) StatementReqd BackOrdReqd ShippingInstrs:text(40)
StateCode:text(3) DateCustAdded:date CustomerOnHold EdiSenderCode:text(40) Email:text(255)
{_SOLD_TO} SoldPostalCode:text(10) SoldToGpsLat:number(6) SoldToGpsLong:number(6)
{_SHIP_TO} ShipPostalCode:text(10) State:text(3) CountyZip:text(5) City:text(3) CompanyTaxNumber:text(15)
DeliveryTerms:text(3) RouteCode:text(10) SalesWarehouse:text(10) LanguageCode:text(5) SalesAllowed
QueryAllowed TimeStamp:rowversion
"""

# The contract names the table, not its columns: those of the balance are inferred.
AR_CUSTOMER_BAL = "Customer:text(15) CurrentBalance1:number(2) TimeStamp:rowversion"

# As above; named after the ship-to columns of ArCustomer.
AR_MULT_ADDRESS = (
    f"Customer:text(15) AddrCode:text(10) ShipToName:text(50) {_SHIP_TO} ShipPostalCode:text(10) "
    "TimeStamp:rowversion"
)

AR_INVOICE = """
Customer:text(15) Invoice:text(20) DocumentType InvoiceDate:date InvoiceBal1:number(2) InvoiceBal2:number(2)
InvoiceBal3:number(2) CurrencyValue:number(2) TimeStamp:rowversion
"""

# The e-mail and the ship-to columns are those an order's import fills.
SOR_MASTER = f"""
SalesOrder:text(20) OrderStatus Customer:text(15) CustomerPoNumber:text(30) OrderDate:date ReqShipDate:date
Email:text(80) {" ".join(f"ShipAddress{line}:text({ADDRESS_LENGTH})" for line in range(1, 6))}
ShipPostalCode:text(15) TimeStamp:rowversion
"""

# The line's number and its warehouse are inferred: a line has to be told from the next.
SOR_DETAIL = """
SalesOrder:text(20) SalesOrderLine:number(0) MStockCode:text(30) MWarehouse:text(10) MOrderQty:number(6)
MShipQty:number(6) MBackOrderQty:number(6) MPrice:number(5) TimeStamp:rowversion
"""

INV_MASTER = (
    "StockCode:text(30) Description:text(50) LongDesc:text(100) ProductClass:text(20) TimeStamp:rowversion"
)

# Held for INVQRY and served by nothing else.
INV_WAREHOUSE = (
    "StockCode:text(30) Warehouse:text(10) QtyOnHand:number(6) AvailableQty:number(6) TimeStamp:rowversion"
)

TABLES = {
    "ArCustomer": (AR_CUSTOMER, ("Customer",)),
    "ArCustomerBal": (AR_CUSTOMER_BAL, ("Customer",)),
    "ArMultAddress": (AR_MULT_ADDRESS, ("Customer", "AddrCode")),
    "ArInvoice": (AR_INVOICE, ("Customer", "Invoice", "DocumentType")),
    "SorMaster": (SOR_MASTER, ("SalesOrder",)),
    "SorDetail": (SOR_DETAIL, ("SalesOrder", "SalesOrderLine")),
    "InvMaster": (INV_MASTER, ("StockCode",)),
    "InvWarehouse": (INV_WAREHOUSE, ("StockCode", "Warehouse")),
}
UNSERVED = frozenset({"InvWarehouse"})

TERMS = frozenset({"01", "02", "03", "06", "30", "60"})
BRANCHES = ("10", "20", "30")
WAREHOUSES = ("E", "FG", "N")
# in process, open, open back order, released back order, in warehouse, to invoice, complete, cancelled
ORDER_STATUSES = ("0", "1", "2", "3", "4", "8", "9", "\\", "*", "S", "F")
