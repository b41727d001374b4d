"""Signed contracts: what is known to come to each core switch, and the moves of a contract.

Held requests are not among them: a tenant that is being onboarded is a customer already, and its held VLANs are taken
VLANs. A contract whose onboarding begins is marked as taken in, so that it is not counted twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from capacity.models import Contract, ContractState
from capacity.planning.demand import Known

S = ContractState
ALLOWED_MOVES: Mapping[ContractState, frozenset[ContractState]] = {
    S.OPEN: frozenset({S.TAKEN_IN, S.CANCELLED}),
    S.TAKEN_IN: frozenset({S.OPEN}),
    S.CANCELLED: frozenset({S.OPEN}),
}


class ChangedMeanwhile(Exception):
    """Somebody saved the contract after the page had been opened."""


class MoveRefused(Exception):
    """A contract in this state cannot go to the other; the message says so."""


def known(*, today: date) -> dict[int, tuple[Known, ...]]:
    """Open contracts by key of the core switch, soonest first. One query.

    An overdue one is still to come: it counts from today.
    """
    found: dict[int, list[Known]] = defaultdict(list)
    for contract in Contract.objects.filter(state=S.OPEN).order_by("starts_on", "pk"):
        on = max(contract.starts_on, today)
        found[contract.switch_id].append(
            Known(on=on, customers=contract.customers, vlans=contract.vlans, what=f"contract: {contract.customer}")
        )
    return {switch: tuple(of_switch) for switch, of_switch in found.items()}


def lock_for_edit(contract: Contract, *, version: int) -> Contract:
    """The contract as stored, locked until the transaction ends. Raises ChangedMeanwhile."""
    stored = Contract.objects.select_for_update().get(pk=contract.pk)
    if stored.version != version:
        raise ChangedMeanwhile
    return stored


def settle(contract: Contract, *, to: ContractState, version: int) -> Contract:
    """Move a contract to another state; the contract as it now stands.

    ``version``: the edit number that the person saw. Raises ChangedMeanwhile, MoveRefused.
    """
    with transaction.atomic():
        stored = lock_for_edit(contract, version=version)
        if to not in ALLOWED_MOVES[ContractState(stored.state)]:
            raise MoveRefused(f"{stored} is {stored.get_state_display()}: it cannot become {to.label}.")
        stored.state = to
        stored.version += 1
        stored.save(update_fields=["state", "version"])
    return stored
