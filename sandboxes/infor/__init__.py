"""A pretend Infor CloudSuite tenant: ION API in front, M3 and CloudSuite Industrial behind, on one port.

    POST /<tenant>/as/token.oauth2                                tokens (password grant, refresh), rationed
    POST /<tenant>/as/revoke_token.oauth2                         ends a token
    GET  /<tenant>/M3/m3api-rest/v2/execute/<program>/<transaction>[;option=value...]?FIELD=value
    POST /<tenant>/M3/m3api-rest/v2/execute                       bulk: many transactions of one program
    GET  /<tenant>/M3/m3api-rest/v2/metadata/<program>            what a program takes and gives
    GET  /<tenant>/M3/m3api-rest/execute/<program>/<transaction>  version 1, its own shapes
    GET  /<tenant>/CSI/IDORequestService/ido/load/<IDO>           Mongoose IDO REST,
    with X-Infor-MongooseConfig
    POST /<tenant>/CSI/IDORequestService/ido/update/<IDO>
    GET  /<tenant>/CSI/IDORequestService/ido/info/<IDO>

`Options.ionapi(url)` is the file a customer uploads. Everything that may differ between tenants is an option;
README.md tells what a client gets wrong here.
"""

from sandboxes.infor.options import Options, Quota
from sandboxes.infor.sandbox import Infor

__all__ = ["Infor", "Options", "Quota"]
