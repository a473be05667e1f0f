"""The fields of M3 by name: type, length, what they are. Where programs differ, their own list says so."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["A", "N", "D"]  # text, number, date


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    length: int
    text: str
    required: bool = False


# Name, type and length, meaning: as the metadata of a live M3 15 tells. Dates count ten there, and eight on
# the wire.
_LINES = """
AAC0 N1 Only open invoices
AACB A12 Account number - bank giro
ACDT D10 Accounting date
ACHK N1 Assortment check
ACLB A5 Clearing number - bank giro
ACRF A8 User-defined accounting control object
ADBO N1 Separate invoices
ADCA A3 Advice rule
ADCG A10 Address category
ADID A6 Address number
ADRT N2 Address type
ADVI A6 Via address
AGAC A12 Account number - post giro
AGBG N10 Bank giro number
AGBP A18 Payer - bank giro
AGCH N1 Agreement check - order header
AGCP A5 Clearing number - post giro
AGCT N1 Agreement check - order lines
AGLB A5 Clearing number - bank giro
AGNT A10 Agent
AGPG A10 Post giro number
AGPY A18 Payer - post giro
AICD N1 Summary invoice
AIT1 A10 Accounting dimension 1
AIT2 A10 Accounting dimension 2
AIT3 A10 Accounting dimension 3
ALCU A10 Search key
ALSU A10 Search key
ALWT N2 Alias category
ARAT N11 Exchange rate
BAAN A3 Bank account number
BCKO N1 Backorder
BGRP A2 Bonus group
BKID A5 Bank account identity
BLAC N1 Advice code
BLCD N1 Customer stop
BLII N1 Interest invoicing
BLPR N1 Payment reminder code
BOP1 N1 Automatic closing
BOPE A3 Batch payment type
BPYS N1 Status - batch payments
BUAR A2 Business area
BUSE N1 Bonus/commission active
CALV A3 Calendar version
CCUS A10 Company group customer number
CDRC A10 Credit department reference
CESA A32 SMS id
CFC0 A1 Free field 10
CFC1 A10 Free field 1
CFC2 N15 Free field 2
CFC3 A3 Free field 3
CFC4 A5 Free field 4
CFC5 A1 Free field 5
CFC6 A10 Free field 6
CFC7 N15 Free field 7
CFC8 A3 Free field 8
CFC9 A5 Free field 9
CFI1 A10 User-defined field 1 - item
CFI2 N15 User-defined field 2 - item
CFI3 A3 User-defined field 3 - item
CFI4 A10 User-defined field 4 - item
CFI5 A1 User-defined field 5 - item
CHSY A10 Charge model
CINO A15 Invoice number
CKNO A15 Check number
CLCD N1 Collection
CONO N3 Company
COR2 A11 Organization number 2
CORG A11 Organization number 1
CRL2 N15 Credit limit 2 - max outstanding invoices
CRL3 N15 Credit limit 3 - max outstanding invoices and orders
CRLM N15 Credit limit 1 - max overdue invoices
CRTP N2 Exchange rate type
CSCD A3 Country code
CUA1 A36 Customer address 1
CUA2 A36 Customer address 2
CUA3 A36 Customer address 3
CUA4 A36 Customer address 4
CUAM N15 Foreign currency amount
CUCD A3 Currency
CUCL A3 Customer group
CUNM A36 Customer name
CUNO A10 Customer number
CUOR A20 Customer's order number
CUST A10 Statistics customer
CUSU A10 Our supplier number at customer
CUTM A10 Customer template
CUTP N1 Customer type
DCFM A1 Decimal format
DEPE A6 Departure
DESC A40 Description
DIGC A2 Discount group - customer
DIPC N5 Discount - percentage
DISY A10 Discount model
DIVI A3 Division
DLIX N3 Delivery index
DLPA A6 Delivery pattern
DOGR A3 Customer document group
DPOT A3 Rental depot
DTFM A3 Date format
DUDT D10 Due date
DWDT D10 Requested delivery date
EALO N13 EAN location code
ECAR A2 Area/state
ECLC A3 Labor code - trade statistics (TST)
EDE2 A10 Place
EDES A3 Place - replaced by EDE2
EDIT A1 Date editing
ERRM A60 Error message if status 12
EUID A30 Electronic user identity
EXCD A2 Service model
FACI A3 Facility
FDED D10 First delivery date
FILE A10 File
FLDS A60 Description
FLNM A10 Field name
FRCO A7 County ID
FRE1 A6 Statistics identity 1 customer
FRE2 A6 Statistics identity 2 customer
FRPO N3 From position
FRSU A10 From supplier
FUDS A60 Description
FVDT D10 Valid from
FWSC A4 SCAC code
GEOC N9 Geographical code
GEOX N8 Geographic code X
GEOY N8 Geographic code Y
GEOZ N8 Geographic code Z
GRPY N1 Group invoice
HAFE A6 Harbor or airport
HDRS N1 Column headings
IICT A3 Interest rule
INCO A10 Insurance company
INLI N15 Insurance limit
INRC A10 Invoice recipient
INSN A20 Insurance number
INTN A10 Interface
INYR N4 Invoice year
ITCL A5 Product group
ITDS A30 Name
ITGR A8 Item group
ITNO A15 Item number
ITTY A3 Item type
IVDT D10 Invoice date
IVGP A3 Invoicing group
JRNO N7 Journal number
JSNO N7 Journal sequence number
KEY1 A30 Key value
KSTR A480 Key string
LDED D10 Last delivery date
LENG N3 Length
LIND D10 Last invoice date
LINE N8 Line number
LMDT D10 Change date
LMTS N18 Timestamp
LNCD A2 Language
LPDT D10 Payment date
LSAD A8 Address
LSID A8 User
LVDT D10 Valid to
MAIL A50 E-mail address
MAND A1 Mandatory
MCOS N1 Customer order number mandatory
MEAL A10 Valid media
MEPF A2 Media profile
MINM A10 MI program
MODL A3 Delivery method
NADO A1 Foreign/domestic
NOOD N3 Number of overdue days
OAMT N15 Outstanding amount
OCUA N15 Outstanding foreign currency amount
ODIN N17 Overdue invoice amount
ODUD N3 Credit limit 4 - max days on invoices
ODUE N3 Number of overdue days
OINA N17 Outstanding invoice amount
ORDT D10 Order date
OREF A30 Our reference
ORNO A10 Order number
ORQT N16 Ordered quantity
ORSL A2 Lowest status - customer
ORST A2 Highest status - customer
ORTP A3 Customer order type
OTBA A16 Order discount amount
OTDP A15 Total discount percentage
OVNI N17 Order value not invoiced
OVWR N17 Order value without risk
OWOR N17 Outstanding without risk
PADL N1 Partial delivery
PARM A256 Parameter value
PBID N10 Payment batch
PGNM A10 Program name
PHN2 A16 Telephone number 2
PHNO A16 Telephone number 1
PLTB A2 Price list table
PNOD A15 Planning node
PODA N2 Transmission lead time - supplier
PONO A10 Postal code
PONR N5 Order line number
POPN A30 Alias number
POSX N2 Line suffix
PRDL N1 Print delivery information
PRIO N1 Priority
PROJ A7 Project
PRVG A2 Commission group
PWM1 A10 Old password
PWM2 A10 New password
PWMT A10 Password
PYAM N15 Payment amount
PYCD A3 Payment method AR
PYDI A3 Payment instruction
PYNO A10 Payer
PYOP N1 Search path - payer
PYRE A25 Request reference number
PYTP A1 Payment type
QERY A2048 Query
QUCK N1 Quotation check
RASN A10 Rail station
RECO N1 Internal reconciliation code (9 = paid)
REDE D10 Internal reconciliation date
REPL A984 Reply
RESP A10 Responsible
RMCT A3 Payment reminder rule
RGDT D10 Entry date
RLDT D10 Requested delivery date
RODN N3 Route departure
RONO A6 Run
ROUT A6 Route
SAPR N17 Sales price
SCED N1 Delivery regrouping
SDST A3 District
SEPC A1 Separator
SFI1 A10 User-defined field 1
SFI2 N8 User-defined field 2
SFI3 A3 User-defined field 3
SFI4 A5 User-defined field 4
SFI5 A1 User-defined field 5
SMCD A10 Salesperson
SPLE A10 Standard point location code
SPLM A10 Supply model
SQRY A999 Search query
STAT A2 Status
STMR A3 Statement rule
SUAL A3 Supplier alternative identity
SUCM A20 Supplier communication address
SUCO A10 Supplier number within group
SUNM A36 Supplier name
SUNO A10 Supplier number
SUTY N1 Supplier type
TAXC A3 Tax code
TBLG N17 Order value not invoiced
TDIN N15 Overdue invoice amount
TDSC A10 Transaction description
TECD A3 Cash discount term
TECN A20 Tax exemption contract number
TEDL A3 Term of delivery
TEEC D10 Tax exemption expiry date
TEL2 A36 Terms text
TEPA A3 Packaging terms
TEPY A3 Term of payment
TFNO A16 Facsimile number
TINC N1 VAT included
TIZO A3 Time zone
TLNO A16 Telex number
TOCO A10 To customer
TOIN N17 Outstanding invoice amount
TOPO N3 To position
TOSU A10 To supplier
TOWN A20 City
TRCD N2 Transaction code
TRNM A15 Transaction
TRNO N7 Transaction number
TRTP A1 Transaction type
TX40 A40 Description
TXAP N1 Tax applicable
TXCO A40 County
TXI2 N13 Text identity
TXID N13 Text identity
TXVR A3 Text block
TYPE A1 Field type A = alphanumeric, N = numeric, D = date
ULZO A6 Unloading zone
UNMS A3 Basic unit of measure
USID A10 User
VONO N8 Voucher number
VRNO A16 VAT registration number
VTAM N15 VAT
VTCD N2 VAT code
VTXT A40 Voucher text
WHLO A3 Warehouse
YEA4 N4 Year
YREF A30 Your reference 1
YRE2 A30 Your reference 2
"""
_CUSTOM = re.compile(r"A[0-9]30|N[0-9]96|CHB[1-9]|DAT[1-9]|PK0[1-8]")
_OWN = re.compile(r"(?P<kind>[AND])(?P<length>\d+)")


def _kind(text: str) -> Kind:
    match text:
        case "N":
            return "N"
        case "D":
            return "D"
        case _:
            return "A"


@cache
def known() -> dict[str, Field]:
    found = {}
    for line in _LINES.strip().splitlines():
        name, size, text = line.split(" ", 2)
        found[name] = Field(name, _kind(size[0]), int(size[1:]), text)
    return found


@cache
def field(spec: str) -> Field:
    """`CUNO`, or `CUNO*` where it is mandatory, or `TXID:N7` where a program has its own size."""
    required, name = spec.endswith("*"), spec.rstrip("*")
    name, _, own = name.partition(":")
    base = _custom(name) if _CUSTOM.fullmatch(name) else known()[name]
    sized = _OWN.fullmatch(own)
    kind, length = (_kind(sized["kind"]), int(sized["length"])) if sized else (base.kind, base.length)
    return Field(name, kind, length, base.text, required)


def _custom(name: str) -> Field:
    """A field of CUGEX1; the sizes are our reading of the names."""
    match name[:2]:
        case "CH":
            return Field(name, "N", 1, "User-defined checkbox")
        case "DA":
            return Field(name, "D", 10, "User-defined date")
        case "PK":
            return Field(name, "A", 30, "Primary key")
        case _:
            return Field(name, _kind(name[0]), 30 if name[0] == "A" else 17, "User-defined field")
