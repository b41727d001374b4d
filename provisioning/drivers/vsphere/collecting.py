"""Reading in bulk: properties of many objects in one call, every switch and group, and waiting for tasks."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.drivers.protocol import Attributes, Unreachable
from provisioning.drivers.vsphere.port_groups import UPLINK_TAG, attributes_of, unescaped
from provisioning.drivers.vsphere.sdk import vim, vmodl

_collecting = vmodl.query.PropertyCollector
NSX = "nsx"  # DistributedVirtualPortgroupBackingType
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5  # seconds between two looks at unfinished tasks


@dataclass(frozen=True, slots=True)
class Group:
    """A port group as it was found, and vSphere's reference to it."""

    reference: Any
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Survey:
    """Every distributed switch by name (more than one reference where a name is not unique), every group by its key."""

    switches: Mapping[str, Sequence[Any]]
    groups: Mapping[str, Group]


def properties(
    collector: Any, object_specs: Sequence[Any], wanted: Mapping[type, Sequence[str]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each object with its properties by path, page after page. What an object does not have is left out."""
    filter_spec = _collecting.FilterSpec(
        objectSet=list(object_specs),
        propSet=[_collecting.PropertySpec(type=kind, pathSet=list(paths)) for kind, paths in wanted.items()],
        # An object that vanishes while we read is left out rather than failing the whole read.
        reportMissingObjectsInResults=True,
    )
    page = collector.RetrievePropertiesEx([filter_spec], _collecting.RetrieveOptions())
    while page is not None:
        for item in page.objects:
            yield item.obj, {prop.name: prop.val for prop in item.propSet}
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None


def of_objects(
    collector: Any, references: Iterable[Any], kind: type, paths: Sequence[str]
) -> dict[Any, dict[str, Any]]:
    """The properties of just these objects; those that are gone are left out."""
    specs = [_collecting.ObjectSpec(obj=reference) for reference in references]
    return dict(properties(collector, specs, {kind: paths})) if specs else {}


def survey(content: Any) -> Survey:
    """Everything that is there, in one retrieval whatever the number of groups.

    Uplink groups are left out, and those that NSX made for its segments: they are not a vCenter's to change.
    """
    kinds = [vim.DistributedVirtualSwitch, vim.dvs.DistributedVirtualPortgroup]
    view = content.viewManager.CreateContainerView(content.rootFolder, kinds, True)
    try:
        traversal = _collecting.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        start = _collecting.ObjectSpec(obj=view, skip=True, selectSet=[traversal])
        paths = {
            vim.DistributedVirtualSwitch: ["name", "config.uplinkPortgroup"],
            vim.dvs.DistributedVirtualPortgroup: [
                *("name", "tag", "config.distributedVirtualSwitch", "config.defaultPortConfig"),
                *(["config.backingType"] if knows_nsx(content.about.apiVersion) else []),
            ],
        }
        found = list(properties(content.propertyCollector, [start], paths))
    finally:
        view.DestroyView()
    return _arranged(found)


def _arranged(found: Sequence[tuple[Any, dict[str, Any]]]) -> Survey:
    names: dict[Any, str] = {}
    switches: dict[str, list[Any]] = {}
    uplinks: set[Any] = set()
    for reference, values in found:
        if isinstance(reference, vim.DistributedVirtualSwitch) and "name" in values:
            name = names[reference] = unescaped(values["name"])
            switches.setdefault(name, []).append(reference)
            uplinks.update(values.get("config.uplinkPortgroup") or ())
    groups = {}
    for reference, values in found:
        dvs = names.get(values.get("config.distributedVirtualSwitch"))
        if dvs is None or reference in uplinks or _is_tagged_uplink(values) or values.get("config.backingType") == NSX:
            continue
        attributes = attributes_of(values.get("config.defaultPortConfig"))
        groups[f"{dvs}/{unescaped(values['name'])}"] = Group(reference, attributes)
    return Survey(switches, groups)


def knows_nsx(api_version: str) -> bool:
    """Whether this vSphere tells what backs a group: from 7.0 on. An older one refuses to be asked."""
    major = api_version.partition(".")[0]
    return major.isdecimal() and int(major) >= 7


def _is_tagged_uplink(values: Mapping[str, Any]) -> bool:
    return any(tag.key == UPLINK_TAG for tag in values.get("tag") or ())


def wait_for(collector: Any, tasks: Sequence[Any], *, seconds: float) -> list[Any]:
    """Each task's fault (None: it succeeded), in the tasks' order, all watched by one call a look.

    Raises Unreachable when one is not finished in time; it may still finish later, so the caller reads back.
    """
    faults: dict[Any, Any] = {}
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while open_tasks := [task for task in tasks if task not in faults]:
        for task, values in of_objects(collector, open_tasks, vim.Task, ["info.state", "info.error"]).items():
            if values.get("info.state") == vim.TaskInfo.State.success:
                faults[task] = None
            elif values.get("info.state") == vim.TaskInfo.State.error:
                faults[task] = values.get("info.error") or vmodl.fault.SystemError(
                    msg="the task failed without a reason"
                )
        if all(task in faults for task in tasks):
            break
        if time.monotonic() >= deadline:
            raise Unreachable(f"A task did not finish within {seconds:g} s: read the device again before going on.")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return [faults[task] for task in tasks]
