"""A pretend QAD tenant: REST (browses, entities) and QXtend, as integrators know it. See README.md.

{base} = http://host:port/clouderp (`Options.context_root`); whatever lies outside is a 404 page

POST {base}/oauth/token                             password and refresh_token grants
POST {base}/j_spring_security_check                 log-in for a session cookie
GET  {base}/api/qracore/securityControl             client id, session length, idle timeout
GET  {base}/api/qracore/browses                     lists; `page` and `pageAction=first`, or no rows
GET  {base}/api/qracore/browses/totalCount/         how many
GET  {base}/api/qracore/entitymetadatas             the fields of an entity
GET  POST {base}/api/erp/{collection}               read whole; create; post the whole back
POST {base}/api/erp/salesOrderLines/fieldChange     one step of entering an order line
POST /qxi/services/QdocWebService                   QXtend inbound: SOAP, business errors in a 200
"""

from sandboxes.qad.options import Options
from sandboxes.qad.sandbox import Qad

__all__ = ["Options", "Qad"]
