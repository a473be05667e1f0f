"""IDORequestService: which call is meant, and whether its header names a configuration of this tenant."""

from sandboxes.infor.csi.conditions import IdoError
from sandboxes.infor.csi.idos import IDOS, Ido
from sandboxes.infor.csi.load import Loader
from sandboxes.infor.csi.update import Malformed, Updater
from sandboxes.infor.csi.world import CsiWorld
from sandboxes.infor.gateway import GatewayError
from sandboxes.kit import Request, Response

CONFIG, SITE = "x-infor-mongooseconfig", "x-infor-site"


class CsiRest:
    def __init__(self, world: CsiWorld) -> None:
        self._world = world
        self._loader = Loader(world)
        self._updater = Updater(world)

    def serve(self, request: Request, path: list[str]) -> Response:
        """`path` is what follows the suite."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        match path:
            case ["IDORequestService", "ido", ("load" | "update" | "info") as verb, name]:
                return self._answered(request, verb, name)
            case _:
                raise GatewayError(404)

    def _answered(self, request: Request, verb: str, name: str) -> Response:
        method = "POST" if verb == "update" else "GET"
        if request.method != method:
            raise GatewayError(405, headers={"Allow": method})
        try:
            return Response(200, self._work(request, verb, _ido(name)))
        except IdoError as error:
            empty = {"Items": None, "Bookmark": None, "MoreRowsExist": False} if verb == "load" else {}
            return Response(200, {**empty, "Success": False, "Message": str(error)})
        except Malformed as error:
            return Response(400, str(error))

    def _work(self, request: Request, verb: str, ido: Ido) -> dict[str, object]:
        match verb:
            case "load":
                query = request.form_query
                if any(len(values) > 1 for values in query.values()):
                    raise IdoError("A parameter is given more than once.")
                return self._loader.load(ido, {key: values[0] for key, values in query.items()})
            case "update":
                return self._updater.update(ido, request)
            case _:
                return _info(ido)

    def _refusal(self, request: Request) -> Response | None:
        options = self._world.options
        config = request.headers.get(CONFIG)
        if not config:
            return Response(400, "The X-Infor-MongooseConfig header is required.")
        if config != options.csi_config:
            return Response(500, f"Configuration {config} not found.")
        if options.csi_site and request.headers.get(SITE) != options.csi_site:
            return Response(400, "The X-Infor-Site header does not name a site of this configuration.")
        return None


def _ido(name: str) -> Ido:
    if name not in IDOS:
        raise IdoError(f"IDO {name} not found.")
    return IDOS[name]


def _info(ido: Ido) -> dict[str, object]:
    properties = [
        {
            "Name": one.name, "DataType": one.kind, "Length": one.length, "Required": one.required,
            "ReadOnly": one.read_only, "IsKey": one.name in ido.keys,
        }
        for one in ido.properties.values()
    ]  # fmt: skip
    return {"Properties": properties, "Success": True, "Message": None}
