"""The driver itself: read, create and change in batches, remove, and tell for each object what came of it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from provisioning.drivers.protocol import (
    Change,
    DeviceError,
    DeviceState,
    Facts,
    Kind,
    ObjectId,
    Outcomes,
    Refused,
    Target,
)
from provisioning.drivers.vsphere.collecting import Survey, of_objects, survey, wait_for
from provisioning.drivers.vsphere.connection import Session, in_plain_words, sign_in
from provisioning.drivers.vsphere.faults import told
from provisioning.drivers.vsphere.port_groups import changed_group, differs, new_group, refuse_unwritable, split_key
from provisioning.drivers.vsphere.sdk import vim, vmodl

CREATE_BATCH = 100  # specifications a task
CREATES_AT_ONCE = 4  # such tasks started before we wait: the switch works them off one by one, and never idles
TASK_BATCH = 50  # tasks started before we wait for them
PATIENCE = 6  # a task may take this many times the time-out of a single answer

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
        with in_plain_words(self._target):
            found = self._look()
        state: dict[ObjectId, Any] = {}
        for key, group in found.groups.items():
            dvs = key.partition("/")[0]
            if not self._dvs_names or dvs in self._dvs_names:
                self._the_one(found, dvs)
                state[ObjectId(Kind.PORT_GROUP, key)] = group.attributes
        return state

    def facts(self) -> Facts:
        with in_plain_words(self._target):
            about, found = self._content.about, self._look()
        names = ", ".join(sorted(found.switches)) or "none"
        return Facts(
            product=about.fullName or about.name,
            version=about.version,
            details=(f"distributed switches: {names}", f"port groups: {len(found.groups)}"),
        )

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        """Create what is missing, change what differs. After any fault the device is read again, and each object's
        outcome is what was found then. Raises Unreachable when the session broke or a task did not end in time."""
        results: Results = {}
        with in_plain_words(self._target):
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
                for batches in _batches(list(_batches(of_switch, CREATE_BATCH)), CREATES_AT_ONCE):
                    differing += self._create(self._the_one(found, dvs), batches, results)
            found = self._latest or found
            self._change(found, differing, results)
            self._latest = None
        return {change.id: results[change.id] for change in changes}

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        """Destroy port groups; one that is gone already is fine, one that machines are plugged into is refused."""
        with in_plain_words(self._target):
            found = self._latest or self._look()
            self._latest = None
            results: Results = dict.fromkeys(ids)
            references = {one: found.groups[one.key].reference for one in ids if one.key in found.groups}
            in_use = of_objects(self._collector, references.values(), vim.dvs.DistributedVirtualPortgroup, ["vm"])
            free: list[Start] = []
            for one, reference in references.items():
                if machines := in_use.get(reference, {}).get("vm"):
                    results[one] = _plugged_in(one, len(machines))
                else:
                    free.append((one, reference.Destroy_Task))
            for batch in _batches(free, TASK_BATCH):
                for one, fault in self._run(batch).items():
                    gone = isinstance(fault, vmodl.fault.ManagedObjectNotFound)
                    results[one] = None if fault is None or gone else told(fault, key=one.key)
        return results

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

    def _the_one(self, found: Survey, dvs: str) -> Any:
        """The switch of that name. Raises Refused when there is none, or more than one."""
        switches = found.switches.get(dvs, ())
        if len(switches) == 1:
            return switches[0]
        if switches:
            raise Refused(f"{self._target.name} has {len(switches)} distributed switches named {dvs}: rename one.")
        there = ", ".join(sorted(found.switches)) or "none"
        raise Refused(f"{self._target.name} has no distributed switch {dvs}. There: {there}. Correct the pod's switch.")

    # --- Writing ----------------------------------------------------------------------------------

    def _unwritable(self, found: Survey, change: Change) -> Refused | None:
        """Why this object cannot even be tried; found before anything is sent, so that it spoils no batch."""
        try:
            if change.id.kind != Kind.PORT_GROUP:
                raise Refused(f"{change.id}: a vCenter carries port groups only.")
            self._the_one(found, split_key(change.id.key)[0])
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
        """Bring groups that exist to what is wanted; those that are so already are left alone."""
        to_write: list[Change] = []
        for change in changes:
            if change.id.key not in found.groups:
                results[change.id] = told(vmodl.fault.ManagedObjectNotFound(), key=change.id.key)
            elif differs(found.groups[change.id.key].attributes, change.after):
                to_write.append(change)
            else:
                results[change.id] = None
        for batch in _batches(to_write, TASK_BATCH):
            references = {change.id: found.groups[change.id.key].reference for change in batch}
            configs = of_objects(self._collector, references.values(), vim.dvs.DistributedVirtualPortgroup, ["config"])
            starts: list[Start] = []
            for change in batch:
                reference = references[change.id]
                if reference not in configs:
                    results[change.id] = told(vmodl.fault.ManagedObjectNotFound(), key=change.id.key)
                    continue
                spec = changed_group(configs[reference]["config"], change.after)
                starts.append((change.id, partial(reference.ReconfigureDVPortgroup_Task, spec=spec)))
            for one, fault in self._run(starts).items():
                results[one] = None if fault is None else told(fault, key=one.key)

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


def _plugged_in(one: ObjectId, count: int) -> Refused:
    machines = "1 virtual machine is" if count == 1 else f"{count} virtual machines are"
    return Refused(f"{one.key}: {machines} plugged into it: move them to another network, then try again.")


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
