"""Which MI programs there are, their transactions, and what each takes and gives.

Field names as in the metadata of a live M3 15; `*` marks the mandatory ones. CUGEX1MI is not among that
metadata: its transactions are known by name only, their fields are our reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sandboxes.infor.m3 import dictionary
from sandboxes.infor.m3.dictionary import Field

_ADDRESS = "CUA2 CUA3 CUA4 PONO PHNO"
_FREE = "CFC1 CFC2 CFC3 CFC4 CFC5 CFC6 CFC7 CFC8 CFC9 CFC0"
_BASIC_HEAD = f"CONO DIVI LNCD CUNO CUNM CUA1 {_ADDRESS} PHN2 TFNO CUTP ALCU YREF YRE2 MAIL CSCD ECAR"
_CUSTOMER_LIST = (
    f"{_BASIC_HEAD} CORG COR2 CUCD VTCD VRNO CRLM CRL2 CRL3 ODUD TDIN INCO INSN INLI AGPY AGCP AGAC AGBP"
    " ACLB AACB AGBG AGPG CUCL OREF SMCD SDST ORTP EXCD CHSY TEDL MODL WHLO DISY DIGC DIPC EDES PRVG BGRP"
    f" TEPY {_FREE} CESA PYNO STAT IVGP QUCK TXAP EDE2 ADVI TOWN FRCO CUST"
)
_BASIC = (
    f"{_BASIC_HEAD} {_FREE} CESA STAT LMDT PYOP TOWN CUCD MCOS FRCO CUSU EALO RASN SPLE LSID LSAD MEAL HAFE"
    " TXID RGDT TXCO GEOC"
)
_FINANCIAL = (
    "CONO DIVI LNCD CUNO CUNM CORG COR2 CUCD VTCD VRNO CRLM CRL2 CRL3 ODUD TDIN INCO INSN INLI AGPY AGCP"
    " AGAC AGBP AGLB AACB AGBG AGPG TXAP LMDT GEOC TECN TEEC TAXC INRC BLCD CRTP TECD CDRC PYCD TOIN TBLG"
    " ODUE CLCD BLPR RMCT BLAC ADCA PYDI CCUS STMR BLII IICT"
)
_ORDER_INFO = (
    "LNCD CUNM CUCL OREF SMCD SDST ORTP EXCD CHSY TEDL MODL WHLO DISY DIGC DIPC EDES PRVG BGRP TEPY PYNO"
    " IVGP EDE2 BUSE FACI ACHK ADVI FRE1 FRE2 PLTB INRC DOGR ADBO AICD SPLM ADID CUST TEPA PRIO ACRF AGCH"
    " AGCT ULZO ECLC GRPY TINC ALWT POPN PRDL MCOS BCKO PADL SCED BOP1 RESP"
)
_ADD_CUSTOMER = (
    f"CUTM* CUNM* CUA1* CONO DIVI LNCD CUNO {_ADDRESS} PHN2 TFNO CUTP ALCU YREF YRE2 MAIL CSCD ECAR"
    f" {_FREE} CESA STAT PWMT IVGP TOWN CUSU FRCO EDES EALO RASN SPLE"
)
_COPY_CUSTOMER = (
    f"CUTM* CUNM* CUA1* CONO DIVI LNCD CUNO {_ADDRESS} PHN2 TFNO CUTP ALCU YREF YRE2 MAIL CSCD ECAR"
    f" {_FREE} CESA STAT IVGP TOWN FRCO EDES EALO LSID LSAD MEAL HAFE"
)
_CHANGE_BASIC = (
    f"CUNO* CONO DIVI LNCD CUNM CUA1 {_ADDRESS} PHN2 TFNO CUTP ALCU YREF YRE2 MAIL CSCD ECAR {_FREE} CESA"
    " STAT PWM1 PWM2 EDES TOWN CUSU FRCO EALO RASN SPLE LSID LSAD MEAL HAFE GEOC"
)
_CHANGE_FINANCIAL = (
    "CUNO* CONO DIVI LNCD CUNM CORG COR2 CUCD VTCD VRNO CRLM CRL2 CRL3 ODUD TDIN INCO INSN INLI AGPY AGCP"
    " AGAC AGBP AGLB AACB AGBG AGPG CRTP TXAP GEOC TECN TEEC TAXC CDRC PYCD TECD BLCD CLCD BLPR RMCT BLAC"
    " ADCA PYDI CCUS STMR BLII IICT"
)
_ADD_ADDRESS = (
    "CUNO* ADRT* ADID* CUA1* PONO* CSCD* TOWN* CONO DIVI CUNM CUA2 CUA3 CUA4 ADVI EALO ECAR RONO DEPE MODL"
    " TEDL TEL2 PHNO TFNO YREF LSID LSAD MEAL VRNO EDES ROUT RODN ULZO CESA GEOC TAXC HAFE EDE2 GEOX GEOY"
    " GEOZ FVDT LVDT FRCO RASN SPLE PRIO ADCG"
)
_SUPPLIER_LIST = (
    "CONO SUNO SUTY SUNM ALSU STAT CORG COR2 LNCD PHNO PHN2 TLNO TFNO CSCD DTFM EDIT VRNO SUCO SUAL SUCM"
    " MEPF PODA SFI1 SFI2 SFI3 SFI4 SFI5 HAFE TXID:N7 ECAR FWSC RASN TXI2"
)
_ORDER_HEAD_IN = (
    "CUNO* CONO LNCD ORTP RLDT FACI CUOR AGNT SMCD MODL TEDL YREF PROJ OTBA TEPY PYNO ADID CUCD OREF TEL2"
    " INRC ORDT TEPA TIZO TECD PLTB DISY OTDP CRTP:A2 WHLO EXCD PYCD FRE1 FDED LDED RESP PYRE BKID SPLM"
    " CHSY"
)
_ORDER_LIST = (
    "ORNO ORTP RLDT STAT FACI CUOR AGNT SMCD MODL TEDL YREF PROJ OTBA ORDT ORSL ORST DLIX OTDP PYRE BKID PYCD"
)
# All ten of each kind; which of them exist at a tenant is set up there (CMS080).
_CUSTOM_VALUES = " ".join(
    [f"A{n}30" for n in range(10)]
    + [f"N{n}96" for n in range(10)]
    + [f"CHB{n}" for n in range(1, 10)]
    + [f"DAT{n}" for n in range(1, 10)]
)
_CUSTOM_KEY = "FILE* PK01* PK02 PK03 PK04 PK05 PK06 PK07 PK08 CONO"
_INVOICE = "YEA4 JRNO JSNO CINO TRCD INYR RECO REDE PYNO IVDT DUDT TDSC"

# program -> transaction -> (takes, gives)
_PROGRAMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "MNS150MI": {
        "GetUserData": ("USID", "CONO DIVI LNCD USID DTFM DCFM TIZO FACI WHLO EUID TX40"),
    },
    "MRS001MI": {
        "LstAdtFieldInf": ("MINM* TRNM* TRTP*", "FLNM FLDS FRPO TOPO LENG TYPE MAND"),
    },
    "CRS610MI": {
        "LstByNumber": ("CONO CUNO LMTS", _CUSTOMER_LIST),
        "LstByName": ("CONO CUNM LMTS", _CUSTOMER_LIST),
        "LstBySearchKey": ("CONO ALCU", _CUSTOMER_LIST),
        "LstByMarketDim": (
            "CONO FRCO:A10 TOCO LMTS",
            (f"CONO DIVI LNCD CUNO CUNM CUCD PHNO SDST BUAR {_FREE} CUA1 CUA2 CUA3 CUA4 CSCD ECAR PONO TOWN"
            " PNOD FRCO"),
        ),
        "LstTemplates": ("CONO", "CUNO CUNM"),
        "SearchCustCred": ("SQRY*", "DIVI CUNO PYNO ODIN NOOD OINA OVNI OWOR OVWR LIND PGNM FILE KSTR"),
        "SearchCustomer": ("SQRY*", f"{_BASIC_HEAD} STAT TOWN CUCD {_FREE}"),
        "GetBasicData": ("CUNO* CONO", _BASIC),
        "GetFinancial": ("CUNO* CONO DIVI", _FINANCIAL),
        "GetOrderInfo": ("CUNO* CONO DIVI", f"CONO DIVI CUNO {_ORDER_INFO} LMDT"),
        "Add": (_ADD_CUSTOMER, "CUNO ERRM"),
        "Copy": (_COPY_CUSTOMER, "CUNO"),
        "ChgBasicData": (_CHANGE_BASIC, "CUNO"),
        "ChgFinancial": (_CHANGE_FINANCIAL, ""),
        "ChgOrderInfo": (f"CUNO* CONO DIVI {_ORDER_INFO}", ""),
        "Delete": ("CUNO* CONO", ""),
        "AddText": ("CUNO* PARM:A60* CONO LNCD TXVR", ""),
        "LstAddresses": ("CUNO* CONO LMTS ADRT", _ADD_ADDRESS.replace("*", "")),
        "AddAddress": (_ADD_ADDRESS, "ADRT ADID"),
    },
    "CRS620MI": {
        "LstByNumber": ("SUNO* CONO", _SUPPLIER_LIST),
        "LstSuppliers": ("CONO FRSU TOSU LMTS", _SUPPLIER_LIST),
        "GetBasicData": ("SUNO* CONO", f"{_SUPPLIER_LIST} CUCD TEPY TEDL MODL PYCD RGDT LMDT"),
    },
    "MMS200MI": {
        "GetItmBasic": (
            "ITNO* CONO", "CONO STAT ITNO ITDS FUDS UNMS ITGR ITCL ITTY CFI1 CFI2 CFI3 CFI4 CFI5 LMDT"
        ),
        "LstItmByItm": ("ITNO* CONO", "CONO STAT ITNO ITDS FUDS UNMS ITGR ITCL ITTY RESP"),
    },
    "OIS100MI": {
        "AddBatchHead": (_ORDER_HEAD_IN, "ORNO"),
        "AddBatchLine": ("ORNO* ITNO* ORQT CONO SAPR DWDT WHLO", "PONR POSX"),
        "Confirm": ("ORNO* CONO", "ORNO STAT"),
        "GetHead": ("ORNO* CONO", f"CONO DIVI CUNO PYNO ADID CUCD WHLO TEPY OREF LMDT RGDT {_ORDER_LIST}"),
        "LstHead": ("CUNO* CONO ORSL ORST", _ORDER_LIST),
    },
    "ARS200MI": {
        "LstInvoices": ("CUNO* CONO DIVI AAC0 IVDT", _INVOICE),
        "GetInvTotInfo": (
            "PYNO* CINO* INYR* CUNO* DIVI CONO",
            "CONO DIVI PYNO CUNO CINO INYR CUCD CUAM OCUA OAMT VTAM IVDT DUDT TRCD RECO VONO VTXT LMDT LMTS",
        ),
    },
    "ARS040MI": {
        "AddBatchHead": ("PBID* BOPE* CONO DIVI BAAN NADO VONO ACDT BPYS", "CONO DIVI PBID"),
        "AddBatchLine": (
            "PBID* TRNO* CINO* INYR* CUNO* PYAM* CONO DIVI PYNO PYTP CUCD ARAT LPDT CKNO AIT1 AIT2 AIT3", ""
        ),
        "ControlBatch": ("CONO DIVI PBID", ""),
    },
    "GLS840MI": {
        "AddBatchHead": ("CONO* KEY1* INTN* DESC* DIVI USID", "CONO"),
        "AddBatchLine": ("CONO* KEY1* LINE* PARM* DIVI", "CONO"),
        "CtrlBatch": ("CONO* KEY1* DIVI", "CONO"),
        "UpdBatch": ("CONO* KEY1* DIVI", "CONO"),
    },
    "CUGEX1MI": {
        "GetFieldValue": (_CUSTOM_KEY, f"FILE PK01 PK02 PK03 PK04 PK05 PK06 PK07 PK08 {_CUSTOM_VALUES}"),
        "AddFieldValue": (f"{_CUSTOM_KEY} {_CUSTOM_VALUES}", ""),
        "ChgFieldValue": (f"{_CUSTOM_KEY} {_CUSTOM_VALUES}", ""),
        "DelFieldValue": (_CUSTOM_KEY, ""),
    },
    "EXPORTMI": {
        "Select": ("QERY* SEPC HDRS", "REPL"),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Transaction:
    """One transaction of one program."""

    program: str
    name: str
    takes: tuple[Field, ...]
    gives: tuple[Field, ...]

    @cached_property
    def inputs(self) -> dict[str, Field]:
        return {one.name: one for one in self.takes}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.gives)

    @property
    def writes(self) -> bool:
        return not self.name.startswith(("Lst", "Get", "Search", "Select"))

    @property
    def changes(self) -> bool:
        """Whether a field that was not sent keeps its value."""
        return self.name.startswith("Chg")


def build() -> dict[str, dict[str, Transaction]]:
    return {
        program: {
            name: Transaction(program, name, _fields(takes), _fields(gives))
            for name, (takes, gives) in transactions.items()
        }
        for program, transactions in _PROGRAMS.items()
    }


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(dictionary.field(spec) for spec in text.split())
