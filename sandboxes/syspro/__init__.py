"""A pretend SYSPRO 8 site, as strict as its contract and a little stricter where that is unsure.

Two services on one port, each with credentials of its own:

- OData, read-only, Basic on every request:
  `GET /SYSPRO8Odata/SYSPROOData/{company}` (service document), `.../$metadata`,
  `.../{table}?$select=&$filter=&$orderby=&$top=&$skip=`, `.../{table}('key')`.
- e.net REST, GET only, the parameters in the query, nearly always a 200:
  `/SYSPROWCFService/Rest/GetVersion`, `/Logon`, `/Logoff`, `/GetLogonProfile`,
  `/Query/Query` (COMFND, ARSQRY, INVQRY, SORQRY), `/Query/Browse`, `/Query/Fetch`,
  `/Setup/Add|Update|Delete` (ARSSCS), `/Transaction/Post` (SORTOI).
"""

from sandboxes.syspro.options import Operator, Options
from sandboxes.syspro.sandbox import Syspro

__all__ = ["Operator", "Options", "Syspro"]
