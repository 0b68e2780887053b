"""A tenant's sealing key is changed: the new one writes at once, and all fields follow in the background."""

from fourfold.core.data_keys.jobs import Reseal, reseal_fields
from fourfold.core.data_keys.shapes import RotationShape
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class KeyJustChanged(Conflict):
    """409: somebody else has changed the key at the same moment."""

    code = "core.data_key_just_changed"
    title = "The key was changed a moment ago"


async def rotate_data_key(work: Work) -> RotationShape:
    """Makes a new key and enqueues the job that seals everything with it; raises `KeyJustChanged`."""
    key_id = await work.house.sealer.rotate(work.db, work.who.tenant_id)
    if key_id is None:
        raise KeyJustChanged
    return RotationShape(key_id=key_id, job_id=work.later(reseal_fields, Reseal()).id)
