"""The driver itself: read, create and change in batches, remove, and tell for each object what came of it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from provisioning.drivers.protocol import (
    Attributes,
    Change,
    DeviceError,
    DeviceState,
    Facts,
    Kind,
    ObjectId,
    Outcomes,
    Refused,
    Surveyed,
    Target,
)
from provisioning.drivers.vsphere.collecting import Survey, of_objects, survey, versions
from provisioning.drivers.vsphere.connection import Session, in_plain_words, sign_in
from provisioning.drivers.vsphere.faults import overtaken, plugged_in, told
from provisioning.drivers.vsphere.obstacles import obstacle_on, refuse_impossible, the_switch
from provisioning.drivers.vsphere.port_groups import changed_group, differs, new_group, refuse_unwritable, split_key
from provisioning.drivers.vsphere.sdk import vim, vmodl
from provisioning.drivers.vsphere.waiting import wait_for

logger = logging.getLogger(__name__)

CREATE_BATCH = 100  # specifications a task
CREATES_AT_ONCE = 4  # such tasks started before we wait: the switch works them off one by one, and never idles
TASK_BATCH = 50  # tasks started before we wait for them
PATIENCE = 6  # a task may take this many times the time-out of a single answer
CHANGE_ATTEMPTS = 3  # of a change that somebody else's changes of the same group come before

T = TypeVar("T")
Results = dict[ObjectId, DeviceError | None]
Start = tuple[ObjectId, Callable[[], Any]]  # whose task, and the call that starts it


class VSphere:
    """A session with one vCenter. ``dvs_names``: the switches that ``read`` reports; none named means all of them."""

    def __init__(self, target: Target, dvs_names: Sequence[str] = ()) -> None:
        self._target = target
        self._dvs_names = frozenset(dvs_names)
        self._session: Session | None = None
        self._latest: Survey | None = None  # what the last look found, until we write

    def __enter__(self) -> Self:
        self._session = sign_in(self._target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session, self._latest = self._session, None, None
        if session is not None:
            session.close()

    def read(self) -> DeviceState:
        """Every port group of the switches asked for, with whatever VLAN it carries. Raises Refused, Unreachable."""
        found = self._in_session(self._look)
        state: dict[ObjectId, Attributes] = {}
        for key, group in found.groups.items():
            dvs = key.partition("/")[0]
            if not self._dvs_names or dvs in self._dvs_names:
                the_switch(self._target.name, found, dvs)
                state[ObjectId(Kind.PORT_GROUP, key)] = group.attributes
        return Surveyed(state, partial(obstacle_on, self._target.name, found))

    def facts(self) -> Facts:
        found = self._in_session(self._look)
        about = self._content.about
        details = [f"distributed switches: {', '.join(sorted(found.switches)) or 'none'}"]
        if lacking := sorted(self._dvs_names - found.switches.keys()):
            details.append(f"not there, though the inventory names it: {', '.join(lacking)}")
        details.append(f"port groups: {len(found.groups)}")
        return Facts(about.fullName or about.name, about.version, tuple(details))

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        """Create what is missing, change what differs. After any fault the device is read again, and each object's
        outcome is what was found then. Raises Unreachable when the session broke or a task did not end in time."""
        return self._in_session(partial(self._apply, changes))

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        """Destroy port groups; one that is gone already is fine, one that machines are plugged into is refused."""
        return self._in_session(partial(self._remove, ids))

    def _in_session(self, call: Callable[[], T]) -> T:
        """Do it. If the vCenter ended our session meanwhile, sign in once more and do it anew: nothing here is told
        from memory, so what the first attempt did is found rather than done twice."""
        with in_plain_words(self._target):
            try:
                return call()
            except vim.fault.NotAuthenticated:
                logger.info("%s ended our session: signing in once more", self._target.name)
            self._latest = None
            if self._session is not None:
                self._session.close()
            self._session = sign_in(self._target)
            return call()

    # --- Reading ----------------------------------------------------------------------------------

    @property
    def _content(self) -> Any:
        if self._session is None:
            raise RuntimeError("The session is not open: use the driver in a with statement.")
        return self._session.content

    @property
    def _collector(self) -> Any:
        return self._content.propertyCollector

    def _look(self) -> Survey:
        self._latest = survey(self._content)
        return self._latest

    # --- Writing ----------------------------------------------------------------------------------

    def _apply(self, changes: Sequence[Change]) -> Outcomes:
        results: Results = {}
        found = self._latest or self._look()
        missing: dict[str, list[Change]] = {}
        differing: list[Change] = []
        for change in changes:
            if error := self._unwritable(found, change):
                results[change.id] = error
            elif change.id.key not in found.groups:
                missing.setdefault(split_key(change.id.key)[0], []).append(change)
            else:
                differing.append(change)
        self._latest = None
        for dvs, of_switch in missing.items():
            switch = the_switch(self._target.name, found, dvs)
            for batches in _batches(list(_batches(of_switch, CREATE_BATCH)), CREATES_AT_ONCE):
                differing += self._create(switch, batches, results)
        self._change(self._latest or found, differing, results)
        self._latest = None
        return {change.id: results[change.id] for change in changes}

    def _unwritable(self, found: Survey, change: Change) -> Refused | None:
        """Why this object cannot even be tried; found before anything is sent, so that it spoils no batch."""
        try:
            refuse_impossible(self._target.name, found, change.id)
            refuse_unwritable(change.after)
        except Refused as error:
            return error
        return None

    def _create(self, switch: Any, batches: Sequence[Sequence[Change]], results: Results) -> list[Change]:
        """Create groups, a task a batch. Returns those that turned up meanwhile: they are to be compared."""
        starts = [(batch[0].id, partial(switch.AddDVPortgroup_Task, spec=_specs(batch))) for batch in batches]
        faults = self._run(starts)
        turned_up: list[Change] = []
        for batch in batches:
            if (fault := faults[batch[0].id]) is None:
                results.update((change.id, None) for change in batch)
            else:
                turned_up += self._mend(switch, batch, fault, results)
        return turned_up

    def _mend(self, switch: Any, batch: Sequence[Change], fault: Any, results: Results) -> list[Change]:
        """After a fault: read what is there now and try the rest in halves, down to those refused by themselves."""
        now = self._look().groups
        turned_up = [change for change in batch if change.id.key in now]
        missing = [change for change in batch if change.id.key not in now]
        if len(batch) == 1 and missing:
            results[batch[0].id] = told(fault, key=batch[0].id.key)
            return []
        middle = (len(missing) + 1) // 2
        for half in (missing[:middle], missing[middle:]):
            if half:
                turned_up += self._create(switch, [half], results)
        return turned_up

    def _change(self, found: Survey, changes: Sequence[Change], results: Results) -> None:
        """Bring groups that exist to what is wanted; those that are so already are left alone.

        Each is looked at once more right before, for the version to name. If somebody else changed what we are to
        change, it is left to whoever planned this; if they changed anything else, ours is made upon theirs.
        """
        left: list[Change] = []
        for change in changes:
            group = found.groups.get(change.id.key)
            if group is None or differs(group.attributes, change.after):
                left.append(change)
            else:
                results[change.id] = None
        for _ in range(CHANGE_ATTEMPTS):
            left = [one for batch in _batches(left, TASK_BATCH) for one in self._change_once(found, batch, results)]
        results.update((change.id, overtaken(change.id.key)) for change in left)

    def _change_once(self, found: Survey, changes: Sequence[Change], results: Results) -> list[Change]:
        """Returns the changes that somebody else's came before."""
        groups = {change.id: found.groups[change.id.key] for change in changes if change.id.key in found.groups}
        now = versions(self._collector, [group.reference for group in groups.values()])
        starts: list[Start] = []
        for change in changes:
            group = groups.get(change.id)
            there = now.get(group.reference) if group is not None else None
            if group is None or there is None:
                results[change.id] = overtaken(change.id.key)
            elif there.attributes == group.attributes:
                spec = changed_group(there.version, change.after)
                starts.append((change.id, partial(group.reference.ReconfigureDVPortgroup_Task, spec=spec)))
            elif differs(there.attributes, change.after):
                results[change.id] = overtaken(change.id.key)
            else:
                results[change.id] = None
        faults = self._run(starts)
        for id, fault in faults.items():
            results[id] = None if fault is None else told(fault, key=id.key)
        return [change for change in changes if isinstance(faults.get(change.id), vim.fault.ConcurrentAccess)]

    def _remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        found = self._latest or self._look()
        self._latest = None
        results: Results = dict.fromkeys(ids)
        references = {one: found.groups[one.key].reference for one in ids if one.key in found.groups}
        results |= self._in_use(references)
        free = [(one, reference.Destroy_Task) for one, reference in references.items() if results[one] is None]
        used: dict[ObjectId, Any] = {}
        for batch in _batches(free, TASK_BATCH):
            for one, fault in self._run(batch).items():
                if isinstance(fault, vim.fault.ResourceInUse):
                    used[one] = references[one]
                gone = isinstance(fault, vmodl.fault.ManagedObjectNotFound)
                results[one] = None if fault is None or gone else told(fault, key=one.key)
        return results | self._in_use(used)  # plugged into meanwhile: which machines is worth another look

    def _in_use(self, references: Mapping[ObjectId, Any]) -> Results:
        """Of those that machines are plugged into, which these are."""
        kind = vim.dvs.DistributedVirtualPortgroup
        plugged = of_objects(self._collector, references.values(), kind, ["vm"])
        by_group = {one: plugged.get(reference, {}).get("vm") for one, reference in references.items()}
        machines = {machine for found in by_group.values() for machine in found or ()}
        try:
            named = of_objects(self._collector, machines, vim.VirtualMachine, ["name"])
        except vim.fault.NotAuthenticated:
            raise
        except vim.fault.NoPermission:
            named = {}  # not for this account to see: their number has to do
        return {
            one: plugged_in(one.key, len(found), [named[m]["name"] for m in found if "name" in named.get(m, {})])
            for one, found in by_group.items()
            if found
        }

    def _run(self, starts: Sequence[Start]) -> dict[ObjectId, Any]:
        """Start a task for each, wait for them together; the fault of each, None where it succeeded."""
        faults: dict[ObjectId, Any] = {}
        tasks: dict[ObjectId, Any] = {}
        for one, start in starts:
            try:
                tasks[one] = start()
            except vim.fault.NotAuthenticated:
                raise
            except vmodl.MethodFault as fault:
                faults[one] = fault
        seconds = self._target.timeout_seconds * PATIENCE
        waited = wait_for(self._collector, list(tasks.values()), seconds=seconds)
        return faults | dict(zip(tasks, waited, strict=True))


def _specs(batch: Sequence[Change]) -> list[Any]:
    return [new_group(split_key(change.id.key)[1], change.after) for change in batch]


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
