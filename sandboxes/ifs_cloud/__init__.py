"""A pretend IFS Cloud environment, as strict as its contract and a little stricter where that is unsure."""

from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.sandbox import IfsCloud

__all__ = ["IfsCloud", "Options"]
