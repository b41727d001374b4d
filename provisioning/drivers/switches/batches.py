"""What becomes of a batch that a switch refused, or took and read back otherwise. Pure."""

from collections.abc import Mapping, Sequence

from provisioning.drivers.protocol import DeviceError, Kind, ObjectId, Refused
from provisioning.drivers.switches.planning import Wish

Results = dict[ObjectId, DeviceError | None]


class NotAsWanted(Exception):
    """The switch took the edit, read back otherwise, and rolled back. ``wrong``: which objects, and how they read."""

    def __init__(self, wrong: dict[ObjectId, str], harm: str) -> None:
        super().__init__(harm)
        self.wrong = wrong
        self.harm = harm


def after_roll_back(wishes: Sequence[Wish], found: NotAsWanted, results: Results) -> list[list[Wish]]:
    """The switch did otherwise than it was told: without the objects that read back wrong, the rest may go on."""
    bad: Results = {
        one: Refused(f"{one}: the switch took it, but it {words}. The change was taken back.")
        for one, words in found.wrong.items()
    }
    return without(wishes, bad, results)


def stop(name: str, harm: str, batches: Sequence[Sequence[Wish]], results: Results) -> None:
    """The switch harmed others: nothing more is tried."""
    error = Refused(
        f"{name} did more than it was told: {harm}. The change was taken back; find out why before anything else is "
        "pushed to this switch."
    )
    results.update({wish.id: error for batch in batches for wish in batch})


def without(wishes: Sequence[Wish], bad: Mapping[ObjectId, DeviceError | None], results: Results) -> list[list[Wish]]:
    """The rest of the batch; a VLAN that is refused is not put on trunks either, and one that stays on a trunk is
    not deleted."""
    vids = {one.key.rpartition("/")[2]: error for one, error in bad.items() if error is not None}
    rest = []
    for wish in wishes:
        if wish.id in bad:
            results[wish.id] = bad[wish.id]
        elif (error := vids.get(str(wish.vid))) and (wish.id.kind == Kind.TRUNK_VLAN) == (wish.after is not None):
            results[wish.id] = Refused(f"{wish.id}: not done, because: {error}")
        else:
            rest.append(wish)
    return [rest] if rest else []
